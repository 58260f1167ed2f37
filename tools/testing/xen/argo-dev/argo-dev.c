// SPDX-License-Identifier: GPL-2.0
/*
 * argo-dev: /dev/xen/argo against a real Xen, for the scenario argo-dev.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 *	argo-dev errors PARTNER		bad input has the errno that is documented
 *	argo-dev random PARTNER SEED N	N random calls: only documented errnos come
 *	argo-dev serve PARTNER PORT	echo messages until one says so; then watch
 *					the partner die
 *	argo-dev client PARTNER PORT	talk to that
 *	argo-dev rings PARTNER N	N rings can be bound and no more: of the 128
 *					that Xen allows a domain, none was lost
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>
#include <xen/argo.h>

#include "ok.h"

#define DEV		"/dev/xen/argo"
#define HEAD		sizeof(struct xen_argo_msg)
#define RING_LEN	65536
#define BIG		60000
#define TYPE_ECHO	1
#define TYPE_SINK	2	/* no answer */
#define TYPE_COUNT	3	/* answer: how many sinks came */
#define TYPE_BYE	4

static uint8_t out[131073 + 64], in[RING_LEN + HEAD];

/* The call must fail with @want (0: succeed) */
static void expect(long ret, int want, const char *what)
{
	int got = ret < 0 ? errno : 0;

	if (got == want)
		ok(true, "%s: %s", what, want ? strerror(want) : "works");
	else
		ok(false, "%s: %s, wanted %s", what, got ? strerror(got) : "works",
		   want ? strerror(want) : "success");
}

static int open_dev(int flags)
{
	int fd = open(DEV, O_RDWR | O_CLOEXEC | flags);

	if (fd < 0) {
		ok(false, "open " DEV ": %s", strerror(errno));
		exit(1);
	}
	return fd;
}

static int bind_to(int fd, unsigned int partner, uint32_t *port)
{
	struct xen_argo_bind bind = {
		.ring_len = RING_LEN, .port = *port, .partner = partner,
	};
	int ret = ioctl(fd, XEN_ARGO_IOC_BIND, &bind);

	*port = bind.port;
	return ret;
}

static int connect_to(int fd, unsigned int domid, uint32_t port)
{
	struct xen_argo_addr addr = { .port = port, .domid = domid };

	return ioctl(fd, XEN_ARGO_IOC_CONNECT, &addr);
}

static ssize_t send_type(int fd, uint32_t type, const void *buf, size_t len)
{
	struct iovec iov[3] = {
		{ (void *)buf, len / 3 },
		{ (uint8_t *)buf + len / 3, len / 3 },
		{ (uint8_t *)buf + len / 3 * 2, len - len / 3 * 2 },
	};
	struct xen_argo_sendv sendv = { .type = type, .niov = 3, .iov = (uintptr_t)iov };

	return ioctl(fd, XEN_ARGO_IOC_SENDV, &sendv);
}

static short events(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };

	return poll(&p, 1, ms) < 0 ? -1 : p.revents;
}

static void errors_unbound(void)
{
	struct xen_argo_sendv sendv = { .dst = { .port = 1 }, .niov = 1 };
	struct iovec iov = { out, 1 };
	int fd = open_dev(O_NONBLOCK);

	sendv.iov = (uintptr_t)&iov;
	expect(read(fd, in, sizeof(in)), ENOTCONN, "unbound: read");
	expect(write(fd, out, 1), ENOTCONN, "unbound: write");
	expect(ioctl(fd, XEN_ARGO_IOC_SENDV, &sendv), ENOTCONN, "unbound: SENDV");
	expect(connect_to(fd, 0, 1), ENOTCONN, "unbound: CONNECT");
	ok(events(fd, 0) == POLLERR, "unbound: poll says POLLERR");
	expect(ioctl(fd, _IO(XEN_ARGO_IOC, 0x1f)), ENOTTY, "unknown ioctl");
	expect(ioctl(fd, 0x5401, in), ENOTTY, "a terminal's ioctl");
	expect(ioctl(fd, XEN_ARGO_IOC_BIND, NULL), EFAULT, "BIND: bad address");
	expect(ioctl(fd, XEN_ARGO_IOC_SENDV, (void *)-8L), EFAULT, "SENDV: bad address");
	expect(lseek(fd, 0, SEEK_SET), ESPIPE, "lseek");
	close(fd);
}

