// SPDX-License-Identifier: GPL-2.0
/*
 * Workqueues on kernels before 6.10.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * Theory of operation. Whoever sets a work's PENDING bit owns the work: nobody
 * else can queue it until that is cleared. So a disabled work is one whose bit
 * was set and stays so; CANCELING beside it tells mod_delayed_work() to give up
 * rather than to wait for the bit. Nothing here enables a work again, and a
 * disabled one may only be freed: the kernel's own cancel_work_sync() would wait
 * for it for ever.
 *
 * Works of system_bh_wq never come to the kernel's workqueues. They are on a
 * list of ours, a tasklet runs them one after the other, and their data word
 * has a mark of ours. As on the real system_bh_wq a work never runs twice at a
 * time, and may be queued again while it runs. The first queueing marks a work;
 * until then nobody can tell what it is, and cancelling it is the kernel's.
 * flush_work() knows nothing of them.
 */
#define VARGO_COMPAT_WORKQUEUE
#include <linux/export.h>
#include <linux/interrupt.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

/*
 * A data word that is ours, and without a pool for the kernel. One that points
 * to a workqueue, whose upper bits are all set, has WORK_STRUCT_PWQ.
 */
#define BH_MARK		(BIT(62) | WORK_STRUCT_NO_POOL)
#define BH_PENDING	(BH_MARK | WORK_STRUCT_PENDING)
#define BH_DISABLED	(BH_PENDING | WORK_OFFQ_CANCELING)

#define BH_BATCH	16	/* works until others in softirq have their turn */

/* A work that the kernel is cancelling: it must not become ours meanwhile */
struct bh_cancelling {
	struct list_head node;
	struct work_struct *work;
};

static DEFINE_SPINLOCK(bh_lock);	/* guards what follows, and marked works' data */
static LIST_HEAD(bh_works);
static LIST_HEAD(bh_cancellings);
static struct work_struct *bh_running;
static unsigned long bh_turns;		/* works that have run */

static DECLARE_WAIT_QUEUE_HEAD(bh_wait);

static void bh_run(struct tasklet_struct *unused);
static DECLARE_TASKLET(bh_tasklet, bh_run);

static void bh_run(struct tasklet_struct *unused)
{
	struct work_struct *work;
	work_func_t func;
	int n;

	spin_lock_irq(&bh_lock);
	for (n = 0; n < BH_BATCH && !list_empty(&bh_works); n++) {
		work = list_first_entry(&bh_works, struct work_struct, entry);
		list_del_init(&work->entry);
		func = work->func;
		bh_running = work;
		atomic_long_set(&work->data, BH_MARK);
		spin_unlock_irq(&bh_lock);

		func(work);	/* which may free it */

		spin_lock_irq(&bh_lock);
		bh_running = NULL;
		bh_turns++;
		wake_up_all(&bh_wait);
	}
	if (!list_empty(&bh_works))
		tasklet_schedule(&bh_tasklet);
	spin_unlock_irq(&bh_lock);
}

static bool is_bh(struct work_struct *work)
{
	return (atomic_long_read(&work->data) & (BIT(62) | WORK_STRUCT_PWQ)) == BIT(62);
}

static bool is_cancelling(struct work_struct *work)
{
	struct bh_cancelling *c;

	lockdep_assert_held(&bh_lock);
	list_for_each_entry(c, &bh_cancellings, node)
		if (c->work == work)
			return true;
	return false;
}

static bool bh_queue(struct work_struct *work)
{
	unsigned long flags;
	bool queued;

	spin_lock_irqsave(&bh_lock, flags);
	queued = (is_bh(work) || !is_cancelling(work)) &&
		 !test_and_set_bit(WORK_STRUCT_PENDING_BIT, work_data_bits(work));
	if (queued) {
		atomic_long_set(&work->data, BH_PENDING);
		list_add_tail(&work->entry, &bh_works);
		tasklet_schedule(&bh_tasklet);
	}
	spin_unlock_irqrestore(&bh_lock, flags);
	return queued;
}

/* The turn that @work had when @turns was read has ended, or there was none. */
static bool bh_turn_over(struct work_struct *work, unsigned long turns)
{
	bool over;

	spin_lock_irq(&bh_lock);
	over = bh_running != work || bh_turns != turns;
	spin_unlock_irq(&bh_lock);
	return over;
}

