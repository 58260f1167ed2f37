// SPDX-License-Identifier: GPL-2.0
/*
 * What a well-behaved guest does, step by step. Whoever links this brings
 * pump() and test_check(), so that it works over any endpoint.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <stdlib.h>
#include <string.h>

#include "lib_test.h"

const uint8_t test_zeroes[16];

uint32_t test_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

uint32_t test_odd(uint32_t *state)
{
	static const uint32_t odd[] = {
		0, 1, 2, 7, 8, 15, 16, 17, 31, 32, 64, 0xff, 0x100, 0xffff, 0x10000,
		0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff,
	};

	return odd[test_random(state) % (sizeof(odd) / sizeof(odd[0]))];
}

void test_fill(uint8_t *buf, size_t len, uint32_t seed)
{
	uint32_t state = seed * 2654435761u + 1;
	size_t i;

	for (i = 0; i < len; i++)
		buf[i] = test_random(&state);
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
