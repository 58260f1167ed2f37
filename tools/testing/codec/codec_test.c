// SPDX-License-Identifier: GPL-2.0
/*
 * The codec against the golden vectors, against itself, and the specification
 * against both.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 *	codec_test vectors.txt virtio-argo.rst...
 *
 * Every buffer that the codec gets is a heap block of exactly the length that
 * it is told, so that the address sanitizer sees one byte too many.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../ktap.h"
#include "session_test.h"
#include "spec.h"
#include "vectors.h"

static struct vector *vectors;
static size_t vectors_len;

/* A copy of @len bytes for free() that ends where the heap block ends */
static void *exact(const void *bytes, size_t len)
{
	void *copy = malloc(len ? len : 1);

	if (!copy)
		abort();
	if (len)
		memcpy(copy, bytes, len);
	else
		copy = realloc(copy, 1);
	return copy;
}

/* xorshift64*: the same numbers on every machine */
static __u64 rnd_state;

static __u32 rnd(void)
{
	rnd_state ^= rnd_state >> 12;
	rnd_state ^= rnd_state << 25;
	rnd_state ^= rnd_state >> 27;
	return (__u32)((rnd_state * 0x2545f4914f6cdd1dULL) >> 32);
}

static const char *const kind_names[] = {
	[KIND_FRAME] = "frame", [KIND_PDU] = "pdu", [KIND_MSG] = "msg",
	[KIND_CONTROL] = "control", [KIND_DATA] = "data",
};

static const char *error_name(int error)
{
	static const char *const names[] = { "SHORT", "LONG", "TYPE", "VALUE", "SPACE" };

	return error < 0 && error >= -5 ? names[-error - 1] : "accepted";
}

/* ------------------------------------------------------------------------ */
/* Whole vectors through the codec */

static int decode_pdu(const __u8 *p, size_t len, struct vector *got)
{
	struct vector_pdu *pdu;
	struct vargo_pdu head;
	int ret = vargo_pdu_decode(p, (__u32)len, &head);

	if (ret < 0)
		return ret;
	if (got->pdus < VECTOR_PDUS) {
		pdu = &got->pdu[got->pdus++];
		/* Fields of 16 and 32 bits leave a hole that must stay 0 */
		pdu->head.type = head.type;
		pdu->head.flags = head.flags;
		pdu->head.dev = head.dev;
		pdu->head.queue = head.queue;
		pdu->head.head = head.head;
		pdu->head.chain = head.chain;
		pdu->head.total = head.total;
		pdu->head.room = head.room;
		pdu->head.offset = head.offset;
		pdu->head.length = head.length;
		pdu->head.epoch = head.epoch;
		pdu->payload_len = head.length;
		memcpy(pdu->payload, p + VARGO_PDU_HDR, head.length);
	}
	return ret;
}

static int decode_data(const __u8 *p, size_t len, struct vector *got)
{
	size_t at = VARGO_FRAME_HDR;
	int ret;

	do {
		ret = decode_pdu(p + at, len - at, got);
		if (ret < 0)
			return ret;
		at += (size_t)ret;
	} while (at < len);
	return (int)at;
}

/* Into a heap block of its own, so that a byte written too far is seen */
static int decode_msg(const __u8 *p, size_t len, struct vector *got)
{
	struct vargo_msg *msg = malloc(sizeof(*msg));
	int ret;

	if (!msg)
		abort();
	ret = vargo_msg_decode(p, (__u32)len, msg);
	memcpy(&got->msg, msg, sizeof(*msg));
	got->has_msg = ret > 0;
	free(msg);
	return ret;
}

/* Return: bytes taken or VARGO_E_* */
static int decode(enum vector_kind kind, const __u8 *bytes, size_t len,
		  struct vector *got)
{
	__u8 *p = exact(bytes, len);
	int ret;

