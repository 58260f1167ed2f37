// SPDX-License-Identifier: GPL-2.0
/*
 * Counters and rings in debugfs: /sys/kernel/debug/<instance>/{stats,rings}.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * stats has a line "name value" for each counter, rings a line of such pairs
 * for each ring.
 */
#include <linux/debugfs.h>
#include <linux/export.h>
#include <linux/seq_file.h>

#include "argo.h"

const char *const argo_counter_names[ARGO_NR_COUNTERS] = {
	[ARGO_C_HC_REGISTER] = "hypercalls_register",
	[ARGO_C_HC_UNREGISTER] = "hypercalls_unregister",
	[ARGO_C_HC_SENDV] = "hypercalls_sendv",
	[ARGO_C_HC_NOTIFY] = "hypercalls_notify",
	[ARGO_C_VIRQ] = "virqs",
	[ARGO_C_VIRQ_THROTTLED] = "virqs_throttled",
	[ARGO_C_VIRQ_POLLS] = "virq_polls",
	[ARGO_C_TX_MSGS] = "tx_messages",
	[ARGO_C_TX_BYTES] = "tx_bytes",
	[ARGO_C_TX_NOSPACE] = "tx_no_space",
	[ARGO_C_TX_UNQUEUED] = "tx_no_space_unqueued",
	[ARGO_C_TX_REFUSED] = "tx_refused",
	[ARGO_C_TX_ERRORS] = "tx_errors",
	[ARGO_C_RX_MSGS] = "rx_messages",
	[ARGO_C_RX_BYTES] = "rx_bytes",
	[ARGO_C_RX_BAD] = "rx_bad",
	[ARGO_C_SPACE_WAITS] = "space_waits",
	[ARGO_C_SPACE_RETRIES] = "space_retries",
	[ARGO_C_RINGS_LEAKED] = "rings_leaked",
	[ARGO_C_RINGS_EVICTED] = "rings_evicted",
};
EXPORT_SYMBOL_GPL(argo_counter_names);

unsigned long argo_counter_read(struct xen_argo *argo, enum argo_counter c)
{
	unsigned long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(argo->stats, cpu)->c[c]);
	return sum;
}
EXPORT_SYMBOL_GPL(argo_counter_read);

static int argo_stats_show(struct seq_file *m, void *unused)
{
	struct xen_argo *argo = m->private;
	enum argo_counter c;

	for (c = 0; c < ARGO_NR_COUNTERS; c++)
		seq_printf(m, "%s %lu\n", argo_counter_names[c], argo_counter_read(argo, c));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(argo_stats);

static const char *argo_ring_state_name(enum argo_ring_state state)
{
	switch (state) {
	case ARGO_RING_ACTIVE:
		return "active";
	case ARGO_RING_DOWN:
		return "suspended";
	case ARGO_RING_GONE:
		break;
	}
	return "gone";
}

static int argo_rings_show(struct seq_file *m, void *unused)
{
	struct xen_argo *argo = m->private;
	const struct argo_ring *ring;

	mutex_lock(&argo->lock);
	list_for_each_entry(ring, &argo->rings, node)
		seq_printf(m, "port %u partner %u len %u user %d state %s rx_ptr %u tx_ptr %u messages %lu bytes %lu\n",
			   ring->port, ring->partner, ring->len, ring->user,
			   argo_ring_state_name(ring->state),
			   READ_ONCE(ring->mem->rx_ptr), READ_ONCE(ring->mem->tx_ptr),
			   READ_ONCE(ring->msgs), READ_ONCE(ring->bytes));
	mutex_unlock(&argo->lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(argo_rings);

void argo_stats_init(struct xen_argo *argo)
{
	/* Tests' instances have no name */
	if (!argo->name)
		return;
	argo->debugfs = debugfs_create_dir(argo->name, NULL);
	debugfs_create_file("stats", 0400, argo->debugfs, argo, &argo_stats_fops);
	debugfs_create_file("rings", 0400, argo->debugfs, argo, &argo_rings_fops);
}

void argo_stats_exit(struct xen_argo *argo)
{
	debugfs_remove(argo->debugfs);
}
