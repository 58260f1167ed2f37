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
#include <linux/bits.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <uapi/linux/virtio_blk.h>
#include <uapi/linux/virtio_ids.h>

#include "virtio_argo_type.h"

#define BLOCK(field)	offsetof(struct virtio_blk_config, field),		\
			sizeof_field(struct virtio_blk_config, field)

static const struct vargo_limit block_limits[] = {
	{ BLOCK(capacity), -1, false, "is smaller" },
	{ BLOCK(size_max), VIRTIO_BLK_F_SIZE_MAX, false, "takes smaller segments" },
	{ BLOCK(seg_max), VIRTIO_BLK_F_SEG_MAX, false, "takes fewer segments" },
	{ BLOCK(blk_size), VIRTIO_BLK_F_BLK_SIZE, true, "has another block size" },
	{ BLOCK(max_discard_sectors), VIRTIO_BLK_F_DISCARD, false, "discards less at a time" },
	{ BLOCK(max_discard_seg), VIRTIO_BLK_F_DISCARD, false, "discards less at a time" },
	{ BLOCK(max_write_zeroes_sectors), VIRTIO_BLK_F_WRITE_ZEROES, false,
	  "zeroes less at a time" },
	{ BLOCK(max_write_zeroes_seg), VIRTIO_BLK_F_WRITE_ZEROES, false,
	  "zeroes less at a time" },
};

static const struct vargo_type vargo_types[] = {
	{ .id = VIRTIO_ID_BLOCK, .name = "block", .replay = true, .fill = true,
	  .fail_status = VIRTIO_BLK_S_IOERR,
	  .limits = block_limits, .nr_limits = ARRAY_SIZE(block_limits) },
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

static u64 limit_value(const struct vargo_limit *l, const u8 *config)
{
	__le64 value = 0;

	memcpy(&value, config + l->offset, l->size);
	return le64_to_cpu(value);
}

/**
 * vargo_type_less() - has a device come back with less than its driver was told?
 * @type: its type
 * @features: those that the driver uses
 * @was: the config space that the driver knows
 * @now: and the one that there is
 * @size: bytes of both
 *
 * Context: any.
 *
 * Return: NULL if not, or what is wrong with it, to follow its name in a message
 */
const char *vargo_type_less(const struct vargo_type *type, u64 features, const u8 *was,
			    const u8 *now, u32 size)
{
	unsigned int i;

	for (i = 0; i < type->nr_limits; i++) {
		const struct vargo_limit *l = &type->limits[i];
		u64 a, b;

		if (l->offset + l->size > size)
			continue;
		if (l->feature >= 0 && !(features & BIT_ULL(l->feature)))
			continue;
		a = limit_value(l, was);
		b = limit_value(l, now);
		if (b < a || (l->same && b != a))
			return l->less;
	}
	return NULL;
}
