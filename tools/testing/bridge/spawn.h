/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * Processes that the tests start, with what they print.
 */
#ifndef BRIDGE_TEST_SPAWN_H
#define BRIDGE_TEST_SPAWN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/**
 * struct child - a process
 * @pid: 0 when it has been waited for
 * @out: its stdout and stderr as a string, up to now, see spawn_read()
 */
struct child {
	pid_t pid;
	int fd;
	size_t len;
	char out[65536];
};

/* Every wait of the tests ends after this; it is no measure of anything. */
#define SPAWN_LIMIT_MS	60000

/*
 * spawn() - start argv[0]; @keep_fd, unless negative, survives exec. A failure
 * to start shows as exit status 127.
 */
void spawn(struct child *child, const char *const argv[], int keep_fd);

/* spawn_read() - take what it has printed; waits up to @ms for something */
void spawn_read(struct child *child, int ms);

/* spawn_expect() - until it has printed @text behind @from; false: it never did */
bool spawn_expect(struct child *child, size_t from, const char *text);

/*
 * spawn_wait() - until it ends; its exit status, 128 + the signal that killed it,
 * or -1 if it did not end (it is killed then)
 */
int spawn_wait(struct child *child);

/* spawn_kill() - send a signal and wait */
int spawn_kill(struct child *child, int sig);

/* spawn_cleanup() - end everything that is still there; for atexit() */
void spawn_cleanup(void);

#endif /* BRIDGE_TEST_SPAWN_H */
