// SPDX-License-Identifier: GPL-2.0
/*
 * Processes of the tests.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "spawn.h"

#define MAX_CHILDREN	16

static struct child *children[MAX_CHILDREN];

static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void forget(struct child *child)
{
	unsigned int i;

	for (i = 0; i < MAX_CHILDREN; i++)
		if (children[i] == child)
			children[i] = NULL;
}

static void remember(struct child *child)
{
	unsigned int i;

	for (i = 0; i < MAX_CHILDREN; i++) {
		if (!children[i]) {
			children[i] = child;
			return;
		}
	}
	fprintf(stderr, "too many children\n");
	exit(2);
}

void spawn(struct child *child, const char *const argv[], int keep_fd)
{
	int fds[2];

	memset(child, 0, sizeof(*child));
	if (pipe2(fds, O_CLOEXEC) < 0) {
		perror("pipe");
		exit(2);
	}
	fflush(stdout);
	child->pid = fork();
	if (child->pid < 0) {
		perror("fork");
		exit(2);
	}
	if (!child->pid) {
		/* A test that crashes leaves nothing behind. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(fds[1], STDOUT_FILENO);
		dup2(fds[1], STDERR_FILENO);
		if (keep_fd >= 0)
			fcntl(keep_fd, F_SETFD, 0);
		/* Its prototype is older than const. */
		execvp(argv[0], (char *const *)argv);
		dprintf(STDERR_FILENO, "%s: %s\n", argv[0], strerror(errno));
		_exit(127);
	}
	close(fds[1]);
	child->fd = fds[0];
	fcntl(child->fd, F_SETFL, O_NONBLOCK);
	remember(child);
}

void spawn_read(struct child *child, int ms)
{
	struct pollfd pfd = { .fd = child->fd, .events = POLLIN };
	size_t room;
	ssize_t n;

	if (child->fd < 0 || poll(&pfd, 1, ms) <= 0)
		return;
	for (;;) {
		room = sizeof(child->out) - 1 - child->len;
		if (!room) {
			/* Keep the newer half. */
			child->len /= 2;
			memmove(child->out, child->out + child->len, child->len);
			continue;
		}
		n = read(child->fd, child->out + child->len, room);
		if (n <= 0)
			break;
		child->len += n;
	}
	child->out[child->len] = 0;
	if (!n) {
		close(child->fd);
		child->fd = -1;
	}
}

bool spawn_expect(struct child *child, size_t from, const char *text)
{
	long end = now_ms() + SPAWN_LIMIT_MS;

	while (from > child->len || !strstr(child->out + from, text)) {
		if (child->fd < 0 || now_ms() > end)
			return false;
		spawn_read(child, 100);
	}
	return true;
}

int spawn_wait(struct child *child)
{
	long end = now_ms() + SPAWN_LIMIT_MS;
	int status;
	pid_t pid;

	if (!child->pid)
		return -1;
	for (;;) {
		spawn_read(child, child->fd < 0 ? 0 : 10);
		pid = waitpid(child->pid, &status, WNOHANG);
		if (pid == child->pid)
			break;
		if (now_ms() > end) {
			kill(child->pid, SIGKILL);
			waitpid(child->pid, &status, 0);
			status = -1;
			break;
		}
		if (child->fd < 0)
			usleep(10000);
	}
	forget(child);
	child->pid = 0;
	spawn_read(child, 0);
	if (child->fd >= 0)
		close(child->fd);
	child->fd = -1;
	if (status == -1)
		return -1;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int spawn_kill(struct child *child, int sig)
{
	if (!child->pid)
		return -1;
	kill(child->pid, sig);
	return spawn_wait(child);
}

void spawn_cleanup(void)
{
	unsigned int i;

	for (i = 0; i < MAX_CHILDREN; i++)
		if (children[i])
			spawn_kill(children[i], SIGKILL);
}
