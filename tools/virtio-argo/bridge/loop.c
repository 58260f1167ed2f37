// SPDX-License-Identifier: GPL-2.0
/*
 * The event loop.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <errno.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "loop.h"

#define LOOP_BATCH	16

static int loop_fd = -1;
static bool loop_stopped;
static int loop_result;

int loop_init(void)
{
	loop_stopped = false;
	loop_fd = epoll_create1(EPOLL_CLOEXEC);
	return loop_fd < 0 ? -errno : 0;
}

void loop_fini(void)
{
	if (loop_fd >= 0)
		close(loop_fd);
	loop_fd = -1;
}

int loop_add(struct loop_source *src, int fd, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = src };

	if (epoll_ctl(loop_fd, EPOLL_CTL_ADD, fd, &ev) < 0)
		return -errno;
	src->fd = fd;
	return 0;
}

void loop_remove(struct loop_source *src)
{
	if (src->fd < 0)
		return;
	epoll_ctl(loop_fd, EPOLL_CTL_DEL, src->fd, NULL);
	src->fd = -1;
}

int loop_timer_init(struct loop_source *src)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	int err;

	src->fd = -1;
	if (fd < 0)
		return -errno;
	err = loop_add(src, fd, EPOLLIN);
	if (err)
		close(fd);
	return err;
}

void loop_timer_set(struct loop_source *src, unsigned int ms)
{
	struct itimerspec when = {
		.it_value = {
			.tv_sec = ms / 1000,
			.tv_nsec = ms % 1000 * 1000000L,
		},
	};

	timerfd_settime(src->fd, 0, &when, NULL);
}

bool loop_timer_expired(struct loop_source *src)
{
	uint64_t count;

	return read(src->fd, &count, sizeof(count)) == sizeof(count);
}

void loop_timer_fini(struct loop_source *src)
{
	int fd = src->fd;

	if (fd < 0)
		return;
	loop_remove(src);
	close(fd);
}

int loop_run(const struct loop_idle *idle)
{
	struct epoll_event ev[LOOP_BATCH];
	struct loop_source *src;
	int i, n, timeout;

	while (!loop_stopped) {
		timeout = idle->timeout(idle->opaque);
		n = epoll_wait(loop_fd, ev, LOOP_BATCH, timeout);
		if (n < 0 && errno != EINTR)
			return -errno;
		/* Events that keep coming must not hold up work that is due. */
		if (!n || !timeout)
			idle->expired(idle->opaque);
		for (i = 0; i < n && !loop_stopped; i++) {
			src = ev[i].data.ptr;
			/* An earlier handler of this batch may have removed it. */
			if (src->fd >= 0)
				src->ready(src, ev[i].events);
		}
	}
	return loop_result;
}

void loop_stop(int result)
{
	if (loop_stopped)
		return;
	loop_stopped = true;
	loop_result = result;
}
