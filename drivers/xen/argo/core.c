// SPDX-License-Identifier: GPL-2.0
/*
 * Argo instances: one domain's access to Argo.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * The running kernel has one instance, made by main.c over real hypercalls.
 * Tests make more, each a domain of a fake Xen, beside the real one. That is
 * why this code is a module of its own, which loads without Xen, and why
 * nothing in it is global.
 */
#define pr_fmt(fmt) "xen-argo: " fmt

#include <linux/export.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "argo.h"

/**
 * argo_instance_create() - make an instance
 * @name: of its directory in debugfs and its workqueue; not copied; NULL: none
 * @ops: hypercalls
 * @priv: for @ops
 *
 * VIRQs may be delivered as soon as this returns.
 *
 * Context: process.
 *
 * Return: the instance or ERR_PTR(-ENOMEM)
 */
struct xen_argo *argo_instance_create(const char *name,
				      const struct argo_hypervisor_ops *ops, void *priv)
{
	struct xen_argo *argo;
	int err = -ENOMEM;

	argo = kzalloc(sizeof(*argo), GFP_KERNEL);
	if (!argo)
		return ERR_PTR(err);

	argo->name = name;
	argo->ops = ops;
	argo->priv = priv;
	argo->fence = IS_ENABLED(CONFIG_ARM64);
	mutex_init(&argo->lock);
	INIT_LIST_HEAD(&argo->rings);
	INIT_LIST_HEAD(&argo->leaked);
	argo_virq_init(argo);

	argo->stats = alloc_percpu(struct argo_stats);
	if (!argo->stats)
		goto free_argo;
	err = argo_space_init(argo);
	if (err)
		goto free_stats;
	argo_stats_init(argo);
	return argo;

free_stats:
	free_percpu(argo->stats);
free_argo:
	kfree(argo);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_GPL(argo_instance_create);

/**
 * argo_instance_destroy() - unmake an instance
 * @argo: it, without rings and armed waiters: its users have gone, because
 *	they hold the module. argo_instance_virq() is not called any more.
 *
 * Context: process.
 */
void argo_instance_destroy(struct xen_argo *argo)
{
	WARN_ON(!list_empty(&argo->rings));

	argo_stats_exit(argo);
	argo_instance_virq_stop(argo);
	argo_space_exit(argo);
	argo_ring_reclaim(argo);
	free_percpu(argo->stats);
	mutex_destroy(&argo->lock);
	kfree(argo);
}
EXPORT_SYMBOL_GPL(argo_instance_destroy);

/**
 * argo_instance_suspend() - unregister all rings, for suspend, migration,
 *	shutdown or kexec
 * @argo: instance
 *
 * Xen keeps the rings of a domain whose suspend is cancelled and knows none of
 * a domain that was restored or migrated; and registering a ring in place leaks
 * in Xen. So rings are always unregistered before and registered anew after.
 * At kexec Xen would go on writing into pages that the next kernel uses.
 *
 * Context: process.
 */
void argo_instance_suspend(struct xen_argo *argo)
{
	struct argo_ring *ring;

	mutex_lock(&argo->lock);
	WRITE_ONCE(argo->suspended, true);
	list_for_each_entry(ring, &argo->rings, node)
		argo_ring_suspend(ring);
	mutex_unlock(&argo->lock);

	argo_space_flush(argo);
}
EXPORT_SYMBOL_GPL(argo_instance_suspend);

/**
 * argo_instance_resume() - register the rings again, empty
 * @argo: instance
 *
 * Context: process.
 */
void argo_instance_resume(struct xen_argo *argo)
{
	struct argo_ring *ring;

	mutex_lock(&argo->lock);
	WRITE_ONCE(argo->suspended, false);
	list_for_each_entry(ring, &argo->rings, node)
		argo_ring_resume(ring);
	mutex_unlock(&argo->lock);

	/* VIRQs of messages that came before the irq was bound again are lost */
	argo_scan(argo);
}
EXPORT_SYMBOL_GPL(argo_instance_resume);

MODULE_DESCRIPTION("Xen Argo: rings, sending, waiting for space");
MODULE_LICENSE("GPL");
