// SPDX-License-Identifier: GPL-2.0
/*
 * VirtIO over Argo: how buffers become addresses, on kernels before virtio_map_ops.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * Takes the place of drivers/virtio/virtio_argo_map.c, which has the reasons.
 * These kernels map through the DMA operations of the virtio device's parent,
 * and ask the parent for the largest segment too. They are set when the queues
 * are found, which is after virtio_features_ok(), where Xen may have put its
 * grant operations on the parent. The parent is what discovery found and does
 * no DMA of its own.
 */
#include <linux/dma-map-ops.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/virtio_ring.h>

#include "virtio_argo.h"

#define VARGO_MAX_SEGMENT	65536

static dma_addr_t vargo_map_page(struct device *dev, struct page *page,
				 unsigned long offset, size_t size,
				 enum dma_data_direction dir, unsigned long attrs)
{
	return page_to_phys(page) + offset;
}

static void vargo_unmap_page(struct device *dev, dma_addr_t handle, size_t size,
			     enum dma_data_direction dir, unsigned long attrs)
{
}

static int vargo_map_sg(struct device *dev, struct scatterlist *sgl, int nents,
			enum dma_data_direction dir, unsigned long attrs)
{
	struct scatterlist *sg;
	int i;

	for_each_sg(sgl, sg, nents, i) {
		sg->dma_address = sg_phys(sg);
		sg_dma_len(sg) = sg->length;
	}
	return nents;
}

static void vargo_unmap_sg(struct device *dev, struct scatterlist *sgl, int nents,
			   enum dma_data_direction dir, unsigned long attrs)
{
}

static void *vargo_map_alloc(struct device *dev, size_t size, dma_addr_t *handle,
			     gfp_t gfp, unsigned long attrs)
{
	void *p = alloc_pages_exact(size, gfp | __GFP_ZERO);

	if (p)
		*handle = virt_to_phys(p);
	return p;
}

static void vargo_map_free(struct device *dev, size_t size, void *p,
			   dma_addr_t handle, unsigned long attrs)
{
	free_pages_exact(p, size);
}

static int vargo_dma_supported(struct device *dev, u64 mask)
{
	return 1;
}

static size_t vargo_max_mapping_size(struct device *dev)
{
	return VARGO_MAX_SEGMENT;
}

static const struct dma_map_ops vargo_dma_ops = {
	.alloc = vargo_map_alloc,
	.free = vargo_map_free,
	.map_page = vargo_map_page,
	.unmap_page = vargo_unmap_page,
	.map_sg = vargo_map_sg,
	.unmap_sg = vargo_unmap_sg,
	.dma_supported = vargo_dma_supported,
	.max_mapping_size = vargo_max_mapping_size,
};

void vargo_map_attach(struct virtio_device *vdev)
{
	struct device *dev = vdev->dev.parent;

	if (!dev->dma_mask)
		dev->dma_mask = &dev->coherent_dma_mask;
	*dev->dma_mask = DMA_BIT_MASK(64);
	dev->coherent_dma_mask = DMA_BIT_MASK(64);
}

struct virtqueue *vargo_map_create_vq(struct virtio_device *vdev, unsigned int index,
				      unsigned int num, bool ctx,
				      bool (*notify)(struct virtqueue *vq),
				      void (*callback)(struct virtqueue *vq),
				      const char *name)
{
	set_dma_ops(vdev->dev.parent, &vargo_dma_ops);
	return vring_create_virtqueue(index, num, SMP_CACHE_BYTES, vdev, true, true,
				      ctx, notify, callback, name);
}
