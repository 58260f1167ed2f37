// SPDX-License-Identifier: GPL-2.0
/*
 * hostile: a peer that breaks the protocol.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 *	hostile crimes			number, counter, whether it ends the session,
 *					name and message of each crime of the backend
 *	hostile backend GUEST SEED N	be a backend for a guest; its disk's sectors
 *					tell when to commit what, see backend.c
 *	hostile intrusions		counter of each crime of the guest, one a line
 *	hostile guest BACKEND SEED N	be a guest for a backend: commit all crimes,
 *					then send N frames at random
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#include <xen/argo.h>

#include "hostile.h"

static jmp_buf failed;
const char *test_context;

void test_note(const char *fmt, ...)
{
	va_list ap;

	printf("# ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	fflush(stdout);
}

void test_check(bool is, const char *cond, const char *file, int line)
{
	if (is)
		return;
	test_note("%s:%d: not so: %s%s%s", file, line, cond,
		  test_context ? ", with: " : "", test_context ? test_context : "");
	longjmp(failed, 1);
}

bool attempt(bool (*commit)(void *), void *arg)
{
	if (setjmp(failed))
		return false;
	return commit(arg);
}

uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ull + t.tv_nsec / 1000000;
}

/* ------------------------------------------------------------------------ */
/* As the library's endpoint, with room for frames that are too long */

static int argo_send(struct va_endpoint *ep, uint32_t type,
		     const struct iovec *iov, unsigned int niov)
{
	struct xen_argo_sendv arg = {
		.type = type, .niov = niov, .iov = (uintptr_t)iov,
	};

	return ioctl(ep->fd, XEN_ARGO_IOC_SENDV, &arg) < 0 ? -errno : 0;
}

static ssize_t argo_recv(struct va_endpoint *ep, struct va_message *msg, void *buf,
			 size_t cap)
{
	struct xen_argo_msg head;
	struct iovec iov[2] = { { &head, sizeof(head) }, { buf, cap } };
	ssize_t len = readv(ep->fd, iov, 2);

	if (len < 0)
		return -errno;
	if ((size_t)len < sizeof(head))
		return -EPIPE;
	msg->type = head.type;
	msg->port = head.port;
	msg->domid = head.domid;
	return len - sizeof(head);
}

static void argo_close(struct va_endpoint *ep)
{
	close(ep->fd);
	free(ep);
}

static const struct va_endpoint_ops argo_ops = { argo_send, argo_recv, argo_close };

struct va_endpoint *argo_open(unsigned int domid, uint32_t port, uint32_t peer_port)
{
	struct xen_argo_bind bind = {
		.ring_len = 512 * 1024, .port = port, .max_msg = FRAME_CAP, .partner = domid,
	};
	struct xen_argo_addr addr = { .port = peer_port, .domid = domid };
	struct va_endpoint *ep = calloc(1, sizeof(*ep));

	if (!ep)
		return NULL;
	ep->ops = &argo_ops;
	ep->fd = open("/dev/xen/argo", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (ep->fd < 0 || ioctl(ep->fd, XEN_ARGO_IOC_BIND, &bind) < 0 ||
	    ioctl(ep->fd, XEN_ARGO_IOC_CONNECT, &addr) < 0) {
		ok(false, "an endpoint for domain %u: %s", domid, strerror(errno));
		free(ep);
		return NULL;
	}
	ep->ring_len = bind.ring_len;
	ep->peer_port = peer_port;
	ep->peer_domid = domid;
	return ep;
}

/* ------------------------------------------------------------------------ */

static unsigned int number(const char *arg)
{
	return strtoul(arg, NULL, 0);
}

int main(int argc, char **argv)
{
	unsigned int i;

	if (argc == 2 && !strcmp(argv[1], "crimes")) {
		for (i = 0; i < num_crimes; i++)
			printf("%u|%s|%d|%s|%s\n", i, crimes[i].counter, crimes[i].ends,
			       crimes[i].name, crimes[i].said ? crimes[i].said : "");
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "intrusions")) {
		intruder_list();
		return 0;
	}
	if (argc == 5 && !strcmp(argv[1], "backend"))
		return backend_main(number(argv[2]), number(argv[3]), number(argv[4]));
	if (argc == 5 && !strcmp(argv[1], "guest")) {
		int err = intruder_main(number(argv[2]), number(argv[3]), number(argv[4]));

		return err ? err : not_ok ? 1 : 0;
	}
	fprintf(stderr, "hostile: see its source for the arguments\n");
	return 2;
}
