/* SPDX-License-Identifier: (GPL-2.0 OR BSD-3-Clause) */
/*
 * libvirtio-argo: what its rooms know of each other.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 *	link.c		life of a link, and the stages of va_link_process()
 *	session.c	life of a session; frames in
 *	control.c	control messages, their answers and events
 *	data.c		SUBMIT fragments to slots, COMPLETE frames from done slots
 *	device.c	a device's state
 *	shadow.c	the memory and the shadow vrings in it
 *	line.c		the line of queues with answers to send
 *	wire.c		frames out
 *	watch.c		the descriptor that the embedder watches
 *	log.c		what is said to the embedder's log
 *	endpoint_*.c	one message at a time; knows nothing of the rest
 *	stats.c		names of the counters
 *	clock.c		time
 *
 * Calls go down this list and never up. What is found out below is left for those
 * above: a violation is a return value, what a send lost is in va_link.lost, and
 * events are facts (this device is new, these config bytes changed) that
 * control.c tells when it may. So a session ends in session.c and nowhere else, and
 * never under one that is at work with it.
 */
#ifndef VA_INTERNAL_H
#define VA_INTERNAL_H

#include <errno.h>
#include <linux/virtio_argo.h>

#include "virtio-argo.h"
#include "virtio_argo_session.h"

#define VA_PAGE			4096u
#define VA_MEMORY_UNIT		(2u << 20)	/* the memory is a multiple of */
#define VA_NONE			0xffffu	/* no slot */
#define VA_CTRL_QUEUE		16	/* answers that may wait for control credit */
#define VA_RX_BUDGET		64	/* frames of one va_link_process() */
#define VA_TX_BUDGET		64
#define VA_CHAIN_LIMIT		(16u << 20)
#define VA_IOVS			8	/* pieces of one send */

/* virtio_config.h and virtio_ring.h, which not every libc has */
#define S_ACKNOWLEDGE		0x01
#define S_DRIVER		0x02
#define S_DRIVER_OK		0x04
#define S_FEATURES_OK		0x08
#define S_NEEDS_RESET		0x40
#define S_FAILED		0x80
/* What a driver may set: not NEEDS_RESET, nor what has no name */
#define S_DRIVERS		(S_ACKNOWLEDGE | S_DRIVER | S_DRIVER_OK | S_FEATURES_OK | S_FAILED)
#define F_VERSION_1		(1ull << 32)

/* ------------------------------------------------------------------------ */
/* shadow.c: the memory */

/**
 * struct va_shadow - the memory of a link
 * @mem: as the embedder sees it
 * @depth: slots of a queue
 * @ring_size: entries of a shadow ring, 2 * @depth
 * @queues: areas: each has room for one ring and its slots
 * @ring_stride: bytes from one area's ring to the next
 * @slot_stride: bytes from one slot to the next
 * @slots: offset of the first slot
 * @resident: upper bound of slot bytes that are backed by memory
 * @budget: what may stay so
 * @taken: which areas are in use, or not to be used again
 */
struct va_shadow {
	struct va_memory mem;
	uint32_t depth;
	uint32_t ring_size;
	uint32_t queues;
	uint32_t ring_stride;
	uint32_t slot_stride;
	uint64_t slots;
	uint64_t resident;
	uint64_t budget;
	bool taken[VA_QUEUES_MAX];
};

int va_shadow_init(struct va_shadow *sh, const struct va_link_config *cfg);
void va_shadow_exit(struct va_shadow *sh);

enum va_slot_state {
	SLOT_FREE,	/* on the queue's free list */
	SLOT_FILLING,	/* out-bytes are arriving */
	SLOT_ACTIVE,	/* on the shadow ring: the device model's */
	SLOT_DONE,	/* answered, waits to be sent */
};

/**
 * struct va_slot - one chain and its place in the memory
 * @state: see above
 * @head: the driver's name for the chain
 * @chain: and its count
 * @total: readable bytes
 * @room: writable bytes
 * @got: bytes of @total that are there (FILLING)
 * @used: used length that the device model reported (DONE)
 * @answer: in-bytes to send (DONE)
 * @sent: of which this many have been sent
 * @error: to be answered with F_ERROR
 * @in: offset in the memory of the readable part
 * @out: of the writable part
 * @resident: bytes of the slot that may be backed by memory
 * @prev: active list, in the order of submission
 * @next: same, and the free list
 */
