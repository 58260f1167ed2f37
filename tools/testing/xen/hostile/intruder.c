// SPDX-License-Identifier: GPL-2.0
/*
 * What a hostile guest does to a real virtio-argo-bridge.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * The fake guest of the library's tests, over /dev/xen/argo. After each crime the
 * disk must be there as before; the bridge's counters are for dom0 to look at.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hostile.h"

#define CONTROL		VIRTIO_ARGO_MT_CONTROL
#define DATA		VIRTIO_ARGO_MT_DATA
#define PATIENCE_MS	10000
#define QUEUES		2

struct intrusion {
	const char *name;
	const char *counter;		/* of the bridge's; NULL: the kernel drops it */
	bool ends;			/* the session */
	void (*commit)(struct fixture *f);
};

static struct va_endpoint *stray;

/* ------------------------------------------------------------------------ */
/* Driving the bridge: drive.c asks, and pump() waits for its answer */

static bool answered(const struct guest *g)
{
	unsigned int i;

	for (i = 0; i < g->num_msgs; i++)
		if (g->msgs[i].token == g->next_token &&
		    (g->msgs[i].type & VIRTIO_ARGO_TYPE_RESPONSE))
			return true;
	return false;
}

static void wait_frame(struct guest *g, uint64_t end)
{
	struct pollfd p = { .fd = g->ep->fd, .events = POLLIN };
	uint64_t now = now_ms();

	if (now < end)
		poll(&p, 1, end - now > 100 ? 100 : end - now);
}

void pump(struct fixture *f)
{
	uint64_t end = now_ms() + PATIENCE_MS;
	unsigned int readies = f->g.readies;

	while (guest_receive(&f->g) || (!answered(&f->g) && f->g.readies == readies &&
					now_ms() < end))
		wait_frame(&f->g, end);
}

static bool wait_ready(struct fixture *f, unsigned int before)
{
	uint64_t end = now_ms() + PATIENCE_MS;

	while (f->g.readies == before && now_ms() < end) {
		if (!guest_receive(&f->g))
			wait_frame(&f->g, end);
	}
	return f->g.readies == before + 1;
}

/* Reads 4 KB that nobody has written */
static bool can_read(struct fixture *f, uint16_t head)
{
	struct guest_chain *c = &f->g.chains[0][head];
	uint64_t end = now_ms() + PATIENCE_MS;
	uint8_t out[16];

	blk_header(out, 0, 8);
	CHECK(do_submit(f, 0, head, out, sizeof(out), 4097));
	while (!c->done && now_ms() < end) {
		if (!guest_receive(&f->g))
			wait_frame(&f->g, end);
	}
	CHECK(c->done && c->got == 4097);
	CHECK(c->in[4096] == 0);
	return true;
}

static bool set_up(struct fixture *f)
{
	f->g.epoch = 0;
	return do_setup(f, QUEUES, 64);
}

/* ------------------------------------------------------------------------ */
/* Frames that are dropped */

static void commit_port(struct fixture *f)
{
	uint8_t buf[VARGO_FRAME_HDR] = { 0 };
	struct iovec iov = { buf, sizeof(buf) };

	(void)f;
	stray->ops->send(stray, CONTROL, &iov, 1);
}

static void commit_type(struct fixture *f)
{
	uint8_t buf[32] = { 0 };

	guest_raw(&f->g, 7, buf, sizeof(buf));
}

static void commit_short(struct fixture *f)
{
	uint8_t buf[15] = { 0 };

	guest_raw(&f->g, DATA, buf, sizeof(buf));
}

static void raw_head(struct fixture *f, uint32_t session, uint32_t seq, uint32_t type)
{
	struct vargo_frame head = { .session = session, .seq = seq };
	uint8_t buf[VARGO_FRAME_HDR];

	vargo_frame_encode(&head, buf);
	guest_raw(&f->g, type, buf, sizeof(buf));
}

static void commit_no_session_seq(struct fixture *f) { raw_head(f, 0, 1, CONTROL); }
static void commit_no_session_data(struct fixture *f) { raw_head(f, 0, 0, DATA); }
static void commit_stale(struct fixture *f) { raw_head(f, f->g.session - 1, 1, CONTROL); }
static void commit_replay(struct fixture *f)
{
	raw_head(f, f->g.session, f->g.tx_seq, CONTROL);
}

static void say(struct fixture *f, const void *body, uint32_t len)
{
	guest_frame(&f->g, CONTROL, body, len);
}

