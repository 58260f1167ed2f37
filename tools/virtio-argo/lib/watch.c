// SPDX-License-Identifier: (GPL-2.0 OR BSD-3-Clause)
/*
 * libvirtio-argo: the one descriptor that the embedder watches.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * An epoll instance with the endpoint and the call eventfd of each queue in it,
 * all edge-triggered. So an eventfd is never read, and an endpoint that signals a
 * hang-up for good does not spin. EPOLLOUT is armed only while the peer's ring
 * is full.
 */
#include <sys/epoll.h>
#include <unistd.h>

#include "internal.h"

static int watch_endpoint(struct va_link *link, int op)
{
	struct epoll_event ev = {
		.events = EPOLLIN | EPOLLET | (link->want_write ? EPOLLOUT : 0),
		.data.u64 = 1,
	};

	return epoll_ctl(link->epfd, op, link->ep->fd, &ev) ? -errno : 0;
}

int va_watch_init(struct va_link *link)
{
	int err;

	link->epfd = epoll_create1(EPOLL_CLOEXEC);
	if (link->epfd < 0)
		return -errno;
	err = watch_endpoint(link, EPOLL_CTL_ADD);
	if (err)
		close(link->epfd);
	return err;
}

void va_watch_exit(struct va_link *link)
{
	close(link->epfd);
}

int va_watch_add(struct va_link *link, struct va_queue *q)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET };

	return epoll_ctl(link->epfd, EPOLL_CTL_ADD, q->call_fd, &ev) ? -errno : 0;
}

/* A device model may hold a duplicate, which would keep the entry alive */
void va_watch_del(struct va_link *link, struct va_queue *q)
{
	struct epoll_event ev = { .events = 0 };

	epoll_ctl(link->epfd, EPOLL_CTL_DEL, q->call_fd, &ev);
}

/* Arming reports at once if there is space already, so none is missed */
void va_watch_arm(struct va_link *link)
{
	if (link->want_write == link->blocked || link->dead)
		return;
	link->want_write = link->blocked;
	watch_endpoint(link, EPOLL_CTL_MOD);
}

void va_watch_take(struct va_link *link)
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
