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

const uint8_t test_zeroes[16];
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

uint32_t test_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

void test_fill(uint8_t *buf, size_t len, uint32_t seed)
{
	uint32_t state = seed * 2654435761u + 1;
	size_t i;

	for (i = 0; i < len; i++)
		buf[i] = test_random(&state);
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
	return true;
}

bool fixture_make(struct fixture *f, const struct fixture_config *cfg)
{
	static const struct fixture_config defaults;
	struct va_device_config dev = {
		.device_id = 2,
		.vendor_id = 0x1af4,
		.config_size = 64,
		.num_queues = BLK_QUEUES,
		.head_bytes = 16,
		.flags = VA_DEVICE_COMPLETE_ALL,
		.features = 1 << 9,
		.ops = &blk_ops,
	};
	int fds[2];

	if (!cfg)
		cfg = &defaults;
	memset(f, 0, sizeof(*f));
	CHECK(!socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds));
	CHECK(make_link(f, cfg, fds[0]));
	CHECK(guest_init(&f->g, fds[1], cfg->guest_ring ? cfg->guest_ring :
			 cfg->ring_len ? cfg->ring_len : 65536 - 64));
	blk_init(&f->b);
	if (cfg->features)
		dev.features = cfg->features;
	if (cfg->flags)
		dev.flags = cfg->flags & VA_DEVICE_COMPLETE_ALL;
	if (cfg->config_size)
		dev.config_size = cfg->config_size;
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

bool do_hello(struct fixture *f)
{
	struct vargo_msg msg = guest_hello_msg(&f->g);

	CHECK(!guest_hello_send(&f->g, &msg));
	pump(f);
	CHECK(f->g.have_hello);
	CHECK(f->g.hello.status == VIRTIO_ARGO_HELLO_OK);
	CHECK(f->g.hello.session == f->g.session);
	return true;
}

bool do_request(struct fixture *f, struct vargo_msg *ask, struct vargo_msg *answer)
{
	if (guest_send(&f->g, ask))
		return false;
	pump(f);
	return guest_answer(&f->g, ask, answer);
}

bool do_status(struct fixture *f, uint8_t status, uint8_t *now)
{
	struct vargo_msg ask = { .id = VIRTIO_ARGO_SET_STATUS, .dev = f->g.dev };
	struct vargo_msg answer;

	if (!status) {
		f->g.epoch++;
		guest_forget_chains(&f->g);
	}
	ask.status.status = status;
	ask.status.epoch = f->g.epoch;
	CHECK(do_request(f, &ask, &answer));
	CHECK(answer.status.epoch == f->g.epoch);
	*now = answer.status.status;
	return true;
}

static bool set_features(struct fixture *f, uint32_t low, uint32_t high)
{
	struct vargo_msg ask = { .id = VIRTIO_ARGO_SET_FEATURES, .dev = f->g.dev };
	struct vargo_msg answer;

	ask.features.num = 2;
	ask.features.block[0] = low;
	ask.features.block[1] = high;
	return do_request(f, &ask, &answer);
}

bool do_device(struct fixture *f, unsigned int queues, unsigned int size)
{
	struct vargo_msg answer;
	unsigned int i;
	uint8_t now;

	CHECK(do_status(f, 0, &now) && !now);
	CHECK(do_status(f, 3, &now) && now == 3);
	CHECK(set_features(f, 1 << 9, 1));
	CHECK(do_status(f, 11, &now) && now == 11);
	for (i = 0; i < queues; i++) {
		struct vargo_msg ask = { .id = VIRTIO_ARGO_SET_VQUEUE, .dev = f->g.dev };

		ask.vq.index = i;
		ask.vq.flags = VIRTIO_ARGO_VQ_ENABLED;
		ask.vq.size = size;
		CHECK(do_request(f, &ask, &answer));
	}
	CHECK(do_status(f, 15, &now) && now == 15);
	return true;
}

bool do_setup(struct fixture *f, unsigned int queues, unsigned int size)
{
	return do_hello(f) && do_device(f, queues, size);
}

bool do_submit(struct fixture *f, unsigned int queue, uint16_t head,
	       const uint8_t *out, uint32_t total, uint32_t room)
{
	struct vargo_pdu pdu = guest_pdu(&f->g, queue, head, total, room);
	uint32_t done = 0, tries = 0;

	guest_begin(&f->g, queue, &pdu);
	while (!guest_submit_part(&f->g, &pdu, out, &done)) {
		CHECK(++tries < 10000);
		pump(f);
	}
	return true;
}

void blk_header(uint8_t *head, uint32_t type, uint64_t sector)
{
	memset(head, 0, 16);
	memcpy(head, &type, 4);
	memcpy(head + 8, &sector, 8);
}

bool do_write(struct fixture *f, unsigned int queue, uint16_t head, uint64_t sector,
	      const uint8_t *data, uint32_t len)
{
	uint8_t *out = malloc(16 + len);
	bool ok;

	blk_header(out, 1, sector);
	memcpy(out + 16, data, len);
	ok = do_submit(f, queue, head, out, 16 + len, 1);
	free(out);
	CHECK(ok);
	pump(f);
	CHECK(f->g.chains[queue][head].done);
	CHECK(f->g.chains[queue][head].in[0] == 0);
	return true;
}

bool do_read(struct fixture *f, unsigned int queue, uint16_t head, uint64_t sector,
	     uint8_t *data, uint32_t len)
{
	uint8_t out[16];

	blk_header(out, 0, sector);
	CHECK(do_submit(f, queue, head, out, 16, len + 1));
	pump(f);
	CHECK(f->g.chains[queue][head].done);
	CHECK(f->g.chains[queue][head].got == len + 1);
	CHECK(f->g.chains[queue][head].in[len] == 0);
	memcpy(data, f->g.chains[queue][head].in, len);
	return true;
}

/* ------------------------------------------------------------------------ */

static bool run_case(const struct test_case *c)
{
	test_context = NULL;
	if (setjmp(failed))
		return false;
	return c->run();
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
	/* A case that failed has leaked, which is no news */
	if (ktap_finish())
		_exit(1);
	return 0;
}
