/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Before 6.11 virtio_config_ops.find_vqs got an array for each thing that is a
 * member of struct virtqueue_info now.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#ifndef _VIRTIO_ARGO_COMPAT_VIRTIO_CONFIG_H
#define _VIRTIO_ARGO_COMPAT_VIRTIO_CONFIG_H

#include_next <linux/virtio_config.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)

#include <linux/slab.h>

struct virtqueue_info {
	const char *name;
	vq_callback_t *callback;
	bool ctx;
};

typedef int vargo_find_vqs_fn(struct virtio_device *vdev, unsigned int nvqs,
			      struct virtqueue *vqs[], struct virtqueue_info vqs_info[],
			      struct irq_affinity *desc);

static inline int vargo_compat_find_vqs(vargo_find_vqs_fn *find_vqs,
					struct virtio_device *vdev, unsigned int nvqs,
					struct virtqueue *vqs[], vq_callback_t *callbacks[],
					const char * const names[], const bool *ctx,
					struct irq_affinity *desc)
{
	struct virtqueue_info *infos;
	unsigned int i;
	int err;

	infos = kcalloc(nvqs, sizeof(*infos), GFP_KERNEL);
	if (!infos)
		return -ENOMEM;
	for (i = 0; i < nvqs; i++) {
		infos[i].name = names[i];
		infos[i].callback = callbacks[i];
		infos[i].ctx = ctx && ctx[i];
	}
	err = find_vqs(vdev, nvqs, vqs, infos, desc);
	kfree(infos);
	return err;
}

/*
 * Where the driver defines vargo_find_vqs() it gets another name, behind one of
 * that name that this kernel can call. Elsewhere no parenthesis follows it.
 */
#define vargo_find_vqs(vdev, nvqs, vqs, vqs_info, desc)				\
vargo_find_vqs_info(vdev, nvqs, vqs, vqs_info, desc);				\
										\
static int vargo_find_vqs(struct virtio_device *__vdev, unsigned int __nvqs,	\
			  struct virtqueue *__vqs[], vq_callback_t *__callbacks[], \
			  const char * const __names[], const bool *__ctx,	\
			  struct irq_affinity *__desc)				\
{										\
	return vargo_compat_find_vqs(vargo_find_vqs_info, __vdev, __nvqs, __vqs, \
				     __callbacks, __names, __ctx, __desc);	\
}										\
										\
static int vargo_find_vqs_info(vdev, nvqs, vqs, vqs_info, desc)

#endif

#endif /* _VIRTIO_ARGO_COMPAT_VIRTIO_CONFIG_H */
