// SPDX-License-Identifier: (GPL-2.0 OR BSD-3-Clause)
/*
 * libvirtio-argo: sessions, frames in and out, credit.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * Theory of operation
 *
 * The rules are virtio_argo_session.c's, which knows the device's end as one that
 * answers HELLO and waits for a frame of the session:
 *
 *	no session -- HELLO, answered OK --> unconfirmed -- a frame of it --> open
 *	any -- violation, no peer --> no session
 *	any -- another HELLO, answered OK --> unconfirmed
 *
 * In no session and unconfirmed we send nothing but answers to HELLO and READY,
 * which belong to no session. READY tells a guest to say HELLO: at the start, after a
 * violation, and when frames of a session come that we do not have (any more); at
 * most once a second, and never while there is a session.
 */
#include <string.h>
#include <syslog.h>

#include "internal.h"

#define READY_INTERVAL_MS	1000
#define RETRY_FULL_MS		200	/* somebody will say when there is space */
#define RETRY_NOBODY_MS		10	/* nobody will */

/* ------------------------------------------------------------------------ */
/* Out */

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
 * va_session_send() - send a frame of the session
 * @link: with an open session
 * @kind: what it is
 * @iov: the frame; the first piece begins with VARGO_FRAME_HDR bytes to write
 *	the head into
 * @niov: pieces
 * @len: bytes of all pieces
 *
 * Return: 0; or a negative errno, and the frame counts as never sent: the link
 * is blocked, or the session is over
 */
int va_session_send(struct va_link *link, enum vargo_kind kind, struct iovec *iov,
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
	case -ECONNREFUSED:
	case -ESRCH:
		/* The guest took its ring away; it says HELLO when it has one */
		va_session_end(link);
		break;
	case -EMSGSIZE:
		va_session_violation(link, "its ring is smaller than it said");
		break;
	default:
		va_link_died(link, err);
		break;
	}
	return err;
}

void va_session_credit(struct va_link *link)
{
	uint8_t head[VARGO_FRAME_HDR];
	struct iovec iov = { head, sizeof(head) };

	if (!va_session_open(link) || !vargo_session_credit_due(&link->s))
		return;
	if (!va_session_send(link, VARGO_KIND_CREDIT, &iov, 1, sizeof(head)))
		VA_COUNT(link, tx_credit);
}

/* A message outside of all sessions. What finds no room is lost: the other asks again. */
static int send_sessionless(struct va_link *link, const struct vargo_msg *msg)
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
		va_link_died(link, err);
	}
	return err;
}

static void send_ready(struct va_link *link)
{
	static const struct vargo_msg ready = {
		.type = VIRTIO_ARGO_TYPE_BUS,
		.id = VIRTIO_ARGO_BUS_READY,
	};

	link->ready_due = false;
	link->ready_at = link->now + READY_INTERVAL_MS;
	switch (send_sessionless(link, &ready)) {
	case 0:
		VA_COUNT(link, ready_sent);
		break;
	case -EAGAIN:
	case -EBUSY:
	case -ENOMEM:
	case -EINTR:
		/* A guest that waits for answers of a session that is over asks nothing */
		link->ready_due = true;
		break;
	}
}

/* Now, or when the second is over */
void va_session_ready(struct va_link *link)
{
	link->ready_due = true;
	va_session_timer(link);
}

void va_session_timer(struct va_link *link)
{
	if (link->ready_due && link->now >= link->ready_at)
		send_ready(link);
	if (link->blocked && link->now >= link->retry_at)
		link->blocked = false;
}

/* ------------------------------------------------------------------------ */
/* Life of a session */

static void forget(struct va_link *link)
{
	unsigned int i;

	vargo_session_end(&link->s);
	for (i = 0; i < VIRTIO_ARGO_MAX_DEVICES; i++) {
		if (link->devices[i])
			va_device_reset(link->devices[i], 0);
	}
	va_control_forget(link);
	link->starved = false;
}

void va_session_end(struct va_link *link)
{
	if (!link->s.id)
		return;
	forget(link);
	if (link->cfg.session)
		link->cfg.session(link->cfg.opaque, false);
}

void va_session_violation(struct va_link *link, const char *why)
{
	VA_COUNT(link, violations);
	va_log(link, LOG_WARNING, "session %#x closed: %s", link->s.id, why);
	va_session_end(link);
	va_session_ready(link);
}

static int answer_hello(struct va_link *link, const struct vargo_msg *request,
			uint16_t status)
{
	struct vargo_msg msg = {
		.type = VIRTIO_ARGO_TYPE_BUS | VIRTIO_ARGO_TYPE_RESPONSE,
		.id = VIRTIO_ARGO_BUS_HELLO,
		.token = request->token,
		.hello = {
			.session = request->hello.session,
			.status = status,
			.max_chain = link->cfg.max_chain,
			.max_inflight = link->cfg.max_inflight,
		},
	};

	vargo_session_offer(&link->s, &msg.hello);
	return send_sessionless(link, &msg);
}

