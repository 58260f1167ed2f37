// SPDX-License-Identifier: GPL-2.0
/*
 * Sessions: HELLO, READY, and frames that do not belong.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib_test.h"

static bool handshake(void)
{
	struct fixture f;
	struct vargo_msg ping = { .type = VIRTIO_ARGO_TYPE_BUS,
				  .id = VIRTIO_ARGO_BUS_PING };
	struct vargo_msg answer;

	CHECK(fixture_make(&f, NULL));
	CHECK(do_hello(&f));
	CHECK(f.g.hello.window == 65472 - 16 - 4096);
	CHECK(f.g.hello.max_frame == (f.g.hello.window / 2 & ~15u));
	CHECK(f.g.hello.ctrl_window == VIRTIO_ARGO_CTRL_WINDOW);
	CHECK(f.g.hello.max_chain == VA_MAX_CHAIN);
	CHECK(f.g.hello.max_inflight == VA_MAX_INFLIGHT);
	CHECK(f.g.hello.version_min == 1 && f.g.hello.version_max == 1);
	CHECK(f.up == 1);
	/* Not a frame of the session before one of ours */
	va_device_set_config(f.b.dev, 0, "x", 1);
	pump(&f);
	CHECK(f.g.rx_seq == 0);
	ping.ping.data = 0xdeadbeef;
	CHECK(do_request(&f, &ping, &answer));
	CHECK(answer.ping.data == 0xdeadbeef);
	CHECK(f.g.rx_seq >= 1);
	return fixture_free(&f);
}

static bool max_frame_of_a_big_ring(void)
{
	struct fixture_config cfg = { .ring_len = 512 * 1024 - 64 };
	struct fixture f;

	CHECK(fixture_make(&f, &cfg));
	CHECK(do_hello(&f));
	CHECK(f.g.hello.max_frame == 66560);
	return fixture_free(&f);
}

static bool refused(struct fixture *f, struct vargo_msg msg, uint16_t status)
{
	uint64_t before = stat_of(f, VA_STAT_hello_refused);
	int up = f->up;

	CHECK(!guest_hello_send(&f->g, &msg));
	pump(f);
	CHECK(f->g.have_hello);
	CHECK(f->g.hello.status == status);
	CHECK(f->g.hello.session == msg.hello.session);
	CHECK(f->up == up);
	CHECK(stat_of(f, VA_STAT_hello_refused) == before + 1);
	return true;
}

static bool wrong_version(void)
{
	struct fixture f;
	struct vargo_msg m;

	CHECK(fixture_make(&f, NULL));
	m = guest_hello_msg(&f.g);
	m.hello.version_min = 2;
	m.hello.version_max = 9;
	CHECK(refused(&f, m, VIRTIO_ARGO_HELLO_VERSION));
	CHECK(f.g.hello.version_min == 1 && f.g.hello.version_max == 1);
	CHECK(strstr(f.last_log, "version"));
	m = guest_hello_msg(&f.g);
	m.hello.version_max = 9;
	m.hello.features = 0xffffffff;
	CHECK(!guest_hello_send(&f.g, &m));
	pump(&f);
	CHECK(f.g.have_hello && f.g.hello.status == VIRTIO_ARGO_HELLO_OK);
	CHECK(f.g.hello.version_max == 1 && !f.g.hello.features);
	return fixture_free(&f);
}

static bool wrong_limits(void)
{
	struct fixture f;
	struct vargo_msg m;

	CHECK(fixture_make(&f, NULL));
	m = guest_hello_msg(&f.g);
	m.hello.window = VIRTIO_ARGO_WINDOW_MIN - 16;
	m.hello.max_frame = 1024;
	CHECK(refused(&f, m, VIRTIO_ARGO_HELLO_LIMITS));
	m = guest_hello_msg(&f.g);
	m.hello.window = 0x80000000;
	CHECK(refused(&f, m, VIRTIO_ARGO_HELLO_LIMITS));
	m = guest_hello_msg(&f.g);
	m.hello.max_frame = VIRTIO_ARGO_FRAME_MIN - 16;
	CHECK(refused(&f, m, VIRTIO_ARGO_HELLO_LIMITS));
	m = guest_hello_msg(&f.g);
	m.hello.max_frame = m.hello.window / 2 + 16;
	CHECK(refused(&f, m, VIRTIO_ARGO_HELLO_LIMITS));
	m = guest_hello_msg(&f.g);
	m.hello.ctrl_window = 9;
	CHECK(refused(&f, m, VIRTIO_ARGO_HELLO_LIMITS));
	/* None of them has left anything behind */
	CHECK(do_setup(&f, 1, 64));
	/* The current session's number is not to be had again */
	m = guest_hello_msg(&f.g);
	m.hello.session = --f.g.session;
	CHECK(refused(&f, m, VIRTIO_ARGO_HELLO_LIMITS));
	CHECK(va_device_started(f.b.dev));
	return fixture_free(&f);
}

