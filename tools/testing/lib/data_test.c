// SPDX-License-Identifier: GPL-2.0
/*
 * Chains: fragments, batches, credit both ways, fairness.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib_test.h"

static bool round_trip(struct fixture *f, uint32_t len, uint32_t seed)
{
	uint8_t *out = malloc(len), *in = malloc(len);
	bool ok;

	test_fill(out, len, seed);
	ok = do_write(f, 0, seed % 64, seed * 8, out, len) &&
	     do_read(f, 0, (seed + 1) % 64, seed * 8, in, len);
	if (ok && memcmp(in, out, len)) {
		test_note("%u bytes came back changed", len);
		ok = false;
	}
	free(out);
	free(in);
	return ok;
}

static bool sizes(void)
{
	static const uint32_t len[] = {
		512, 1024, 4096, 4097 * 4, 32768, 65536, 69632, 131072, 1u << 20,
		4u << 20,
	};
	struct fixture f;
	unsigned int i;

	CHECK(fixture_make(&f, NULL));
	CHECK(do_setup(&f, 1, 64));
	for (i = 0; i < sizeof(len) / sizeof(len[0]); i++)
		CHECK(round_trip(&f, len[i], i));
	CHECK(f.g.largest <= f.g.max_frame);
	return fixture_free(&f);
}

static bool small_ring(void)
{
	struct fixture_config cfg = { .ring_len = 16384 - 64 };
	struct fixture f;

	CHECK(fixture_make(&f, &cfg));
	CHECK(do_setup(&f, 1, 64));
	CHECK(f.g.window == 12208);
	CHECK(round_trip(&f, 1 << 20, 3));
	CHECK(stat_of(&f, VA_STAT_tx_credit) > 1000000 / 12208);
	CHECK(stat_of(&f, VA_STAT_tx_credit) < 1000000 / 12208 * 3);
	CHECK(stat_of(&f, VA_STAT_complete_bytes) == (1 << 20) + 2);
	CHECK(stat_of(&f, VA_STAT_submit_bytes) == (1 << 20) + 32);
	CHECK(!stat_of(&f, VA_STAT_tx_full));
	return fixture_free(&f);
}

/* Fragments as small as they can be, at any place */
static bool crumbs(void)
{
	struct fixture f;
	uint8_t out[16 + 512], buf[128], in[512];
	struct vargo_pdu pdu;
	uint32_t at;

	CHECK(fixture_make(&f, NULL));
	CHECK(do_setup(&f, 1, 64));
	blk_header(out, 1, 9);
	test_fill(out + 16, 512, 5);
	pdu = guest_pdu(&f.g, 0, 2, sizeof(out), 1);
	guest_begin(&f.g, 0, &pdu);
	for (at = 0; at < sizeof(out); at += pdu.length) {
		pdu.offset = at;
		pdu.length = 1 + at % 3;
		if (pdu.length > sizeof(out) - at)
			pdu.length = sizeof(out) - at;
		guest_frame(&f.g, VIRTIO_ARGO_MT_DATA, buf,
			    guest_put_pdu(buf, &pdu, out + at));
		pump(&f);
		CHECK(f.b.requests == (at + pdu.length == sizeof(out)));
	}
	CHECK(f.g.chains[0][2].done);
	CHECK(do_read(&f, 0, 1, 9, in, 512));
	CHECK(!memcmp(in, out + 16, 512));
	return fixture_free(&f);
}

/* Many small chains: one frame there, one kick, one frame back */
static bool batches(void)
{
	struct fixture f;
	uint8_t buf[64 * 48], head[16];
	struct vargo_pdu pdu;
	uint64_t kicks, frames;
	uint32_t len = 0;
	unsigned int i;

	CHECK(fixture_make(&f, NULL));
	CHECK(do_setup(&f, 1, 64));
	kicks = stat_of(&f, VA_STAT_kicks);
	frames = f.g.data_frames;
	for (i = 0; i < 64; i++) {
		blk_header(head, 0, i);
		pdu = guest_pdu(&f.g, 0, i, 16, 17);
		guest_begin(&f.g, 0, &pdu);
		len += guest_put_pdu(buf + len, &pdu, head);
	}
	CHECK(!guest_frame(&f.g, VIRTIO_ARGO_MT_DATA, buf, len));
	pump(&f);
	CHECK(f.g.completed == 64);
	CHECK(stat_of(&f, VA_STAT_kicks) == kicks + 1);
	CHECK(f.g.data_frames == frames + 1);
	for (i = 0; i < 64; i++)
		CHECK(f.g.chains[0][i].used == 17 && !f.g.chains[0][i].error);
	return fixture_free(&f);
}

