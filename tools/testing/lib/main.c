// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of libvirtio-argo: the fixture and the list of cases.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../ktap.h"
#include "lib_test.h"

void test_note(const char *fmt, ...)
{
	char line[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	ktap_diag("%s", line);
}

const char *test_context;
static jmp_buf failed;
uint64_t test_clock = 1000000;

/* In place of the library's own */
uint64_t va_now(void)
{
	return test_clock;
}

void test_check(bool is, const char *cond, const char *file, int line)
{
	if (is)
		return;
	test_note("%s:%d: not so: %s%s%s", file, line, cond,
		  test_context ? ", with: " : "", test_context ? test_context : "");
	longjmp(failed, 1);
}

/* ------------------------------------------------------------------------ */

static void take_log(void *opaque, int level, const char *line)
{
	struct fixture *f = opaque;

	(void)level;
	f->logs++;
	snprintf(f->last_log, sizeof(f->last_log), "%s", line);
}

static void take_session(void *opaque, bool up)
{
	struct fixture *f = opaque;

	f->up += up ? 1 : -1;
}

static bool make_link(struct fixture *f, const struct fixture_config *cfg, int fd)
{
	uint32_t ring_len = cfg->ring_len ? cfg->ring_len : 65536 - 64;
	struct va_link_config link_cfg = cfg->link;
	struct va_endpoint *ep;

	link_cfg.log = take_log;
	link_cfg.session = take_session;
	link_cfg.opaque = f;
	CHECK(!va_endpoint_socket(fd, ring_len, TEST_PORT, TEST_BACKEND, &ep));
	CHECK(!va_link_new(ep, &link_cfg, &f->link));
	f->ep = ep;
	return true;
}

bool fixture_make(struct fixture *f, const struct fixture_config *cfg)
{
	static const struct fixture_config defaults;
	struct va_device_config dev = {
		.device_id = 2,
		.vendor_id = 0x1af4,
		.uuid = { TEST_BACKEND, 5 },
		.config_size = 64,
		.num_queues = BLK_QUEUES,
		.head_bytes = 16,
		.flags = VA_DEVICE_COMPLETE_ALL,
		.features = 1 << 9,
		.ops = &blk_ops,
	};
	struct va_endpoint *ep;
	int fds[2];

	if (!cfg)
		cfg = &defaults;
	memset(f, 0, sizeof(*f));
	CHECK(!socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds));
	CHECK(make_link(f, cfg, fds[0]));
	CHECK(!va_endpoint_socket(fds[1], cfg->guest_ring ? cfg->guest_ring :
				  cfg->ring_len ? cfg->ring_len : 65536 - 64,
				  TEST_PORT, TEST_GUEST, &ep));
	CHECK(guest_init(&f->g, ep));
	blk_init(&f->b);
	if (cfg->features)
		dev.features = cfg->features;
	if (cfg->flags)
		dev.flags = cfg->flags & VA_DEVICE_COMPLETE_ALL;
	if (cfg->config_size)
		dev.config_size = cfg->config_size;
	dev.min_out = cfg->min_out;
	dev.min_in = cfg->min_in;
	dev.opaque = &f->b;
	f->g.dev = 5;
	CHECK(!va_device_add(f->link, f->g.dev, &dev, &f->b.dev));
	va_link_memory(f->link, &f->b.mem);
	pump(f);
	return true;
}

bool fixture_free(struct fixture *f)
{
	unsigned int started = f->b.started;

	va_link_free(f->link);
	guest_exit(&f->g);
	blk_exit(&f->b);
	CHECK(f->b.stopped == started);
	CHECK(!f->g.bad);
	CHECK(!f->b.bad);
	return true;
}

void pump_backend(struct fixture *f)
{
	unsigned int idle = 0;

	while (idle < 2) {
		unsigned int n = blk_run(&f->b);
		uint64_t before = stat_of(f, VA_STAT_tx_frames) +
				  stat_of(f, VA_STAT_rx_frames);

		f->died = va_link_process(f->link);
		n += stat_of(f, VA_STAT_tx_frames) + stat_of(f, VA_STAT_rx_frames) -
		     before;
		idle = n || va_link_timeout(f->link) == 0 ? 0 : idle + 1;
		if (f->died)
			return;
	}
}

void pump(struct fixture *f)
{
	do {
		pump_backend(f);
	} while (guest_receive(&f->g));
}

/* ------------------------------------------------------------------------ */

static bool run_case(const struct test_case *c)
{
	test_context = NULL;
	if (setjmp(failed))
		return false;
	return c->run();
}

static bool run_talk(unsigned int i)
{
	test_context = NULL;
	if (setjmp(failed))
		return false;
	return talk_run(i);
}

int main(int argc, char **argv)
{
	static const struct test_case *const lists[] = {
		session_cases, control_cases, data_cases, violation_cases,
		device_cases, fuzz_cases,
	};
	const struct test_case *c;
	unsigned int i;

	ktap_start();
	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		for (c = lists[i]; c->name; c++) {
			/* One case by a part of its name, for those who look for a bug */
			if (argc > 1 && !strstr(c->name, argv[1]))
				continue;
			ktap_ok(run_case(c), "%s", c->name);
		}
	}
	for (i = 0; i < talk_count(); i++) {
		if (argc > 1 && !strstr(talk_name(i), argv[1]))
			continue;
		ktap_ok(run_talk(i), "conversation: %s", talk_name(i));
	}
	/* A case that failed has leaked, which is no news */
	if (ktap_finish())
		_exit(1);
	return 0;
}