/* What is refused changes nothing: the session that there is goes on */
static bool refused_in_session(void)
{
	struct fixture f;
	struct vargo_msg m;

	CHECK(fixture_make(&f, NULL));
	CHECK(do_setup(&f, 1, 64));
	f.b.hold = true;
	CHECK(do_submit(&f, 0, 3, test_zeroes, 16, 513));
	pump(&f);
	m = guest_hello_msg(&f.g);
	m.hello.version_min = 2;
	m.hello.version_max = 2;
	CHECK(refused(&f, m, VIRTIO_ARGO_HELLO_VERSION));
	m = guest_hello_msg(&f.g);
	m.hello.ctrl_window = 9;
	CHECK(refused(&f, m, VIRTIO_ARGO_HELLO_LIMITS));
	CHECK(va_device_started(f.b.dev) && va_queue_inflight(f.b.dev, 0) == 1);
	/* To a driver that has given it up the answer comes all the same: stale */
	f.b.hold = false;
	f.g.stale = 0;
	pump(&f);
	CHECK(f.g.stale == 1 && f.b.requests == 1);
	CHECK(stat_of(&f, VA_STAT_sessions) == 1);
	CHECK(do_hello(&f));
	return fixture_free(&f);
}

static bool malformed_hello(void)
{
	struct fixture f;
	uint8_t buf[VARGO_CTRL_FRAME_MAX] = { 0 };
	struct vargo_msg m;
	int len, i;

	CHECK(fixture_make(&f, NULL));
	m = guest_hello_msg(&f.g);
	len = vargo_msg_encode(&m, buf + 16, sizeof(buf) - 16);
	buf[16 + 8] ^= 1;	/* magic */
	guest_raw(&f.g, VIRTIO_ARGO_MT_CONTROL, buf, 16 + len);
	buf[16 + 8] ^= 1;
	for (i = 0; i < len; i++)
		guest_raw(&f.g, VIRTIO_ARGO_MT_CONTROL, buf, 16 + i);
	guest_raw(&f.g, VIRTIO_ARGO_MT_DATA, buf, 16 + len);
	buf[4] = 1;		/* seq without a session */
	guest_raw(&f.g, VIRTIO_ARGO_MT_CONTROL, buf, 16 + len);
	pump(&f);
	CHECK(!f.g.have_hello && !f.up);
	CHECK(stat_of(&f, VA_STAT_drop_control) == 1 + (uint64_t)len);
	CHECK(stat_of(&f, VA_STAT_drop_short) == 2);
	CHECK(do_hello(&f));
	return fixture_free(&f);
}

static bool new_session_replaces(void)
{
	struct fixture f;
	uint8_t data[512];

	CHECK(fixture_make(&f, NULL));
	CHECK(do_setup(&f, 1, 64));
	f.b.hold = true;
	CHECK(do_submit(&f, 0, 3, test_zeroes, 16, 513));
	pump(&f);
	CHECK(va_queue_inflight(f.b.dev, 0) == 1);
	CHECK(do_hello(&f));
	CHECK(f.b.stopped == 1 && !va_device_started(f.b.dev));
	CHECK(va_device_status(f.b.dev) == 0);
	CHECK(stat_of(&f, VA_STAT_dropped_chains) == 1);
	CHECK(stat_of(&f, VA_STAT_sessions) == 2 && f.up == 1);
	f.b.hold = false;
	f.g.epoch = 0;
	CHECK(do_device(&f, 1, 64));
	CHECK(do_read(&f, 0, 3, 0, data, sizeof(data)));
	CHECK(f.b.requests == 1);
	return fixture_free(&f);
}