/* What was not written is sent all the same for a block device, and only for it */
static bool used_lengths(void)
{
	struct fixture_config cfg = { .flags = 0x80000000 };	/* no COMPLETE_ALL */
	struct fixture f;
	uint8_t head[16];

	CHECK(fixture_make(&f, NULL));
	CHECK(do_setup(&f, 1, 64));
	f.b.fault = BLK_SHORT_LEN;
	blk_header(head, 0, 0);
	CHECK(do_submit(&f, 0, 0, head, 16, 513));
	pump(&f);
	CHECK(f.g.chains[0][0].done && f.g.chains[0][0].total == 513);
	CHECK(f.g.chains[0][0].used == 0 && f.g.chains[0][0].in[512] == 0);
	/* The same slot, in which the last request's status was good */
	f.b.fault = BLK_NO_STATUS;
	CHECK(do_submit(&f, 0, 0, head, 16, 513));
	pump(&f);
	CHECK(f.g.chains[0][0].done && f.g.chains[0][0].in[512] == 0xff);
	CHECK(fixture_free(&f));

	CHECK(fixture_make(&f, &cfg));
	CHECK(do_setup(&f, 1, 64));
	CHECK(do_submit(&f, 0, 0, head, 16, 513));
	pump(&f);
	CHECK(f.g.chains[0][0].total == 513 && f.g.chains[0][0].used == 513);
	blk_header(head, 0, 1 << 30);
	CHECK(do_submit(&f, 0, 0, head, 16, 513));
	pump(&f);
	CHECK(f.g.chains[0][0].total == 1 && f.g.chains[0][0].used == 1);
	f.b.fault = BLK_SHORT_LEN;
	CHECK(do_submit(&f, 0, 0, head, 16, 513));
	pump(&f);
	CHECK(f.g.chains[0][0].done && f.g.chains[0][0].total == 0);
	CHECK(!f.g.chains[0][0].error);
	return fixture_free(&f);
}

/* Only out-bytes; only in-bytes; neither */
static bool one_sided(void)
{
	struct fixture_config cfg = { .flags = 0x80000000 };
	struct fixture f;
	uint8_t out[100] = { 0 };

	CHECK(fixture_make(&f, &cfg));
	CHECK(do_setup(&f, 1, 64));
	CHECK(do_submit(&f, 0, 0, out, 16, 0));
	CHECK(do_submit(&f, 0, 1, NULL, 0, 100));
	pump(&f);
	CHECK(f.g.chains[0][0].done && f.g.chains[0][0].total == 0);
	CHECK(f.g.chains[0][1].done);
	CHECK(do_submit(&f, 0, 0, NULL, 0, 0));
	pump(&f);
	CHECK(f.g.chains[0][0].done && f.g.chains[0][0].error);
	CHECK(stat_of(&f, VA_STAT_chain_errors) == 1);
	CHECK(!stat_of(&f, VA_STAT_violations));
	return fixture_free(&f);
}

/* What is no request of its type is answered, and the device model does not see it */
static bool no_request(void)
{
	static const struct { uint32_t total, room; } wrong[] = {
		{ 0, 0 }, { 0, 1 }, { 15, 1 }, { 16, 0 }, { 0, 4096 }, { 5000, 0 },
		{ 1, 513 },
	};
	struct fixture_config cfg = { .min_out = 16, .min_in = 1 };
	struct fixture f;
	uint8_t out[5000] = { 0 }, data[512];
	unsigned int i;

	CHECK(fixture_make(&f, &cfg));
	CHECK(do_setup(&f, 1, 64));
	f.b.hold = true;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		CHECK(do_submit(&f, 0, i, out, wrong[i].total, wrong[i].room));
		pump(&f);
		CHECK(f.g.chains[0][i].done && f.g.chains[0][i].error);
		CHECK(va_queue_inflight(f.b.dev, 0) == 0);
	}
	CHECK(stat_of(&f, VA_STAT_chain_errors) == i);
	f.b.hold = false;
	CHECK(do_submit(&f, 0, 0, out, 16, 1));
	CHECK(do_read(&f, 0, 1, 0, data, sizeof(data)));
	CHECK(f.g.chains[0][0].done && !f.g.chains[0][0].error);
	CHECK(f.b.requests == 2);
	CHECK(!stat_of(&f, VA_STAT_violations));
	return fixture_free(&f);
}

