/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * The event loop: file descriptors and timers on one epoll, one thread.
 */
#ifndef BRIDGE_LOOP_H
#define BRIDGE_LOOP_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct loop_source - a file descriptor with its handler
 * @fd: -1 while it is not in the loop
 * @ready: called with the events that came. It may be called once more than
 *	there is something to do (an event was fetched before an earlier
 *	handler dealt with it), so it must not block.
 * @opaque: the owner's
 *
 * The memory belongs to the owner and must stay until the loop has ended;
 * only the descriptor comes and goes.
 */
struct loop_source {
	int fd;
	void (*ready)(struct loop_source *src, uint32_t events);
	void *opaque;
};

int loop_init(void);
void loop_fini(void);

/* loop_add() - 0 or -errno */
int loop_add(struct loop_source *src, int fd, uint32_t events);
/* loop_remove() - does not close the descriptor; harmless if it is not there */
void loop_remove(struct loop_source *src);

/* loop_timer_init() - a timer of the loop, unarmed; 0 or -errno */
int loop_timer_init(struct loop_source *src);
/* loop_timer_set() - fire once in @ms milliseconds, 0 disarms */
void loop_timer_set(struct loop_source *src, unsigned int ms);
/* loop_timer_expired() - for the handler: did it fire since the last call? */
bool loop_timer_expired(struct loop_source *src);
void loop_timer_fini(struct loop_source *src);

/**
 * struct loop_idle - somebody with a timeout of its own
 * @timeout: milliseconds that the loop may sleep, -1 without limit; asked
 *	before each sleep
 * @expired: called when they have passed and nothing else happened, and at
 *	once, besides the events, if they are 0
 */
struct loop_idle {
	int (*timeout)(void *opaque);
	void (*expired)(void *opaque);
	void *opaque;
};

/* loop_run() - until loop_stop(); returns what was given there first, or -errno */
int loop_run(const struct loop_idle *idle);
void loop_stop(int result);

#endif /* BRIDGE_LOOP_H */