static void errors_bind(unsigned int partner)
{
	struct xen_argo_bind good = { .ring_len = 5000, .port = 7, .partner = partner }, bind;
	int fd = open_dev(O_NONBLOCK), fd2;

	bind = good;
	bind.flags = 1;
	expect(ioctl(fd, XEN_ARGO_IOC_BIND, &bind), EINVAL, "BIND: flags");
	bind = good;
	bind.ring_len = 0;
	expect(ioctl(fd, XEN_ARGO_IOC_BIND, &bind), EINVAL, "BIND: no ring");
	bind = good;
	bind.ring_len = XEN_ARGO_RING_MAX + 1;
	expect(ioctl(fd, XEN_ARGO_IOC_BIND, &bind), EINVAL, "BIND: ring too long");
	bind = good;
	bind.max_msg = 1048577;
	expect(ioctl(fd, XEN_ARGO_IOC_BIND, &bind), EINVAL, "BIND: max_msg too large");
	bind = good;
	bind.partner = 0x7ff0;
	expect(ioctl(fd, XEN_ARGO_IOC_BIND, &bind), EINVAL, "BIND: DOMID_SELF");
	bind = good;
	bind.partner = 0x7000;
	expect(ioctl(fd, XEN_ARGO_IOC_BIND, &bind), ESRCH, "BIND: no such domain");
	bind = good;
	bind.partner = XEN_ARGO_DOMID_ANY;
	expect(ioctl(fd, XEN_ARGO_IOC_BIND, &bind), EPERM, "BIND: any, without mac-permissive");
	bind = good;
	expect(ioctl(fd, XEN_ARGO_IOC_BIND, &bind), 0, "BIND");
	ok(bind.ring_len == 8128 && bind.port == 7 && bind.max_msg == 131072,
	   "BIND gives the real values back");
	bind = good;
	expect(ioctl(fd, XEN_ARGO_IOC_BIND, &bind), EBUSY, "BIND: twice");
	fd2 = open_dev(O_NONBLOCK);
	expect(ioctl(fd2, XEN_ARGO_IOC_BIND, &bind), EEXIST, "BIND: port in use");
	bind = good;
	bind.port = 8;
	bind.ring_len = XEN_ARGO_RING_MAX;
	expect(ioctl(fd2, XEN_ARGO_IOC_BIND, &bind), 0, "BIND: the longest ring");
	close(fd2);
	close(fd);
}

