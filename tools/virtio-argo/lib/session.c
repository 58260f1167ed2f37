// SPDX-License-Identifier: (GPL-2.0 OR BSD-3-Clause)
/*
 * libvirtio-argo: sessions, frames in.
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
 *
 * What met its end in a send (wire.c) is settled here, when the one that sent is
 * done and before anything else is: va_session_settle().
 */
#include <syslog.h>

#include "internal.h"

#define READY_INTERVAL_MS	1000

/* ------------------------------------------------------------------------ */
/* READY */

static void send_ready(struct va_link *link)
{
	static const struct vargo_msg ready = {
		.type = VIRTIO_ARGO_TYPE_BUS,
		.id = VIRTIO_ARGO_BUS_READY,
	};

	link->ready_due = false;
	link->ready_at = link->now + READY_INTERVAL_MS;
	switch (va_wire_sessionless(link, &ready)) {
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

void va_session_died(struct va_link *link, int error)
{
	if (link->dead)
		return;
	link->dead = true;
	link->dead_error = error ? error : -EPIPE;
	va_session_end(link);
}

/* Draw the consequences of a send that failed; what follows from them may send, too */
void va_session_settle(struct va_link *link)
{
	int lost;

	while ((lost = link->lost)) {
		link->lost = 0;
		switch (lost) {
		case -ECONNREFUSED:
		case -ESRCH:
			/* The guest took its ring away; it says HELLO when it has one */
			va_session_end(link);
			break;
		case -EMSGSIZE:
			va_session_violation(link, "its ring is smaller than it said");
			break;
		default:
			va_session_died(link, lost);
			break;
		}
	}
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
	return va_wire_sessionless(link, &msg);
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
	va_wire_credit(link);
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
			va_session_died(link, len);
			return;
		}
		frame_received(link, &m, link->rx, len);
		va_session_settle(link);
	}
	link->more = true;
}
