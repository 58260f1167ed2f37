// SPDX-License-Identifier: GPL-2.0
/*
 * VirtIO over Argo: how buffers become addresses.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * Both halves of the virtqueue are in this kernel, so a descriptor holds the
 * plain physical address of its buffer, which the device side turns back with
 * phys_to_virt(). In every Xen domain virtio_ring insists on a mapping API; the
 * default one would bounce through swiotlb-xen, hand out grant references or
 * translate to machine addresses, depending on the kind of guest and its
 * configuration. Hence operations of our own that do nothing.
 *
 * The out-of-tree build replaces this file for kernels without virtio_map_ops.
 */
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/virtio_ring.h>

#include "virtio_argo.h"

/* Keeps a segment within what one frame carries. */
#define VARGO_MAX_SEGMENT	65536

static dma_addr_t vargo_map_page(union virtio_map map, struct page *page,
				 unsigned long offset, size_t size,
				 enum dma_data_direction dir, unsigned long attrs)
{
	return page_to_phys(page) + offset;
}

static void vargo_unmap_page(union virtio_map map, dma_addr_t handle, size_t size,
			     enum dma_data_direction dir, unsigned long attrs)
{
}

static void vargo_sync(union virtio_map map, dma_addr_t handle, size_t size,
		       enum dma_data_direction dir)
{
}

static void *vargo_map_alloc(union virtio_map map, size_t size, dma_addr_t *handle,
			     gfp_t gfp)
{
	void *p = alloc_pages_exact(size, gfp | __GFP_ZERO);

	if (p)
		*handle = virt_to_phys(p);
	return p;
}

static void vargo_map_free(union virtio_map map, size_t size, void *p,
			   dma_addr_t handle, unsigned long attrs)
{
	free_pages_exact(p, size);
}

static bool vargo_need_sync(union virtio_map map, dma_addr_t handle)
{
	return false;
}

static int vargo_mapping_error(union virtio_map map, dma_addr_t handle)
{
	return 0;
}

static size_t vargo_max_mapping_size(union virtio_map map)
{
	return VARGO_MAX_SEGMENT;
}

static const struct virtio_map_ops vargo_map_ops = {
	.map_page = vargo_map_page,
	.unmap_page = vargo_unmap_page,
	.sync_single_for_cpu = vargo_sync,
	.sync_single_for_device = vargo_sync,
	.alloc = vargo_map_alloc,
	.free = vargo_map_free,
	.need_sync = vargo_need_sync,
	.mapping_error = vargo_mapping_error,
	.max_mapping_size = vargo_max_mapping_size,
};

/**
 * vargo_map_attach() - use our mapping for a device
 * @vdev: before it is registered
 */
void vargo_map_attach(struct virtio_device *vdev)
{
	vdev->map = &vargo_map_ops;
}

/**
 * vargo_map_create_vq() - create a virtqueue whose descriptors we can decode
 * @vdev: its device
 * @index: its index
 * @num: entries, a power of 2
 * @ctx: the driver wants a context for each buffer
 * @notify: called when the driver has made chains available
 * @callback: the driver's
 * @name: the driver's
 *
 * Context: process, may sleep.
 *
 * Return: the virtqueue, or NULL
 */
struct virtqueue *vargo_map_create_vq(struct virtio_device *vdev, unsigned int index,
				      unsigned int num, bool ctx,
				      bool (*notify)(struct virtqueue *vq),
				      void (*callback)(struct virtqueue *vq),
				      const char *name)
{
	union virtio_map map = { .dma_dev = vdev->dev.parent };

	return vring_create_virtqueue_map(index, num, SMP_CACHE_BYTES, vdev, true,
					  true, ctx, notify, callback, name, map);
}
