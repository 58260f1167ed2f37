// SPDX-License-Identifier: GPL-2.0
/*
 * A guest's block driver for the tests.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * Each sector's contents follow from its number and the stamp of the write, so
 * a sector that went to the wrong place, an old one and a torn one are all seen.
 */
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bridge_test.h"
#include "disk_guest.h"
#include "../lib/lib_test.h"

#define SECTOR		512
#define HEADER		16
#define LIMIT_S		120	/* of any wait; it is no measure of anything */
#define UNKNOWN		0xffffffff

/* For guest.c */
void test_note(const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	test_diag("%s", text);
}

static time_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

static uint64_t next_random(struct disk *d)
{
	d->random ^= d->random << 13;
	d->random ^= d->random >> 7;
	d->random ^= d->random << 17;
	return d->random;
}

static void fill_sector(uint8_t *buf, uint64_t sector, uint32_t stamp)
{
	const uint64_t zero = 0;
	uint64_t x = sector * 0x9e3779b97f4a7c15ULL + stamp + 1;
	unsigned int i;

	for (i = 0; i < SECTOR / 8; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		/* Buffers have no alignment. */
		memcpy(buf + 8 * i, stamp ? &x : &zero, 8);
	}
}

static bool check_sectors(struct disk *d, const uint8_t *buf, uint64_t sector,
			  uint32_t sectors)
{
	uint64_t want[SECTOR / 8];
	uint32_t i;

	for (i = 0; i < sectors; i++) {
		if (d->stamp[sector + i] == UNKNOWN)
			continue;
		fill_sector((uint8_t *)want, sector + i, d->stamp[sector + i]);
		if (memcmp(want, buf + (size_t)i * SECTOR, SECTOR)) {
			test_diag("sector %llu is not as it was written",
				  (unsigned long long)(sector + i));
			return false;
		}
	}
	return true;
}

/* ------------------------------------------------------------------------ */
/* Session and device */

bool disk_init(struct disk *d, int fd, uint32_t ring_len)
{
	struct va_endpoint *ep;

	memset(d, 0, sizeof(*d));
	d->random = 88172645463325252ULL;
	d->stamp = calloc(DISK_SECTORS, sizeof(*d->stamp));
	d->locked = calloc(DISK_SECTORS, sizeof(*d->locked));
	return d->stamp && d->locked &&
	       !va_endpoint_socket(fd, ring_len, TEST_PORT, TEST_GUEST, &ep) &&
	       guest_init(&d->g, ep);
}

void disk_exit(struct disk *d)
{
	disk_crash(d);
	guest_exit(&d->g);
	free(d->stamp);
	free(d->locked);
}

static bool wait_for(struct disk *d, bool (*cond)(struct disk *d, void *arg), void *arg)
{
	time_t end = now() + LIMIT_S;

	while (!cond(d, arg)) {
		if (now() > end)
			return false;
		disk_pump(d, 100);
	}
	return true;
}

static bool have_hello(struct disk *d, void *arg)
{
	(void)arg;
	return d->g.have_hello;
}

static bool is_attached(struct disk *d, void *arg)
{
	struct vargo_msg *msg = arg;

	/* Before the bridge has its endpoint there is nobody to send to. */
	return !guest_hello_send(&d->g, msg);
}

bool disk_session(struct disk *d)
{
	struct vargo_msg msg = guest_hello_msg(&d->g);

	disk_crash(d);
	return wait_for(d, is_attached, &msg) && wait_for(d, have_hello, NULL) &&
	       d->g.hello.status == VIRTIO_ARGO_HELLO_OK;
}

struct ask {
	struct vargo_msg *msg;
	struct vargo_msg *answer;
};

static bool is_answered(struct disk *d, void *arg)
{
	struct ask *ask = arg;

	return guest_answer(&d->g, ask->msg, ask->answer);
}

bool disk_ask(struct disk *d, struct vargo_msg *msg, struct vargo_msg *answer)
{
	struct ask ask = { msg, answer };

	if (!(msg->type & VIRTIO_ARGO_TYPE_BUS))
		msg->dev = d->g.dev;
	return !guest_send(&d->g, msg) && wait_for(d, is_answered, &ask);
}

