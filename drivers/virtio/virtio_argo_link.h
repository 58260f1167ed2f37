/* SPDX-License-Identifier: GPL-2.0 */
/*
 * VirtIO over Argo: a link, its sessions, and the frames in and out.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#ifndef _VIRTIO_ARGO_LINK_H
#define _VIRTIO_ARGO_LINK_H

#include <linux/completion.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/ratelimit.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <xen/argo.h>

#include "virtio_argo_frame.h"
#include "virtio_argo_queue.h"
#include "virtio_argo_session.h"

struct seq_file;
struct vargo_request;

/* What is counted: name in the statistics file */
#define VARGO_STATS(_)							\
	_(TX_FRAMES, "tx_data_frames")					\
	_(TX_PDUS, "tx_pdus")						\
	_(TX_BYTES, "tx_data_bytes")					\
	_(TX_CONTROL, "tx_control_frames")				\
	_(TX_CREDIT, "tx_credit_frames")				\
	_(TX_PING, "tx_pings")						\
	_(TX_NO_CREDIT, "tx_waits_for_credit")				\
	_(TX_FULL, "tx_peer_ring_full")					\
	_(RX_FRAMES, "rx_data_frames")					\
	_(RX_PDUS, "rx_pdus")						\
	_(RX_BYTES, "rx_data_bytes")					\
	_(RX_CONTROL, "rx_control_frames")				\
	_(RX_CREDIT, "rx_credit_frames")				\
	_(RX_PASSES, "rx_passes")					\
	_(RX_THREAD, "rx_passes_in_thread")				\
	_(DROP_PORT, "dropped_wrong_port")				\
	_(DROP_TYPE, "dropped_unknown_type")				\
	_(DROP_SHORT, "dropped_short_frame")				\
	_(DROP_STALE, "dropped_stale_session")				\
	_(DROP_REPLAY, "dropped_replayed")				\
	_(DROP_EPOCH, "dropped_stale_epoch")				\
	_(DROP_CONTROL, "dropped_bad_control")				\
	_(DROP_RESPONSE, "dropped_unexpected_response")			\
	_(VIOLATIONS, "violations")					\
	_(SESSIONS, "sessions")						\
	_(TIMEOUTS, "request_timeouts")

#define VARGO_STAT_ENUM(id, name)	VARGO_STAT_##id,
enum vargo_stat {
	VARGO_STATS(VARGO_STAT_ENUM)
	VARGO_STAT_COUNT
};

/**
 * struct vargo_source - a queue as the link sees it: something with PDUs to send
 * @node: on vargo_link.waiting, or empty
 * @queue: where they come from
 */
struct vargo_source {
	struct list_head node;
	struct vargo_queue *queue;
};

/**
 * struct vargo_link_ops - what the link calls
 * @up: a session has begun; whatever is live is to be set up again. Process
 *	context, no I/O allocations. An error ends the session.
 * @down: the session has ended; hold all queues. Process context; no frame is
 *	being received or sent.
 * @pdu: a COMPLETE PDU. Bottom half. As vargo_queue_complete() returns.
 * @event: a control event. Bottom half.
 * @pass_end: raise the interrupts that became due. Bottom half, no locks held.
 */
struct vargo_link_ops {
	int (*up)(void *priv);
	void (*down)(void *priv);
	int (*pdu)(void *priv, const struct vargo_pdu *pdu,
		   const struct vargo_payload *payload);
	void (*event)(void *priv, const struct vargo_msg *msg);
	void (*pass_end)(void *priv);
};

/**
 * struct vargo_link_config - what a link is made of
 * @argo: this domain's Argo
 * @name: for messages
 * @backend: domain at the other end
 * @port: port of both rings
 * @ring_len: bytes of the receive ring, N * 4096 - 64
 * @ops: callbacks
 * @priv: handed to them
 */
struct vargo_link_config {
	struct xen_argo *argo;
	const char *name;
	domid_t backend;
	u32 port;
	u32 ring_len;
	const struct vargo_link_ops *ops;
	void *priv;
};

enum vargo_probe {
	VARGO_PROBE_NONE,	/* nobody asks whether the backend's ring is there */
	VARGO_PROBE_ARMED,	/* Xen was asked */
	VARGO_PROBE_DONE,	/* it answered */
};