static void errors_bound(unsigned int partner)
{
	struct xen_argo_sendv sendv = { .dst = { .port = 1, .domid = partner }, .niov = 1 };
	struct xen_argo_restrict mine = { .domid = partner }, other = { .domid = 0x123 };
	struct xen_argo_addr addr = { .port = 1, .domid = partner, .reserved = 1 };
	struct iovec iov = { out, 1 };
	int fd = open_dev(O_NONBLOCK);
	uint32_t port = 0;

	expect(bind_to(fd, partner, &port), 0, "BIND: a port of the driver's choice");
	ok(port >= 0x80000000, "the port is %u", port);
	sendv.iov = (uintptr_t)&iov;
	expect(read(fd, in, sizeof(in)), EAGAIN, "read: nothing there");
	expect(write(fd, out, 1), EDESTADDRREQ, "write: not connected");
	expect(ioctl(fd, XEN_ARGO_IOC_CONNECT, &addr), EINVAL, "CONNECT: reserved");
	expect(connect_to(fd, partner, 0), EINVAL, "CONNECT: port 0");
	expect(connect_to(fd, partner + 1, 1), EINVAL, "CONNECT: not the partner");
	expect(ioctl(fd, XEN_ARGO_IOC_SENDV, &sendv), ECONNREFUSED, "SENDV: no such ring");
	ok(!(events(fd, 0) & POLLHUP), "nobody is connected: no POLLHUP");
	sendv.niov = 0;
	expect(ioctl(fd, XEN_ARGO_IOC_SENDV, &sendv), EINVAL, "SENDV: no iov");
	sendv.niov = 9;
	expect(ioctl(fd, XEN_ARGO_IOC_SENDV, &sendv), EINVAL, "SENDV: nine iovs");
	sendv.niov = 1;
	sendv.iov = 8;
	expect(ioctl(fd, XEN_ARGO_IOC_SENDV, &sendv), EFAULT, "SENDV: bad iov address");
	sendv.iov = (uintptr_t)&iov;
	iov.iov_base = (void *)16;
	expect(ioctl(fd, XEN_ARGO_IOC_SENDV, &sendv), EFAULT, "SENDV: bad payload address");
	iov.iov_base = out;
	sendv.dst.reserved = 1;
	expect(ioctl(fd, XEN_ARGO_IOC_SENDV, &sendv), EINVAL, "SENDV: reserved");
	expect(connect_to(fd, partner, 1), 0, "CONNECT");
	expect(write(fd, out, 1), ECONNREFUSED, "write: nobody there");
	ok(events(fd, 0) & POLLHUP, "then poll says POLLHUP");
	expect(connect_to(fd, partner, 1), 0, "CONNECT again");
	ok(!(events(fd, 0) & POLLHUP), "which clears it");
	ok(write(fd, out, 0) == 0, "a write of nothing sends nothing");
	ok(!(events(fd, 0) & POLLHUP), "not even to nobody");
	expect(ioctl(fd, XEN_ARGO_IOC_RESTRICT, &other), EINVAL, "RESTRICT: bound for another");
	expect(ioctl(fd, XEN_ARGO_IOC_RESTRICT, &mine), 0, "RESTRICT");
	expect(ioctl(fd, XEN_ARGO_IOC_RESTRICT, &other), EACCES, "RESTRICT: to another");
	sendv.dst = (struct xen_argo_addr){ .port = 1, .domid = partner + 1 };
	expect(ioctl(fd, XEN_ARGO_IOC_SENDV, &sendv), EACCES, "SENDV: restricted");
	close(fd);
}

#define NR_DOCUMENTED (sizeof(documented) / sizeof(documented[0]))
static const int documented[] = {
	EACCES, EAGAIN, EBUSY, ECONNREFUSED, EDESTADDRREQ, EEXIST, EFAULT, EINVAL,
	EMSGSIZE, ENOMEM, ENOSPC, ENOTCONN, ENOTTY, EPERM, ESRCH,
};

static uint32_t random_u32(uint64_t *state)
{
	*state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
	return *state >> 33;
}

/* Mostly sensible values with something off, for what is all wrong ends early */
static uint32_t odd(uint64_t *s, uint32_t sane)
{
	switch (random_u32(s) % 8) {
	case 0:
		return random_u32(s);
	case 1:
		return 0;
	case 2:
		return ~0u << random_u32(s) % 32;
	case 3:
		return 1u << random_u32(s) % 32;
	default:
		return sane;
	}
}

static long random_call(int fd, unsigned int partner, uint64_t *s)
{
	struct xen_argo_bind bind = {
		.ring_len = odd(s, 4096), .port = odd(s, random_u32(s) % 8), .max_msg = odd(s, 0),
		.max_recv = odd(s, 0), .partner = odd(s, partner), .flags = odd(s, 0),
	};
	struct xen_argo_addr addr = {
		.port = odd(s, 1 + random_u32(s) % 8), .domid = odd(s, partner),
		.reserved = odd(s, 0),
	};
	struct xen_argo_restrict restriction = { .domid = odd(s, partner) };
	struct iovec iov[XEN_ARGO_MAX_IOVS];
	struct xen_argo_sendv sendv = {
		.dst = addr, .type = random_u32(s), .niov = odd(s, 1 + random_u32(s) % 8),
		.iov = random_u32(s) % 8 ? (uintptr_t)iov : random_u32(s),
	};
	int i;

	for (i = 0; i < XEN_ARGO_MAX_IOVS; i++) {
		iov[i].iov_base = random_u32(s) % 16 ? out : (void *)(uintptr_t)random_u32(s);
		iov[i].iov_len = random_u32(s) % 16 ? random_u32(s) % 900 : random_u32(s);
	}
	switch (random_u32(s) % 9) {
	case 0:
		return ioctl(fd, XEN_ARGO_IOC_BIND, &bind);
	case 1:
		return ioctl(fd, XEN_ARGO_IOC_CONNECT, &addr);
	case 2:
		return random_u32(s) % 8 ? 0 : ioctl(fd, XEN_ARGO_IOC_RESTRICT, &restriction);
	case 3:
	case 4:
		return ioctl(fd, XEN_ARGO_IOC_SENDV, &sendv);
	case 5:
		return write(fd, out, random_u32(s) % (BIG + 64));
	case 6:
		return read(fd, in, random_u32(s) % sizeof(in));
	case 7:
		return events(fd, 0);
	default:
		return ioctl(fd, random_u32(s) % 2 ? random_u32(s) :
			     _IOWR(XEN_ARGO_IOC, random_u32(s) % 8, struct xen_argo_bind),
			     random_u32(s) % 2 ? (void *)&bind : (void *)(uintptr_t)random_u32(s));
	}
}

