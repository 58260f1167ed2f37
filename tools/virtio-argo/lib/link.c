// SPDX-License-Identifier: (GPL-2.0 OR BSD-3-Clause)
/*
 * libvirtio-argo: the life of a link, and what its embedder's event loop calls.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * va_link_process() looks at everything, whatever the descriptor's events were: a
 * used index costs a load. What it leaves undone for its budget is remembered, and
 * the timeout is 0 then.
 */
#include <limits.h>
#include <stdlib.h>
#include <syslog.h>

#include "internal.h"

/* ------------------------------------------------------------------------ */
/* Life */

static uint32_t value_or(uint32_t value, uint32_t otherwise)
{
	return value ? value : otherwise;
}

static void set_config(struct va_link_config *cfg, const struct va_link_config *from)
{
	if (from)
		*cfg = *from;
	cfg->max_chain = value_or(cfg->max_chain, VA_MAX_CHAIN);
	cfg->max_inflight = value_or(cfg->max_inflight,
				     cfg->max_chain > VA_MAX_INFLIGHT ?
				     cfg->max_chain : VA_MAX_INFLIGHT);
	cfg->memory_budget = value_or(cfg->memory_budget, VA_MEMORY_BUDGET);
	cfg->max_queues = value_or(cfg->max_queues, VA_MAX_QUEUES);
	cfg->depth = value_or(cfg->depth, VA_DEPTH);
}

static bool config_valid(const struct va_link_config *cfg)
{
	return cfg->max_chain <= VA_CHAIN_LIMIT &&
	       cfg->max_inflight >= cfg->max_chain &&
	       cfg->max_inflight <= INT32_MAX &&
	       cfg->max_queues <= VA_QUEUES_MAX &&
	       cfg->depth <= VA_DEPTH_MAX && !(cfg->depth & (cfg->depth - 1));
}

int va_link_new(struct va_endpoint *ep, const struct va_link_config *cfg,
		struct va_link **out)
{
	struct va_link *link = calloc(1, sizeof(*link));
	int err;

	if (!link)
		return -ENOMEM;
	link->ep = ep;
	link->now = va_now();
	link->more = true;	/* what came before we watched */
	set_config(&link->cfg, cfg);
	err = -EINVAL;
	if (!config_valid(&link->cfg) || !vargo_session_init(&link->s, ep->ring_len))
		goto err_link;

	err = -ENOMEM;
	link->rx = malloc(ep->ring_len);
	link->stage = malloc(VARGO_FRAME_MAX);
	if (!link->rx || !link->stage)
		goto err_buffers;
	err = va_shadow_init(&link->shadow, &link->cfg);
	if (err)
		goto err_buffers;
	err = va_watch_init(link);
	if (err)
		goto err_shadow;
	*out = link;
	return 0;

err_shadow:
	va_shadow_exit(&link->shadow);
err_buffers:
	free(link->stage);
	free(link->rx);
err_link:
	free(link);
	return err;
}

void va_link_free(struct va_link *link)
{
	unsigned int i;

	if (!link)
		return;
	for (i = 0; i < VIRTIO_ARGO_MAX_DEVICES; i++)
		va_device_remove(link->devices[i]);
	va_watch_exit(link);
	va_shadow_exit(&link->shadow);
	free(link->stage);
	free(link->rx);
	va_endpoint_close(link->ep);
	free(link);
}

void va_link_ready(struct va_link *link)
{
	link->now = va_now();
	link->ready_at = link->now;
	va_session_ready(link);
	va_session_settle(link);
}

void va_link_restart(struct va_link *link)
{
	if (link->dead || !link->s.id)
		return;
	link->now = va_now();
	va_session_end(link);
	va_session_ready(link);
	va_session_settle(link);
}

/* ------------------------------------------------------------------------ */
/* The event loop's business */

int va_link_fd(const struct va_link *link)
{
	return link->epfd;
}

static int until(uint64_t when)
{
	uint64_t now = va_now();

	if (when <= now)
		return 0;
	return when - now < INT_MAX ? (int)(when - now) : INT_MAX;
}

int va_link_timeout(const struct va_link *link)
{
	int ms = -1, t;

	/* It may have died while something was sent: only process() says so */
	if (link->dead)
		return 0;
	if (link->more || va_control_pending(link) ||
	    (va_session_open(link) && link->tx_first && !link->starved))
		return 0;
	if (link->blocked)
		ms = until(link->retry_at);
	if (link->ready_due) {
		t = until(link->ready_at);
		if (ms < 0 || t < ms)
			ms = t;
	}
	return ms;
}

/*
 * The session is over in any case, and the guest has heard of it by the end of our
 * ring; it hears READY when there is another.
 */
static int revive(struct va_link *link)
{
	if (!link->ep->ops->revive || link->ep->ops->revive(link->ep))
		return link->dead_error;
	va_log(link, LOG_WARNING, "this domain was suspended: the endpoint is bound again");
	link->dead = false;
	link->blocked = false;
	link->more = true;	/* what is to be waited for is another matter now */
	link->ready_at = link->now;
	va_session_ready(link);
	va_session_settle(link);
	return link->dead ? link->dead_error : 0;
}

int va_link_process(struct va_link *link)
{
	int err;

	link->now = va_now();
	if (link->dead) {
		err = revive(link);
		if (err)
			return err;
	}
	link->more = false;
	va_watch_take(link);
	va_session_timer(link);
	va_session_settle(link);

	/* What a stage loses is settled before the next begins */
	va_session_receive(link);
	va_data_collect(link);
	va_control_flush(link);
	va_session_settle(link);
	va_data_flush(link);
	va_session_settle(link);
	va_wire_credit(link);
	va_session_settle(link);

	va_watch_arm(link);
	return link->dead ? revive(link) : 0;
}

void va_link_memory(const struct va_link *link, struct va_memory *mem)
{
	*mem = link->shadow.mem;
}

void va_endpoint_close(struct va_endpoint *ep)
{
	if (ep)
		ep->ops->close(ep);
}
