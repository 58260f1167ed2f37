/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All that Argo's hypercall ABI consists of, as Xen names it. abi.sh sees to it
 * that no constant or structure of either header is forgotten here.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
CONSTANT(__HYPERVISOR_argo_op)
CONSTANT(VIRQ_ARGO)
CONSTANT(XEN_ARGO_DOMID_ANY)
CONSTANT(XEN_ARGO_MAX_RING_SIZE)
CONSTANT(XEN_ARGO_MAXIOV)
CONSTANT(XEN_ARGO_MSG_SLOT_SIZE)
CONSTANT(XEN_ARGO_RING_EXISTS)
CONSTANT(XEN_ARGO_RING_SHARED)
CONSTANT(XEN_ARGO_RING_EMPTY)
CONSTANT(XEN_ARGO_RING_SUFFICIENT)
CONSTANT(XEN_ARGO_RING_EMSGSIZE)
CONSTANT(XEN_ARGO_RING_EBUSY)
CONSTANT(XEN_ARGO_OP_register_ring)
CONSTANT(XEN_ARGO_OP_unregister_ring)
CONSTANT(XEN_ARGO_OP_sendv)
CONSTANT(XEN_ARGO_OP_notify)
CONSTANT(XEN_ARGO_REGISTER_FLAG_FAIL_EXIST)

TYPE(xen_argo_port_t)
TYPE(xen_argo_gfn_t)

STRUCT(xen_argo_iov)
FIELD(xen_argo_iov, iov_hnd)
FIELD(xen_argo_iov, iov_len)
FIELD(xen_argo_iov, pad)

STRUCT(xen_argo_addr)
FIELD(xen_argo_addr, aport)
FIELD(xen_argo_addr, domain_id)
FIELD(xen_argo_addr, pad)

STRUCT(xen_argo_send_addr)
FIELD(xen_argo_send_addr, src)
FIELD(xen_argo_send_addr, dst)

STRUCT(xen_argo_ring)
FIELD(xen_argo_ring, rx_ptr)
FIELD(xen_argo_ring, tx_ptr)
FIELD(xen_argo_ring, reserved)
ARRAY(xen_argo_ring, ring)

STRUCT(xen_argo_register_ring)
FIELD(xen_argo_register_ring, aport)
FIELD(xen_argo_register_ring, partner_id)
FIELD(xen_argo_register_ring, pad)
FIELD(xen_argo_register_ring, len)

STRUCT(xen_argo_unregister_ring)
FIELD(xen_argo_unregister_ring, aport)
FIELD(xen_argo_unregister_ring, partner_id)
FIELD(xen_argo_unregister_ring, pad)

STRUCT(xen_argo_ring_data_ent)
FIELD(xen_argo_ring_data_ent, ring)
FIELD(xen_argo_ring_data_ent, flags)
FIELD(xen_argo_ring_data_ent, pad)
FIELD(xen_argo_ring_data_ent, space_required)
FIELD(xen_argo_ring_data_ent, max_message_size)

STRUCT(xen_argo_ring_data)
FIELD(xen_argo_ring_data, nent)
FIELD(xen_argo_ring_data, pad)
ARRAY(xen_argo_ring_data, data)

STRUCT(xen_argo_ring_message_header)
FIELD(xen_argo_ring_message_header, len)
FIELD(xen_argo_ring_message_header, source)
FIELD(xen_argo_ring_message_header, message_type)
ARRAY(xen_argo_ring_message_header, data)