static void random_calls(unsigned int partner, uint64_t seed, int n)
{
	unsigned int worked = 0, undocumented = 0;
	int fds[16], i;
	uint64_t s = seed;

	for (i = 0; i < 16; i++)
		fds[i] = open_dev(O_NONBLOCK);
	while (n--) {
		int slot = random_u32(&s) % 16;
		unsigned int e;

		if (random_u32(&s) % 64 == 0) {
			close(fds[slot]);
			fds[slot] = open_dev(O_NONBLOCK);
		}
		if (random_call(fds[slot], partner, &s) >= 0) {
			worked++;
			continue;
		}
		for (e = 0; e < NR_DOCUMENTED; e++)
			if (errno == documented[e])
				break;
		if (e == NR_DOCUMENTED && undocumented++ < 5)
			ok(false, "random calls: %s is not documented", strerror(errno));
	}
	for (i = 0; i < 16; i++)
		close(fds[i]);
	ok(!undocumented, "random calls (seed %llu, %u worked): only documented errors",
	   (unsigned long long)seed, worked);
}

static void serve(unsigned int partner, uint32_t port)
{
	const struct xen_argo_msg *head = (void *)in;
	int fd = open_dev(0), tries;
	unsigned int sinks = 0;
	uint32_t peer = 0;
	ssize_t n;

	expect(bind_to(fd, partner, &port), 0, "serve: BIND");
	do {
		n = read(fd, in, sizeof(in));
		if (n < (ssize_t)HEAD || n != (ssize_t)(HEAD + head->len)) {
			ok(false, "serve: read gives %zd: %s", n, strerror(errno));
			return;
		}
		if (head->domid != partner) {
			ok(false, "serve: message of domain %u", head->domid);
			return;
		}
		if (!peer) {
			peer = head->port;
			expect(connect_to(fd, partner, peer), 0, "serve: CONNECT to who wrote");
		}
		sinks += head->type == TYPE_SINK;
		if (head->type == TYPE_COUNT)
			memcpy(in + HEAD, &sinks, sizeof(sinks));
		if (head->type != TYPE_SINK &&
		    send_type(fd, head->type, in + HEAD, head->len) != (ssize_t)head->len) {
			ok(false, "serve: answer: %s", strerror(errno));
			return;
		}
	} while (head->type != TYPE_BYE);
	ok(true, "serve: all messages served, %u of them unanswered", sinks);

	/* The partner closes, then its domain dies */
	fcntl(fd, F_SETFL, O_NONBLOCK);
	for (tries = 0; tries < 1200 && write(fd, out, 1) != -1; tries++)
		usleep(100000);
	ok(errno == ECONNREFUSED || errno == ESRCH || errno == EAGAIN,
	   "serve: the partner has gone: %s", strerror(errno));
	for (tries = 0; tries < 1200; tries++) {
		if (write(fd, out, 1) == -1 && errno == ESRCH)
			break;
		usleep(100000);
	}
	ok(errno == ESRCH, "serve: its domain has gone: %s", strerror(errno));
	ok(events(fd, 0) & POLLHUP, "serve: poll says POLLHUP");
	ok(close(fd) == 0, "serve: close, with a ring that Xen removed itself");
}