	memset(got, 0, sizeof(*got));
	switch (kind) {
	case KIND_PDU:
		ret = decode_pdu(p, len, got);
		break;
	case KIND_MSG:
		ret = decode_msg(p, len, got);
		break;
	default:
		ret = vargo_frame_decode(p, (__u32)len, &got->frame);
		if (ret < 0 || kind == KIND_FRAME)
			break;
		if (kind == KIND_DATA) {
			ret = decode_data(p, len, got);
			break;
		}
		if (len > VARGO_FRAME_HDR)
			ret = decode_msg(p + VARGO_FRAME_HDR,
					 len - VARGO_FRAME_HDR, got);
		if (ret > 0)
			ret = (int)len;
	}
	free(p);
	return ret;
}

static bool same(const struct vector *a, const struct vector *b)
{
	unsigned int i;

	if (memcmp(&a->frame, &b->frame, sizeof(a->frame)) ||
	    memcmp(&a->msg, &b->msg, sizeof(a->msg)) || a->pdus != b->pdus)
		return false;
	for (i = 0; i < a->pdus; i++)
		if (memcmp(&a->pdu[i].head, &b->pdu[i].head, sizeof(a->pdu[i].head)) ||
		    a->pdu[i].payload_len != b->pdu[i].payload_len ||
		    memcmp(a->pdu[i].payload, b->pdu[i].payload, a->pdu[i].payload_len))
			return false;
	return true;
}

static size_t encode_msg(const struct vargo_msg *msg, __u8 *to)
{
	int ret = vargo_msg_encode(msg, to, VIRTIO_ARGO_MSG_MAX);

	return ret > 0 ? (size_t)ret : 0;
}

static size_t encode_pdu(const struct vector_pdu *pdu, __u8 *to)
{
	vargo_pdu_encode(&pdu->head, to);
	memcpy(to + VARGO_PDU_HDR, pdu->payload, pdu->payload_len);
	return VARGO_PDU_HDR + pdu->payload_len;
}

/* @to has twice VECTOR_BYTES. Return: bytes written */
static size_t encode(enum vector_kind kind, const struct vector *v, __u8 *to)
{
	size_t at = VARGO_FRAME_HDR;
	unsigned int i;

	if (kind == KIND_PDU)
		return encode_pdu(&v->pdu[0], to);
	if (kind == KIND_MSG)
		return encode_msg(&v->msg, to);

	vargo_frame_encode(&v->frame, to);
	if (kind == KIND_CONTROL && v->has_msg)
		at += encode_msg(&v->msg, to + at);
	for (i = 0; kind == KIND_DATA && i < v->pdus; i++) {
		while (at % VIRTIO_ARGO_ALIGN)
			to[at++] = 0;
		at += encode_pdu(&v->pdu[i], to + at);
	}
	return at;
}

static void test_vector(const struct vector *v)
{
	static struct vector got, again;
	__u8 bytes[2 * VECTOR_BYTES];
	int ret = decode(v->kind, v->bytes, v->len, &got);
	size_t n;

	if (v->result < 0) {
		if (!ktap_ok(ret == v->result, "%s %s: refused, %s",
			     kind_names[v->kind], v->name, error_name(v->result)))
			ktap_diag("%s (%d)", error_name(ret), ret);
		return;
	}
	if (!ktap_ok(ret == v->result && same(v, &got), "%s %s: decodes",
		     kind_names[v->kind], v->name))
		ktap_diag("result %d, expected %d", ret, v->result);

	memset(bytes, 0xee, sizeof(bytes));
	n = encode(v->kind, v, bytes);
	if (!v->decode_only) {
		ktap_ok(n == v->len && !memcmp(bytes, v->bytes, n),
			"%s %s: encodes", kind_names[v->kind], v->name);
		return;
	}
	ret = decode(v->kind, bytes, n, &again);
	ktap_ok(ret == (int)n && same(v, &again),
		"%s %s: comes back when encoded", kind_names[v->kind], v->name);
}

/* ------------------------------------------------------------------------ */
/* Properties */

/*
 * What was accepted must come back: everything the codec reads it can write,
 * to the same bytes where no freedom is left. Only a HELLO has freedom within
 * the message (its reserved field and what follows), and padding is free.
 */
