/* SPDX-License-Identifier: GPL-2.0 */
/*
 * VirtIO over Argo: the device side of a virtqueue that is private to the guest.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#ifndef _VIRTIO_ARGO_QUEUE_H
#define _VIRTIO_ARGO_QUEUE_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/virtio_ring.h>

#include "virtio_argo_frame.h"

struct vargo_chain;
struct vargo_queue;

/**
 * struct vargo_budget - chain bytes that the backend has memory for
 * @left: readable and writable bytes that further chains may have; shared by
 *	the queues of a link
 * @first: the queue whose chain did not fit. No other is served before it is,
 *	or small requests would keep a large one waiting for ever
 * @max_chain: largest sum for one chain
 */
struct vargo_budget {
	atomic_t left;
	struct vargo_queue *first;
	u32 max_chain;
};

/**
 * struct vargo_queue_config - what a queue is made of
 * @dev: device number on the link
 * @index: the queue's index in its device
 * @vring: the driver's ring; stays until the queue is destroyed
 * @depth: chains that may be unanswered at a time, from GET_VQUEUE
 * @budget: the link's
 * @fill: zero the in-bytes that a completion leaves out, and demand the last
 *	one, which is the request's status
 * @fail_status: value of the last in-byte that tells the driver of an I/O
 *	error, or -1 if its type has none
 */
struct vargo_queue_config {
	u16 dev;
	u16 index;
	struct vring vring;
	u32 depth;
	struct vargo_budget *budget;
	bool fill;
	int fail_status;
};

/**
 * enum vargo_queue_state - what happens to a driver's chains
 * @VARGO_QUEUE_PAUSED: they stay where they are (before DRIVER_OK, between
 *	sessions, after reset)
 * @VARGO_QUEUE_RUNNING: they go to the backend
 * @VARGO_QUEUE_FAILING: they are answered with an error: the backend is gone for
 *	good and the driver must be able to leave, or for longer than the requests
 *	are to wait
 */
enum vargo_queue_state {
	VARGO_QUEUE_PAUSED,
	VARGO_QUEUE_RUNNING,
	VARGO_QUEUE_FAILING,
};

/* What is wrong with a driver's ring or chain; see vargo_queue.complaint */
enum vargo_complaint {
	VARGO_COMPLAINT_NONE,
	VARGO_COMPLAINT_AVAIL,	/* the avail ring is corrupt */
	VARGO_COMPLAINT_CHAIN,	/* the chain of that head is malformed */
	VARGO_COMPLAINT_LIMIT,	/* a chain of that many bytes is too large */
};

/**
 * struct vargo_queue - one virtqueue's device side
 * @config: as given
 * @lock: guards everything below; innermost but for none, irq safe
 * @state: see enum vargo_queue_state
 * @epoch: the device's epoch, stamped on each PDU
 * @last_avail: next avail entry to take
 * @used_idx: used entries published so far
 * @next_id: number of the next chain
 * @unanswered: chains that count against the depth
 * @owed: bytes of chains that were forgotten, and that the backend still counts
 * @bad: the driver's ring makes no sense: nothing more is taken from it
 * @complaint: what is to be logged, by vargo_queue_reap(): not under a lock that
 *	a console on this very link would take
 * @complaint_arg: a number for it
 * @chains: one for each head
 * @pending: taken from the avail ring, not fully sent; in order
 * @framed: fully in the frame that is being sent
 * @sent: with the backend; in order
 * @failed: to be answered with an error by vargo_queue_reap()
 */
struct vargo_queue {
	struct vargo_queue_config config;
	spinlock_t lock;	/* guards all below */
	enum vargo_queue_state state;
	u16 epoch;
	u16 last_avail;
	u16 used_idx;
	u32 next_id;
	u32 unanswered;
	u32 owed;
	bool bad;
	enum vargo_complaint complaint;
	u32 complaint_arg;
	struct vargo_chain *chains;
	struct list_head pending;
	struct list_head framed;
	struct list_head sent;
	struct list_head failed;
};

/* What vargo_queue_fill() left behind */
enum vargo_fill {
	VARGO_FILL_EMPTY,	/* nothing to send */
	VARGO_FILL_MORE,	/* the frame is full, there is more */
	VARGO_FILL_BLOCKED,	/* there is more, but credit or answers must come first */
};

int vargo_queue_init(struct vargo_queue *q, const struct vargo_queue_config *config);
void vargo_queue_exit(struct vargo_queue *q);

/* Any context; the transmit lock of the link is held by the caller of the first two */
enum vargo_fill vargo_queue_fill(struct vargo_queue *q, struct vargo_frame_tx *tx);
void vargo_queue_frame_done(struct vargo_queue *q, bool sent);
bool vargo_queue_needs_reap(const struct vargo_queue *q);
bool vargo_queue_waits(struct vargo_queue *q);

/* Bottom half: true or > 0 when the driver wants an interrupt */
int vargo_queue_complete(struct vargo_queue *q, const struct vargo_pdu *pdu,
			 const struct vargo_payload *payload);
bool vargo_queue_reap(struct vargo_queue *q);

/* Process context */
void vargo_queue_run(struct vargo_queue *q, u16 epoch);
void vargo_queue_pause(struct vargo_queue *q);
void vargo_queue_fail(struct vargo_queue *q);
void vargo_queue_forget(struct vargo_queue *q);
void vargo_queue_settle(struct vargo_queue *q);

#endif /* _VIRTIO_ARGO_QUEUE_H */