struct va_slot {
	uint8_t state;
	bool error;
	uint16_t head;
	uint16_t prev;
	uint16_t next;
	uint32_t chain;
	uint32_t total;
	uint32_t room;
	uint32_t got;
	uint32_t used;
	uint32_t answer;
	uint32_t sent;
	uint32_t resident;
	uint64_t in;
	uint64_t out;
};

/**
 * struct va_queue - one virtqueue: chains by slot, and the shadow ring
 *
 * Slot s owns descriptors 2s and 2s + 1; the chain's head is always 2s.
 *
 * @dev: its device
 * @index: its number there
 * @area: its place in the memory
 * @enabled: SET_VQUEUE was there
 * @size: the driver's ring size: heads are below it
 * @next_chain: the count that the next new chain must have
 * @filling: slot whose out-bytes arrive, or VA_NONE
 * @free: free list
 * @first: active list
 * @last: its end
 * @active: its length
 * @by_head: slot of the unanswered chain of that name, or VA_NONE
 * @slots: @depth of them
 * @done: answered slots in order: a ring of @depth
 * @done_first: where it begins
 * @done_count: how many there are
 * @avail: our index of the available ring
 * @used: how far we have read the used ring
 * @kick: there are new entries to tell of
 * @kick_fd: eventfd
 * @call_fd: eventfd
 * @listed: on the link's list of queues with answers to send
 * @tx_next: next there
 * @deficit: bytes that it may send before it is another's turn
 * @planned: whole answers in the frame that is being built
 * @planned_sent: and bytes of the next one, with those sent before
 */
struct va_queue {
	struct va_device *dev;
	uint16_t index;
	uint16_t area;
	bool enabled;
	uint32_t size;
	uint32_t next_chain;
	uint16_t filling;
	uint16_t free;
	uint16_t first;
	uint16_t last;
	uint16_t active;
	uint16_t *by_head;
	struct va_slot *slots;
	uint16_t *done;
	uint16_t done_first;
	uint16_t done_count;
	uint16_t avail;
	uint16_t used;
	bool kick;
	int kick_fd;
	int call_fd;
	bool listed;
	bool touched;
	struct va_queue *tx_next;
	int64_t deficit;
	uint16_t planned;
	uint32_t planned_sent;
};

/* Any order of calls below is for one thread, in process context. */
int va_queue_init(struct va_queue *q, struct va_device *dev, uint16_t index,
		  uint16_t area);
void va_queue_exit(struct va_queue *q);
void va_queue_enable(struct va_queue *q, uint32_t size);
unsigned int va_queue_drop(struct va_queue *q);
struct va_slot *va_queue_take(struct va_queue *q, const struct vargo_pdu *pdu);
void va_queue_put(struct va_queue *q, struct va_slot *slot);
void va_queue_submit(struct va_queue *q, struct va_slot *slot);
void va_queue_done(struct va_queue *q, struct va_slot *slot);
int va_queue_collect(struct va_queue *q, unsigned int budget);
bool va_queue_has_used(const struct va_queue *q);
void va_queue_flush_kick(struct va_queue *q);
void va_queue_offsets(const struct va_queue *q, struct va_queue_info *info);
void *va_queue_at(const struct va_queue *q, uint64_t offset);

static inline uint16_t va_slot_index(const struct va_queue *q,
				     const struct va_slot *slot)
{
	return (uint16_t)(slot - q->slots);
}

/* ------------------------------------------------------------------------ */
/* device.c */

struct va_device {
	struct va_link *link;
	uint16_t num;
	struct va_device_config cfg;
	uint64_t features;		/* offered */
	uint64_t driver_features;
	bool features_bad;		/* bits beyond those two blocks were set */
	uint8_t status;
	uint16_t epoch;
	bool started;
	bool failed;
	bool tainted;			/* see va_device_taint() */
	uint8_t *config;
	uint32_t generation;
	uint32_t dirty_from, dirty_to;	/* config bytes to tell of; empty if equal */
	bool status_dirty;
	struct va_queue *queues;
};