static bool canonical(enum vector_kind kind, const __u8 *bytes, size_t len,
		      int ret, const struct vector *got)
{
	static struct vector again;
	__u8 out[2 * VECTOR_BYTES];
	size_t n = encode(kind, got, out);
	__u32 at;
	unsigned int i;

	if (ret <= 0 || (size_t)ret > len || !n || n > len)
		return false;
	if (decode(kind, out, n, &again) < 0 || !same(got, &again))
		return false;
	if (got->has_msg && got->msg.id == VIRTIO_ARGO_BUS_HELLO)
		return true;
	if (kind == KIND_MSG && n != (size_t)ret)
		return false;
	if (kind == KIND_PDU && (size_t)ret < n)
		return false;
	if (kind != KIND_DATA)
		return !memcmp(out, bytes, n);

	if (memcmp(out, bytes, VARGO_FRAME_HDR))
		return false;
	for (i = 0, at = VARGO_FRAME_HDR; i < got->pdus; i++) {
		__u32 pdu = VARGO_PDU_HDR + got->pdu[i].head.length;

		if (memcmp(out + at, bytes + at, pdu))
			return false;
		at += vargo_pad(pdu);
	}
	return true;
}

/* Where a valid vector may be cut and still be valid */
static bool may_end(const struct vector *v, size_t len)
{
	size_t at = VARGO_FRAME_HDR;
	unsigned int i;

	if (v->kind == KIND_PDU)
		return len >= VARGO_PDU_HDR + v->pdu[0].payload_len;
	if (v->kind == KIND_CONTROL)	/* a CREDIT, or only the trailing bytes cut */
		return len == VARGO_FRAME_HDR ||
			(v->decode_only && len >= VARGO_FRAME_HDR + VARGO_MSG_HDR +
			 sizeof(struct virtio_argo_ping));
	if (v->kind != KIND_DATA)
		return false;
	for (i = 0; i < v->pdus; i++) {
		at += VARGO_PDU_HDR + v->pdu[i].payload_len;
		if (len < at)
			return false;
		at = (at + VIRTIO_ARGO_ALIGN - 1) & ~(size_t)(VIRTIO_ARGO_ALIGN - 1);
		if (len <= at)
			return true;
	}
	return true;
}

static void test_truncated(const struct vector *v)
{
	static struct vector got;
	bool good = true;
	size_t len;
	int ret = 0;

	for (len = 0; len < v->len; len++) {
		ret = decode(v->kind, v->bytes, len, &got);
		if (ret >= 0)
			good = canonical(v->kind, v->bytes, len, ret, &got) &&
			       (v->result < 0 || may_end(v, len));
		else
			good = ret >= VARGO_E_VALUE && (v->result < 0 ||
			       (ret == VARGO_E_SHORT && !may_end(v, len)));
		if (!good)
			break;
	}
	if (!ktap_ok(good, "%s %s: each of its %zu truncations",
		     kind_names[v->kind], v->name, v->len))
		ktap_diag("cut to %zu: %d", len, ret);
}

/* Does one input. Return: false if a property is broken */
static bool survives(enum vector_kind kind, const __u8 *bytes, size_t len,
		     unsigned int *accepted)
{
	static struct vector got;
	int ret = decode(kind, bytes, len, &got);

	if (ret < 0)
		return ret >= VARGO_E_VALUE;
	(*accepted)++;
	/* What does not fit into struct vector was decoded all the same */
	if (got.pdus == VECTOR_PDUS)
		return true;
	return canonical(kind, bytes, len, ret, &got);
}

static void report(bool good, enum vector_kind kind, const char *what,
		   unsigned int tried, unsigned int accepted,
		   const __u8 *bytes, size_t len)
{
	size_t i;

	if (ktap_ok(good, "%s: %s: %u inputs, %u accepted", kind_names[kind],
		    what, tried, accepted))
		return;
	for (i = 0; i < len; i++)
		fprintf(stderr, "%02x%c", bytes[i], i % 16 == 15 ? '\n' : ' ');
	fputc('\n', stderr);
}

