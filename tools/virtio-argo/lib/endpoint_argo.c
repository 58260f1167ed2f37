// SPDX-License-Identifier: (GPL-2.0 OR BSD-3-Clause)
/*
 * libvirtio-argo: the endpoint on /dev/xen/argo, see xen-argo(4).
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * One read is one message with a head before it. The head goes to a structure of
 * its own, so that the payload lands where the link wants it.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <xen/argo.h>

#include "internal.h"

_Static_assert(XEN_ARGO_MAX_IOVS == VA_IOVS, "pieces of a send");

static int argo_send(struct va_endpoint *ep, uint32_t type,
		     const struct iovec *iov, unsigned int niov)
{
	struct xen_argo_sendv arg = {
		.type = type,
		.niov = niov,
		.iov = (uintptr_t)iov,
	};

	return ioctl(ep->fd, XEN_ARGO_IOC_SENDV, &arg) < 0 ? -errno : 0;
}

static ssize_t argo_recv(struct va_endpoint *ep, struct va_message *msg, void *buf,
			 size_t cap)
{
	struct xen_argo_msg head;
	struct iovec iov[2] = {
		{ &head, sizeof(head) },
		{ buf, cap },
	};
	ssize_t len = readv(ep->fd, iov, 2);

	if (len < 0)
		return -errno;
	if ((size_t)len < sizeof(head))
		return -EPIPE;	/* end of file: the endpoint is dead */
	msg->type = head.type;
	msg->port = head.port;
	msg->domid = head.domid;
	return len - sizeof(head);
}

static int failed(const char **what, const char *step)
{
	if (what)
		*what = step;
	return -errno;
}

static int bind_and_connect(struct va_endpoint *ep, uint32_t ring_len, const char **what)
{
	struct xen_argo_bind bind = {
		.ring_len = ring_len,
		.port = ep->peer_port,
		.max_msg = VARGO_FRAME_MAX,
		/* Our HELLO allows no larger frame: most reads need no hypercall then */
		.max_recv = VARGO_FRAME_MAX,
		.partner = ep->peer_domid,
	};
	struct xen_argo_addr addr = {
		.port = ep->peer_port,
		.domid = ep->peer_domid,
	};

	if (ioctl(ep->fd, XEN_ARGO_IOC_BIND, &bind) < 0)
		return failed(what, "bind");
	if (ioctl(ep->fd, XEN_ARGO_IOC_CONNECT, &addr) < 0)
		return failed(what, "connect");
	ep->ring_len = bind.ring_len;
	return 0;
}

/* Suspend has taken the ring away: the kernel lets the same file be bound again. */
static int argo_revive(struct va_endpoint *ep)
{
	return bind_and_connect(ep, ep->ring_len, NULL);
}

static void argo_close(struct va_endpoint *ep)
{
	close(ep->fd);
	free(ep);
}

static const struct va_endpoint_ops argo_ops = {
	.send = argo_send,
	.recv = argo_recv,
	.revive = argo_revive,
	.close = argo_close,
};

int va_endpoint_argo(const struct va_argo_config *cfg, struct va_endpoint **out,
		     const char **what)
{
	struct va_endpoint *ep = calloc(1, sizeof(*ep));
	int err;

	if (!ep)
		return -ENOMEM;
	ep->ops = &argo_ops;
	ep->peer_port = cfg->port ? cfg->port : VIRTIO_ARGO_PORT_BASE;
	ep->peer_domid = cfg->domid;
	ep->fd = open(cfg->path ? cfg->path : "/dev/xen/argo",
		      O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (ep->fd < 0) {
		err = failed(what, "open");
		free(ep);
		return err;
	}
	err = bind_and_connect(ep, cfg->ring_len ? cfg->ring_len : VA_RING_LEN, what);
	if (err) {
		argo_close(ep);
		return err;
	}
	*out = ep;
	return 0;
}