static bool ready(void)
{
	struct fixture f;

	CHECK(fixture_make(&f, NULL));
	va_link_ready(f.link);
	pump(&f);
	CHECK(f.g.readies == 1);
	/* A frame of nowhere: one READY, but not within the second */
	CHECK(!guest_frame(&f.g, VIRTIO_ARGO_MT_CONTROL, NULL, 0));
	CHECK(!guest_frame(&f.g, VIRTIO_ARGO_MT_CONTROL, NULL, 0));
	pump(&f);
	CHECK(f.g.readies == 1);
	CHECK(stat_of(&f, VA_STAT_drop_stale) == 2);
	CHECK(va_link_timeout(f.link) == 1000);
	test_clock += 999;
	CHECK(va_link_timeout(f.link) == 1);
	pump(&f);
	CHECK(f.g.readies == 1);
	test_clock++;
	CHECK(va_link_timeout(f.link) == 0);
	pump(&f);
	CHECK(f.g.readies == 2);
	CHECK(va_link_timeout(f.link) == -1);
	/* With a session a stale frame is counted and nothing else */
	CHECK(do_hello(&f));
	f.g.session--;
	CHECK(!guest_frame(&f.g, VIRTIO_ARGO_MT_CONTROL, NULL, 0));
	f.g.session++;
	pump(&f);
	CHECK(stat_of(&f, VA_STAT_drop_stale) == 3);
	CHECK(va_link_timeout(f.link) == -1);
	return fixture_free(&f);
}

/* The session ends although the guest did nothing wrong; it sets all up again */
static bool restarted(void)
{
	uint8_t data[512];
	struct fixture f;

	CHECK(fixture_make(&f, NULL));
	va_link_restart(f.link);
	pump(&f);
	CHECK(!f.g.readies && va_link_timeout(f.link) == -1);
	CHECK(do_setup(&f, 1, 64));
	f.b.hold = true;
	CHECK(do_submit(&f, 0, 3, test_zeroes, 16, 513));
	pump(&f);
	va_link_restart(f.link);
	CHECK(f.up == 0 && f.b.stopped == 1 && va_device_status(f.b.dev) == 0);
	pump(&f);
	CHECK(f.g.readies == 1);
	f.b.hold = false;
	CHECK(do_setup(&f, 1, 64));
	CHECK(do_read(&f, 0, 3, 0, data, sizeof(data)));
	CHECK(!stat_of(&f, VA_STAT_violations));
	return fixture_free(&f);
}

static const struct va_endpoint_ops *socket_ops;
static int send_error;

static int failing_send(struct va_endpoint *ep, uint32_t type, const struct iovec *iov,
			unsigned int niov)
{
	return send_error ? send_error : socket_ops->send(ep, type, iov, niov);
}

/* A link that sends as send_error says, and the other end of it */
static struct va_link *failing_link(struct va_endpoint **guest)
{
	static struct va_endpoint_ops ops;
	struct va_endpoint *ep;
	struct va_link *link;
	int fds[2];

	CHECK(!socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds));
	CHECK(!va_endpoint_socket(fds[0], 65472, TEST_PORT, TEST_BACKEND, &ep));
	CHECK(!va_endpoint_socket(fds[1], 65472, TEST_PORT, TEST_GUEST, guest));
	socket_ops = ep->ops;
	ops = *ep->ops;
	ops.send = failing_send;
	ep->ops = &ops;
	CHECK(!va_link_new(ep, NULL, &link));
	CHECK(!va_link_process(link));
	return link;
}

/* READY that met a full ring: a guest that only waits must hear it some time */
static bool ready_repeated(void)
{
	struct va_endpoint *guest;
	struct va_link *link = failing_link(&guest);

	send_error = -EAGAIN;
	va_link_ready(link);
	CHECK(!va_link_process(link));
	CHECK(va_link_timeout(link) == 1000);
	test_clock += 1000;
	CHECK(!va_link_process(link));
	CHECK(va_link_timeout(link) == 1000);
	send_error = 0;
	test_clock += 1000;
	CHECK(!va_link_process(link));
	CHECK(va_link_stat(link, VA_STAT_ready_sent) == 1);
	CHECK(va_link_timeout(link) == -1);
	va_link_free(link);
	va_endpoint_close(guest);
	return true;
}

