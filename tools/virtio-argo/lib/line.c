// SPDX-License-Identifier: (GPL-2.0 OR BSD-3-Clause)
/*
 * libvirtio-argo: the line of queues with answers to send.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * Deficit round-robin: a queue sends while it has deficit, and then goes to the
 * end of the line with a quantum more. So queues share the link by bytes, and a
 * flood of packets cannot starve a disk. Whose answers are all planned leaves.
 */
#include "internal.h"

#define QUANTUM		16384

static bool has_unplanned(const struct va_queue *q)
{
	return q->planned < q->done_count;
}

void va_line_add(struct va_queue *q)
{
	struct va_link *link = q->dev->link;

	if (q->listed || !has_unplanned(q))
		return;
	q->listed = true;
	q->tx_next = NULL;
	if (link->tx_last)
		link->tx_last->tx_next = q;
	else
		link->tx_first = q;
	link->tx_last = q;
}

void va_line_del(struct va_queue *q)
{
	struct va_link *link = q->dev->link;
	struct va_queue *prev = NULL, *p;

	if (!q->listed)
		return;
	for (p = link->tx_first; p != q; p = p->tx_next)
		prev = p;
	if (prev)
		prev->tx_next = q->tx_next;
	else
		link->tx_first = q->tx_next;
	if (link->tx_last == q)
		link->tx_last = prev;
	q->listed = false;
}

/* The queue that may send now, or NULL */
struct va_queue *va_line_next(struct va_link *link)
{
	struct va_queue *q;

	while ((q = link->tx_first)) {
		if (has_unplanned(q) && q->deficit > 0)
			return q;
		va_line_del(q);
		if (!has_unplanned(q)) {
			q->deficit = 0;
			continue;
		}
		q->deficit += QUANTUM;
		va_line_add(q);
	}
	return NULL;
}