static void commit_unknown_id(struct fixture *f)
{
	uint8_t body[8] = { 0, 0x77, 0, 0, 9, 0, 8, 0 };

	say(f, body, sizeof(body));
}

static void commit_cut_message(struct fixture *f)
{
	uint8_t body[5] = { 0, VIRTIO_ARGO_GET_STATUS };

	say(f, body, sizeof(body));
}

static void commit_size(struct fixture *f)
{
	uint8_t body[8] = { 0, VIRTIO_ARGO_GET_STATUS, 0, 0, 9, 0, 9, 0 };

	say(f, body, sizeof(body));
}

static void commit_huge_message(struct fixture *f)
{
	uint8_t body[4096] = { 0, VIRTIO_ARGO_SET_CONFIG, 0, 0, 9, 0, 0, 16 };

	say(f, body, sizeof(body));
}

static void commit_response(struct fixture *f)
{
	uint8_t body[8] = { 1, VIRTIO_ARGO_SET_VQUEUE, 0, 0, 9, 0, 8, 0 };

	say(f, body, sizeof(body));
}

static void commit_other_device(struct fixture *f)
{
	uint8_t body[8] = { 0, VIRTIO_ARGO_GET_STATUS, 9, 0, 9, 0, 8, 0 };

	say(f, body, sizeof(body));
}

static void commit_magic(struct fixture *f)
{
	struct vargo_msg msg = guest_hello_msg(&f->g);
	uint8_t buf[VARGO_CTRL_FRAME_MAX] = { 0 };
	int len = vargo_msg_encode(&msg, buf + VARGO_FRAME_HDR, VIRTIO_ARGO_MSG_MAX);

	buf[VARGO_FRAME_HDR + VARGO_MSG_HDR] ^= 1;
	guest_raw(&f->g, CONTROL, buf, VARGO_FRAME_HDR + len);
	f->g.session--;		/* the session goes on */
}

static void commit_epoch(struct fixture *f)
{
	struct vargo_pdu pdu = guest_pdu(&f->g, 0, 9, 16, 513);
	uint8_t buf[VARGO_PDU_HDR + 16];

	pdu.epoch--;
	guest_put_pdu(buf, &pdu, test_zeroes);
	guest_frame(&f->g, DATA, buf, sizeof(buf));
}

/* ------------------------------------------------------------------------ */
/* A HELLO that is refused, and the session with it is no more */

static void greet(struct fixture *f, struct vargo_msg *msg, uint16_t status)
{
	guest_hello_send(&f->g, msg);
	pump(f);
	CHECK(f->g.have_hello);
	CHECK(f->g.hello.status == status);
}

static void commit_version(struct fixture *f)
{
	struct vargo_msg msg = guest_hello_msg(&f->g);

	msg.hello.version_min = 2;
	msg.hello.version_max = 9;
	greet(f, &msg, VIRTIO_ARGO_HELLO_VERSION);
	CHECK(f->g.hello.version_min == 1 && f->g.hello.version_max == 1);
}

static void commit_window(struct fixture *f)
{
	struct vargo_msg msg = guest_hello_msg(&f->g);

	msg.hello.window = 1024;
	greet(f, &msg, VIRTIO_ARGO_HELLO_LIMITS);
}

static void commit_ctrl_window(struct fixture *f)
{
	struct vargo_msg msg = guest_hello_msg(&f->g);

	msg.hello.ctrl_window = 64;
	greet(f, &msg, VIRTIO_ARGO_HELLO_LIMITS);
}

/* ------------------------------------------------------------------------ */
/* Violations */

static void send_pdu(struct fixture *f, const struct vargo_pdu *pdu)
{
	uint32_t len = VARGO_PDU_HDR + vargo_pad(pdu->length);
	uint8_t *payload = calloc(1, pdu->length + 1), *buf = calloc(1, len);

	guest_put_pdu(buf, pdu, payload);
	guest_frame(&f->g, DATA, buf, len);
	free(payload);
	free(buf);
}

static struct vargo_pdu good(struct fixture *f)
{
	return guest_pdu(&f->g, 0, 9, 16, 513);
}

static void commit_seq(struct fixture *f)
{
	f->g.tx_seq++;
	guest_credit(&f->g);
}

static void commit_data_ack(struct fixture *f)
{
	f->g.data_consumed += 1 << 20;
	guest_credit(&f->g);
}

static void commit_data_ack_behind(struct fixture *f)
{
	guest_credit(&f->g);
	f->g.data_consumed -= 16;
	guest_credit(&f->g);
}

