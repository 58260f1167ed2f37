// SPDX-License-Identifier: GPL-2.0
/*
 * A block device in memory, see blk.h
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "blk.h"
#include "lib_test.h"

struct desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags;
	uint16_t next;
};

struct used_elem {
	uint32_t id;
	uint32_t len;
};

static bool blame(struct blk *b, bool is, const char *what)
{
	if (is) {
		b->bad++;
		test_note("blk.c: the shadow ring is wrong: %s", what);
	}
	return is;
}

#define WRONG(b, cond) blame(b, cond, #cond)

static void *at(struct blk *b, uint64_t addr, uint64_t len)
{
	if (WRONG(b, !addr || addr > b->mem.size || len > b->mem.size - addr))
		return NULL;
	return (uint8_t *)b->mem.addr + addr;
}

void blk_init(struct blk *b)
{
	memset(b, 0, sizeof(*b));
	b->disk = calloc(1, BLK_SIZE);
}

void blk_exit(struct blk *b)
{
	free(b->disk);
}

void blk_attach(struct blk *b)
{
	unsigned int i;

	for (i = 0; i < BLK_QUEUES; i++) {
		va_queue_get(b->dev, i, &b->q[i]);
		b->avail[i] = b->q[i].base;
		b->used[i] = b->q[i].base;
	}
	b->attached = true;
}

static int blk_start(void *opaque)
{
	struct blk *b = opaque;

	if (b->start_error)
		return b->start_error;
	b->started++;
	b->num_order = 0;
	blk_attach(b);
	return 0;
}

static void blk_stop(void *opaque)
{
	struct blk *b = opaque;

	b->stopped++;
	b->attached = false;
}

static int blk_features(void *opaque, uint64_t features)
{
	struct blk *b = opaque;

	b->features = features;
	return b->features_error;
}

static int blk_config(void *opaque, uint32_t offset, const void *data, uint32_t len)
{
	struct blk *b = opaque;

	b->last_config = offset;
	return va_device_set_config(b->dev, offset, data, len);
}

static void blk_gave_up(void *opaque)
{
	struct blk *b = opaque;

	b->given_up++;
}

const struct va_device_ops blk_ops = {
	.set_features = blk_features,
	.start = blk_start,
	.stop = blk_stop,
	.config_write = blk_config,
	.gave_up = blk_gave_up,
};

/* ------------------------------------------------------------------------ */

static void put_used(struct blk *b, unsigned int i, uint32_t id, uint32_t len)
{
	struct va_queue_info *q = &b->q[i];
	uint8_t *used = (uint8_t *)b->mem.addr + q->used;
	struct used_elem *elem = (struct used_elem *)(used + 4);

	elem[b->used[i] % q->size] = (struct used_elem){ id, len };
	b->used[i]++;
	__atomic_store_n((uint16_t *)(used + 2), b->used[i], __ATOMIC_RELEASE);
}

static void answer(struct blk *b, unsigned int i, uint16_t head, uint32_t len,
		   uint32_t room)
{
	switch (b->fault) {
	case BLK_BAD_ID:
		put_used(b, i, b->q[i].size + head, len);
		break;
	case BLK_ODD_ID:
		put_used(b, i, head + 1, len);
		break;
	case BLK_IDLE_ID:
		put_used(b, i, (head + 2) % b->q[i].size, len);
		break;
	case BLK_TWICE:
		put_used(b, i, head, len);
		put_used(b, i, head, len);
		break;
	case BLK_LONG:
		put_used(b, i, head, room + 1);
		break;
	case BLK_JUMP:
		b->used[i] += 30000;
		put_used(b, i, head, len);
		break;
	case BLK_SHORT_LEN:
		put_used(b, i, head, 0);
		break;
	default:
		put_used(b, i, head, len);
		break;
	}
}

/* Header {type, reserved, sector}; then data; the last in-byte is the status */
static uint32_t execute(struct blk *b, const uint8_t *out, uint32_t outlen,
			uint8_t *in, uint32_t room)
{
	uint32_t type;
	uint64_t sector, bytes;

	if (outlen < 16 || !room)
		return 0;
	memcpy(&type, out, 4);
	memcpy(&sector, out + 8, 8);
	b->requests++;
	if (b->num_order < 4096)
		b->order[b->num_order++] = sector;
	bytes = type == 1 ? outlen - 16 : room - 1;
	in[room - 1] = 0;
	if (sector > BLK_SIZE / 512 || bytes > BLK_SIZE - sector * 512) {
		in[room - 1] = 1;	/* VIRTIO_BLK_S_IOERR */
		return 1;
	}
	if (type == 1) {
		memcpy(b->disk + sector * 512, out + 16, bytes);
		b->writes++;
		return 1;
	}
	memcpy(in, b->disk + sector * 512, bytes);
	return room;
}

static void serve(struct blk *b, unsigned int i, uint16_t head)
{
	struct va_queue_info *q = &b->q[i];
	struct desc *table = at(b, q->desc, 16ull * q->size);
	const uint8_t *out = NULL;
	uint8_t *in = NULL;
	uint32_t outlen = 0, room = 0;
	uint16_t d = head;

	if (!table || WRONG(b, head >= q->size))
		return;
	if (!(table[d].flags & 2)) {
		out = at(b, table[d].addr, table[d].len);
		outlen = table[d].len;
		if (WRONG(b, outlen > 16 && (table[d].addr + 16) % 4096))
			return;
		if (table[d].flags & 1)
			d = table[d].next;
	}
	if (!WRONG(b, d >= q->size) && (table[d].flags & 2)) {
		in = at(b, table[d].addr, table[d].len);
		room = table[d].len;
		WRONG(b, table[d].flags & 1);
		WRONG(b, table[d].addr % 4096);
	}
	if (b->fault == BLK_NO_STATUS)
		answer(b, i, head, room, room);
	else
		answer(b, i, head, execute(b, out, outlen, in, room), room);
}

static unsigned int run_queue(struct blk *b, unsigned int i, unsigned int max)
{
	struct va_queue_info *q = &b->q[i];
	uint8_t *avail = (uint8_t *)b->mem.addr + q->avail;
	uint16_t idx = __atomic_load_n((uint16_t *)(avail + 2), __ATOMIC_ACQUIRE);
	uint64_t count;
	unsigned int n = 0;

	if (read(q->kick_fd, &count, sizeof(count)) < 0)
		count = 0;
	if (WRONG(b, (uint16_t)(idx - b->avail[i]) > q->size))
		return 0;
	while (b->avail[i] != idx && n < max && b->attached) {
		uint16_t head = ((uint16_t *)(avail + 4))[b->avail[i] % q->size];

		b->avail[i]++;
		serve(b, i, head);
		n++;
	}
	if (n) {
		count = 1;
		WRONG(b, write(q->call_fd, &count, sizeof(count)) != sizeof(count));
	}
	return n;
}

unsigned int blk_run(struct blk *b)
{
	unsigned int i, n = 0;

	for (i = 0; i < BLK_QUEUES && b->attached && !b->hold; i++) {
		if (b->q[i].enabled)
			n += run_queue(b, i, b->limit ? b->limit : ~0u);
	}
	return n;
}
