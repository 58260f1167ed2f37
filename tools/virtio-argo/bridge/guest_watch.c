// SPDX-License-Identifier: GPL-2.0
/*
 * Is the guest's domain still there?
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * xenstored fires the watch @releaseDomain whenever some domain has shut down or
 * gone, and once at the beginning. Each time we ask whether ours is introduced
 * still. It is not any more when it was destroyed, or when the toolstack resets it
 * (kexec); a new domain that xl makes of a guest that reboots has another id.
 *
 * A guest that Xen made itself at boot (dom0less) is never introduced, unless somebody
 * does it, and has no node of its own either: of such a one nothing could be seen.
 *
 * This is all that the bridge wants of xenstore: three requests of its wire format
 * (xen/io/xs_wire.h), which the socket of the daemon and the kernel's device take
 * alike. As with Xen's own library, XENSTORED_PATH names another socket.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "guest_watch.h"
#include "log.h"
#include "loop.h"

#define XS_SOCKET	"/run/xenstored/socket"
#define XS_DEVICE	"/dev/xen/xenbus"
#define XS_PAYLOAD_MAX	4096
#define XS_TIMEOUT_MS	5000

enum xs_type {
	XS_READ = 2,
	XS_WATCH = 4,
	XS_WATCH_EVENT = 15,
	XS_ERROR = 16,
	XS_IS_DOMAIN_INTRODUCED = 17,
};

struct xs_head {
	uint32_t type;
	uint32_t request;
	uint32_t transaction;
	uint32_t len;
};

static struct {
	struct loop_source source;
	void (*gone)(void);
	int domid;
	size_t have;
	union {
		struct xs_head head;
		char bytes[sizeof(struct xs_head) + XS_PAYLOAD_MAX + 1];
	} in;
} watch = { .source.fd = -1 };

/* Without xenstore we serve on, as without the option. */
static void watch_lost(const char *why)
{
	log_warning("--exit-with-guest: xenstore: %s: the end of the guest will not be seen", why);
	guest_watch_stop();
}

static int watch_send(int fd, enum xs_type type, const void *payload, size_t len)
{
	char out[sizeof(struct xs_head) + 64];
	struct xs_head head = { .type = type, .len = len };

	memcpy(out, &head, sizeof(head));
	memcpy(out + sizeof(head), payload, len);
	/* At most two of these are under way: they fit, or something is wrong. */
	if (write(fd, out, sizeof(head) + len) != (ssize_t)(sizeof(head) + len))
		return -1;
	return 0;
}

static void watch_ask(void)
{
	char domid[16];
	int len = snprintf(domid, sizeof(domid), "%d", watch.domid) + 1;

	if (watch_send(watch.source.fd, XS_IS_DOMAIN_INTRODUCED, domid, len))
		watch_lost("takes no request");
}

/* One whole message, its payload terminated */
static void watch_message(const char *payload)
{
	void (*gone)(void) = watch.gone;

	switch (watch.in.head.type) {
	case XS_WATCH_EVENT:
		watch_ask();
		break;
	case XS_IS_DOMAIN_INTRODUCED:
		if (strcmp(payload, "F"))
			break;
		guest_watch_stop();
		gone();
		break;
	case XS_ERROR:
		watch_lost(payload);
		break;
	}
}

/*
 * Return: 1: @in has a whole message, its payload terminated; 0: not yet; -1: there
 * will be none, and @why says why
 */
static int watch_take(int fd, const char **why)
{
	size_t want;
	ssize_t n;

	for (;;) {
		want = sizeof(watch.in.head);
		if (watch.have >= want)
			want += watch.in.head.len;
		n = read(fd, watch.in.bytes + watch.have, want - watch.have);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return 0;
		*why = n ? strerror(errno) : "has ended";
		if (n <= 0)
			return -1;
		watch.have += n;
		*why = "an answer that is none";
		if (watch.have == sizeof(watch.in.head) &&
		    watch.in.head.len > XS_PAYLOAD_MAX)
			return -1;
		if (watch.have < sizeof(watch.in.head) ||
		    watch.have < sizeof(watch.in.head) + watch.in.head.len)
			continue;
		watch.in.bytes[watch.have] = 0;
		watch.have = 0;
		return 1;
	}
}

static void watch_ready(struct loop_source *src, uint32_t events)
{
	const char *why;
	int got = 0;

	(void)events;
	while (src->fd >= 0 && (got = watch_take(src->fd, &why)) > 0)
		watch_message(watch.in.bytes + sizeof(watch.in.head));
	if (got < 0)
		watch_lost(why);
}

static int watch_open(const char **path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	const char *named = getenv("XENSTORED_PATH");
	int fd;

	*path = named ? named : XS_SOCKET;
	if (strlen(*path) >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	strcpy(addr.sun_path, *path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (!connect(fd, (struct sockaddr *)&addr, sizeof(addr))) {
		fcntl(fd, F_SETFL, O_NONBLOCK);
		return fd;
	}
	close(fd);
	if (named)
		return -errno;
	/* xenstored may be in another domain. */
	*path = XS_DEVICE;
	fd = open(*path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Does xenstore know the domain at all? 0, or -1 after a line was logged */
static int watch_known(int fd)
{
	const char *payload = watch.in.bytes + sizeof(watch.in.head);
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	const char *why = "does not answer";
	char node[32];
	int got = 0, len;

	len = snprintf(node, sizeof(node), "/local/domain/%d", watch.domid) + 1;
	if (!watch_send(fd, XS_READ, node, len)) {
		while (!got && poll(&pfd, 1, XS_TIMEOUT_MS) > 0)
			got = watch_take(fd, &why);
	}
	if (got > 0 && watch.in.head.type == XS_READ)
		return 0;
	if (got > 0 && !strcmp(payload, "ENOENT"))
		log_error("--exit-with-guest: xenstore knows no domain %d: Xen made it at boot (dom0less)? Start without the option, and end the bridge when you destroy the guest",
			  watch.domid);
	else
		log_error("--exit-with-guest: xenstore: %s", got > 0 ? payload : why);
	return -1;
}

int guest_watch_start(int domid, void (*gone)(void))
{
	static const char spec[] = "@releaseDomain\0guest";
	const char *path;
	int fd, err;

	fd = watch_open(&path);
	if (fd < 0) {
		log_error("--exit-with-guest: %s: %s", path, strerror(-fd));
		return -1;
	}
	watch.source.ready = watch_ready;
	watch.gone = gone;
	watch.domid = domid;
	watch.have = 0;
	if (watch_known(fd)) {
		close(fd);
		return -1;
	}
	err = watch_send(fd, XS_WATCH, spec, sizeof(spec));
	if (!err)
		err = loop_add(&watch.source, fd, EPOLLIN);
	if (err) {
		log_error("--exit-with-guest: %s takes no request", path);
		close(fd);
	}
	return err;
}

void guest_watch_stop(void)
{
	int fd = watch.source.fd;

	if (fd < 0)
		return;
	loop_remove(&watch.source);
	close(fd);
}