static void commit_ctrl_ack(struct fixture *f)
{
	f->g.ctrl_consumed++;
	guest_credit(&f->g);
}

static void commit_large(struct fixture *f)
{
	struct vargo_pdu pdu = guest_pdu(&f->g, 0, 9, 80000, 1);

	send_pdu(f, &pdu);
}

static void commit_empty(struct fixture *f)
{
	guest_frame(&f->g, DATA, NULL, 0);
}

static void commit_half_head(struct fixture *f)
{
	uint8_t buf[31] = { VIRTIO_ARGO_PDU_SUBMIT };

	guest_frame(&f->g, DATA, buf, sizeof(buf));
}

static void commit_tail(struct fixture *f)
{
	uint8_t buf[VARGO_PDU_HDR + 16 + 7] = { 0 };
	struct vargo_pdu pdu = good(f);

	guest_put_pdu(buf, &pdu, test_zeroes);
	guest_frame(&f->g, DATA, buf, sizeof(buf));
}

/* A chain with one thing in it that is not so */
#define WRONG(name, change)				\
static void commit_##name(struct fixture *f)		\
{							\
	struct vargo_pdu pdu = good(f);			\
							\
	change;						\
	send_pdu(f, &pdu);				\
}

WRONG(pdu_type, pdu.type = 9)
WRONG(complete, pdu.type = VIRTIO_ARGO_PDU_COMPLETE; pdu.room = 16)
WRONG(flags, pdu.flags = 1)
WRONG(device, pdu.dev = 6)
WRONG(queue, pdu.queue = 200)
WRONG(head, pdu.head = 64)
WRONG(chain, pdu.chain++)
WRONG(chain_behind, pdu.chain--)
WRONG(chain_size, pdu.room = f->g.hello.max_chain)
WRONG(overflow, pdu.room = 0xfffffff0)
WRONG(no_first, pdu.offset = 1; pdu.length = 15)

static void second_half(struct fixture *f, uint32_t offset, uint32_t total, uint16_t head)
{
	struct vargo_pdu pdu = good(f);

	pdu.length = 8;
	send_pdu(f, &pdu);
	pdu.offset = offset;
	pdu.total = total;
	pdu.head = head;
	pdu.length = 16 - offset;
	send_pdu(f, &pdu);
}

static void commit_gap(struct fixture *f) { second_half(f, 9, 16, 9); }
static void commit_overlap(struct fixture *f) { second_half(f, 7, 16, 9); }
static void commit_other_total(struct fixture *f) { second_half(f, 8, 17, 9); }
static void commit_other_head(struct fixture *f) { second_half(f, 8, 16, 10); }

static void commit_before_driver_ok(struct fixture *f)
{
	struct vargo_pdu pdu;
	uint8_t now;

	do_status(f, 0, &now);
	pdu = good(f);
	send_pdu(f, &pdu);
}

static const struct intrusion intrusions[] = {
	{ "a frame from another port", NULL, false, commit_port },
	{ "an unknown message_type", "drop_type", false, commit_type },
	{ "a frame of 15 bytes", "drop_short", false, commit_short },
	{ "no session, but a number", "drop_short", false, commit_no_session_seq },
	{ "data without a session", "drop_short", false, commit_no_session_data },
	{ "a frame of the last session", "drop_stale", false, commit_stale },
	{ "a frame again", "drop_replay", false, commit_replay },
	{ "an unknown message", "drop_control", false, commit_unknown_id },
	{ "a message cut off", "drop_control", false, commit_cut_message },
	{ "a message that claims more", "drop_control", false, commit_size },
	{ "a message of 4 KB", "drop_control", false, commit_huge_message },
	{ "a response from the guest", "drop_control", false, commit_response },
	{ "a request for no device", "drop_control", false, commit_other_device },
	{ "HELLO with another magic", "drop_control", false, commit_magic },
	{ "a chain of an old epoch", "drop_epoch", false, commit_epoch },
	{ "HELLO for versions 2 to 9", "hello_refused", false, commit_version },
	{ "HELLO with a window of 1 KB", "hello_refused", false, commit_window },
	{ "HELLO with a control window of 64", "hello_refused", false, commit_ctrl_window },
	{ "a frame left out", "violations", true, commit_seq },
	{ "data acknowledged that was not sent", "violations", true, commit_data_ack },
	{ "less data acknowledged than before", "violations", true, commit_data_ack_behind },
	{ "control acknowledged that was not sent", "violations", true, commit_ctrl_ack },
	{ "a data frame over the agreed size", "violations", true, commit_large },
	{ "a data frame without PDU", "violations", true, commit_empty },
	{ "half a PDU's head", "violations", true, commit_half_head },
	{ "garbage behind a PDU", "violations", true, commit_tail },
	{ "an unknown PDU", "violations", true, commit_pdu_type },
	{ "COMPLETE from the guest", "violations", true, commit_complete },
	{ "an unknown flag", "violations", true, commit_flags },
	{ "a device that is not there", "violations", true, commit_device },
	{ "a queue that is not there", "violations", true, commit_queue },
	{ "a head beyond the ring", "violations", true, commit_head },
	{ "a chain left out", "violations", true, commit_chain },
	{ "a chain again", "violations", true, commit_chain_behind },
	{ "a chain over the agreed size", "violations", true, commit_chain_size },
	{ "a chain of 4 GB", "violations", true, commit_overflow },
	{ "the second half first", "violations", true, commit_no_first },
	{ "fragments with a gap", "violations", true, commit_gap },
	{ "fragments that overlap", "violations", true, commit_overlap },
	{ "a fragment with another total", "violations", true, commit_other_total },
	{ "a fragment with another head", "violations", true, commit_other_head },
	{ "a chain before DRIVER_OK", "violations", true, commit_before_driver_ok },
};

