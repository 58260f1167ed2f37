/* SPDX-License-Identifier: GPL-2.0 */
/*
 * VirtIO over Argo: the descriptors of a chain, and the bytes that they name.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#ifndef _VIRTIO_ARGO_DESC_H
#define _VIRTIO_ARGO_DESC_H

#include <linux/types.h>

struct vring;

/**
 * typedef vargo_desc_fn - what is done with a piece of a chain
 * @ctx: the caller's
 * @at: the piece
 * @done: bytes that earlier pieces had
 * @len: its bytes
 *
 * Return: how many were taken; less than @len ends it
 */
typedef u32 (*vargo_desc_fn)(void *ctx, void *at, u32 done, u32 len);

int vargo_desc_measure(const struct vring *vring, u16 head, u32 *out, u32 *in);
u32 vargo_desc_each(const struct vring *vring, u16 head, bool in, u32 offset, u32 len,
		    vargo_desc_fn fn, void *ctx);

#endif /* _VIRTIO_ARGO_DESC_H */
