/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * The frontend side of one vhost-user connection.
 *
 * Calls are synchronous and bounded: all of a sequence that vhost_user_begin()
 * began wait together for no longer than it says, so a backend that answers each
 * one late gains nothing. An error leaves the stream in
 * an unknown state, so the first one ends the connection: the text is in @error,
 * every later call fails with -ENOTCONN, and vhost_user_close() is all that is left
 * to do.
 *
 *	-ECONNRESET	the backend closed the connection
 *	-ETIMEDOUT	no answer in time
 *	-EPROTO		an answer that the protocol does not allow
 *	-EREMOTEIO	the backend refused the request
 *	-ENOTSUP	the backend lacks what this frontend cannot do without
 *	other		of the system calls
 *
 * Order of use: connect, begin, negotiate, get_config; then any number of times
 * { begin, set_features, set_memory, start_ring... } and { begin, stop_ring... };
 * close.
 *
 * A backend may be slow to take up a new connection, for instance while it
 * finishes the requests of the last one. connect() has asked the first question
 * already: who cannot wait calls negotiate() when @fd has become readable.
 */
#ifndef BRIDGE_VHOST_USER_H
#define BRIDGE_VHOST_USER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VHOST_USER_TIMEOUT_MS	5000
#define VHOST_USER_CONFIG_MAX	256

/* Feature bits that are the protocol's own and never a guest's */
#define VHOST_F_LOG_ALL			26
#define VHOST_USER_F_PROTOCOL_FEATURES	30

enum vhost_user_protocol_feature {
	VHOST_USER_PROTOCOL_F_MQ = 0,
	VHOST_USER_PROTOCOL_F_REPLY_ACK = 3,
	VHOST_USER_PROTOCOL_F_BACKEND_REQ = 5,
	VHOST_USER_PROTOCOL_F_CONFIG = 9,
};

#define VHOST_USER_BACKEND_HDR	12

/**
 * struct vhost_user - one connection
 * @fd: its socket, -1 when closed; readable outside of a call means that the
 *	backend closed or broke the protocol: see vhost_user_check()
 * @backend_fd: our end of the channel for the backend's own requests, or -1;
 *	when readable, call vhost_user_serve_backend()
 * @features: virtio feature bits that the backend offers, its protocol bits
 *	removed
 * @protocol: protocol features in force, a mask
 * @num_queues: how many queues the backend can have
 * @backend_ended: the backend closed that channel: no need to watch it any more
 * @config_changed: the backend said so; the owner clears it
 * @error: text of the error that ended the connection
 * The rest is private.
 */
struct vhost_user {
	int fd;
	int backend_fd;
	uint64_t features;
	uint64_t protocol;
	unsigned int num_queues;
	bool backend_ended;
	bool config_changed;
	char error[160];

	int64_t deadline;
	unsigned int patience_ms;
	bool broken;
	bool has_protocol;
	uint8_t backend_msg[VHOST_USER_BACKEND_HDR];
	size_t backend_have;
};

/**
 * struct vhost_user_ring - where a split ring is
 * @index: queue number
 * @num: entries
 * @base: avail index at which the backend starts
 * @desc: addresses in the space that set_memory() described
 * @kick: eventfd, the backend waits for it
 * @call: eventfd, the backend writes it
 */
struct vhost_user_ring {
	unsigned int index;
	unsigned int num;
	uint16_t base;
	uint64_t desc;
	uint64_t avail;
	uint64_t used;
	int kick;
	int call;
};

void vhost_user_init(struct vhost_user *vu);
/* vhost_user_connect() - never blocks */
int vhost_user_connect(struct vhost_user *vu, const char *path);
/* vhost_user_begin() - the calls from here on may wait for @ms milliseconds, together */
void vhost_user_begin(struct vhost_user *vu, unsigned int ms);
/*
 * vhost_user_negotiate() - features, protocol features, queues, backend channel;
 * behind connect(), and behind begin()
 */
int vhost_user_negotiate(struct vhost_user *vu);
void vhost_user_close(struct vhost_user *vu);

int vhost_user_get_config(struct vhost_user *vu, void *config, size_t len);
int vhost_user_set_config(struct vhost_user *vu, size_t offset,
			  const void *data, size_t len);

int vhost_user_set_features(struct vhost_user *vu, uint64_t features);
/* vhost_user_set_memory() - one region; @address is its name in ring addresses */
int vhost_user_set_memory(struct vhost_user *vu, int memfd, uint64_t address,
			  uint64_t size);
int vhost_user_start_ring(struct vhost_user *vu, const struct vhost_user_ring *ring);
/*
 * vhost_user_stop_ring() - only when the backend has answered all chains;
 * *@base is the avail index at which it stopped
 */
int vhost_user_stop_ring(struct vhost_user *vu, unsigned int index, uint16_t *base);

/* vhost_user_check() - @fd became readable outside of a call: always an error */
int vhost_user_check(struct vhost_user *vu);
int vhost_user_serve_backend(struct vhost_user *vu);

static inline bool vhost_user_has(const struct vhost_user *vu,
				  enum vhost_user_protocol_feature bit)
{
	return vu->protocol & (1ULL << bit);
}

#endif /* BRIDGE_VHOST_USER_H */