/* Take a work of ours from the list, leave @data, and wait for the turn it has. */
static bool bh_cancel(struct work_struct *work, unsigned long data)
{
	unsigned long turns;
	bool pending;

	spin_lock_irq(&bh_lock);
	pending = atomic_long_read(&work->data) == BH_PENDING;
	if (pending)
		list_del_init(&work->entry);
	if (atomic_long_read(&work->data) != BH_DISABLED)
		atomic_long_set(&work->data, data);
	turns = bh_turns;
	spin_unlock_irq(&bh_lock);
	wait_event(bh_wait, bh_turn_over(work, turns));
	return pending;
}

/* As cancel_work_sync(), for works of both kinds; @data as for bh_cancel() */
static bool cancel(struct work_struct *work, unsigned long data)
{
	struct bh_cancelling c = { .work = work };
	bool pending, bh;

	spin_lock_irq(&bh_lock);
	bh = is_bh(work);
	if (!bh)
		list_add(&c.node, &bh_cancellings);
	spin_unlock_irq(&bh_lock);
	if (bh)
		return bh_cancel(work, data);

	pending = cancel_work_sync(work);
	spin_lock_irq(&bh_lock);
	list_del(&c.node);
	spin_unlock_irq(&bh_lock);
	return pending;
}

/* Own a work of the kernel's for good; false if it was queued meanwhile. */
static bool disable(struct work_struct *work)
{
	bool owned;

	spin_lock_irq(&bh_lock);
	owned = !is_bh(work) &&
		!test_and_set_bit(WORK_STRUCT_PENDING_BIT, work_data_bits(work));
	if (owned)
		atomic_long_or(WORK_OFFQ_CANCELING, &work->data);
	spin_unlock_irq(&bh_lock);
	if (owned)
		flush_work(work);
	return owned;
}

/**
 * vargo_compat_queue_work() - queue_work() that knows system_bh_wq
 * @wq: queue
 * @work: work
 *
 * Context: any.
 *
 * Return: false if it was queued already, or is disabled
 */
bool vargo_compat_queue_work(struct workqueue_struct *wq, struct work_struct *work)
{
	return wq == system_bh_wq ? bh_queue(work) : queue_work(wq, work);
}
EXPORT_SYMBOL_GPL(vargo_compat_queue_work);

/**
 * vargo_compat_cancel_work_sync() - neither queued nor running any more
 * @work: work
 *
 * Context: process, may sleep.
 *
 * Return: whether it was queued
 */
bool vargo_compat_cancel_work_sync(struct work_struct *work)
{
	return cancel(work, BH_MARK);
}
EXPORT_SYMBOL_GPL(vargo_compat_cancel_work_sync);

/**
 * vargo_compat_disable_work_sync() - as cancel_work_sync(), and never queued again
 * @work: work, which can only be freed afterwards
 *
 * Context: process, may sleep.
 *
 * Return: whether it was queued
 */
bool vargo_compat_disable_work_sync(struct work_struct *work)
{
	bool pending = false, bh;

	do {
		bh = is_bh(work);
		pending |= cancel(work, BH_DISABLED);
	} while (!bh && !disable(work));
	return pending;
}
EXPORT_SYMBOL_GPL(vargo_compat_disable_work_sync);

/**
 * vargo_compat_disable_delayed_work_sync() - the same for a delayed work
 * @work: work, which can only be freed afterwards
 *
 * Context: process, may sleep.
 *
 * Return: whether it was queued
 */
bool vargo_compat_disable_delayed_work_sync(struct delayed_work *work)
{
	bool pending = false;

	do {
		pending |= cancel_delayed_work_sync(work);
	} while (!disable(&work->work));
	return pending;
}
EXPORT_SYMBOL_GPL(vargo_compat_disable_delayed_work_sync);

static void __exit vargo_compat_exit(void)
{
	tasklet_kill(&bh_tasklet);
}
module_exit(vargo_compat_exit);

MODULE_DESCRIPTION("VirtIO over Argo: what this kernel lacks");
MODULE_LICENSE("GPL");
