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
#include "ok.h"

#define FRAME_CAP	131072		/* what we send; more than any peer accepts */
#define TRACK_MAX	256

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

struct crime;

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
 * @spoil: what is done to the next data frame
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
	const struct crime *spoil;
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
 * struct crime - something that no correct device side does
 * @name: of it
 * @counter: the victim's counter that it raises, by one
 * @ends: it ends the session
 * @said: the victim's kernel says this, or NULL
 * @commit: do it; what follows is for its use
 * @type: message_type, 0 for a control frame
 * @len: bytes behind a head
 * @body: and the first of them
 * @frame: added to the head of the next frame in order
 * @pdu: added to the PDU that is spoiled or repeated
 * @tail: bytes more, or less, behind it
 * @hello: done to the next answer to HELLO
 */
struct crime {
	const char *name;
	const char *counter;
	bool ends;
	const char *said;
	void (*commit)(struct hostile *h, const struct crime *c);
	uint32_t type;
	uint32_t len;
	uint8_t body[8];
	struct vargo_frame frame;
	struct vargo_pdu pdu;
	int tail;
	void (*hello)(struct vargo_msg *msg);
};

extern const struct crime crimes[];
extern const unsigned int num_crimes;

/* What @h->spoil does to a data frame on its way out; returns its new length */
uint32_t crime_spoil(const struct crime *c, uint8_t *buf, uint32_t len);

/* Spoil a frame at random, of whatever type it is, or add to it */
void fuzz_frame(struct hostile *h, uint32_t *type, uint8_t *buf, uint32_t *len);
void fuzz_inject(struct hostile *h);

int backend_main(unsigned int domid, uint32_t seed, unsigned int frames);
int intruder_main(unsigned int domid, uint32_t seed, unsigned int frames);
void intruder_list(void);

#endif