static void test_bit_flips(enum vector_kind kind)
{
	unsigned int tried = 0, accepted = 0;
	__u8 bytes[VECTOR_BYTES];
	bool good = true;
	size_t i, bit, len = 0;

	for (i = 0; good && i < vectors_len; i++) {
		if (vectors[i].kind != kind)
			continue;
		len = vectors[i].len;
		memcpy(bytes, vectors[i].bytes, len);
		for (bit = 0; good && bit < 8 * len; bit++, tried++) {
			bytes[bit / 8] ^= 1U << bit % 8;
			good = survives(kind, bytes, len, &accepted);
			if (good)
				bytes[bit / 8] ^= 1U << bit % 8;
		}
	}
	report(good, kind, "every single bit of every vector flipped", tried,
	       accepted, bytes, len);
}

/* Values that sit at the edges of checks, put over aligned fields */
static void spoil(__u8 *bytes, size_t len)
{
	static const __u32 edges[] = {
		0, 1, 2, 7, 8, 9, 31, 32, 33, 63, 64, 65, 0xff, 0x100, 0x7fff,
		0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffff0,
		0xffffffff,
	};
	unsigned int times = 1 + rnd() % 4, k;
	size_t at;
	__u32 v;

	while (len && times--) {
		at = rnd() % len;
		switch (rnd() % 3) {
		case 0:
			bytes[at] ^= 1U << rnd() % 8;
			break;
		case 1:
			bytes[at] = (__u8)rnd();
			break;
		default:
			v = edges[rnd() % (sizeof(edges) / sizeof(edges[0]))];
			at &= ~(size_t)1;
			for (k = rnd() % 2 ? 2 : 4; k-- && at < len; at++, v >>= 8)
				bytes[at] = (__u8)v;
		}
	}
}

#ifndef FUZZ_ROUNDS
#define FUZZ_ROUNDS	100000
#endif

static void test_fuzz(enum vector_kind kind)
{
	unsigned int tried, accepted = 0;
	__u8 bytes[VECTOR_BYTES];
	const struct vector *v;
	bool good = true;
	size_t len = 0;
	char what[64];

	rnd_state = 0x56414300 + kind;
	for (tried = 0; good && tried < FUZZ_ROUNDS; tried++) {
		do
			v = &vectors[rnd() % vectors_len];
		while (v->kind != kind);
		memcpy(bytes, v->bytes, v->len);
		len = rnd() % 8 || !v->len ? v->len : rnd() % v->len;
		spoil(bytes, len);
		good = survives(kind, bytes, len, &accepted);
	}
	snprintf(what, sizeof(what), "spoilt vectors, seed %#x", 0x56414300 + kind);
	report(good, kind, what, tried, accepted, bytes, len);
}

static void test_noise(enum vector_kind kind)
{
	unsigned int tried, accepted = 0;
	__u8 bytes[VECTOR_BYTES];
	bool good = true;
	size_t len = 0, i;

	rnd_state = 0x4e4f4900 + kind;
	for (tried = 0; good && tried < FUZZ_ROUNDS / 4; tried++) {
		len = rnd() % 300;
		/* Few values, small ones often, so that some get far */
		for (i = 0; i < len; i++)
			bytes[i] = rnd() % 4 ? 0 : rnd() % 2 ? rnd() % 16 : (__u8)rnd();
		good = survives(kind, bytes, len, &accepted);
	}
	report(good, kind, "noise", tried, accepted, bytes, len);
}

/* Random structures that are valid by construction come back as they were */
static void test_round_trip(void)
{
	static struct vector v, got;
	__u8 bytes[2 * VECTOR_BYTES];
	bool good = true;
	unsigned int i, k;
	size_t n;

	rnd_state = 0x525453;
	for (i = 0; good && i < FUZZ_ROUNDS; i++) {
		memset(&v, 0, sizeof(v));
		v.frame.session = rnd() | 1;
		v.frame.seq = rnd();
		v.frame.data_consumed = rnd();
		v.frame.ctrl_consumed = rnd();
		v.pdus = 1 + rnd() % 4;
		for (k = 0; k < v.pdus; k++) {
			struct vargo_pdu *pdu = &v.pdu[k].head;
			__u32 j;

			pdu->type = 1 + rnd() % 2;
			pdu->dev = rnd() % VIRTIO_ARGO_MAX_DEVICES;
			pdu->queue = (__u16)rnd();
			pdu->head = (__u16)rnd();
			pdu->chain = rnd();
			pdu->epoch = (__u16)rnd();
			pdu->length = rnd() % 80;
			pdu->offset = pdu->length ? rnd() % 5000 : 0;
			pdu->total = pdu->offset + pdu->length +
				     (pdu->length ? rnd() % 5000 : 0);
			if (pdu->type == VIRTIO_ARGO_PDU_SUBMIT)
				pdu->room = rnd() % (0xffffffff - pdu->total);
			else
				pdu->room = rnd() % (pdu->total + 1);
			if (pdu->type == VIRTIO_ARGO_PDU_COMPLETE && !pdu->total)
				pdu->flags = rnd() % 2;
			v.pdu[k].payload_len = pdu->length;
			for (j = 0; j < pdu->length; j++)
				v.pdu[k].payload[j] = (__u8)rnd();
		}
		n = encode(KIND_DATA, &v, bytes);
		good = decode(KIND_DATA, bytes, n, &got) == (int)n && same(&v, &got);
	}
	ktap_ok(good, "data: %u random frames come back, seed 0x525453", i);
}