/* A guest that does not report what it consumes gets a window full, then nothing */
static bool starvation(void)
{
	struct fixture f;
	uint8_t head[16];
	uint32_t before;
	unsigned int i;

	CHECK(fixture_make(&f, NULL));
	CHECK(do_setup(&f, 1, 64));
	f.g.frozen = true;
	before = f.g.data_consumed;
	for (i = 0; i < 32; i++) {
		blk_header(head, 0, i);
		CHECK(do_submit(&f, 0, i, head, 16, 65537));
	}
	pump(&f);
	/* take_data() checks that it is not more; this, that it is not much less */
	CHECK(f.g.data_consumed - before > f.g.window - 1024);
	CHECK(f.b.requests == 32 && f.g.completed == 0);
	CHECK(stat_of(&f, VA_STAT_credit_waits) >= 1);
	CHECK(va_link_timeout(f.link) == -1);
	CHECK(stat_of(&f, VA_STAT_credit_waits) < 10);
	f.g.frozen = false;
	guest_credit(&f.g);
	pump(&f);
	CHECK(f.g.completed == 32);
	for (i = 0; i < 32; i++)
		CHECK(!memcmp(f.g.chains[0][i].in, f.b.disk + i * 512, 65536));
	return fixture_free(&f);
}

/* Control gets through when data has used up its credit */
static bool control_in_starvation(void)
{
	struct fixture f;
	uint8_t head[16], now;
	unsigned int i;

	CHECK(fixture_make(&f, NULL));
	CHECK(do_setup(&f, 1, 64));
	for (i = 0; i < 8; i++) {
		blk_header(head, 0, i);
		CHECK(do_submit(&f, 0, i, head, 16, 65537));
	}
	pump_backend(&f);
	CHECK(va_link_timeout(f.link) == -1);
	/* The guest reads nothing; a reset is answered behind the data */
	CHECK(do_status(&f, 0, &now) && now == 0);
	CHECK(stat_of(&f, VA_STAT_dropped_chains) > 0);
	CHECK(f.g.stale > 0);
	CHECK(do_device(&f, 1, 64));
	CHECK(do_submit(&f, 0, 0, head, 16, 65537));
	pump(&f);
	CHECK(f.g.chains[0][0].done);
	return fixture_free(&f);
}

/* A ring that is smaller than its window: full, waited for, never spun on */
static bool full_ring(void)
{
	struct fixture_config cfg = { .ring_len = 512 * 1024 - 64,
				      .guest_ring = 65536 - 64 };
	struct fixture f;
	uint8_t head[16];
	unsigned int i;
	uint64_t frames, full;

	CHECK(fixture_make(&f, &cfg));
	f.g.window = 256 * 1024;	/* a lie */
	CHECK(do_setup(&f, 1, 64));
	for (i = 0; i < 8; i++) {
		blk_header(head, 0, i);
		CHECK(do_submit(&f, 0, i, head, 16, 65537));
	}
	pump_backend(&f);
	CHECK(stat_of(&f, VA_STAT_tx_full) >= 1);
	CHECK(va_link_timeout(f.link) > 0);
	frames = stat_of(&f, VA_STAT_tx_frames);
	full = stat_of(&f, VA_STAT_tx_full);
	for (i = 0; i < 10; i++)
		CHECK(!va_link_process(f.link));
	CHECK(stat_of(&f, VA_STAT_tx_full) == full);
	/* Somebody might have forgotten to say that there is space: one attempt */
	test_clock += va_link_timeout(f.link);
	CHECK(!va_link_process(f.link) && va_link_timeout(f.link) > 0);
	CHECK(stat_of(&f, VA_STAT_tx_full) == full + 1);
	CHECK(stat_of(&f, VA_STAT_tx_frames) == frames);
	f.g.frozen = true;	/* credit is not what it waits for */
	pump(&f);
	f.g.frozen = false;
	guest_credit(&f.g);
	pump(&f);
	CHECK(f.g.completed == 8);
	CHECK(!stat_of(&f, VA_STAT_violations));
	return fixture_free(&f);
}

