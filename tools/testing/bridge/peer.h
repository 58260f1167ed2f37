/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * A vhost-user backend that misbehaves as it is told, and that is strict about
 * its frontend: a message that was not negotiated is noted.
 */
#ifndef BRIDGE_TEST_PEER_H
#define BRIDGE_TEST_PEER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Names of vhost-user's requests that the tests need; all of them: peer.c */
#define REQ_GET_FEATURES		1
#define REQ_SET_FEATURES		2
#define REQ_SET_OWNER			3
#define REQ_SET_MEM_TABLE		5
#define REQ_GET_VRING_BASE		11
#define REQ_SET_VRING_ENABLE		18
#define REQ_GET_PROTOCOL_FEATURES	15
#define REQ_SET_PROTOCOL_FEATURES	16
#define REQ_GET_QUEUE_NUM		17
#define REQ_SET_BACKEND_REQ_FD		21
#define REQ_GET_CONFIG			24
#define REQ_SET_CONFIG			25

enum peer_fault {
	PEER_FINE,
	PEER_CLOSE,		/* close instead of answering */
	PEER_SILENT,		/* no answer */
	PEER_GARBAGE,		/* random bytes */
	PEER_OTHER,		/* the answer to another request */
	PEER_NO_REPLY_FLAG,	/* an answer that is not marked as one */
	PEER_LONG,		/* an answer with a payload of 1 MB, by its header */
	PEER_SHORT,		/* an answer with half the payload */
	PEER_EMPTY,		/* an answer without payload */
	PEER_HALF,		/* half an answer, then close */
	PEER_NACK,		/* refused */
	PEER_TWICE,		/* the answer twice */
	PEER_CONFIG_CHANGE,	/* first CONFIG_CHANGE with NEED_REPLY, wait for the answer */
	PEER_LIMITS,		/* once: other limits for one GET_CONFIG, then as before */
	PEER_BAD_REQUEST,	/* first a backend request that was not negotiated */
	PEER_WRONG,		/* the answer with another value in it */
	PEER_LATE,		/* every answer a while after its question, whatever .on is */
	PEER_CHATTER,		/* an answer that nobody asked for, a while after this one */
	PEER_CLOSE_CHANNEL,	/* first close the channel for its own requests */
};

#define PEER_PROTOCOL_FEATURES	(1ULL << 30)
#define PEER_VERSION_1		(1ULL << 32)
#define PEER_MQ			(1ULL << 0)
#define PEER_REPLY_ACK		(1ULL << 3)
#define PEER_BACKEND_REQ	(1ULL << 5)
#define PEER_CONFIG		(1ULL << 9)
/* What qemu-storage-daemon offers */
#define PEER_PROTOCOL		(PEER_MQ | PEER_REPLY_ACK | PEER_BACKEND_REQ | PEER_CONFIG)
#define PEER_BLK_FEATURES	(PEER_PROTOCOL_FEATURES | PEER_VERSION_1 | \
				 1ULL << 6 | 1ULL << 9 | 1ULL << 12 | 1ULL << 13 | 1ULL << 14)

/**
 * struct peer - how it behaves
 * @features: virtio features, with bit 30
 * @protocol: protocol features
 * @queues: answer to GET_QUEUE_NUM
 * @config_len: bytes of config space; a longer GET_CONFIG is refused
 * @blk_size: in the config space
 * @num_queues: in the config space
 * @segments: there, of discard and of write zeroes
 * @on: the request at which the fault happens, the last of its kind if there are
 *	some for each ring
 * @fault: see there
 */
struct peer {
	uint64_t features;
	uint64_t protocol;
	uint64_t queues;
	size_t config_len;
	uint32_t blk_size;
	uint16_t num_queues;
	uint32_t segments;
	uint32_t on;
	enum peer_fault fault;
};

extern const struct peer peer_good_disk;

/* Sectors, and after PEER_CONFIG_CHANGE */
#define PEER_CAPACITY		2048
#define PEER_CAPACITY_LATER	4096

/* That a backend has so many is too late for the bridge, but each one alone is not */
#define PEER_LATE_MS		1500

/* Exit statuses of the peer's process */
#define PEER_EXIT_OK		0	/* the frontend closed, or the fault was a close */
#define PEER_EXIT_STRICT	9	/* the frontend sent what was not negotiated */
#define PEER_EXIT_ANSWER	10	/* it did not answer CONFIG_CHANGE as it should */

/* peer_start() - listen at @path and serve one frontend, in a child process */
pid_t peer_start(const struct peer *peer, const char *path);
/* peer_end() - wait for it (it is killed if it does not end); its exit status */
int peer_end(pid_t pid);

#endif /* BRIDGE_TEST_PEER_H */