static void begin(struct va_link *link, const struct vargo_hello *hello)
{
	bool was = link->s.id;

	forget(link);
	vargo_session_begin(&link->s, hello, false);
	VA_COUNT(link, sessions);
	if (link->cfg.session) {
		if (was)
			link->cfg.session(link->cfg.opaque, false);
		link->cfg.session(link->cfg.opaque, true);
	}
}

static void hello_received(struct va_link *link, const struct vargo_msg *msg)
{
	uint16_t status = vargo_session_check_request(&link->s, &msg->hello);

	link->ready_due = false;	/* it knows that we are here */
	if (status != VIRTIO_ARGO_HELLO_OK) {
		VA_COUNT(link, hello_refused);
		va_log(link, LOG_WARNING, "HELLO refused: %s",
		       status == VIRTIO_ARGO_HELLO_VERSION ?
		       "no common protocol version" : "limits out of bounds");
		answer_hello(link, msg, status);
		return;
	}
	begin(link, &msg->hello);
	answer_hello(link, msg, status);
}

static void sessionless_received(struct va_link *link, const uint8_t *buf,
				 uint32_t len)
{
	struct vargo_msg msg;

	if (vargo_msg_decode(buf, len, &msg) < 0 ||
	    msg.type != VIRTIO_ARGO_TYPE_BUS ||
	    msg.id != VIRTIO_ARGO_BUS_HELLO) {
		VA_COUNT(link, drop_control);
		return;
	}
	hello_received(link, &msg);
}

/* ------------------------------------------------------------------------ */
/* In */

static void control_frame(struct va_link *link, const uint8_t *buf, uint32_t len)
{
	if (!len) {
		VA_COUNT(link, rx_credit);
		return;
	}
	vargo_session_consumed(&link->s, VARGO_KIND_CONTROL, len);
	va_control_receive(link, buf, len);
}

static void data_frame(struct va_link *link, const uint8_t *buf, uint32_t len)
{
	const char *why = "";

	if (!vargo_session_fits(&link->s, VARGO_FRAME_HDR + len)) {
		va_session_violation(link, "data frame too large");
		return;
	}
	vargo_session_consumed(&link->s, VARGO_KIND_DATA, VARGO_FRAME_HDR + len);
	if (va_data_receive(link, buf, len, &why))
		va_session_violation(link, why);
}

static void session_frame(struct va_link *link, uint32_t type,
			  const struct vargo_frame *frame, const uint8_t *buf,
			  uint32_t len)
{
	uint32_t data_acked = link->s.acked.data;

	switch (vargo_session_accept(&link->s, frame)) {
	case VARGO_STALE:
		VA_COUNT(link, drop_stale);
		if (!link->s.id)
			va_session_ready(link);
		return;
	case VARGO_REPLAY:
		VA_COUNT(link, drop_replay);
		return;
	case VARGO_GAP:
		va_session_violation(link, "a frame is missing");
		return;
	case VARGO_BAD_ACK:
		va_session_violation(link, "it consumed what was not sent");
		return;
	case VARGO_ACCEPT:
		break;
	}
	if (link->s.acked.data != data_acked)
		link->starved = false;
	if (type == VIRTIO_ARGO_MT_CONTROL)
		control_frame(link, buf, len);
	else
		data_frame(link, buf, len);
	va_session_credit(link);
}

static void frame_received(struct va_link *link, const struct va_message *m,
			   const uint8_t *buf, uint32_t len)
{
	struct vargo_frame frame;

	VA_COUNT(link, rx_frames);
	VA_ADD(link, rx_bytes, len);
	if (m->domid != link->ep->peer_domid || m->port != link->ep->peer_port) {
		VA_COUNT(link, drop_source);
		return;
	}
	if (m->type != VIRTIO_ARGO_MT_CONTROL && m->type != VIRTIO_ARGO_MT_DATA) {
		VA_COUNT(link, drop_type);
		return;
	}
	if (vargo_frame_decode(buf, len, &frame) < 0 ||
	    (!frame.session && m->type != VIRTIO_ARGO_MT_CONTROL)) {
		VA_COUNT(link, drop_short);
		return;
	}
	buf += VARGO_FRAME_HDR;
	len -= VARGO_FRAME_HDR;
	if (!frame.session)
		sessionless_received(link, buf, len);
	else
		session_frame(link, m->type, &frame, buf, len);
}

void va_session_receive(struct va_link *link)
{
	struct va_endpoint *ep = link->ep;
	struct va_message m;
	unsigned int n;
	ssize_t len;

	for (n = 0; n < VA_RX_BUDGET && !link->dead; n++) {
		len = ep->ops->recv(ep, &m, link->rx, ep->ring_len);
		if (len == -EAGAIN)
			return;
		if (len == -EINTR)
			break;
		if (len < 0) {
			va_link_died(link, len);
			return;
		}
		frame_received(link, &m, link->rx, len);
	}
	link->more = true;
}
