/* SPDX-License-Identifier: GPL-2.0 */
/*
 * VirtIO over Argo: what the transport must know of device types.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#ifndef _VIRTIO_ARGO_TYPE_H
#define _VIRTIO_ARGO_TYPE_H

#include <linux/types.h>

/**
 * struct vargo_type - what a device type asks of the transport
 * @id: VIRTIO_ID_*
 * @name: for messages
 * @refuse: it works on guest memory by its nature and cannot have bytes instead
 * @replay: an unanswered request may be sent a second time
 * @fill: a completion must reach the last in-byte, which is the status
 * @fail_status: value of that byte for an I/O error, -1 if there is none
 */
struct vargo_type {
	u32 id;
	const char *name;
	bool refuse;
	bool replay;
	bool fill;
	int fail_status;
};

const struct vargo_type *vargo_type_find(u32 id);

#endif /* _VIRTIO_ARGO_TYPE_H */