int disk_set_status(struct disk *d, uint32_t status)
{
	struct vargo_msg msg = { .id = VIRTIO_ARGO_SET_STATUS }, answer;

	if (!status)
		d->g.epoch++;
	msg.status.status = status;
	msg.status.epoch = d->g.epoch;
	if (!disk_ask(d, &msg, &answer))
		return -1;
	if (!status)
		disk_crash(d);
	return answer.status.status;
}

bool disk_read_config(struct disk *d)
{
	struct vargo_msg msg = { .id = VIRTIO_ARGO_GET_CONFIG }, answer;

	msg.config.len = sizeof(d->config);
	if (!disk_ask(d, &msg, &answer) || answer.config.len != sizeof(d->config))
		return false;
	memcpy(d->config, answer.config.data, sizeof(d->config));
	memcpy(&d->capacity, d->config, 8);
	return true;
}

bool disk_identify(struct disk *d)
{
	struct vargo_msg msg = { .id = VIRTIO_ARGO_GET_DEVICE_INFO }, answer;

	if (!disk_ask(d, &msg, &answer) || answer.info.device_id != 2 ||
	    answer.info.config_size != sizeof(d->config))
		return false;
	d->num_queues = answer.info.max_vqs;
	memcpy(d->uuid, answer.info.uuid, sizeof(d->uuid));
	msg.id = VIRTIO_ARGO_GET_FEATURES;
	msg.features.num = 2;
	if (!disk_ask(d, &msg, &answer))
		return false;
	d->features = answer.features.block[0] | (uint64_t)answer.features.block[1] << 32;
	return disk_read_config(d);
}

static bool set_features(struct disk *d)
{
	struct vargo_msg msg = { .id = VIRTIO_ARGO_SET_FEATURES }, answer;

	msg.features.num = 2;
	msg.features.block[0] = d->features;
	msg.features.block[1] = d->features >> 32;
	return disk_ask(d, &msg, &answer);
}

int disk_up(struct disk *d)
{
	struct vargo_msg msg = { .id = VIRTIO_ARGO_SET_VQUEUE }, answer;
	unsigned int i;

	if (disk_set_status(d, 0) || disk_set_status(d, 3) != 3 || !set_features(d) ||
	    disk_set_status(d, 11) != 11)
		return -1;
	for (i = 0; i < d->num_queues && i < DISK_QUEUES; i++) {
		msg.vq.index = i;
		msg.vq.flags = VIRTIO_ARGO_VQ_ENABLED;
		msg.vq.size = 256;
		if (!disk_ask(d, &msg, &answer))
			return -1;
	}
	return disk_set_status(d, 15);
}

/* ------------------------------------------------------------------------ */
/* Requests */

static bool is_write(uint32_t type)
{
	return type == DISK_T_OUT || type == DISK_T_DISCARD || type == DISK_T_WRITE_ZEROES;
}

/* The lowest free head of the queue, or NULL */
static struct disk_op *free_op(struct disk *d, unsigned int queue, unsigned int depth)
{
	unsigned int i;

	for (i = 0; i < depth && i < DISK_HEADS; i++)
		if (!d->ops[queue][i].busy)
			return &d->ops[queue][i];
	return NULL;
}

static void lock_sectors(struct disk *d, const struct disk_op *op, bool lock)
{
	memset(d->locked + op->sector, lock, op->sectors);
}

static bool any_locked(const struct disk *d, uint64_t sector, uint32_t sectors)
{
	return memchr(d->locked + sector, true, sectors);
}