/**
 * struct vargo_link - a guest/backend pair of rings
 *
 * @config: as given; the worker changes @backend, under @lock and without a ring
 * @wq: ordered; runs @work
 * @rx_wq: runs @rx_thread
 * @ring: the receive ring; the worker's, and with VARGO_RX_BUSY the pass's
 * @budget: chain bytes that the backend has memory for
 * @log_limit: how much the backend can make us log
 *
 * Owned by the worker (@work):
 * @up: ops->up was called and not ops->down since
 * @retry_ms: wait before the next attempt
 * @since: when the session began, in jiffies
 * @last_error: what the last attempt failed with, so that it is logged once
 *
 * @moved_to: domain that the backend is in now; the worker follows it
 * @stopping: begin nothing new
 * @suspended: the domain is being suspended
 * @ring_lost: the ring could not be registered again after that
 *
 * @lock: guards what follows, irq safe; taken before vargo_queue.lock
 * @session: its numbers and counts; what it says of @ring never changes
 * @lost: why there is none any more, for the log
 * @last_session: number of the last HELLO, so that the next differs
 * @ready: a READY came since the last HELLO
 * @max_inflight: what @budget began with
 * @heard: when a frame of the session was last accepted, in jiffies
 * @watching: @ping is queued, or running
 * @waiting: sources that have something to send
 * @tx_full: Xen said that the peer's ring is full; @space is armed
 * @tx: the frame being made
 * @request: the control request that waits for an answer
 * @token: of the last request
 * @hello_session: number proposed in the HELLO that waits for an answer, or 0
 * @hello_status: its outcome
 */
struct vargo_link {
	struct vargo_link_config config;
	struct workqueue_struct *wq;
	struct workqueue_struct *rx_wq;
	struct argo_ring *ring;
	struct vargo_budget budget;
	struct ratelimit_state log_limit;

	struct delayed_work work;
	bool up;
	unsigned int retry_ms;
	int last_error;
	unsigned long since;
	domid_t moved_to;
	bool stopping;
	bool suspended;
	bool ring_lost;

	spinlock_t lock;	/* guards what is sent and the session */
	struct vargo_session session;
	u32 last_session;
	const char *lost;
	bool ready;
	u32 max_inflight;
	unsigned long heard;
	bool watching;
	struct list_head waiting;
	bool tx_full;
	struct vargo_frame_tx tx;
	struct vargo_request *request;
	u16 token;
	u32 hello_session;
	int hello_status;

	struct mutex request_lock;	/* one control request at a time */
	wait_queue_head_t ctrl_wait;	/* for control credit */
	struct completion hello_done;
	struct argo_space_waiter space;	/* @tx_full */
	struct argo_space_waiter probe;	/* is the backend there? */
	enum vargo_probe probe_state;	/* under @lock */
	int probe_status;

	struct delayed_work ping;	/* see virtio_argo_link_ping.c */
	unsigned int ping_ms;		/* the silence after which it asks */

	struct work_struct rx_bh;
	struct work_struct rx_thread;
	unsigned long rx_flags;		/* VARGO_RX_BUSY: single consumer */
	unsigned int rx_streak;

	atomic_long_t stats[VARGO_STAT_COUNT];
};

/* Process context, may sleep */
struct vargo_link *vargo_link_create(const struct vargo_link_config *config);
void vargo_link_start(struct vargo_link *link);
void vargo_link_stop(struct vargo_link *link);
void vargo_link_destroy(struct vargo_link *link);
u32 vargo_link_session(struct vargo_link *link);
int vargo_link_request(struct vargo_link *link, u32 session,
		       const struct vargo_msg *request, struct vargo_msg *response);
void vargo_link_flush(struct vargo_link *link);

/* Any context */
void vargo_link_kick(struct vargo_link *link, struct vargo_source *source);
void vargo_link_hold(struct vargo_link *link, struct vargo_source *source,
		     void (*how)(struct vargo_queue *q));
void vargo_link_abandon(struct vargo_link *link, u16 dev);
void vargo_link_lose(struct vargo_link *link, u32 session, const char *why);
void vargo_link_move(struct vargo_link *link, domid_t backend);
void vargo_link_poll(struct vargo_link *link);
void vargo_link_show_stats(struct vargo_link *link, struct seq_file *s);

/* Between the link's own files */

/* Bits of vargo_link.rx_flags */
#define VARGO_RX_BUSY		0	/* a pass is running */
#define VARGO_RX_AGAIN		1	/* one was asked for */

struct vargo_request {
	const struct vargo_msg *ask;
	struct vargo_msg *answer;
	u16 token;
	int status;
	struct completion done;
};

static inline void vargo_link_count(struct vargo_link *link, enum vargo_stat stat,
				    long n)
{
	atomic_long_add(n, &link->stats[stat]);
}

void vargo_link_lose_locked(struct vargo_link *link, const char *why);
int vargo_link_send_control(struct vargo_link *link, const struct vargo_msg *msg,
			    bool in_session);
void vargo_link_transmit(struct vargo_link *link);
void vargo_link_space(struct argo_space_waiter *waiter, int status);
void vargo_link_hello_answer(struct vargo_link *link, const struct vargo_msg *msg);
void vargo_link_hello_echo(struct vargo_link *link, const struct vargo_msg *msg);
void vargo_link_answer(struct vargo_link *link, const struct vargo_msg *msg);
void vargo_link_ready(struct vargo_link *link);
void vargo_link_rx_init(struct vargo_link *link);
void vargo_link_ping_init(struct vargo_link *link);
void vargo_link_watch(struct vargo_link *link);
void vargo_link_complain(struct vargo_link *link, int err);

#endif /* _VIRTIO_ARGO_LINK_H */