/* Two queues wait for credit, one with large answers, one with small ones */
static bool fairness(void)
{
	struct fixture f;
	uint8_t head[16];
	unsigned int i, small, large;

	CHECK(fixture_make(&f, NULL));
	CHECK(do_setup(&f, 2, 128));
	f.b.hold = true;
	for (i = 0; i < 16; i++) {
		blk_header(head, 0, 0);
		CHECK(do_submit(&f, 0, i, head, 16, 262144 + 1));
	}
	for (i = 0; i < 64; i++) {
		blk_header(head, 0, 0);
		CHECK(do_submit(&f, 1, i, head, 16, 4097));
	}
	pump_backend(&f);
	f.b.hold = false;
	f.g.queue_bytes[0] = f.g.queue_bytes[1] = 0;
	/* Until all the small ones are there */
	while (f.g.completed < 64) {
		pump_backend(&f);
		if (!guest_receive(&f.g))
			break;
	}
	for (i = small = large = 0; i < 64; i++) {
		small += f.g.chains[1][i].done;
		large += f.g.chains[0][i].done;
	}
	CHECK(small == 64 || small + large == 64);
	CHECK(small >= 62);
	/* By bytes: as much of the one as of the other, but for a few frames */
	CHECK(f.g.queue_bytes[0] < 2 * f.g.queue_bytes[1] + 4 * f.g.max_frame);
	CHECK(2 * f.g.queue_bytes[0] + 4 * f.g.max_frame > f.g.queue_bytes[1]);
	pump(&f);
	CHECK(f.g.completed == 80);
	return fixture_free(&f);
}

/* Memory that chains have touched is given back above the budget */
static bool memory_budget(void)
{
	struct fixture_config cfg = { .link.memory_budget = 1 << 20 };
	struct fixture f;
	uint8_t head[16];
	unsigned int i;

	CHECK(fixture_make(&f, &cfg));
	CHECK(do_setup(&f, 1, 64));
	f.b.hold = true;
	for (i = 0; i < 16; i++) {
		blk_header(head, 0, 0);
		CHECK(do_submit(&f, 0, i, head, 16, 262144 + 1));
	}
	pump(&f);
	f.b.hold = false;
	pump(&f);
	CHECK(f.g.completed == 16);
	CHECK(stat_of(&f, VA_STAT_punched) >= 12);
	CHECK(stat_of(&f, VA_STAT_punched) <= 14);
	CHECK(round_trip(&f, 1 << 18, 1));
	return fixture_free(&f);
}

/*
 * A guest that never takes an answer, and resets. Another queue each time, and
 * then another size, so that no slot is used again as it is.
 */
static bool memory_after_resets(void)
{
	struct fixture_config cfg = {
		.link.memory_budget = 1 << 20,
		.link.max_inflight = 8 << 20,
	};
	struct va_memory mem;
	unsigned int i, j, n;
	struct fixture f;
	struct stat st;

	CHECK(fixture_make(&f, &cfg));
	CHECK(do_hello(&f));
	f.b.hold = true;
	for (i = 0; i < 2 * BLK_QUEUES; i++) {
		CHECK(do_device(&f, BLK_QUEUES, 64));
		n = i < BLK_QUEUES ? 2 : 8;
		for (j = 0; j < n; j++) {
			static uint8_t out[3 << 20];

			CHECK(do_submit(&f, i % BLK_QUEUES, j, out, (6 << 20) / n, 513));
		}
		pump(&f);
	}
	/* All that was touched belongs to requests that nobody has any more */
	CHECK(do_device(&f, 1, 64));
	va_link_memory(f.link, &mem);
	CHECK(!fstat(mem.fd, &st));
	CHECK(st.st_blocks * 512ull < (1 << 20) + (1 << 18));
	CHECK(stat_of(&f, VA_STAT_dropped_chains) == 10 * BLK_QUEUES);
	f.b.hold = false;
	CHECK(round_trip(&f, 1 << 18, 1));
	return fixture_free(&f);
}

const struct test_case data_cases[] = {
	{ "data: 512 bytes to 4 MiB come back", sizes },
	{ "data: 1 MiB through rings of 16 KiB", small_ring },
	{ "data: fragments of one to three bytes", crumbs },
	{ "data: 64 chains in one frame, one kick, one frame back", batches },
	{ "data: used lengths", used_lengths },
	{ "data: chains with one part or none", one_sided },
	{ "data: chains that are no request of their type", no_request },
	{ "data: without credit answers wait", starvation },
	{ "data: a reset gets through without data credit", control_in_starvation },
	{ "data: a full ring is waited for", full_ring },
	{ "data: queues take turns by bytes", fairness },
	{ "data: memory above the budget is given back", memory_budget },
	{ "data: and so it is when requests are dropped", memory_after_resets },
	{ NULL, NULL }
};
