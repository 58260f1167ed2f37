// SPDX-License-Identifier: GPL-2.0
/*
 * Violations: each ends the session, once, with a line that says why, and a new
 * HELLO mends everything; and what is none.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <string.h>

#include "guest_crimes.h"

static bool mended(struct fixture *f)
{
	uint8_t data[512];

	f->b.hold = false;
	f->g.epoch = 0;
	CHECK(do_setup(f, 1, 64));
	CHECK(do_read(f, 0, 0, 0, data, sizeof(data)));
	return true;
}

static bool ended(struct fixture *f, const struct guest_crime *c)
{
	CHECK(f->logs == 1);
	CHECK(strstr(f->last_log, c->why));
	CHECK(f->up == 0);
	CHECK(!va_device_started(f->b.dev) && f->b.stopped == f->b.started);
	CHECK(va_device_status(f->b.dev) == 0);
	CHECK(f->g.readies == 1);
	/* What comes behind it is stale, and no second crime */
	guest_credit(&f->g);
	pump(f);
	CHECK(stat_of(f, VA_STAT_drop_stale) >= 1);
	CHECK(stat_of(f, VA_STAT_violations) == 1);
	return mended(f);
}

static bool went_on(struct fixture *f, const struct guest_crime *c)
{
	uint8_t data[512];

	CHECK(!stat_of(f, VA_STAT_violations) && !f->g.readies);
	CHECK(f->up == 1 && va_device_started(f->b.dev));
	if (c->stat == VA_STAT_hello_refused)
		return mended(f);
	CHECK(!f->logs);
	CHECK(do_read(f, 0, 2, 0, data, sizeof(data)));
	return true;
}

static bool one(struct fixture *f, const struct guest_crime *c)
{
	uint8_t data[512];

	CHECK(do_setup(f, 1, 64));
	CHECK(do_read(f, 0, 1, 0, data, sizeof(data)));
	c->commit(f, c);
	pump(f);
	CHECK(stat_of(f, c->stat) == 1);
	return c->why ? ended(f, c) : went_on(f, c);
}

static bool crimes(bool ends)
{
	struct fixture_config cfg = {
		.link = { .max_chain = 1 << 20, .max_inflight = 2 << 20, .depth = 32 },
	};
	unsigned int i;

	for (i = 0; i < num_guest_crimes; i++) {
		const struct guest_crime *c = &guest_crimes[i];
		struct fixture f;

		if (!c->why == ends)
			continue;
		test_context = c->name;
		CHECK(fixture_make(&f, &cfg));
		CHECK(one(&f, c));
		CHECK(fixture_free(&f));
	}
	return true;
}

static bool violations(void) { return crimes(true); }
static bool drops(void) { return crimes(false); }

/* At the limits, not beyond them */
static bool limits(void)
{
	struct fixture_config cfg = {
		.link = { .max_chain = 1 << 20, .max_inflight = 2 << 20, .depth = 32 },
	};
	struct fixture f;
	unsigned int i;

	CHECK(fixture_make(&f, &cfg));
	CHECK(do_setup(&f, 1, 64));
	f.b.hold = true;
	for (i = 0; i < 2; i++)
		CHECK(do_submit(&f, 0, i, test_zeroes, 16, (1 << 20) - 16));
	pump(&f);
	f.b.hold = false;
	pump(&f);
	CHECK(f.g.completed == 2);
	f.b.hold = true;
	for (i = 0; i < 32; i++)
		CHECK(do_submit(&f, 0, 63 - i, test_zeroes, 16, 1));
	pump(&f);
	f.b.hold = false;
	pump(&f);
	CHECK(f.g.completed == 34);
	CHECK(!stat_of(&f, VA_STAT_violations));
	return fixture_free(&f);
}

static void frame_left_out(struct fixture *f)
{
	f->g.tx_seq++;
	guest_credit(&f->g);
}

/* A guest that breaks session after session does not fill the log */
static bool log_rate(void)
{
	struct fixture f;
	unsigned int i;

	CHECK(fixture_make(&f, NULL));
	for (i = 0; i < 200; i++) {
		CHECK(do_hello(&f));
		frame_left_out(&f);
		pump(&f);
	}
	CHECK(stat_of(&f, VA_STAT_violations) == 200);
	CHECK(f.logs == 5);
	CHECK(f.g.readies == 1);
	test_clock += 10000;
	CHECK(do_hello(&f));
	frame_left_out(&f);
	pump(&f);
	CHECK(f.logs == 7 && strstr(f.last_log, "195 lines"));
	CHECK(f.g.readies == 2);
	return fixture_free(&f);
}

/* Another epoch is looked at before anything else, and is no crime */
static bool stale_epoch(void)
{
	struct fixture f;
	struct vargo_pdu pdu;

	CHECK(fixture_make(&f, NULL));
	CHECK(do_setup(&f, 1, 64));
	pdu = guest_pdu(&f.g, 0, 999, 16, 1);
	pdu.queue = 77;
	pdu.epoch--;
	crime_send(&f, &pdu);
	pump(&f);
	CHECK(stat_of(&f, VA_STAT_drop_epoch) == 1);
	CHECK(!stat_of(&f, VA_STAT_violations));
	return fixture_free(&f);
}

const struct test_case violation_cases[] = {
	{ "violation: each one ends the session once and says why", violations },
	{ "violation: what is only dropped leaves the session as it was", drops },
	{ "violation: none at the limits", limits },
	{ "violation: the log is limited in rate", log_rate },
	{ "violation: another epoch is none", stale_epoch },
	{ NULL, NULL }
};
