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

#include "guest_crimes.h"
#include "hostile.h"

#define PATIENCE_MS	10000
#define QUEUES		2

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
/* Crimes: what the library's tests have, and one more */

static void from_another_port(struct fixture *f, const struct guest_crime *c)
{
	uint8_t buf[VARGO_FRAME_HDR] = { 0 };
	struct iovec iov = { buf, sizeof(buf) };

	(void)f;
	(void)c;
	stray->ops->send(stray, VIRTIO_ARGO_MT_CONTROL, &iov, 1);
}

/* The bridge's kernel drops it: no counter of the bridge's */
static const struct guest_crime foreign = {
	.name = "a frame from another port", .stat = VA_STAT_COUNT, .commit = from_another_port,
};

void intruder_list(void)
{
	unsigned int i;

	for (i = 0; i < num_guest_crimes; i++)
		if (!guest_crimes[i].lib_only)
			printf("%s\n", va_stat_name(guest_crimes[i].stat));
}

struct one {
	struct fixture *f;
	const struct guest_crime *crime;
};

static bool intrude(void *arg)
{
	struct one *one = arg;
	struct fixture *f = one->f;
	unsigned int readies;

	CHECK(set_up(f));
	CHECK(can_read(f, 1));
	readies = f->g.readies;
	one->crime->commit(f, one->crime);
	if (one->crime->why) {
		CHECK(wait_ready(f, readies));
		return true;
	}
	/* A HELLO, even a refused one, is the guest's own end of its session */
	if (one->crime->stat != VA_STAT_hello_refused)
		CHECK(can_read(f, 2));
	CHECK(f->g.readies == readies);
	return true;
}

static void commit(struct fixture *f, const struct guest_crime *c)
{
	struct one one = { f, c };

	ok(attempt(intrude, &one), "%s", c->name);
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
		commit(&f, &foreign);
		for (i = 0; i < num_guest_crimes; i++)
			if (!guest_crimes[i].lib_only)
				commit(&f, &guest_crimes[i]);
	}
	ok(attempt(as_before, &f), "the disk can be read as before");
	ok(!f.g.bad, "every frame of the bridge was right");
	return 0;
}