static bool echo(int fd, size_t len)
{
	const struct xen_argo_msg *head = (void *)in;
	size_t i;

	for (i = 0; i < len; i++)
		out[i] = i * 31 + len;
	return send_type(fd, TYPE_ECHO, out, len) == (ssize_t)len &&
	       read(fd, in, sizeof(in)) == (ssize_t)(HEAD + len) &&
	       head->len == len && head->type == TYPE_ECHO && !head->reserved &&
	       !memcmp(out, in + HEAD, len);
}

static void client(unsigned int partner, uint32_t port)
{
	unsigned int sent = 0, waits = 0, sinks = 0;
	int fd = open_dev(0);
	uint32_t own = 0;
	struct iovec iov[2] = { { in, HEAD }, { in + HEAD, 100 } };
	size_t len, count = 0;
	bool good = true;

	expect(bind_to(fd, partner, &own), 0, "client: BIND");
	expect(connect_to(fd, partner, port), 0, "client: CONNECT");
	for (len = 0; len <= BIG && good; len = len < 64 ? len + 1 : len * 9 / 8 + 5, count++)
		good = echo(fd, len);
	ok(good, "client: %zu messages of 0 to 60,000 bytes come back whole", count);

	ok(send_type(fd, TYPE_ECHO, out, 100) == 100, "client: one more");
	expect(read(fd, in, HEAD + 99), EMSGSIZE, "client: read with too short a buffer");
	ok(readv(fd, iov, 2) == HEAD + 100, "client: which consumed nothing; readv scatters");
	expect(write(fd, out, 131073), EMSGSIZE, "client: more than max_msg");
	expect(send_type(fd, TYPE_SINK, out, BIG) == BIG ? 0 : -1, 0, "client: a large one");
	sinks++;

	/* Faster than the other side can read, without waiting in a send */
	fcntl(fd, F_SETFL, O_NONBLOCK);
	while (sent < 3000) {
		if (send_type(fd, TYPE_SINK, out, 1 + sent % 4000) >= 0) {
			sent++;
		} else if (errno == EAGAIN) {
			if (!(events(fd, 30000) & POLLOUT))
				break;
			waits++;
		} else {
			break;
		}
	}
	ok(sent == 3000, "client: 3000 messages without blocking (%u waits for POLLOUT)", waits);
	fcntl(fd, F_SETFL, 0);
	for (; sent < 6000 && send_type(fd, TYPE_SINK, out, 1 + sent % 4000) >= 0; sent++)
		;
	ok(sent == 6000, "client: 3000 more, blocking");
	sinks += sent;
	memset(in, 0, sizeof(in));
	send_type(fd, TYPE_COUNT, out, 4);
	good = read(fd, in, sizeof(in)) == HEAD + 4;
	memcpy(&sent, in + HEAD, 4);
	ok(good && sent == sinks, "client: the other side got %u of %u", sent, sinks);
	ok(send_type(fd, TYPE_BYE, out, 4) == 4 && read(fd, in, sizeof(in)) == HEAD + 4,
	   "client: farewell");
	close(fd);
}

static void rings(unsigned int partner, unsigned int want)
{
	unsigned int n = 0;
	uint32_t port;
	int fd, err = 0;

	while (!err && n <= want) {
		fd = open_dev(0);
		port = 0;
		err = bind_to(fd, partner, &port) < 0 ? errno : 0;
		n += !err;
	}
	/* The end of the process closes them. */
	ok(n == want && err == ENOSPC, "%u rings can be bound, wanted %u; then: %s", n, want,
	   strerror(err));
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";
	unsigned int partner = argc > 2 ? strtoul(argv[2], NULL, 0) : 0;

	if (!strcmp(what, "errors")) {
		errors_unbound();
		errors_bind(partner);
		errors_bound(partner);
	} else if (!strcmp(what, "random") && argc == 5) {
		random_calls(partner, strtoull(argv[3], NULL, 0), atoi(argv[4]));
	} else if (!strcmp(what, "serve") && argc == 4) {
		serve(partner, strtoul(argv[3], NULL, 0));
	} else if (!strcmp(what, "client") && argc == 4) {
		client(partner, strtoul(argv[3], NULL, 0));
	} else if (!strcmp(what, "rings") && argc == 4) {
		rings(partner, strtoul(argv[3], NULL, 0));
	} else {
		fprintf(stderr, "usage: argo-dev errors|random|serve|client|rings PARTNER ...\n");
		return 2;
	}
	return !!not_ok;
}