/* READY is refused, by a policy for instance: the embedder hears of it at once */
static bool ready_refused(void)
{
	struct va_endpoint *guest;
	struct va_link *link = failing_link(&guest);

	CHECK(va_link_timeout(link) == -1);
	send_error = -EACCES;
	va_link_ready(link);
	CHECK(va_link_timeout(link) == 0);
	CHECK(va_link_process(link) == -EACCES);
	send_error = 0;
	va_link_free(link);
	va_endpoint_close(guest);
	return true;
}

/* A guest without ring: sends are refused, nothing polls, and HELLO mends it */
static bool nobody_there(void)
{
	struct va_endpoint *ep;
	struct va_link *link;
	int fds[2];

	CHECK(!socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds));
	CHECK(!va_endpoint_socket(fds[0], 65472, TEST_PORT, TEST_BACKEND, &ep));
	CHECK(!va_link_new(ep, NULL, &link));
	va_link_ready(link);
	CHECK(!va_link_process(link));
	CHECK(va_link_stat(link, VA_STAT_no_peer) == 1);
	CHECK(va_link_timeout(link) == -1);
	CHECK(va_link_stat(link, VA_STAT_ready_sent) == 0);
	va_link_free(link);
	close(fds[1]);
	return true;
}

/* The guest's ring vanishes with chains in flight */
static bool guest_goes(void)
{
	struct fixture f;
	int fds[2];

	CHECK(fixture_make(&f, NULL));
	CHECK(do_setup(&f, 1, 64));
	f.b.hold = true;
	CHECK(do_submit(&f, 0, 0, test_zeroes, 16, 513));
	pump_backend(&f);
	CHECK(!socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds));
	va_endpoint_close(f.g.ep);
	f.b.hold = false;
	pump_backend(&f);
	CHECK(!f.died);
	CHECK(stat_of(&f, VA_STAT_no_peer) == 1);
	CHECK(f.up == 0 && f.b.stopped == 1);
	CHECK(va_link_timeout(f.link) == -1);
	CHECK(!va_endpoint_socket(fds[0], 65472, 1, 1, &f.g.ep));
	close(fds[1]);
	return fixture_free(&f);
}

/* Frames that are dropped leave the session as it was */
static bool dropped_frames(void)
{
	struct fixture f;
	uint8_t buf[64] = { 0 };
	uint8_t data[512];
	struct va_endpoint *ep;
	uint32_t seq;
	int i;

	CHECK(fixture_make(&f, NULL));
	CHECK(do_setup(&f, 1, 64));
	for (i = 0; i < 16; i++)
		guest_raw(&f.g, i % 2 ? VIRTIO_ARGO_MT_DATA : VIRTIO_ARGO_MT_CONTROL,
			  buf, i);
	pump(&f);
	CHECK(stat_of(&f, VA_STAT_drop_short) == 16);
	buf[0] = 1;
	guest_raw(&f.g, 0x12345678, buf, sizeof(buf));
	pump(&f);
	CHECK(stat_of(&f, VA_STAT_drop_type) == 1);
	/* Another port, another domain: the link believes neither */
	ep = f.g.ep;
	ep->peer_port++;
	guest_raw(&f.g, VIRTIO_ARGO_MT_CONTROL, buf, sizeof(buf));
	ep->peer_port--;
	pump(&f);
	CHECK(stat_of(&f, VA_STAT_drop_source) == 1);
	/* The same frame twice, and one long ago */
	seq = f.g.tx_seq;
	f.g.tx_seq = seq - 1;
	CHECK(!guest_frame(&f.g, VIRTIO_ARGO_MT_CONTROL, buf, 8));
	f.g.tx_seq = seq - 5;
	f.g.ctrl_sent--;
	CHECK(!guest_frame(&f.g, VIRTIO_ARGO_MT_DATA, buf, 32));
	f.g.data_sent -= vargo_ring_bytes(48);
	f.g.tx_seq = seq;
	pump(&f);
	CHECK(stat_of(&f, VA_STAT_drop_replay) == 2);
	CHECK(stat_of(&f, VA_STAT_violations) == 0);
	CHECK(do_read(&f, 0, 0, 0, data, sizeof(data)));
	return fixture_free(&f);
}

