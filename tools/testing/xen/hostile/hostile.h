/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Peers that break the protocol over a real Xen, for the scenario hostile.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#ifndef HOSTILE_H
#define HOSTILE_H

#include <stdbool.h>
#include <stdint.h>

#include "virtio-argo.h"
#include "virtio_argo_codec.h"
#include "lib_test.h"

#define FRAME_CAP	131072		/* what we send; more than any peer accepts */
#define TRACK_MAX	256

/* One result: "ok - what" or "not ok - what" */
__attribute__((format(printf, 2, 3)))
bool ok(bool good, const char *fmt, ...);

/* An endpoint on /dev/xen/argo that sends up to FRAME_CAP bytes; NULL: said why */
struct va_endpoint *argo_open(unsigned int domid, uint32_t port, uint32_t peer_port);

/* Run COMMIT; false if a check in it failed, which has been said */
bool attempt(bool (*commit)(void *), void *arg);

/* Milliseconds since some time */
uint64_t now_ms(void);

/**
 * struct track - what the victim believes to have got, against what the library sent
 * @sent: units, injected ones among them
 * @at: where an injected one begins
 * @size: its units
 * @num: of them
 */
struct track {
	uint32_t sent;
	uint32_t at[TRACK_MAX];
	uint32_t size[TRACK_MAX];
	unsigned int num;
};

struct hostile;

/* Change a data frame on its way out; returns its new length */
typedef uint32_t mutate_fn(struct hostile *h, uint8_t *buf, uint32_t len);

/**
 * struct hostile - a device side whose frames can be spoiled
 *
 * The library makes the link and serves the device as it should. It talks to
 * Xen through @ep, which lets everything pass, spoils it, or adds to it. Sequence
 * numbers and credit are corrected, so that neither the library nor the victim
 * sees anything but what was meant.
 *
 * @ep: what the library has; must be first
 * @argo: where it leads
 * @stray: the same guest from another port
 * @link: the library's link
 * @b: its device, in memory
 * @session: that the library has, by its answer to HELLO
 * @extra: frames of this session that were injected
 * @last: head of the last frame of this session, as it went out
 * @data: data bytes that the guest has got
 * @ctrl: control frames that it has got
 * @frame: the last data frame as it went out
 * @frame_len: its bytes
 * @mutate: applied to the next data frame
 * @hello: applied to the next answer to HELLO
 * @fuzz: frames still to be spoiled
 * @spoiled: frames that were
 * @seed: of the random numbers
 */
struct hostile {
	struct va_endpoint ep;
	struct va_endpoint *argo;
	struct va_endpoint *stray;
	struct va_link *link;
	struct blk b;

	uint32_t session;
	uint32_t extra;
	struct vargo_frame last;
	struct track data, ctrl;
	uint8_t frame[FRAME_CAP];
	uint32_t frame_len;
	mutate_fn *mutate;
	void (*hello)(struct vargo_msg *msg);
	unsigned int fuzz, spoiled;
	uint32_t seed;
};

/* Any message as it is, from the link's port */
void hostile_raw(struct hostile *h, uint32_t type, const void *buf, uint32_t len);
/*
 * A frame with a head of its own. @accepted: the victim will count it, as one
 * that is in order
 */
void hostile_frame(struct hostile *h, const struct vargo_frame *head, uint32_t type,
		   const void *body, uint32_t len, bool accepted);
/* The head of the next frame in order */
struct vargo_frame hostile_head(const struct hostile *h);
void hostile_ready(struct hostile *h);

/**
 * struct crime - something that no correct peer does
 * @name: of it
 * @counter: the victim's counter that it raises, by one
 * @ends: it ends the session
 * @said: the victim's kernel says this, or NULL
 * @commit: do it
 */
struct crime {
	const char *name;
	const char *counter;
	bool ends;
	const char *said;
	void (*commit)(struct hostile *h);
};

extern const struct crime crimes[];
extern const unsigned int num_crimes;

/* Spoil a frame at random, of whatever type it is, or add to it */
void fuzz_frame(struct hostile *h, uint32_t *type, uint8_t *buf, uint32_t *len);
void fuzz_inject(struct hostile *h);

int backend_main(unsigned int domid, uint32_t seed, unsigned int frames);
int intruder_main(unsigned int domid, uint32_t seed, unsigned int frames);
void intruder_list(void);

#endif
