/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of drivers/xen/argo share.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * Locks, outermost first:
 *
 *   xen_argo.lock	mutex	the set of rings, their states, suspend;
 *				ring event callbacks run under it
 *   rcu_read_lock	RCU	walks of xen_argo.rings; rx callbacks run in it
 *   xen_argo.space_lock spin	waiters for space; taken with irqs off, leaf
 *   xen_argo.virq_lock	spin	throttle of the VIRQ; irqs off; the mask ops
 *				are called under it
 *
 * A ring's consumer state (rx, limit, consumed) has no lock: the contract in
 * xen/argo.h is one consumer at a time, and none while a ring is suspended.
 */
#ifndef _DRIVERS_XEN_ARGO_H
#define _DRIVERS_XEN_ARGO_H

#include <linux/hrtimer.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <xen/argo.h>
#include <xen/interface/argo.h>

#define ARGO_MAX_RINGS		128	/* per domain, Xen's limit */
#define ARGO_MAX_USER_RINGS	112	/* default; the rest is kept for kernel users */
#define ARGO_MAX_NOTIFY		256	/* entries of one notify, Xen's limit */
#define ARGO_MSG_HDR		16	/* struct xen_argo_ring_message_header */
#define ARGO_RING_HDR		64	/* struct xen_argo_ring */

/**
 * struct argo_hypervisor_ops - the hypercalls, or a fake of them
 * @register_ring: XEN_ARGO_OP_register_ring; process context
 * @unregister_ring: XEN_ARGO_OP_unregister_ring; process context
 * @sendv: XEN_ARGO_OP_sendv: bytes or -errno; any context
 * @notify: XEN_ARGO_OP_notify; any context
 * @virq_mask: stop calling argo_instance_virq(); hard irq context
 * @virq_unmask: call it again, and once more if one was missed; any context
 */
struct argo_hypervisor_ops {
	int (*register_ring)(struct xen_argo *argo, struct xen_argo_register_ring *reg,
			     xen_argo_gfn_t *gfns, u32 npages, u32 flags);
	int (*unregister_ring)(struct xen_argo *argo,
			       struct xen_argo_unregister_ring *unreg);
	int (*sendv)(struct xen_argo *argo, struct xen_argo_send_addr *addr,
		     struct xen_argo_iov *iov, u32 niov, u32 type);
	int (*notify)(struct xen_argo *argo, struct xen_argo_ring_data *data);
	void (*virq_mask)(struct xen_argo *argo);
	void (*virq_unmask)(struct xen_argo *argo);
};

/* Counters of an instance, shown in debugfs under the names in stats.c */
enum argo_counter {
	ARGO_C_HC_REGISTER,
	ARGO_C_HC_UNREGISTER,
	ARGO_C_HC_SENDV,
	ARGO_C_HC_NOTIFY,
	ARGO_C_VIRQ,
	ARGO_C_VIRQ_THROTTLED,
	ARGO_C_VIRQ_POLLS,
	ARGO_C_TX_MSGS,
	ARGO_C_TX_BYTES,
	ARGO_C_TX_NOSPACE,
	ARGO_C_TX_UNQUEUED,
	ARGO_C_TX_REFUSED,
	ARGO_C_TX_ERRORS,
	ARGO_C_RX_MSGS,
	ARGO_C_RX_BYTES,
	ARGO_C_RX_BAD,
	ARGO_C_SPACE_WAITS,
	ARGO_C_SPACE_RETRIES,
	ARGO_C_RINGS_LEAKED,
	ARGO_C_RINGS_EVICTED,
	ARGO_NR_COUNTERS
};

struct argo_stats {
	unsigned long c[ARGO_NR_COUNTERS];
};

struct xen_argo {
	const struct argo_hypervisor_ops *ops;
	void *priv;			/* of @ops */
	const char *name;
	struct argo_stats __percpu *stats;
	struct dentry *debugfs;

	struct mutex lock;		/* see the top of this file */
	struct list_head rings;		/* struct argo_ring, RCU */
	struct list_head leaked;	/* the same, destroyed, but Xen keeps the pages */
	unsigned int nr_rings;
	unsigned int nr_user_rings;
	bool suspended;			/* written under @lock, read anywhere */
	bool fence;			/* see argo_ring_fetch() */