#define NUM	(sizeof(intrusions) / sizeof(intrusions[0]))

void intruder_list(void)
{
	unsigned int i;

	for (i = 0; i < NUM; i++)
		if (intrusions[i].counter)
			printf("%s\n", intrusions[i].counter);
}

struct one {
	struct fixture *f;
	const struct intrusion *what;
};

static bool intrude(void *arg)
{
	struct one *one = arg;
	struct fixture *f = one->f;
	bool greeting = one->what->counter && !strcmp(one->what->counter, "hello_refused");
	unsigned int readies;

	CHECK(set_up(f));
	CHECK(can_read(f, 1));
	readies = f->g.readies;
	one->what->commit(f);
	if (one->what->ends) {
		CHECK(wait_ready(f, readies));
		return true;
	}
	if (!greeting)
		CHECK(can_read(f, 2));
	CHECK(f->g.readies == readies);
	return true;
}

/* ------------------------------------------------------------------------ */

struct noise {
	struct fixture *f;
	uint32_t seed;
	unsigned int frames;
	unsigned int sessions;
};

static bool make_noise(void *arg)
{
	struct noise *n = arg;
	struct fixture *f = n->f;
	unsigned int readies;

	f->g.loose = true;
	CHECK(set_up(f));
	readies = f->g.readies;
	for (; n->frames; n->frames--) {
		guest_noise(&f->g, &n->seed);
		/* The bridge must hear some of it before it is stale */
		if (n->frames % 4 == 0)
			wait_frame(&f->g, now_ms() + 10);
		guest_receive(&f->g);
		if (f->g.readies == readies)
			continue;
		n->sessions++;
		CHECK(set_up(f));
		readies = f->g.readies;
	}
	return true;
}

/* A READY of what was done before may come into a new session's beginning */
static bool noise(struct fixture *f, uint32_t seed, unsigned int frames)
{
	struct noise n = { f, seed, frames, 0 };
	unsigned int misses = 0;

	while (!attempt(make_noise, &n)) {
		if (++misses > 50)
			return false;
	}
	test_note("%u frames, %u sessions, %u misses", frames, n.sessions, misses);
	return true;
}

static bool as_before(void *arg)
{
	struct fixture *f = arg;

	return set_up(f) && can_read(f, 3);
}

int intruder_main(unsigned int domid, uint32_t seed, unsigned int frames)
{
	static struct fixture f;
	struct va_endpoint *ep;
	unsigned int i;

	ep = argo_open(domid, VIRTIO_ARGO_PORT_BASE, VIRTIO_ARGO_PORT_BASE);
	stray = argo_open(domid, VIRTIO_ARGO_PORT_BASE + 77, VIRTIO_ARGO_PORT_BASE);
	if (!ep || !stray || !guest_init(&f.g, ep))
		return 2;
	f.g.session = now_ms();
	if (frames) {
		ok(noise(&f, seed, frames), "%u frames of noise, seed %u", frames, seed);
	} else {
		for (i = 0; i < NUM; i++) {
			struct one one = { &f, &intrusions[i] };

			ok(attempt(intrude, &one), "%s", intrusions[i].name);
		}
	}
	ok(attempt(as_before, &f), "the disk can be read as before");
	ok(!f.g.bad, "every frame of the bridge was right");
	return 0;
}
