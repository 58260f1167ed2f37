/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A block device in memory, at the device side of the shadow vrings.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * It serves virtqueues as any device model does, from what va_queue_get() and
 * va_link_memory() tell, and misbehaves as it is told.
 */
#ifndef LIB_TEST_BLK_H
#define LIB_TEST_BLK_H

#include <stdbool.h>
#include <stdint.h>

#include "virtio-argo.h"

#define BLK_QUEUES	4
#define BLK_SIZE	(8u << 20)

enum blk_fault {
	BLK_FINE,
	BLK_BAD_ID,		/* an id beyond the ring */
	BLK_ODD_ID,		/* a descriptor that is no head */
	BLK_IDLE_ID,		/* a head that is not in flight */
	BLK_TWICE,		/* an answer twice */
	BLK_LONG,		/* more bytes than the chain has room for */
	BLK_JUMP,		/* a used index far ahead */
	BLK_NO_STATUS,		/* answered without being looked at */
	BLK_SHORT_LEN,		/* used length 0, although all is written */
};

struct blk {
	struct va_device *dev;
	struct va_memory mem;
	struct va_queue_info q[BLK_QUEUES];
	uint16_t avail[BLK_QUEUES];	/* last one taken */
	uint16_t used[BLK_QUEUES];
	uint8_t *disk;
	uint32_t status_shift;
	bool hold;			/* take nothing */
	unsigned int limit;		/* take so many in one run; 0: all */
	bool attached;
	enum blk_fault fault;
	int start_error, features_error;
	unsigned int started, stopped, given_up, requests, writes, bad;
	uint64_t features;
	uint32_t last_config;		/* what the driver wrote */
	uint64_t order[4096];		/* sectors in the order of execution */
	unsigned int num_order;
};

extern const struct va_device_ops blk_ops;

void blk_init(struct blk *b);
void blk_exit(struct blk *b);
/* Read the queues' layout, as a process that connects does */
void blk_attach(struct blk *b);
/* Serve what is there. Return: requests */
unsigned int blk_run(struct blk *b);

#endif
