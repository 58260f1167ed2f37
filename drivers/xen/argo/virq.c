// SPDX-License-Identifier: GPL-2.0
/*
 * VIRQ_ARGO: who is told of it, and how a flood of it is stopped.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * Xen raises the VIRQ for every message that any domain sends here, and once
 * for every sender that it releases. The VIRQ does not say which ring; the
 * pending bit of the event channel is all that merges them, and VIRQs have no
 * late EOI by which Xen would slow a hostile sender down. So:
 *
 *   - the handler looks at each ring's pointers and calls the owners of rings
 *     that are not empty; it touches no payload;
 *   - more than virq_limit of them in a window of 10 ms mask the VIRQ for the
 *     rest of the window. Meanwhile a timer polls the rings, so that a victim
 *     and its good neighbours see a delay of POLL_NS at most. Then the VIRQ is
 *     unmasked and the rings are looked at once more.
 */
#include <linux/export.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>

#include "argo.h"

#define WINDOW		msecs_to_jiffies(10)
#define VIRQ_LIMIT	1000		/* 100,000 a second: some 10 % of a CPU */
#define POLL_NS		(250 * NSEC_PER_USEC)

/* Count a VIRQ; if it is one too many, mask and poll for the rest of the window */
static void argo_virq_throttle(struct xen_argo *argo)
{
	unsigned long now = jiffies;
	unsigned long flags;

	spin_lock_irqsave(&argo->virq_lock, flags);
	if (time_after_eq(now, argo->virq_window + WINDOW)) {
		argo->virq_window = now;
		argo->virq_count = 0;
	}
	argo->virq_count++;
	if (argo->virq_limit && argo->virq_count > argo->virq_limit &&
	    !argo->virq_masked && !argo->virq_stopped) {
		argo->virq_masked = true;
		argo->ops->virq_mask(argo);
		hrtimer_start(&argo->virq_timer, ns_to_ktime(POLL_NS), HRTIMER_MODE_REL);
		argo_count(argo, ARGO_C_VIRQ_THROTTLED);
	}
	spin_unlock_irqrestore(&argo->virq_lock, flags);
}

static void argo_virq_unmask(struct xen_argo *argo)
{
	lockdep_assert_held(&argo->virq_lock);

	argo->virq_window = jiffies;
	argo->virq_count = 0;
	if (!argo->virq_masked)
		return;
	argo->virq_masked = false;
	argo->ops->virq_unmask(argo);
}

static enum hrtimer_restart argo_virq_poll(struct hrtimer *timer)
{
	struct xen_argo *argo = container_of(timer, struct xen_argo, virq_timer);
	bool again = false;
	unsigned long flags;

	argo_count(argo, ARGO_C_VIRQ_POLLS);

	spin_lock_irqsave(&argo->virq_lock, flags);
	if (argo->virq_masked && time_before(jiffies, argo->virq_window + WINDOW)) {
		hrtimer_forward_now(timer, ns_to_ktime(POLL_NS));
		again = true;
	} else {
		argo_virq_unmask(argo);
	}
	spin_unlock_irqrestore(&argo->virq_lock, flags);

	/* Behind the unmasking: what came before it may not raise the VIRQ again */
	argo_scan(argo);
	return again ? HRTIMER_RESTART : HRTIMER_NORESTART;
}

/**
 * argo_instance_virq() - VIRQ_ARGO has come
 * @argo: instance
 *
 * Context: hard irq, or at least irqs off (a thread on PREEMPT_RT); not concurrently with itself.
 */
void argo_instance_virq(struct xen_argo *argo)
{
	if (!IS_ENABLED(CONFIG_PREEMPT_RT))
		lockdep_assert_irqs_disabled();

	argo_count(argo, ARGO_C_VIRQ);
	argo_virq_throttle(argo);
	argo_scan(argo);
}
EXPORT_SYMBOL_GPL(argo_instance_virq);

/**
 * argo_instance_virq_stop() - no mask and no poll any more
 * @argo: instance
 *
 * For whoever is about to unbind the VIRQ: it is unmasked when this returns,
 * and stays so. Can be called twice.
 *
 * Context: process.
 */
void argo_instance_virq_stop(struct xen_argo *argo)
{
	unsigned long flags;

	spin_lock_irqsave(&argo->virq_lock, flags);
	argo->virq_stopped = true;
	argo_virq_unmask(argo);
	spin_unlock_irqrestore(&argo->virq_lock, flags);

	hrtimer_cancel(&argo->virq_timer);
}
EXPORT_SYMBOL_GPL(argo_instance_virq_stop);

void argo_virq_init(struct xen_argo *argo)
{
	spin_lock_init(&argo->virq_lock);
	argo->virq_limit = VIRQ_LIMIT;
	argo->virq_window = jiffies;
	hrtimer_setup(&argo->virq_timer, argo_virq_poll, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
}
