// SPDX-License-Identifier: GPL-2.0
/*
 * VirtIO over Argo: what the transport must know of device types.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * A transport should be blind to device types. Three things cannot be had
 * blindly: types that need the guest's memory itself; whether a request may be
 * repeated when a backend died before it answered; and how a driver learns of
 * an error, because virtio_blk trusts the status byte in its own buffer and
 * not the used length. Other drivers take a request that failed here for done
 * (virtio_scsi), or wait for an answer in a loop, with interrupts off
 * (virtio_console) or a lock of everybody's held (virtio_net). So a type is
 * refused until what its driver does is known here.
 */
#include <linux/array_size.h>
#include <uapi/linux/virtio_blk.h>
#include <uapi/linux/virtio_ids.h>

#include "virtio_argo_type.h"

static const struct vargo_type vargo_types[] = {
	{ .id = VIRTIO_ID_BLOCK, .name = "block", .replay = true, .fill = true,
	  .fail_status = VIRTIO_BLK_S_IOERR },
	{ .id = VIRTIO_ID_BALLOON, .name = "balloon", .refuse = VARGO_REFUSE_MEMORY },
	{ .id = VIRTIO_ID_MEM, .name = "mem", .refuse = VARGO_REFUSE_MEMORY },
	{ .id = VIRTIO_ID_PMEM, .name = "pmem", .refuse = VARGO_REFUSE_MEMORY },
	{ .id = VIRTIO_ID_IOMMU, .name = "iommu", .refuse = VARGO_REFUSE_MEMORY },
	{ .id = VIRTIO_ID_GPU, .name = "gpu", .refuse = VARGO_REFUSE_MEMORY },
	{ .id = VARGO_ID_TEST, .name = "test", .fail_status = -1 },
};

static const struct vargo_type vargo_type_other = {
	.name = "other",
	.refuse = VARGO_REFUSE_UNKNOWN,
};

/**
 * vargo_type_find() - what a device type asks of the transport
 * @id: VIRTIO_ID_*
 *
 * Return: never NULL
 */
const struct vargo_type *vargo_type_find(u32 id)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(vargo_types); i++)
		if (vargo_types[i].id == id)
			return &vargo_types[i];
	return &vargo_type_other;
}
