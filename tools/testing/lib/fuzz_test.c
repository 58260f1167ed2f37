// SPDX-License-Identifier: GPL-2.0
/*
 * Frames at random, with fixed seeds: nothing may crash, leak, or send anything
 * that the guest's checks do not like.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <stdlib.h>
#include <string.h>

#include "lib_test.h"

#define FRAMES	100000

static bool recover(struct fixture *f)
{
	/* The fake guest's own checks know nothing of what it has broken */
	f->g.epoch = 0;
	f->b.fault = BLK_FINE;
	f->b.hold = false;
	f->b.limit = 0;
	return do_setup(f, 2, 64);
}

static bool seed_frames(uint32_t seed)
{
	struct fixture_config cfg = {
		.link = { .max_chain = 1 << 20, .max_inflight = 4 << 20, .depth = 32,
			  .memory_budget = 1 << 20 },
	};
	struct fixture f;
	uint32_t state = seed, i;
	uint64_t sessions;
	uint8_t data[4096];
	unsigned int bad;

	CHECK(fixture_make(&f, &cfg));
	f.g.loose = true;
	CHECK(recover(&f));
	for (i = 0; i < FRAMES; i++) {
		bad = f.g.bad;
		guest_noise(&f.g, &state);
		if (test_random(&state) % 4 == 0) {
			f.b.hold = test_random(&state) % 3 == 0;
			f.b.limit = test_random(&state) % 8;
			pump(&f);
		}
		CHECK(!f.died);
		CHECK(f.g.bad == bad);
		if (f.up && va_device_started(f.b.dev) && f.g.hello.session == f.g.session)
			continue;
		pump(&f);
		CHECK(recover(&f));
	}
	sessions = stat_of(&f, VA_STAT_sessions);
	test_note("seed %u: %llu sessions, %llu violations, %llu chains, %llu answered, %llu dropped messages",
		  seed, (unsigned long long)sessions,
		  (unsigned long long)stat_of(&f, VA_STAT_violations),
		  (unsigned long long)stat_of(&f, VA_STAT_chains),
		  (unsigned long long)stat_of(&f, VA_STAT_completed),
		  (unsigned long long)stat_of(&f, VA_STAT_drop_control));
	CHECK(sessions > 100);
	CHECK(stat_of(&f, VA_STAT_completed) > FRAMES / 4);
	/* And it is as good as new */
	CHECK(recover(&f));
	CHECK(do_read(&f, 1, 7, 8, data, sizeof(data)));
	CHECK(f.logs < 100000);
	return fixture_free(&f);
}

static bool seed_1(void) { return seed_frames(1); }
static bool seed_2(void) { return seed_frames(0xc0ffee); }

const struct test_case fuzz_cases[] = {
	{ "fuzz: 100000 frames, seed 1", seed_1 },
	{ "fuzz: 100000 frames, seed 0xc0ffee", seed_2 },
	{ NULL, NULL }
};
