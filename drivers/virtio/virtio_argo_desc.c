// SPDX-License-Identifier: GPL-2.0
/*
 * VirtIO over Argo: the descriptors of a chain, and the bytes that they name.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * Descriptors hold plain physical addresses (virtio_argo_map.c), which are
 * decoded through the linear map. The driver is this kernel's own, so a chain
 * is not an attack; it is still bounded and checked, because a driver's bug
 * must not become a message with somebody else's memory in it.
 */
#include <linux/err.h>
#include <linux/io.h>
#include <linux/virtio_byteorder.h>
#include <linux/virtio_ring.h>

#include "virtio_argo_desc.h"

/**
 * struct walk - position in a descriptor chain
 * @desc: table, the ring's or an indirect one
 * @num: its entries
 * @next: index of the next descriptor
 * @left: descriptors that may still follow, so that a loop ends
 * @end: no more
 */
struct walk {
	const struct vring_desc *desc;
	u32 num;
	u32 next;
	u32 left;
	bool end;
};

static u64 desc_addr(const struct vring_desc *d)
{
	return __virtio64_to_cpu(true, d->addr);
}

static u32 desc_len(const struct vring_desc *d)
{
	return __virtio32_to_cpu(true, d->len);
}

static u16 desc_flags(const struct vring_desc *d)
{
	return __virtio16_to_cpu(true, d->flags);
}

static int walk_begin(const struct vring *vring, u16 head, struct walk *w)
{
	const struct vring_desc *d = &vring->desc[head];
	u32 len = desc_len(d);

	w->end = false;
	if (desc_flags(d) & VRING_DESC_F_INDIRECT) {
		if (!len || len % sizeof(*d) || len / sizeof(*d) > U16_MAX ||
		    desc_flags(d) & VRING_DESC_F_NEXT)
			return -EINVAL;
		w->desc = phys_to_virt(desc_addr(d));
		w->num = len / sizeof(*d);
		w->next = 0;
	} else {
		w->desc = vring->desc;
		w->num = vring->num;
		w->next = head;
	}
	w->left = w->num;
	return 0;
}

/* The next descriptor, NULL behind the last, ERR_PTR if the chain is no chain. */
static const struct vring_desc *walk_next(struct walk *w)
{
	const struct vring_desc *d;

	if (w->end)
		return NULL;
	if (!w->left-- || w->next >= w->num)
		return ERR_PTR(-EINVAL);
	d = &w->desc[w->next];
	if (desc_flags(d) & VRING_DESC_F_INDIRECT)
		return ERR_PTR(-EINVAL);	/* nested, or in the middle of a chain */
	w->end = !(desc_flags(d) & VRING_DESC_F_NEXT);
	w->next = __virtio16_to_cpu(true, d->next);
	return d;
}

/**
 * vargo_desc_measure() - add up a chain's bytes
 * @vring: the ring
 * @head: index of the chain's first descriptor, below the ring's size
 * @out: its device-readable bytes
 * @in: its device-writable bytes
 *
 * Context: any.
 *
 * Return: 0; -EINVAL: it is no chain; -EMSGSIZE: of 2^31 bytes or more. Then
 * @out and @in are as before.
 */
int vargo_desc_measure(const struct vring *vring, u16 head, u32 *out, u32 *in)
{
	const struct vring_desc *d;
	struct walk w;
	u64 readable = 0, writable = 0;
	int err;

	err = walk_begin(vring, head, &w);
	if (err)
		return err;
	while ((d = walk_next(&w))) {
		if (IS_ERR(d))
			return PTR_ERR(d);
		if (desc_flags(d) & VRING_DESC_F_WRITE) {
			writable += desc_len(d);
			continue;
		}
		if (writable)
			return -EINVAL;	/* readable after writable */
		readable += desc_len(d);
	}
	if (readable + writable > S32_MAX)
		return -EMSGSIZE;
	*out = readable;
	*in = writable;
	return 0;
}

/**
 * vargo_desc_each() - call a function for each piece of a chain's out- or in-bytes
 * @vring: the ring
 * @head: as it was measured; the descriptors are the device's until the used entry
 * @in: the device-writable bytes, else the device-readable
 * @offset: first of them
 * @len: how many; they exist
 * @fn: called until it takes less than it was offered
 * @ctx: handed to it
 *
 * Context: any.
 *
 * Return: the bytes taken
 */
u32 vargo_desc_each(const struct vring *vring, u16 head, bool in, u32 offset, u32 len,
		    vargo_desc_fn fn, void *ctx)
{
	const struct vring_desc *d;
	struct walk w;
	u32 done = 0;

	if (walk_begin(vring, head, &w))
		return 0;
	while (done < len && (d = walk_next(&w)) && !IS_ERR(d)) {
		u32 part = desc_len(d), took;

		if (!!(desc_flags(d) & VRING_DESC_F_WRITE) != in)
			continue;
		if (offset >= part) {
			offset -= part;
			continue;
		}
		part = min(part - offset, len - done);
		took = fn(ctx, phys_to_virt(desc_addr(d) + offset), done, part);
		done += took;
		if (took < part)
			break;
		offset = 0;
	}
	return done;
}