/* ------------------------------------------------------------------------ */
/* The set of messages, and the encoder's refusals */

static void test_message_set(void)
{
	unsigned int found = 0, with_vector = 0, type, id;
	__u32 size;
	size_t i;

	for (type = 0; type < 256; type++) {
		for (id = 0; id < 256; id++) {
			bool known = false, vector = false;

			for (size = 8; size <= VIRTIO_ARGO_MSG_MAX; size += 4) {
				__u8 bytes[VIRTIO_ARGO_MSG_MAX] = {
					(__u8)type, (__u8)id, [6] = (__u8)size,
					(__u8)(size >> 8)
				};
				struct vargo_msg msg;
				__u8 *p = exact(bytes, size);

				known |= vargo_msg_decode(p, size, &msg) != VARGO_E_TYPE;
				free(p);
			}
			for (i = 0; i < vectors_len; i++)
				vector |= vectors[i].kind == KIND_MSG &&
					  vectors[i].result > 0 &&
					  vectors[i].msg.type == type &&
					  vectors[i].msg.id == id;
			found += known;
			with_vector += known && vector;
		}
	}
	ktap_ok(found == 29, "msg: 29 pairs of type and id are known, of 65536");
	ktap_ok(with_vector == 29, "msg: each of them has a vector");
}

/* Into blocks of each length: too small is refused, enough is enough */
static void test_encoder_space(const struct vector *v)
{
	int size = v->result, ret = VARGO_E_SPACE;
	__u32 cap;

	if (v->msg.id == VIRTIO_ARGO_BUS_HELLO)
		size = VARGO_MSG_HDR + sizeof(struct virtio_argo_hello);
	for (cap = 0; ret == VARGO_E_SPACE && cap <= (__u32)size; cap++) {
		__u8 *p = exact(v->bytes, cap);

		ret = vargo_msg_encode(&v->msg, p, cap);
		free(p);
	}
	ktap_ok(ret == size && cap == (__u32)size + 1,
		"msg %s: is encoded into %d bytes and no fewer", v->name, size);
}

static void refuse(const char *what, const struct vargo_msg *msg, int error)
{
	__u8 bytes[VIRTIO_ARGO_MSG_MAX];
	int ret = vargo_msg_encode(msg, bytes, sizeof(bytes));

	if (!ktap_ok(ret == error, "msg: not encoded: %s, %s", what, error_name(error)))
		ktap_diag("%d", ret);
}