static void start_op(struct disk *d, unsigned int queue, struct disk_op *op, uint32_t type,
		     uint64_t sector, uint32_t bytes)
{
	uint32_t out_bytes = HEADER, in_bytes = 1, i, range[4] = { 0 };

	memset(op, 0, sizeof(*op));
	op->type = type;
	op->sector = type == DISK_T_FLUSH || type == DISK_T_GET_ID ? 0 : sector;
	op->sectors = type == DISK_T_FLUSH || type == DISK_T_GET_ID ? 0 : bytes / SECTOR;
	op->stamp = type == DISK_T_OUT ? ++d->next_stamp : 0;
	if (type == DISK_T_OUT)
		out_bytes += bytes;
	else if (type == DISK_T_DISCARD || type == DISK_T_WRITE_ZEROES)
		out_bytes += sizeof(range);
	else
		in_bytes += bytes;

	op->out = calloc(1, out_bytes);
	memcpy(op->out, &type, 4);
	if (type == DISK_T_DISCARD || type == DISK_T_WRITE_ZEROES) {
		memcpy(range, &sector, 8);
		range[2] = op->sectors;
		memcpy(op->out + HEADER, range, sizeof(range));
	} else {
		memcpy(op->out + 8, &op->sector, 8);
	}
	if (type == DISK_T_OUT)
		for (i = 0; i < op->sectors; i++)
			fill_sector(op->out + HEADER + (size_t)i * SECTOR, sector + i, op->stamp);

	lock_sectors(d, op, true);
	op->busy = true;
	d->inflight++;
	d->bytes += out_bytes + in_bytes;
	op->pdu = guest_pdu(&d->g, queue, op - d->ops[queue], out_bytes, in_bytes);
	op->pdu.length = 0;
	guest_begin(&d->g, queue, &op->pdu);
}

static void retire_op(struct disk *d, struct disk_op *op)
{
	lock_sectors(d, op, false);
	free(op->out);
	op->out = NULL;
	op->busy = false;
	d->inflight--;
	d->bytes -= op->pdu.total + op->pdu.room;
}

/* Returns the status byte. */
static int finish_op(struct disk *d, struct disk_op *op)
{
	struct guest_chain *c = &d->g.chains[op->pdu.queue][op->pdu.head];
	int status = c->error || c->got != c->room ? DISK_NONE : c->in[c->room - 1];
	uint32_t i;

	if (status == DISK_OK && op->type == DISK_T_IN &&
	    !check_sectors(d, c->in, op->sector, op->sectors))
		d->wrong++;
	if (status == DISK_OK && op->type == DISK_T_GET_ID)
		memcpy(d->id, c->in, sizeof(d->id) - 1);
	if (is_write(op->type))
		for (i = 0; i < op->sectors; i++)
			d->stamp[op->sector + i] = status == DISK_OK && op->type != DISK_T_DISCARD ?
						   op->stamp : UNKNOWN;
	retire_op(d, op);
	d->finished++;
	return status;
}

/* Chains of a queue go out in their order: the one begun first is sent first. */
static struct disk_op *next_to_send(struct disk *d, unsigned int queue)
{
	struct disk_op *op, *best = NULL;
	unsigned int i;

	for (i = 0; i < DISK_HEADS; i++) {
		op = &d->ops[queue][i];
		if (op->busy && !op->sent &&
		    (!best || (int32_t)(op->pdu.chain - best->pdu.chain) < 0))
			best = op;
	}
	return best;
}

static void send_ops(struct disk *d)
{
	struct disk_op *op;
	unsigned int q;

	for (q = 0; q < DISK_QUEUES; q++) {
		while ((op = next_to_send(d, q)) != NULL) {
			if (!guest_submit_part(&d->g, &op->pdu, op->out, &op->done)) {
				if (op->done < op->pdu.total)
					break;
			}
			op->sent = op->done == op->pdu.total;
		}
	}
}

void disk_pump(struct disk *d, int ms)
{
	struct pollfd pfd = { .fd = d->g.ep->fd, .events = POLLIN };

	send_ops(d);
	poll(&pfd, 1, ms);
	guest_receive(&d->g);
	send_ops(d);
}

/* Takes what is done, but @keep; a status other than OK is wrong here. */
static void reap(struct disk *d, const struct disk_op *keep)
{
	struct disk_op *op;
	unsigned int q, i;

	for (q = 0; q < DISK_QUEUES; q++) {
		for (i = 0; i < DISK_HEADS; i++) {
			op = &d->ops[q][i];
			if (op->busy && op != keep && d->g.chains[q][i].done &&
			    finish_op(d, op) != DISK_OK)
				d->wrong++;
		}
	}
}

static bool is_done(struct disk *d, void *arg)
{
	struct disk_op *op = arg;

	reap(d, op);
	return d->g.chains[op->pdu.queue][op->pdu.head].done;
}

int disk_do(struct disk *d, unsigned int queue, uint32_t type, uint64_t sector,
	    uint32_t bytes)
{
	struct disk_op *op = free_op(d, queue, DISK_HEADS);

	if (!op)
		return DISK_NONE;
	start_op(d, queue, op, type, sector, bytes);
	if (!wait_for(d, is_done, op))
		return DISK_NONE;
	return finish_op(d, op);
}