/* Back to status 0: the device model stopped, chains dropped, queues disabled */
void va_device_reset(struct va_device *dev, uint16_t epoch);
void va_device_set_status(struct va_device *dev, uint8_t status, uint16_t epoch);
void va_device_write_features(struct va_device *dev, uint32_t index, uint32_t value);
int va_device_enable_queue(struct va_device *dev, uint32_t index, uint32_t size);

/* ------------------------------------------------------------------------ */
/* The link */

struct va_answer {
	uint32_t len;
	uint8_t buf[VIRTIO_ARGO_MSG_MAX];
};

struct va_link {
	struct va_endpoint *ep;
	struct va_link_config cfg;
	int epfd;
	bool dead;
	int dead_error;
	uint64_t now;			/* ms, CLOCK_MONOTONIC, as of the last entry */
	struct va_shadow shadow;
	struct va_device *devices[VIRTIO_ARGO_MAX_DEVICES];

	/* session.c, wire.c */
	struct vargo_session s;
	int lost;			/* what a send met, until it is settled */
	uint8_t *rx;			/* one message */
	bool more;			/* a budget ran out */
	bool blocked;			/* the ring was full */
	bool want_write;		/* EPOLLOUT is armed */
	uint64_t retry_at;		/* ms: when to try again if @blocked */
	bool ready_due;			/* READY is to be sent at @ready_at */
	uint64_t ready_at;

	/* control.c */
	struct va_answer answers[VA_CTRL_QUEUE];
	unsigned int answer_first;
	unsigned int answer_count;
	uint64_t removed;		/* EVENT_DEVICE to send, by device number */
	uint64_t added;
	uint64_t gone;			/* removed; the driver may still write to it */

	/* data.c */
	uint64_t inflight;		/* bytes of all slots that are not free */
	struct va_queue *tx_first, *tx_last;
	struct va_queue *touched[VA_QUEUES_MAX];
	unsigned int num_touched;
	bool starved;			/* answers wait for credit */
	uint8_t *stage;			/* VARGO_FRAME_MAX bytes */

	/* the log's rate */
	uint64_t log_since;
	unsigned int log_count;
	unsigned int log_lost;

	uint64_t stats[VA_STAT_COUNT];
};

#define VA_COUNT(link, name)		((link)->stats[VA_STAT_##name]++)
#define VA_ADD(link, name, n)		((link)->stats[VA_STAT_##name] += (n))

/* clock.c */
uint64_t va_now(void);

/* log.c */
__attribute__((format(printf, 3, 4)))
void va_log(struct va_link *link, int level, const char *fmt, ...);

/* watch.c */
int va_watch_init(struct va_link *link);
void va_watch_exit(struct va_link *link);
int va_watch_add(struct va_link *link, struct va_queue *q);
void va_watch_del(struct va_link *link, struct va_queue *q);
void va_watch_arm(struct va_link *link);
void va_watch_take(struct va_link *link);

/* session.c */
void va_session_receive(struct va_link *link);
void va_session_end(struct va_link *link);
void va_session_violation(struct va_link *link, const char *why);
void va_session_ready(struct va_link *link);
void va_session_timer(struct va_link *link);
void va_session_died(struct va_link *link, int error);
void va_session_settle(struct va_link *link);

/* wire.c */
int va_wire_send(struct va_link *link, enum vargo_kind kind, struct iovec *iov,
		 unsigned int niov, uint32_t len);
void va_wire_credit(struct va_link *link);
int va_wire_sessionless(struct va_link *link, const struct vargo_msg *msg);

static inline bool va_session_open(const struct va_link *link)
{
	return link->s.id && link->s.confirmed && !link->lost && !link->blocked &&
	       !link->dead;
}

/* control.c */
void va_control_receive(struct va_link *link, const void *buf, uint32_t len);
void va_control_flush(struct va_link *link);
void va_control_forget(struct va_link *link);
bool va_control_pending(const struct va_link *link);

/* data.c */
int va_data_receive(struct va_link *link, const uint8_t *buf, uint32_t len,
		    const char **why);
void va_data_collect(struct va_link *link);
void va_data_flush(struct va_link *link);

/* line.c */
void va_line_add(struct va_queue *q);
void va_line_del(struct va_queue *q);
struct va_queue *va_line_next(struct va_link *link);

#endif /* VA_INTERNAL_H */
