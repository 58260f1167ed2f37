// SPDX-License-Identifier: (GPL-2.0 OR BSD-3-Clause)
/*
 * libvirtio-argo: the life of a link, and what its embedder's event loop calls.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * The embedder watches one descriptor: an epoll instance with the endpoint and
 * the call eventfd of each queue in it, all edge-triggered. So an eventfd is never
 * read, an endpoint that signals a hang-up for good does not spin, and
 * va_link_process() looks at everything in any case: a used index costs a load. What
 * it leaves undone for its budget is remembered, and the timeout is 0 then.
 *
 * EPOLLOUT is armed only while the peer's ring is full.
 */
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <syslog.h>
#include <unistd.h>

#include "internal.h"

#define LOG_INTERVAL_MS		10000
#define LOG_BURST		5

/* ------------------------------------------------------------------------ */
/* The log */

static void log_line(struct va_link *link, int level, const char *fmt, va_list ap)
{
	char line[256];

	vsnprintf(line, sizeof(line), fmt, ap);
	link->cfg.log(link->cfg.opaque, level, line);
}

/* Whatever is said here a guest or a device model may cause: so all is limited */
void va_log(struct va_link *link, int level, const char *fmt, ...)
{
	va_list ap;

	if (!link->cfg.log)
		return;
	if (link->now - link->log_since >= LOG_INTERVAL_MS) {
		link->log_since = link->now;
		link->log_count = 0;
	}
	if (link->log_count >= LOG_BURST) {
		link->log_lost++;
		return;
	}
	link->log_count++;
	va_start(ap, fmt);
	log_line(link, level, fmt, ap);
	va_end(ap);
	if (link->log_lost) {
		unsigned int lost = link->log_lost;

		link->log_lost = 0;
		va_log(link, LOG_WARNING, "%u lines like these were left out", lost);
	}
}

/* ------------------------------------------------------------------------ */
/* Descriptors */

int va_link_watch(struct va_link *link, struct va_queue *q)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET };

	return epoll_ctl(link->epfd, EPOLL_CTL_ADD, q->call_fd, &ev) ? -errno : 0;
}

/* A device model may hold a duplicate, which would keep the entry alive */
void va_link_unwatch(struct va_link *link, struct va_queue *q)
{
	struct epoll_event ev = { .events = 0 };

	epoll_ctl(link->epfd, EPOLL_CTL_DEL, q->call_fd, &ev);
}

static int watch_endpoint(struct va_link *link, int op)
{
	struct epoll_event ev = {
		.events = EPOLLIN | EPOLLET | (link->want_write ? EPOLLOUT : 0),
		.data.u64 = 1,
	};

	return epoll_ctl(link->epfd, op, link->ep->fd, &ev) ? -errno : 0;
}

/* Arming reports at once if there is space already, so none is missed */
static void arm(struct va_link *link)
{
	if (link->want_write == link->blocked || link->dead)
		return;
	link->want_write = link->blocked;
	watch_endpoint(link, EPOLL_CTL_MOD);
}

static void take_events(struct va_link *link)
{
	struct epoll_event ev[64];
	int i, n;

	do {
		n = epoll_wait(link->epfd, ev, 64, 0);
		for (i = 0; i < n; i++) {
			/* Whatever came, there may be space now: one attempt is cheap */
			if (ev[i].data.u64)
				link->blocked = false;
		}
	} while (n == 64);
}

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
	link->epfd = epoll_create1(EPOLL_CLOEXEC);
	if (link->epfd < 0) {
		err = -errno;
		goto err_shadow;
	}
	err = watch_endpoint(link, EPOLL_CTL_ADD);
	if (err)
		goto err_epoll;
	*out = link;
	return 0;

err_epoll:
	close(link->epfd);
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
	close(link->epfd);
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
}

void va_link_restart(struct va_link *link)
{
	if (link->dead || !link->s.id)
		return;
	link->now = va_now();
	va_session_end(link);
	va_session_ready(link);
}

void va_link_died(struct va_link *link, int error)
{
	if (link->dead)
		return;
	link->dead = true;
	link->dead_error = error ? error : -EPIPE;
	va_session_end(link);
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

int va_link_process(struct va_link *link)
{
	if (link->dead)
		return link->dead_error;
	link->now = va_now();
	link->more = false;
	take_events(link);
	va_session_timer(link);

	va_session_receive(link);
	va_data_collect(link);
	va_control_flush(link);
	va_data_flush(link);
	va_session_credit(link);

	arm(link);
	return link->dead ? link->dead_error : 0;
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
