/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * A guest's block driver on the library tests' fake guest: it brings a disk up,
 * keeps many requests in flight and knows what every sector must contain.
 */
#ifndef BRIDGE_TEST_DISK_GUEST_H
#define BRIDGE_TEST_DISK_GUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "../lib/guest.h"

#define DISK_HEADS	64		/* requests of one queue at a time */
#define DISK_QUEUES	4
#define DISK_OP_MAX	(1 << 20)	/* bytes of one request */
#define DISK_SECTORS	(64u << 11)	/* 64 MiB */

/* Status byte of a request, and NONE: it never came */
#define DISK_OK		0
#define DISK_IOERR	1
#define DISK_UNSUPP	2
#define DISK_NONE	0xff

#define DISK_T_IN		0
#define DISK_T_OUT		1
#define DISK_T_FLUSH		4
#define DISK_T_GET_ID		8
#define DISK_T_DISCARD		11
#define DISK_T_WRITE_ZEROES	13

struct disk_op {
	bool busy;		/* from start to reap */
	bool sent;		/* all of it */
	uint32_t type;
	uint64_t sector;
	uint32_t sectors;
	uint32_t stamp;
	uint8_t *out;		/* header and data */
	struct vargo_pdu pdu;
	uint32_t done;
};

/**
 * struct disk - a disk as its driver sees it
 * @uuid: its identity
 * @id: what GET_ID gave last
 * @stamp: of each sector: what was written there last, 0: zeroes
 * @locked: sectors with a request in flight
 */
struct disk {
	struct guest g;
	uint64_t features;
	unsigned int num_queues;
	uint64_t capacity;
	uint8_t config[60];
	uint8_t uuid[16];
	char id[21];
	uint32_t *stamp;
	bool *locked;
	uint32_t next_stamp;
	struct disk_op ops[DISK_QUEUES][DISK_HEADS];
	unsigned int inflight;
	uint64_t bytes;		/* of them: HELLO's max_inflight bounds it */
	uint64_t random;
	uint64_t finished;	/* requests */
	uint64_t wrong;		/* requests with wrong data or status */
};

bool disk_init(struct disk *d, int fd, uint32_t ring_len);
void disk_exit(struct disk *d);

/* disk_pump() - take what came, waiting up to @ms for it, and send what waits */
void disk_pump(struct disk *d, int ms);

/* disk_session() - HELLO and its answer */
bool disk_session(struct disk *d);
/* disk_ask() - a control request and its answer; to the device g.dev, or the bus */
bool disk_ask(struct disk *d, struct vargo_msg *msg, struct vargo_msg *answer);
/* disk_set_status() - the status that the device has then, -1: no answer */
int disk_set_status(struct disk *d, uint32_t status);
/* disk_identify() - device info, features, config */
bool disk_identify(struct disk *d);
/* disk_read_config() - into d->config */
bool disk_read_config(struct disk *d);
/* disk_up() - reset, features, queues, DRIVER_OK; the status, -1: no answer */
int disk_up(struct disk *d);

/* disk_do() - one request with its data checked; its status byte */
int disk_do(struct disk *d, unsigned int queue, uint32_t type, uint64_t sector,
	    uint32_t bytes);

/*
 * disk_chain() - a chain of @total out-bytes, all 0, and @room in-bytes, whatever it
 * means; true: it was answered, with ERROR or without as @error says
 */
bool disk_chain(struct disk *d, unsigned int queue, uint32_t total, uint32_t room,
		bool error);

/*
 * disk_load() - random reads and writes of 512 bytes to 1 MiB on all queues, up to
 * @depth on each, until @count are finished; false: they do not finish
 */
bool disk_load(struct disk *d, unsigned int depth, uint64_t count);
/* disk_start() - fill up to @depth a queue, without waiting */
void disk_start(struct disk *d, unsigned int depth);
/* disk_drain() - until nothing is in flight */
bool disk_drain(struct disk *d);
/*
 * disk_crash() - forget everything in flight, as a guest that is killed does; the
 * contents of sectors under a write are unknown then and are written anew later
 */
void disk_crash(struct disk *d);

/* disk_compare() - read everything; true: it is what it must be */
bool disk_compare(struct disk *d);
/* disk_compare_image() - the same from the image file */
bool disk_compare_image(struct disk *d, const char *path);

#endif /* BRIDGE_TEST_DISK_GUEST_H */
