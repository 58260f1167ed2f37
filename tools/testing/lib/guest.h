/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A fake guest: the driver side of a link, for tests of the library.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * It knows the protocol from the codec and the specification alone, and checks
 * every frame that it gets; what is wrong raises guest.bad and is printed. It does
 * what it is told, right or wrong: all counters may be changed by the test.
 */
#ifndef LIB_TEST_GUEST_H
#define LIB_TEST_GUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "virtio-argo.h"
#include "virtio_argo_codec.h"

#define GUEST_HEADS	1024
#define GUEST_QUEUES	8
#define GUEST_MSGS	64

struct guest_chain {
	bool busy;
	bool done;
	bool error;
	uint32_t chain;
	uint32_t room;
	uint32_t total;		/* in-bytes announced */
	uint32_t got;
	uint32_t used;
	uint8_t *in;
};

struct guest {
	struct va_endpoint *ep;
	uint8_t *rx;
	uint16_t next_token;
	uint16_t dev;
	uint16_t epoch;

	/* ours */
	uint32_t session;
	uint32_t window, max_frame;
	uint32_t tx_seq, rx_seq;
	uint32_t data_sent, ctrl_sent;
	uint32_t data_acked, ctrl_acked;	/* the peer's word */
	uint32_t data_consumed, ctrl_consumed;
	uint32_t data_told, ctrl_told;
	bool frozen;				/* do not report consumption */
	bool loose;				/* answers to chains that are not known are fine */

	/* the peer's HELLO */
	struct vargo_hello hello;
	bool have_hello;

	struct vargo_msg msgs[GUEST_MSGS];	/* control messages received */
	unsigned int num_msgs;

	uint32_t next_chain[GUEST_QUEUES];
	struct guest_chain chains[GUEST_QUEUES][GUEST_HEADS];

	unsigned int data_frames, data_pdus, credits, readies, stale;
	unsigned int completed;
	unsigned int largest;			/* ring bytes of a data frame */
	uint64_t queue_bytes[GUEST_QUEUES];
	unsigned int bad;

	/* sees each frame before it is looked at; optional */
	void (*tap)(struct guest *g, uint32_t type, const uint8_t *buf, uint32_t len);
	void *tap_arg;
};

/* The endpoint belongs to the guest from now on */
bool guest_init(struct guest *g, struct va_endpoint *ep);
void guest_exit(struct guest *g);

/* Take all frames that are there. Return: how many */
unsigned int guest_receive(struct guest *g);

/* Raw: one message as it is, any source; 0 or -errno */
int guest_raw(struct guest *g, uint32_t type, const void *buf, uint32_t len);
/* A frame of the session: counts, sequence number and all. */
int guest_frame(struct guest *g, uint32_t type, const void *body, uint32_t len);
/* A control request with a new token; the answer is found by guest_answer() */
int guest_send(struct guest *g, struct vargo_msg *msg);
bool guest_answer(struct guest *g, const struct vargo_msg *request,
		  struct vargo_msg *answer);
void guest_credit(struct guest *g);

/* Defaults for a HELLO, and the HELLO itself */
struct vargo_msg guest_hello_msg(struct guest *g);
int guest_hello_send(struct guest *g, const struct vargo_msg *msg);

/* Write one PDU; returns its bytes with padding */
uint32_t guest_put_pdu(void *buf, const struct vargo_pdu *pdu, const void *payload);
/* What guest_submit() would say of a chain */
struct vargo_pdu guest_pdu(const struct guest *g, unsigned int queue, uint16_t head,
			   uint32_t total, uint32_t room);
/* Note that a chain is in flight */
void guest_begin(struct guest *g, unsigned int queue, const struct vargo_pdu *pdu);
/* Send the part of a chain from *done on that fits; true when all of it is out */
bool guest_submit_part(struct guest *g, const struct vargo_pdu *pdu,
		       const uint8_t *out, uint32_t *done);
void guest_forget_chains(struct guest *g);

/* Send something at random, mostly nearly right; noise.c */
void guest_noise(struct guest *g, uint32_t *state);

#endif
