// SPDX-License-Identifier: GPL-2.0
/*
 * VirtIO over Argo: what a link tells the administrator, log and counters.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#define pr_fmt(fmt) "virtio_argo: " fmt

#include <linux/printk.h>
#include <linux/seq_file.h>

#include "virtio_argo_link.h"

/* A failed attempt, if it differs from the last one. Worker, or creation. */
void vargo_link_complain(struct vargo_link *link, int err)
{
	const char *name = link->config.name;
	int domid = link->config.backend;

	if (link->last_error == err)
		return;
	link->last_error = err;
	if (!__ratelimit(&link->log_limit))
		return;
	switch (err) {
	case -ESRCH:
		pr_info("%s: domain %d does not exist (yet); waiting for it\n",
			name, domid);
		break;
	case -ECONNREFUSED:
		pr_info("%s: no backend on port 0x%x of domain %d (yet); waiting for it\n",
			name, link->config.port, domid);
		break;
	case -EPERM:
	case -EACCES:
		pr_err("%s: Xen's security policy (XSM) forbids Argo between this domain and domain %d: allow register_single_source and send\n",
		       name, domid);
		break;
	case -ETIMEDOUT:
		pr_warn("%s: domain %d does not answer HELLO; trying again\n",
			name, domid);
		break;
	case -EEXIST:
		pr_err("%s: port 0x%x to domain %d is in use by another program: a link needs a port of its own\n",
		       name, link->config.port, domid);
		break;
	case -ELOOP:
		pr_err("%s: domain %d is this domain itself: name the domain of the backend\n",
		       name, domid);
		break;
	case -EPROTONOSUPPORT:	/* has been logged with the versions */
	case -ERESTART:
		break;
	case -ERANGE:
		pr_err("%s: the limits in HELLO do not fit (ring of %u bytes here)\n",
		       name, link->config.ring_len);
		break;
	default:
		pr_warn("%s: cannot make a link to domain %d (error %d)\n",
			name, domid, err);
		break;
	}
}

#define VARGO_STAT_NAME(id, name)	name,
static const char *const vargo_stat_names[] = { VARGO_STATS(VARGO_STAT_NAME) };
static_assert(ARRAY_SIZE(vargo_stat_names) == VARGO_STAT_COUNT);

/**
 * vargo_link_show_stats() - print the counters, "name value" a line
 * @link: the link
 * @s: where to
 *
 * Context: process.
 */
void vargo_link_show_stats(struct vargo_link *link, struct seq_file *s)
{
	unsigned int i;

	seq_printf(s, "connected %d\n", !!vargo_link_session(link));
	for (i = 0; i < VARGO_STAT_COUNT; i++)
		seq_printf(s, "%s %ld\n", vargo_stat_names[i],
			   atomic_long_read(&link->stats[i]));
}
