// SPDX-License-Identifier: (GPL-2.0 OR BSD-3-Clause)
/*
 * libvirtio-argo: frames out.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * Whoever sends is in the middle of something, so nothing is taken away from
 * under it here: a frame that finds no room blocks the link for a while, and
 * what is worse is left in @lost, with which nothing more is sent. session.c
 * draws the consequences when the sender is done.
 */
#include "internal.h"

#define RETRY_FULL_MS		200	/* somebody will say when there is space */
#define RETRY_NOBODY_MS		10	/* nobody will */

static void block(struct va_link *link, unsigned int ms)
{
	if (!link->blocked)
		VA_COUNT(link, tx_full);
	link->blocked = true;
	link->retry_at = link->now + ms;
}

static int send_raw(struct va_link *link, uint32_t type, const struct iovec *iov,
		    unsigned int niov, uint32_t len)
{
	int err = link->ep->ops->send(link->ep, type, iov, niov);

	if (!err) {
		VA_COUNT(link, tx_frames);
		VA_ADD(link, tx_bytes, len);
	} else if (err == -ECONNREFUSED || err == -ESRCH) {
		VA_COUNT(link, no_peer);
	}
	return err;
}

/**
 * va_wire_send() - send a frame of the session
 * @link: with an open session
 * @kind: what it is
 * @iov: the frame; the first piece begins with VARGO_FRAME_HDR bytes to write
 *	the head into
 * @niov: pieces
 * @len: bytes of all pieces
 *
 * Return: 0; or a negative errno, and the frame counts as never sent: the
 * session is not open any more, for a while or for good
 */
int va_wire_send(struct va_link *link, enum vargo_kind kind, struct iovec *iov,
		 unsigned int niov, uint32_t len)
{
	uint32_t type = kind == VARGO_KIND_DATA ? VIRTIO_ARGO_MT_DATA :
			VIRTIO_ARGO_MT_CONTROL;
	struct vargo_frame head;
	int err;

	vargo_session_head(&link->s, &head);
	vargo_frame_encode(&head, iov[0].iov_base);
	err = send_raw(link, type, iov, niov, len);
	switch (err) {
	case 0:
		vargo_session_sent(&link->s, kind, len);
		break;
	case -EAGAIN:
		block(link, RETRY_FULL_MS);
		break;
	case -EBUSY:
	case -ENOMEM:
	case -EINTR:
		block(link, RETRY_NOBODY_MS);
		break;
	default:
		link->lost = err;
		break;
	}
	return err;
}

void va_wire_credit(struct va_link *link)
{
	uint8_t head[VARGO_FRAME_HDR];
	struct iovec iov = { head, sizeof(head) };

	if (!va_session_open(link) || !vargo_session_credit_due(&link->s))
		return;
	if (!va_wire_send(link, VARGO_KIND_CREDIT, &iov, 1, sizeof(head)))
		VA_COUNT(link, tx_credit);
}

/* A message outside of all sessions. What finds no room is lost: the other asks again. */
int va_wire_sessionless(struct va_link *link, const struct vargo_msg *msg)
{
	static const struct vargo_frame none;
	uint8_t buf[VARGO_CTRL_FRAME_MAX];
	struct iovec iov = { buf, 0 };
	int len, err;

	vargo_frame_encode(&none, buf);
	len = vargo_msg_encode(msg, buf + VARGO_FRAME_HDR, VIRTIO_ARGO_MSG_MAX);
	if (len < 0)
		return -EINVAL;
	iov.iov_len = VARGO_FRAME_HDR + len;
	err = send_raw(link, VIRTIO_ARGO_MT_CONTROL, &iov, 1, iov.iov_len);
	switch (err) {
	case 0:
	case -EAGAIN:
	case -EBUSY:
	case -ENOMEM:
	case -EINTR:
	case -ECONNREFUSED:
	case -ESRCH:
	case -EMSGSIZE:
		break;
	default:
		link->lost = err;
		break;
	}
	return err;
}
