// SPDX-License-Identifier: (GPL-2.0 OR BSD-3-Clause)
/*
 * libvirtio-argo: an endpoint on a socket pair, which behaves as Argo does.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * Each packet is a record: a head, and for a message its payload behind it.
 *
 *	ATTACH	this side, @domid, has a ring of @len bytes (the first record)
 *	SPACE	the reader has consumed @len bytes of its ring
 *	MESSAGE	@len bytes of payload
 *
 * The sender keeps the account: a message takes 16 bytes and its length, rounded
 * up to 16, of the peer's ring until SPACE gives them back, and must be smaller
 * than what is free. Without ATTACH, or when the socket is closed, there is no
 * ring: -ECONNREFUSED. The peer is not trusted more than a guest's payload is: a
 * record that makes no sense is ignored.
 *
 * A SPACE that the socket does not take at once waits in @owed; the next
 * operation sends it.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "internal.h"

#define RING_MIN	4032u
#define RING_MAX	(1u << 20)
#define SNDBUF		(1 << 20)

enum kind {
	KIND_ATTACH = 1,
	KIND_SPACE,
	KIND_MESSAGE,
};

struct record {
	uint32_t kind;
	uint32_t len;
	uint32_t type;
	uint32_t port;
	uint32_t domid;
};

struct socket_endpoint {
	struct va_endpoint ep;
	uint16_t domid;
	bool closed;
	uint32_t peer_ring;	/* 0: not attached */
	uint32_t peer_used;
	uint32_t owed;		/* consumed and not told */
};

static struct socket_endpoint *to_socket(struct va_endpoint *ep)
{
	return (struct socket_endpoint *)ep;
}

static uint32_t ring_bytes(size_t len)
{
	return 16 + ((len + 15) & ~(size_t)15);
}

static int send_record(struct socket_endpoint *se, enum kind kind, uint32_t len,
		       uint32_t type, const struct iovec *iov, unsigned int niov)
{
	struct record head = {
		.kind = kind,
		.len = len,
		.type = type,
		.port = se->ep.peer_port,
		.domid = se->domid,
	};
	struct iovec all[1 + VA_IOVS] = { { &head, sizeof(head) } };
	struct msghdr msg = { .msg_iov = all, .msg_iovlen = 1 + niov };

	if (niov)
		memcpy(all + 1, iov, niov * sizeof(*iov));
	return sendmsg(se->ep.fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}

static void pay(struct socket_endpoint *se)
{
	if (se->owed && !send_record(se, KIND_SPACE, se->owed, 0, NULL, 0))
		se->owed = 0;
}

static int socket_send(struct va_endpoint *ep, uint32_t type,
		       const struct iovec *iov, unsigned int niov)
{
	struct socket_endpoint *se = to_socket(ep);
	size_t len = 0;
	unsigned int i;
	int err;

	if (!niov || niov > VA_IOVS)
		return -EINVAL;
	for (i = 0; i < niov; i++)
		len += iov[i].iov_len;
	pay(se);
	if (se->closed || !se->peer_ring)
		return -ECONNREFUSED;
	if (len > se->peer_ring - 32)
		return -EMSGSIZE;
	if (ring_bytes(len) >= se->peer_ring - se->peer_used)
		return -EAGAIN;
	err = send_record(se, KIND_MESSAGE, len, type, iov, niov);
	if (!err)
		se->peer_used += ring_bytes(len);
	else if (err == -EPIPE || err == -ECONNRESET)
		err = -ECONNREFUSED;
	return err;
}

/* Return: whether it was a message, and not news of the peer's ring */
static bool take_record(struct socket_endpoint *se, const struct record *head,
			size_t payload, struct va_message *msg)
{
	switch (head->kind) {
	case KIND_ATTACH:
		if (head->len >= RING_MIN && head->len <= RING_MAX &&
		    !(head->len % 16)) {
			se->peer_ring = head->len;
			se->peer_used = 0;
			se->ep.peer_domid = head->domid;
		}
		return false;
	case KIND_SPACE:
		if (head->len <= se->peer_used)
			se->peer_used -= head->len;
		return false;
	case KIND_MESSAGE:
		if (head->len != payload)
			return false;
		msg->type = head->type;
		msg->port = head->port;
		msg->domid = head->domid;
		se->owed += ring_bytes(payload);
		pay(se);
		return true;
	default:
		return false;
	}
}

static ssize_t socket_recv(struct va_endpoint *ep, struct va_message *msg,
			   void *buf, size_t cap)
{
	struct socket_endpoint *se = to_socket(ep);
	struct record head;
	struct iovec iov[2] = {
		{ &head, sizeof(head) },
		{ buf, cap },
	};
	struct msghdr hdr = { .msg_iov = iov, .msg_iovlen = 2 };
	ssize_t len;

	pay(se);
	if (se->closed)
		return -EAGAIN;	/* as a ring into which nobody writes any more */
	for (;;) {
		len = recvmsg(ep->fd, &hdr, MSG_DONTWAIT);
		if (len < 0 && errno == EAGAIN)
			return -EAGAIN;
		if (len <= 0) {
			se->closed = true;
			return -EAGAIN;
		}
		if ((size_t)len >= sizeof(head) && !(hdr.msg_flags & MSG_TRUNC) &&
		    take_record(se, &head, len - sizeof(head), msg))
			return len - sizeof(head);
	}
}

static void socket_close(struct va_endpoint *ep)
{
	close(ep->fd);
	free(ep);
}

static const struct va_endpoint_ops socket_ops = {
	.send = socket_send,
	.recv = socket_recv,
	.close = socket_close,
};

static int prepare(int fd)
{
	int flags = fcntl(fd, F_GETFL), size = SNDBUF;

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return -errno;
	/* As much as we may have; less is a full socket now and then */
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	return 0;
}

int va_endpoint_socket(int fd, uint32_t ring_len, uint32_t port, uint16_t domid,
		       struct va_endpoint **out)
{
	struct socket_endpoint *se = calloc(1, sizeof(*se));
	int err;

	if (!se) {
		close(fd);
		return -ENOMEM;
	}
	se->ep.ops = &socket_ops;
	se->ep.fd = fd;
	se->ep.ring_len = ring_len;
	se->ep.peer_port = port;
	se->domid = domid;
	err = ring_len < RING_MIN || ring_len > RING_MAX || ring_len % 16 ?
	      -EINVAL : prepare(fd);
	if (!err)
		err = send_record(se, KIND_ATTACH, ring_len, 0, NULL, 0);
	if (err == -EPIPE || err == -ECONNRESET)
		err = 0;	/* the peer is gone already: nobody to refuse */
	if (err) {
		socket_close(&se->ep);
		return err;
	}
	*out = &se->ep;
	return 0;
}
