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
 * struct vargo_type - what a device type asks of the transport
 * @id: VIRTIO_ID_*
 * @name: for messages
 * @refuse: such a device is not taken, for this reason
 * @replay: an unanswered request may be sent a second time
 * @fill: a completion must reach the last in-byte, which is the status
 * @fail_status: value of that byte for an I/O error, -1 if there is none
 */
struct vargo_type {
	u32 id;
	const char *name;
	enum vargo_refuse refuse;
	bool replay;
	bool fill;
	int fail_status;
};

const struct vargo_type *vargo_type_find(u32 id);

#endif /* _VIRTIO_ARGO_TYPE_H */