static void test_encoder_refusals(void)
{
	struct vargo_msg msg;

	memset(&msg, 0, sizeof(msg));
	msg.id = 0x3f;
	refuse("unknown id", &msg, VARGO_E_TYPE);
	msg.id = VIRTIO_ARGO_EVENT_CONFIG;
	msg.type = VIRTIO_ARGO_TYPE_RESPONSE;
	refuse("response to an event", &msg, VARGO_E_TYPE);
	msg.type = 0;
	msg.token = 1;
	refuse("event with a token", &msg, VARGO_E_VALUE);
	msg.token = 0;
	msg.config.len = VARGO_CONFIG_CHUNK + 1;
	refuse("193 bytes of configuration", &msg, VARGO_E_VALUE);
	msg.config.len = 0xffffffff;
	refuse("2^32 - 1 bytes of configuration", &msg, VARGO_E_VALUE);

	memset(&msg, 0, sizeof(msg));
	msg.id = VIRTIO_ARGO_SET_FEATURES;
	msg.features.num = VARGO_FEATURE_BLOCKS + 1;
	refuse("9 feature blocks", &msg, VARGO_E_VALUE);
	msg.features.num = 0x40000000;
	refuse("2^30 feature blocks", &msg, VARGO_E_VALUE);
	msg.features.num = 1;
	msg.dev = VIRTIO_ARGO_MAX_DEVICES;
	refuse("device 64", &msg, VARGO_E_VALUE);

	memset(&msg, 0, sizeof(msg));
	msg.type = VIRTIO_ARGO_TYPE_BUS;
	msg.id = VIRTIO_ARGO_BUS_HELLO;
	refuse("HELLO without magic", &msg, VARGO_E_VALUE);
	msg.id = VIRTIO_ARGO_BUS_GET_DEVICES;
	msg.devices.count = 72;
	refuse("72 device numbers", &msg, VARGO_E_VALUE);
	msg.devices.count = 8;
	msg.dev = 1;
	refuse("bus message to a device", &msg, VARGO_E_VALUE);

	memset(&msg, 0, sizeof(msg));
	msg.id = VIRTIO_ARGO_SET_STATUS;
	msg.status.epoch = 0x10000;
	refuse("epoch 65536", &msg, VARGO_E_VALUE);
}

static void test_sizes(void)
{
	static const struct { __u32 len, ring; } sizes[] = {
		{ 16, 32 }, { 17, 48 }, { 24, 48 }, { 31, 48 }, { 32, 48 },
		{ 64, 80 }, { 280, 304 }, { 1 << 24, (1 << 24) + 16 },
	};
	struct vargo_pdu pdu;
	__u8 head[VARGO_PDU_HDR] = { VIRTIO_ARGO_PDU_SUBMIT };
	bool good = true;
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		good &= vargo_ring_bytes(sizes[i].len) == sizes[i].ring;
	ktap_ok(good, "a frame takes its length, Argo's header and the rounding");
	ktap_ok(vargo_pad(0) == 0 && vargo_pad(1) == 16 && vargo_pad(16) == 16 &&
		vargo_pad(0xfffffff0) == 0xfffffff0, "padding is to 16 bytes");
	ktap_ok(vargo_pdu_decode(head, 0x7fffffff, &pdu) == VARGO_PDU_HDR &&
		vargo_pdu_decode(head, 0x80000000, &pdu) == VARGO_E_LONG,
		"pdu: 2^31 bytes are too many for the result");
}

static void spec_result(bool good, const char *text)
{
	ktap_ok(good, "spec: %s", text);
}

static void session_outcome(bool good, const char *name, unsigned int step, __u32 got)
{
	ktap_ok(good, "session: %s", name);
	if (step)
		ktap_diag("step %u gives %u", step, got);
}

int main(int argc, char **argv)
{
	enum vector_kind kind;
	size_t i;

	if (argc < 3) {
		fprintf(stderr, "usage: %s vectors.txt virtio-argo.rst...\n", argv[0]);
		return 2;
	}
	vectors = vectors_read(argv[1], &vectors_len);
	ktap_start();
	for (i = 0; i < vectors_len; i++)
		test_vector(&vectors[i]);
	for (i = 0; i < vectors_len; i++)
		test_truncated(&vectors[i]);
	for (i = 0; i < vectors_len; i++)
		if (vectors[i].kind == KIND_MSG && vectors[i].result > 0)
			test_encoder_space(&vectors[i]);
	for (kind = KIND_FRAME; kind <= KIND_DATA; kind++) {
		test_bit_flips(kind);
		test_fuzz(kind);
		test_noise(kind);
	}
	test_round_trip();
	test_message_set();
	test_encoder_refusals();
	test_sizes();
	session_check(session_outcome);
	spec_check(&argv[2], vectors, vectors_len, spec_result);
	free(vectors);
	return ktap_finish();
}