static bool sequence_wraps(void)
{
	struct fixture f;
	unsigned int i;
	struct vargo_msg ping = { .type = VIRTIO_ARGO_TYPE_BUS,
				  .id = VIRTIO_ARGO_BUS_PING };
	struct vargo_msg answer;

	/* Consumption of control wraps its window many times */
	CHECK(fixture_make(&f, NULL));
	CHECK(do_hello(&f));
	for (i = 0; i < 1000; i++)
		CHECK(do_request(&f, &ping, &answer));
	CHECK(stat_of(&f, VA_STAT_tx_control) == 1000);
	return fixture_free(&f);
}

/* An endpoint that a suspend of this domain kills, and that can be had again or not */
static struct {
	const struct va_endpoint_ops *real;
	bool dead, lasting;
	unsigned int revived;
} mortal;

static int mortal_send(struct va_endpoint *ep, uint32_t type, const struct iovec *iov,
		       unsigned int niov)
{
	return mortal.dead ? -ENODEV : mortal.real->send(ep, type, iov, niov);
}

static ssize_t mortal_recv(struct va_endpoint *ep, struct va_message *msg, void *buf, size_t cap)
{
	return mortal.dead ? -ENODEV : mortal.real->recv(ep, msg, buf, cap);
}

static int mortal_revive(struct va_endpoint *ep)
{
	(void)ep;
	mortal.revived++;
	if (mortal.lasting)
		return -ESRCH;
	mortal.dead = false;
	return 0;
}

static bool suspended(void)
{
	static struct va_endpoint_ops ops;
	struct fixture f;
	uint8_t data[512];
	unsigned int i;

	CHECK(fixture_make(&f, NULL));
	memset(&mortal, 0, sizeof(mortal));
	mortal.real = f.ep->ops;
	ops = *mortal.real;
	ops.send = mortal_send;
	ops.recv = mortal_recv;
	ops.revive = mortal_revive;
	f.ep->ops = &ops;
	for (i = 1; i <= 2; i++) {
		CHECK(do_setup(&f, 1, 64));
		CHECK(do_read(&f, 0, 0, 0, data, sizeof(data)));
		f.g.readies = 0;
		mortal.dead = true;
		CHECK(!va_link_process(f.link));
		CHECK(mortal.revived == i && va_link_timeout(f.link) == 0);
		pump(&f);
		CHECK(f.g.readies == 1 && f.b.stopped == i);
	}
	/* It has gone for good: that is said, also the second time */
	mortal.dead = mortal.lasting = true;
	CHECK(va_link_process(f.link) == -ENODEV && va_link_process(f.link) == -ENODEV);
	f.ep->ops = mortal.real;
	return fixture_free(&f);
}

const struct test_case session_cases[] = {
	{ "session: handshake", handshake },
	{ "session: frame size of a large ring", max_frame_of_a_big_ring },
	{ "session: wrong version is refused with ours", wrong_version },
	{ "session: limits out of bounds are refused", wrong_limits },
	{ "session: a HELLO that is refused ends no session", refused_in_session },
	{ "session: malformed HELLO is dropped", malformed_hello },
	{ "session: HELLO replaces the session and resets devices", new_session_replaces },
	{ "session: READY at most once a second", ready },
	{ "session: READY is sent again if it found no room", ready_repeated },
	{ "session: READY that is refused ends the endpoint, and is told", ready_refused },
	{ "session: the embedder ends it and the guest begins another", restarted },
	{ "session: nobody there is no error and no reason to poll", nobody_there },
	{ "session: a guest that goes ends it", guest_goes },
	{ "session: short, mistyped, foreign and replayed frames", dropped_frames },
	{ "session: a thousand requests", sequence_wraps },
	{ "session: an endpoint that a suspend has killed", suspended },
	{ NULL, NULL }
};
