// SPDX-License-Identifier: GPL-2.0
/*
 * VirtIO over Argo: KUnit tests of the codec.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * That the codec is right is shown in user space, where it meets all golden
 * vectors under sanitizers (make check-codec). What is left to show here is
 * that this kernel's compiler and byte order make the same of it: a few of the
 * vectors, and each way to refuse.
 */
#include <kunit/test.h>

#include "virtio_argo_codec.h"

/* Vector hello-request */
static const u8 hello[] = {
	0x02, 0x80, 0x00, 0x00, 0x01, 0x00, 0x30, 0x00,
	0x41, 0x52, 0x47, 0x4f, 0x01, 0x00, 0x01, 0x00,
	0x4a, 0x3b, 0x2c, 0x1d, 0xb0, 0xef, 0x00, 0x00,
	0x00, 0x40, 0x00, 0x00, 0x08, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

/* Vector submit-read */
static const u8 submit[] = {
	0x01, 0x00, 0x03, 0x00, 0x01, 0x00, 0x05, 0x00,
	0x09, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00,
	0x15, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x10, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00,
	0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

/* Vector get-config-response */
static const u8 config[] = {
	0x01, 0x05, 0x02, 0x00, 0x08, 0x00, 0x18, 0x00,
	0x03, 0x00, 0x00, 0x00, 0x08, 0x00, 0x00, 0x00,
	0x04, 0x00, 0x00, 0x00, 0x01, 0x02, 0x03, 0x04,
};

static void frame_head(struct kunit *test)
{
	static const u8 bytes[] = {
		0x4a, 0x3b, 0x2c, 0x1d, 0x04, 0x03, 0x02, 0x01,
		0x08, 0x07, 0x06, 0x05, 0x0c, 0x0b, 0x0a, 0x09,
	};
	struct vargo_frame frame;
	u8 out[VARGO_FRAME_HDR];

	KUNIT_ASSERT_EQ(test, vargo_frame_decode(bytes, sizeof(bytes), &frame), 16);
	KUNIT_EXPECT_EQ(test, frame.session, 0x1d2c3b4a);
	KUNIT_EXPECT_EQ(test, frame.seq, 0x01020304);
	KUNIT_EXPECT_EQ(test, frame.data_consumed, 0x05060708);
	KUNIT_EXPECT_EQ(test, frame.ctrl_consumed, 0x090a0b0c);
	vargo_frame_encode(&frame, out);
	KUNIT_EXPECT_MEMEQ(test, out, bytes, sizeof(bytes));
}

static void frame_refused(struct kunit *test)
{
	u8 bytes[VARGO_FRAME_HDR] = { [4] = 1 };
	struct vargo_frame frame;

	KUNIT_EXPECT_EQ(test, vargo_frame_decode(bytes, 15, &frame), VARGO_E_SHORT);
	KUNIT_EXPECT_EQ(test, vargo_frame_decode(bytes, 16, &frame), VARGO_E_VALUE);
}

static void pdu_head(struct kunit *test)
{
	struct vargo_pdu pdu;
	u8 out[VARGO_PDU_HDR];

	KUNIT_ASSERT_EQ(test, vargo_pdu_decode(submit, sizeof(submit), &pdu), 48);
	KUNIT_EXPECT_EQ(test, pdu.type, VIRTIO_ARGO_PDU_SUBMIT);
	KUNIT_EXPECT_EQ(test, pdu.dev, 3);
	KUNIT_EXPECT_EQ(test, pdu.queue, 1);
	KUNIT_EXPECT_EQ(test, pdu.head, 5);
	KUNIT_EXPECT_EQ(test, pdu.chain, 9);
	KUNIT_EXPECT_EQ(test, pdu.total, 16);
	KUNIT_EXPECT_EQ(test, pdu.room, 21);
	KUNIT_EXPECT_EQ(test, pdu.length, 16);
	KUNIT_EXPECT_EQ(test, pdu.epoch, 2);
	vargo_pdu_encode(&pdu, out);
	KUNIT_EXPECT_MEMEQ(test, out, submit, sizeof(out));
}

/* Each byte of the head set to 0xff: what may not be, is not taken */
static void pdu_refused(struct kunit *test)
{
	static const struct {
		u8 at;
		int error;
	} cases[] = {
		{ 0, VARGO_E_TYPE }, { 1, VARGO_E_VALUE }, { 2, VARGO_E_VALUE },
		{ 20, VARGO_E_VALUE }, { 24, VARGO_E_SHORT },
		{ 27, VARGO_E_SHORT }, { 30, VARGO_E_VALUE },
		{ 31, VARGO_E_VALUE },
	};
	u8 bytes[sizeof(submit)];
	struct vargo_pdu pdu;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		memcpy(bytes, submit, sizeof(bytes));
		bytes[cases[i].at] = 0xff;
		KUNIT_EXPECT_EQ_MSG(test, vargo_pdu_decode(bytes, sizeof(bytes), &pdu),
				    cases[i].error, "byte %u", cases[i].at);
	}
}

static void pdu_used_length(struct kunit *test)
{
	struct vargo_pdu pdu = {
		.type = VIRTIO_ARGO_PDU_COMPLETE, .total = 1, .room = 2, .length = 1,
	};
	u8 bytes[VARGO_PDU_HDR + 1] = {};

	vargo_pdu_encode(&pdu, bytes);
	KUNIT_EXPECT_EQ(test, vargo_pdu_decode(bytes, sizeof(bytes), &pdu),
			VARGO_E_VALUE);
	pdu.room = 1;
	vargo_pdu_encode(&pdu, bytes);
	KUNIT_EXPECT_EQ(test, vargo_pdu_decode(bytes, sizeof(bytes), &pdu),
			(int)sizeof(bytes));
}

static void msg_hello(struct kunit *test)
{
	u8 out[VIRTIO_ARGO_MSG_MAX];
	struct vargo_msg msg;

	KUNIT_ASSERT_EQ(test, vargo_msg_decode(hello, sizeof(hello), &msg), 48);
	KUNIT_EXPECT_EQ(test, msg.hello.magic, VIRTIO_ARGO_MAGIC);
	KUNIT_EXPECT_EQ(test, msg.hello.session, 0x1d2c3b4a);
	KUNIT_EXPECT_EQ(test, msg.hello.window, 61360);
	KUNIT_EXPECT_EQ(test, msg.hello.max_frame, 16384);
	KUNIT_EXPECT_EQ(test, msg.hello.ctrl_window, VIRTIO_ARGO_CTRL_WINDOW);
	KUNIT_ASSERT_EQ(test, vargo_msg_encode(&msg, out, sizeof(out)), 48);
	KUNIT_EXPECT_MEMEQ(test, out, hello, sizeof(hello));
}

static void msg_config(struct kunit *test)
{
	u8 out[sizeof(config)];
	struct vargo_msg msg;

	KUNIT_ASSERT_EQ(test, vargo_msg_decode(config, sizeof(config), &msg), 24);
	KUNIT_EXPECT_EQ(test, msg.dev, 2);
	KUNIT_EXPECT_EQ(test, msg.token, 8);
	KUNIT_EXPECT_EQ(test, msg.config.generation, 3);
	KUNIT_EXPECT_EQ(test, msg.config.len, 4);
	KUNIT_EXPECT_EQ(test, msg.config.data[3], 4);
	KUNIT_EXPECT_EQ(test, vargo_msg_encode(&msg, out, sizeof(out) - 1),
			VARGO_E_SPACE);
	KUNIT_ASSERT_EQ(test, vargo_msg_encode(&msg, out, sizeof(out)), 24);
	KUNIT_EXPECT_MEMEQ(test, out, config, sizeof(config));
}

/* In blocks of their own, so that KASAN sees a byte too many */
static void msg_truncated(struct kunit *test)
{
	struct vargo_msg msg;
	size_t len;
	u8 *cut;

	for (len = 1; len < sizeof(config); len++) {
		cut = kunit_kmalloc(test, len, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, cut);
		memcpy(cut, config, len);
		KUNIT_EXPECT_EQ(test, vargo_msg_decode(cut, len, &msg), VARGO_E_SHORT);
		kunit_kfree(test, cut);
	}
}

static void msg_refused(struct kunit *test)
{
	static const struct {
		u8 at, value;
		int error;
	} cases[] = {
		{ 0, 0x04, VARGO_E_TYPE }, { 1, 0x3f, VARGO_E_TYPE },
		{ 2, 64, VARGO_E_VALUE }, { 6, 23, VARGO_E_SHORT },
		{ 7, 0x40, VARGO_E_LONG }, { 16, 3, VARGO_E_LONG },
		{ 16, 5, VARGO_E_SHORT }, { 16, 193, VARGO_E_VALUE },
	};
	u8 bytes[sizeof(config)];
	struct vargo_msg msg;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		memcpy(bytes, config, sizeof(bytes));
		bytes[cases[i].at] = cases[i].value;
		KUNIT_EXPECT_EQ_MSG(test, vargo_msg_decode(bytes, sizeof(bytes), &msg),
				    cases[i].error, "byte %u", cases[i].at);
	}
}

static void ring_bytes(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, vargo_ring_bytes(16), 32);
	KUNIT_EXPECT_EQ(test, vargo_ring_bytes(17), 48);
	KUNIT_EXPECT_EQ(test, vargo_ring_bytes(VARGO_CTRL_FRAME_MAX), 304);
}

static struct kunit_case vargo_codec_cases[] = {
	KUNIT_CASE(frame_head),
	KUNIT_CASE(frame_refused),
	KUNIT_CASE(pdu_head),
	KUNIT_CASE(pdu_refused),
	KUNIT_CASE(pdu_used_length),
	KUNIT_CASE(msg_hello),
	KUNIT_CASE(msg_config),
	KUNIT_CASE(msg_truncated),
	KUNIT_CASE(msg_refused),
	KUNIT_CASE(ring_bytes),
	{}
};

static struct kunit_suite vargo_codec_suite = {
	.name = "virtio_argo_codec",
	.test_cases = vargo_codec_cases,
};

kunit_test_suite(vargo_codec_suite);
