/* SPDX-License-Identifier: GPL-2.0 */
/*
 * VirtIO over Argo: what the transport must know of device types.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#ifndef _VIRTIO_ARGO_TYPE_H
#define _VIRTIO_ARGO_TYPE_H

#include <linux/types.h>

enum vargo_refuse {
	VARGO_REFUSE_NOT,
	VARGO_REFUSE_MEMORY,	/* works on guest memory by its nature, cannot have bytes instead */
	VARGO_REFUSE_UNKNOWN,	/* not known what it takes */
};

/* A type for which there is no driver but that of the KUnit tests */
#define VARGO_ID_TEST	0x7fff0001

/**
 * struct vargo_limit - a field of the config space by which the driver goes
 * @offset: where it is
 * @size: its bytes, 4 or 8; little-endian
 * @feature: it means something only with this feature bit; -1: always
 * @same: it must not change; else it must not become less
 * @less: what is wrong with a device that has less, for a message
 */
struct vargo_limit {
	u16 offset;
	u8 size;
	s8 feature;
	bool same;
	const char *less;
};

/**
 * struct vargo_type - what a device type asks of the transport
 * @id: VIRTIO_ID_*
 * @name: for messages
 * @refuse: such a device is not taken, for this reason
 * @replay: an unanswered request may be sent a second time
 * @fill: a completion must reach the last in-byte, which is the status
 * @fail_status: value of that byte for an I/O error, -1 if there is none
 * @limits: what a device that comes back must have at least
 * @nr_limits: how many
 */
struct vargo_type {
	u32 id;
	const char *name;
	enum vargo_refuse refuse;
	bool replay;
	bool fill;
	int fail_status;
	const struct vargo_limit *limits;
	unsigned int nr_limits;
};

const struct vargo_type *vargo_type_find(u32 id);
const char *vargo_type_less(const struct vargo_type *type, u64 features, const u8 *was,
			    const u8 *now, u32 size);

#endif /* _VIRTIO_ARGO_TYPE_H */