static bool chain_is_done(struct disk *d, void *arg)
{
	const struct guest_chain *c = arg;

	(void)d;
	return c->done;
}

bool disk_chain(struct disk *d, unsigned int queue, uint32_t total, uint32_t room,
		bool error)
{
	/* A head that no request of ours has */
	struct vargo_pdu pdu = guest_pdu(&d->g, queue, DISK_HEADS, total, room);
	struct guest_chain *c = &d->g.chains[queue][DISK_HEADS];
	uint8_t *out = calloc(1, total + 1);
	uint32_t done = 0;

	guest_begin(&d->g, queue, &pdu);
	while (!guest_submit_part(&d->g, &pdu, out, &done))
		disk_pump(d, 100);
	free(out);
	return wait_for(d, chain_is_done, c) && c->error == error;
}

/* Mostly small ones; a sector that is in use makes it no request this time. */
static bool start_random(struct disk *d, unsigned int queue, struct disk_op *op)
{
	uint32_t bytes = SECTOR << next_random(d) % 12;
	uint32_t sectors = bytes / SECTOR;
	uint64_t sector = next_random(d) % (d->capacity - sectors + 1);
	uint32_t type = next_random(d) % 2 ? DISK_T_OUT : DISK_T_IN;

	if (next_random(d) % 32 == 0)
		type = DISK_T_FLUSH;
	if (any_locked(d, sector, sectors) ||
	    d->bytes + HEADER + bytes + 1 > d->g.hello.max_inflight)
		return false;
	start_op(d, queue, op, type, sector, type == DISK_T_FLUSH ? 0 : bytes);
	return true;
}

void disk_start(struct disk *d, unsigned int depth)
{
	struct disk_op *op;
	unsigned int q, tries;

	for (q = 0; q < d->num_queues && q < DISK_QUEUES; q++) {
		for (tries = 0; tries < 2 * depth; tries++) {
			op = free_op(d, q, depth);
			if (!op)
				break;
			start_random(d, q, op);
		}
	}
}

bool disk_load(struct disk *d, unsigned int depth, uint64_t count)
{
	uint64_t end = d->finished + count, seen = d->finished;
	time_t limit = now() + LIMIT_S;

	while (d->finished < end) {
		disk_start(d, depth);
		disk_pump(d, 100);
		reap(d, NULL);
		if (d->finished != seen)
			limit = now() + LIMIT_S;
		else if (now() > limit)
			return false;
		seen = d->finished;
	}
	return !d->wrong;
}

static bool is_idle(struct disk *d, void *arg)
{
	(void)arg;
	reap(d, NULL);
	return !d->inflight;
}

bool disk_drain(struct disk *d)
{
	return wait_for(d, is_idle, NULL) && !d->wrong;
}

void disk_crash(struct disk *d)
{
	struct disk_op *op;
	unsigned int q, i;
	uint32_t s;

	for (q = 0; q < DISK_QUEUES; q++) {
		for (i = 0; i < DISK_HEADS; i++) {
			op = &d->ops[q][i];
			if (!op->busy)
				continue;
			for (s = 0; is_write(op->type) && s < op->sectors; s++)
				d->stamp[op->sector + s] = UNKNOWN;
			retire_op(d, op);
		}
	}
	guest_forget_chains(&d->g);
}

bool disk_compare(struct disk *d)
{
	uint64_t sector;

	for (sector = 0; sector < d->capacity; sector += DISK_OP_MAX / SECTOR)
		if (disk_do(d, 0, DISK_T_IN, sector, DISK_OP_MAX) != DISK_OK)
			return false;
	return !d->wrong;
}

bool disk_compare_image(struct disk *d, const char *path)
{
	static uint8_t buf[1 << 20];
	bool good = true;
	uint64_t sector = 0;
	size_t n;
	FILE *f;

	f = fopen(path, "r");
	if (!f)
		return false;
	while ((n = fread(buf, SECTOR, sizeof(buf) / SECTOR, f)) > 0) {
		good &= check_sectors(d, buf, sector, n);
		sector += n;
	}
	fclose(f);
	return good && sector >= d->capacity;
}
