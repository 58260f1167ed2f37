/* SPDX-License-Identifier: (GPL-2.0 OR BSD-3-Clause) */
/*
 * VirtIO over Argo: where each field of the wire format is.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * A list that its includer expands, so it has no include guard: the codec
 * asserts it against the uapi header, because it walks the structures in this
 * order; the codec's test compares it with the tables of the specification.
 *
 *	VARGO_SIZE(struct, bytes)
 *	VARGO_AT(struct, field, offset, bytes)
 *	VARGO_TAIL(struct, field, offset)	of variable length, the last one
 */
VARGO_SIZE(virtio_argo_frame, 16);
VARGO_AT(virtio_argo_frame, session, 0, 4);
VARGO_AT(virtio_argo_frame, seq, 4, 4);
VARGO_AT(virtio_argo_frame, data_consumed, 8, 4);
VARGO_AT(virtio_argo_frame, ctrl_consumed, 12, 4);

VARGO_SIZE(virtio_argo_pdu, 32);
VARGO_AT(virtio_argo_pdu, type, 0, 1);
VARGO_AT(virtio_argo_pdu, flags, 1, 1);
VARGO_AT(virtio_argo_pdu, dev, 2, 2);
VARGO_AT(virtio_argo_pdu, queue, 4, 2);
VARGO_AT(virtio_argo_pdu, head, 6, 2);
VARGO_AT(virtio_argo_pdu, chain, 8, 4);
VARGO_AT(virtio_argo_pdu, total, 12, 4);
VARGO_AT(virtio_argo_pdu, room, 16, 4);
VARGO_AT(virtio_argo_pdu, offset, 20, 4);
VARGO_AT(virtio_argo_pdu, length, 24, 4);
VARGO_AT(virtio_argo_pdu, epoch, 28, 2);
VARGO_AT(virtio_argo_pdu, reserved, 30, 2);

VARGO_SIZE(virtio_argo_msg, 8);
VARGO_AT(virtio_argo_msg, type, 0, 1);
VARGO_AT(virtio_argo_msg, id, 1, 1);
VARGO_AT(virtio_argo_msg, dev, 2, 2);
VARGO_AT(virtio_argo_msg, token, 4, 2);
VARGO_AT(virtio_argo_msg, size, 6, 2);

VARGO_SIZE(virtio_argo_hello, 40);
VARGO_AT(virtio_argo_hello, magic, 0, 4);
VARGO_AT(virtio_argo_hello, version_min, 4, 2);
VARGO_AT(virtio_argo_hello, version_max, 6, 2);
VARGO_AT(virtio_argo_hello, session, 8, 4);
VARGO_AT(virtio_argo_hello, window, 12, 4);
VARGO_AT(virtio_argo_hello, max_frame, 16, 4);
VARGO_AT(virtio_argo_hello, ctrl_window, 20, 2);
VARGO_AT(virtio_argo_hello, status, 22, 2);
VARGO_AT(virtio_argo_hello, features, 24, 4);
VARGO_AT(virtio_argo_hello, max_chain, 28, 4);
VARGO_AT(virtio_argo_hello, max_inflight, 32, 4);
VARGO_AT(virtio_argo_hello, reserved, 36, 4);

VARGO_SIZE(virtio_argo_get_devices_req, 4);
VARGO_AT(virtio_argo_get_devices_req, offset, 0, 2);
VARGO_AT(virtio_argo_get_devices_req, count, 2, 2);

VARGO_AT(virtio_argo_get_devices_resp, offset, 0, 2);
VARGO_AT(virtio_argo_get_devices_resp, count, 2, 2);
VARGO_AT(virtio_argo_get_devices_resp, next_offset, 4, 2);
VARGO_TAIL(virtio_argo_get_devices_resp, bitmap, 6);

VARGO_SIZE(virtio_argo_ping, 4);
VARGO_AT(virtio_argo_ping, data, 0, 4);

VARGO_SIZE(virtio_argo_event_device, 4);
VARGO_AT(virtio_argo_event_device, dev, 0, 2);
VARGO_AT(virtio_argo_event_device, state, 2, 2);

VARGO_SIZE(virtio_argo_device_info, 40);
VARGO_AT(virtio_argo_device_info, device_id, 0, 4);
VARGO_AT(virtio_argo_device_info, vendor_id, 4, 4);
VARGO_AT(virtio_argo_device_info, uuid, 8, 16);
VARGO_AT(virtio_argo_device_info, num_feature_blocks, 24, 4);
VARGO_AT(virtio_argo_device_info, config_size, 28, 4);
VARGO_AT(virtio_argo_device_info, max_vqs, 32, 4);
VARGO_AT(virtio_argo_device_info, admin_start, 36, 2);
VARGO_AT(virtio_argo_device_info, admin_count, 38, 2);

VARGO_AT(virtio_argo_features, index, 0, 4);
VARGO_AT(virtio_argo_features, num, 4, 4);
VARGO_TAIL(virtio_argo_features, block, 8);

VARGO_SIZE(virtio_argo_get_config, 8);
VARGO_AT(virtio_argo_get_config, offset, 0, 4);
VARGO_AT(virtio_argo_get_config, len, 4, 4);

VARGO_AT(virtio_argo_config, generation, 0, 4);
VARGO_AT(virtio_argo_config, offset, 4, 4);
VARGO_AT(virtio_argo_config, len, 8, 4);
VARGO_TAIL(virtio_argo_config, data, 12);

VARGO_AT(virtio_argo_event_config, status, 0, 4);
VARGO_AT(virtio_argo_event_config, generation, 4, 4);
VARGO_AT(virtio_argo_event_config, offset, 8, 4);
VARGO_AT(virtio_argo_event_config, len, 12, 4);
VARGO_TAIL(virtio_argo_event_config, data, 16);

VARGO_SIZE(virtio_argo_status, 8);
VARGO_AT(virtio_argo_status, status, 0, 4);
VARGO_AT(virtio_argo_status, epoch, 4, 4);

VARGO_SIZE(virtio_argo_get_vqueue, 4);
VARGO_AT(virtio_argo_get_vqueue, index, 0, 4);

VARGO_SIZE(virtio_argo_vqueue, 24);
VARGO_AT(virtio_argo_vqueue, index, 0, 4);
VARGO_AT(virtio_argo_vqueue, max, 4, 4);
VARGO_AT(virtio_argo_vqueue, cur, 8, 4);
VARGO_AT(virtio_argo_vqueue, flags, 12, 4);
VARGO_AT(virtio_argo_vqueue, depth, 16, 4);
VARGO_AT(virtio_argo_vqueue, reserved, 20, 4);

VARGO_SIZE(virtio_argo_set_vqueue, 16);
VARGO_AT(virtio_argo_set_vqueue, index, 0, 4);
VARGO_AT(virtio_argo_set_vqueue, flags, 4, 4);
VARGO_AT(virtio_argo_set_vqueue, size, 8, 4);
VARGO_AT(virtio_argo_set_vqueue, reserved, 12, 4);

VARGO_SIZE(virtio_argo_reset_vqueue, 4);
VARGO_AT(virtio_argo_reset_vqueue, index, 0, 4);

#undef VARGO_SIZE
#undef VARGO_AT
#undef VARGO_TAIL