	spinlock_t space_lock;		/* waiters, space_firing */
	struct list_head waiters;	/* struct argo_space_waiter */
	struct argo_space_waiter *space_firing;
	struct task_struct *space_task;
	u32 space_run;
	wait_queue_head_t space_idle;	/* space_firing became NULL */
	struct workqueue_struct *space_wq;
	struct delayed_work space_work;
	struct xen_argo_ring_data *space_data;	/* of space_work */
	int *space_err;			/* of space_work */

	struct timer_list lazy_notify;

	spinlock_t virq_lock;		/* the rest of this struct */
	struct hrtimer virq_timer;
	unsigned long virq_window;	/* jiffies at which it began */
	unsigned int virq_count;	/* VIRQs in it */
	unsigned int virq_limit;	/* VIRQs that a window may have, 0: any */
	bool virq_masked;
	bool virq_stopped;
};

enum argo_ring_state {
	ARGO_RING_ACTIVE,	/* registered */
	ARGO_RING_DOWN,		/* unregistered for suspend, will be registered again */
	ARGO_RING_GONE,		/* unregistered, only destroy is left */
};

struct argo_ring {
	struct list_head node;		/* xen_argo.rings, later perhaps leaked */
	struct xen_argo *argo;
	struct xen_argo_ring *mem;	/* Xen writes tx_ptr and data, we rx_ptr */
	xen_argo_gfn_t *gfns;
	u32 npages;			/* 4K each */
	u32 len;			/* bytes of data */
	u32 port;
	domid_t partner;
	bool user;
	bool leaked;			/* Xen kept the pages */
	u32 need;			/* bytes that the largest message takes */
	const struct argo_ring_ops *ops;
	void *priv;
	enum argo_ring_state state;	/* written under xen_argo.lock */

	/* the consumer's own */
	u32 rx;				/* what rx_ptr is */
	u32 limit;			/* messages up to here are complete */
	u32 consumed;			/* bytes since the last notify */
	unsigned long msgs;
	unsigned long bytes;
};

static inline void argo_count_n(struct xen_argo *argo, enum argo_counter c,
				unsigned long n)
{
	this_cpu_add(argo->stats->c[c], n);
}

static inline void argo_count(struct xen_argo *argo, enum argo_counter c)
{
	argo_count_n(argo, c, 1);
}

/* core.c: instances */
struct xen_argo *argo_instance_create(const char *name,
				      const struct argo_hypervisor_ops *ops, void *priv);
void argo_instance_destroy(struct xen_argo *argo);
void argo_instance_suspend(struct xen_argo *argo);
void argo_instance_resume(struct xen_argo *argo);

/* virq.c */
void argo_virq_init(struct xen_argo *argo);
void argo_instance_virq(struct xen_argo *argo);		/* irqs off */
void argo_instance_virq_stop(struct xen_argo *argo);

/* ring.c: suspend and resume under xen_argo.lock */
void argo_ring_reclaim(struct xen_argo *argo);
void argo_ring_suspend(struct argo_ring *ring);
void argo_ring_resume(struct argo_ring *ring);
void argo_scan(struct xen_argo *argo);			/* any context */

/* space.c */
int argo_space_init(struct xen_argo *argo);
void argo_space_exit(struct xen_argo *argo);
void argo_space_check(struct xen_argo *argo);		/* any context */
void argo_space_flush(struct xen_argo *argo);		/* process context */
int argo_notify_own(struct xen_argo *argo);		/* any context */
void argo_notify_own_soon(struct xen_argo *argo);	/* any context */

/* stats.c */
extern const char *const argo_counter_names[ARGO_NR_COUNTERS];
unsigned long argo_counter_read(struct xen_argo *argo, enum argo_counter c);
void argo_stats_init(struct xen_argo *argo);
void argo_stats_exit(struct xen_argo *argo);

#endif /* _DRIVERS_XEN_ARGO_H */
