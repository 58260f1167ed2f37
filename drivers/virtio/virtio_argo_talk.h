/* SPDX-License-Identifier: (GPL-2.0 OR BSD-3-Clause) */
/*
 * Conversations in the VirtIO-Argo protocol, for the tests of both sides.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * tools/testing/codec/mkconversations.py has written this, and
 * tools/testing/codec/conversations.txt, which says what it means.
 */
#ifndef _VIRTIO_ARGO_TALK_H
#define _VIRTIO_ARGO_TALK_H

/* A byte of a frame: itself, any (and what we send), or byte N of its sender's choice */
#define TALK_ANY		0x100
#define TALK_VAR(var, n)	(0x8000 | (var) << 4 | (n))
#define TALK_IS_VAR(b)		((b) & 0x8000)
#define TALK_VAR_OF(b)		(((b) & 0x7fff) >> 4)
#define TALK_VAR_BYTE(b)	((b) & 0xf)

enum talk_var {
	TALK_SESSION,
	TALK_SESSION2,
	TALK_DEV,
	TALK_EPOCH,
	TALK_EPOCH2,
	TALK_HEAD,
	TALK_CHAIN,
	TALK_T1,
	TALK_T2,
	TALK_T3,
	TALK_T4,
	TALK_VARS
};

enum talk_side { TALK_NOBODY, TALK_DRIVER, TALK_DEVICE };
enum talk_given { TALK_NOTHING, TALK_IN_SESSION, TALK_CONFIGURED, TALK_RUNNING };
enum talk_kind { TALK_END, TALK_BARE, TALK_CONTROL, TALK_DATA, TALK_DO, TALK_SEE,
		 TALK_SILENCE, TALK_TIME };

/* @how: of a frame: gap or replay; of DO: what; of SEE: the used length */
struct talk_step {
	enum talk_side who;
	enum talk_kind kind;
	const char *how;
	const unsigned short *bytes;
	unsigned int len;
};

struct talk {
	const char *name;
	enum talk_given given;
	_Bool for_driver;
	_Bool for_device;
	const struct talk_step *steps;
};

static const unsigned short talk_bytes_0_0[] = {
	0x02, 0x80, 0x00, 0x00, TALK_VAR(TALK_T1, 0), TALK_VAR(TALK_T1, 1), 0x30, 0x00, 0x41,
	0x52, 0x47, 0x4f, 0x01, 0x00, 0x01, 0x00, TALK_VAR(TALK_SESSION, 0),
	TALK_VAR(TALK_SESSION, 1), TALK_VAR(TALK_SESSION, 2), TALK_VAR(TALK_SESSION, 3),
	TALK_ANY | 176, TALK_ANY | 239, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 64,
	TALK_ANY | 0, TALK_ANY | 0, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

static const unsigned short talk_bytes_0_1[] = {
	0x03, 0x80, 0x00, 0x00, TALK_VAR(TALK_T1, 0), TALK_VAR(TALK_T1, 1), 0x30, 0x00, 0x41,
	0x52, 0x47, 0x4f, 0x01, 0x00, 0x01, 0x00, TALK_VAR(TALK_SESSION, 0),
	TALK_VAR(TALK_SESSION, 1), TALK_VAR(TALK_SESSION, 2), TALK_VAR(TALK_SESSION, 3),
	TALK_ANY | 176, TALK_ANY | 239, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 64,
	TALK_ANY | 0, TALK_ANY | 0, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 17, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0,
	TALK_ANY | 0, TALK_ANY | 2, 0x00, 0x00, 0x00, 0x00,
};

static const struct talk_step talk_steps_0[] = {
	{ TALK_DRIVER, TALK_BARE, "", talk_bytes_0_0, 48 },
	{ TALK_DEVICE, TALK_BARE, "", talk_bytes_0_1, 48 },
	{ TALK_DEVICE, TALK_SILENCE, "", NULL, 0 },
	{ TALK_NOBODY, TALK_END, "", NULL, 0 },
};

static const unsigned short talk_bytes_1_0[] = {
	0x02, 0x80, 0x00, 0x00, TALK_VAR(TALK_T1, 0), TALK_VAR(TALK_T1, 1), 0x30, 0x00, 0x41,
	0x52, 0x47, 0x4f, 0x01, 0x00, 0x01, 0x00, TALK_VAR(TALK_SESSION, 0),
	TALK_VAR(TALK_SESSION, 1), TALK_VAR(TALK_SESSION, 2), TALK_VAR(TALK_SESSION, 3),
	TALK_ANY | 176, TALK_ANY | 239, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 64,
	TALK_ANY | 0, TALK_ANY | 0, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

static const unsigned short talk_bytes_1_2[] = {
	0x02, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x08, 0x00,
};

static const unsigned short talk_bytes_1_3[] = {
	0x03, 0x80, 0x00, 0x00, TALK_VAR(TALK_T1, 0), TALK_VAR(TALK_T1, 1), 0x30, 0x00, 0x41,
	0x52, 0x47, 0x4f, 0x01, 0x00, 0x01, 0x00, TALK_VAR(TALK_SESSION, 0),
	TALK_VAR(TALK_SESSION, 1), TALK_VAR(TALK_SESSION, 2), TALK_VAR(TALK_SESSION, 3),
	TALK_ANY | 176, TALK_ANY | 239, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 64,
	TALK_ANY | 0, TALK_ANY | 0, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 17, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0,
	TALK_ANY | 0, TALK_ANY | 2, 0x00, 0x00, 0x00, 0x00,
};

static const unsigned short talk_bytes_1_4[] = {
	0x02, 0x80, 0x00, 0x00, TALK_VAR(TALK_T2, 0), TALK_VAR(TALK_T2, 1), 0x30, 0x00, 0x41,
	0x52, 0x47, 0x4f, 0x01, 0x00, 0x01, 0x00, TALK_VAR(TALK_SESSION2, 0),
	TALK_VAR(TALK_SESSION2, 1), TALK_VAR(TALK_SESSION2, 2), TALK_VAR(TALK_SESSION2, 3),
	TALK_ANY | 176, TALK_ANY | 239, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 64,
	TALK_ANY | 0, TALK_ANY | 0, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

static const unsigned short talk_bytes_1_5[] = {
	0x03, 0x80, 0x00, 0x00, TALK_VAR(TALK_T2, 0), TALK_VAR(TALK_T2, 1), 0x30, 0x00, 0x41,
	0x52, 0x47, 0x4f, 0x01, 0x00, 0x01, 0x00, TALK_VAR(TALK_SESSION2, 0),
	TALK_VAR(TALK_SESSION2, 1), TALK_VAR(TALK_SESSION2, 2), TALK_VAR(TALK_SESSION2, 3),
	TALK_ANY | 176, TALK_ANY | 239, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 64,
	TALK_ANY | 0, TALK_ANY | 0, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 17, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0,
	TALK_ANY | 0, TALK_ANY | 2, 0x00, 0x00, 0x00, 0x00,
};

static const struct talk_step talk_steps_1[] = {
	{ TALK_DRIVER, TALK_BARE, "", talk_bytes_1_0, 48 },
	{ TALK_DEVICE, TALK_DO, "start", NULL, 0 },
	{ TALK_DEVICE, TALK_BARE, "", talk_bytes_1_2, 8 },
	{ TALK_DEVICE, TALK_BARE, "", talk_bytes_1_3, 48 },
	{ TALK_DRIVER, TALK_BARE, "", talk_bytes_1_4, 48 },
	{ TALK_DEVICE, TALK_BARE, "", talk_bytes_1_5, 48 },
	{ TALK_NOBODY, TALK_END, "", NULL, 0 },
};

static const unsigned short talk_bytes_2_0[] = {
	0x02, 0x80, 0x00, 0x00, TALK_VAR(TALK_T1, 0), TALK_VAR(TALK_T1, 1), 0x30, 0x00, 0x41,
	0x52, 0x47, 0x4f, 0x01, 0x00, 0x01, 0x00, TALK_VAR(TALK_SESSION, 0),
	TALK_VAR(TALK_SESSION, 1), TALK_VAR(TALK_SESSION, 2), TALK_VAR(TALK_SESSION, 3),
	TALK_ANY | 176, TALK_ANY | 239, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 64,
	TALK_ANY | 0, TALK_ANY | 0, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

static const unsigned short talk_bytes_2_1[] = {
	0x03, 0x80, 0x00, 0x00, TALK_VAR(TALK_T1, 0), TALK_VAR(TALK_T1, 1), 0x30, 0x00, 0x41,
	0x52, 0x47, 0x4f, 0x02, 0x00, 0x03, 0x00, TALK_VAR(TALK_SESSION, 0),
	TALK_VAR(TALK_SESSION, 1), TALK_VAR(TALK_SESSION, 2), TALK_VAR(TALK_SESSION, 3), 0xb0,
	0xef, 0x00, 0x00, 0x00, 0x40, 0x00, 0x00, 0x08, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

static const unsigned short talk_bytes_2_2[] = {
	0x02, 0x80, 0x00, 0x00, TALK_VAR(TALK_T2, 0), TALK_VAR(TALK_T2, 1), 0x30, 0x00, 0x41,
	0x52, 0x47, 0x4f, 0x01, 0x00, 0x01, 0x00, TALK_VAR(TALK_SESSION2, 0),
	TALK_VAR(TALK_SESSION2, 1), TALK_VAR(TALK_SESSION2, 2), TALK_VAR(TALK_SESSION2, 3),
	TALK_ANY | 176, TALK_ANY | 239, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 64,
	TALK_ANY | 0, TALK_ANY | 0, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

static const unsigned short talk_bytes_2_3[] = {
	0x03, 0x80, 0x00, 0x00, TALK_VAR(TALK_T2, 0), TALK_VAR(TALK_T2, 1), 0x30, 0x00, 0x41,
	0x52, 0x47, 0x4f, 0x01, 0x00, 0x01, 0x00, TALK_VAR(TALK_SESSION2, 0),
	TALK_VAR(TALK_SESSION2, 1), TALK_VAR(TALK_SESSION2, 2), TALK_VAR(TALK_SESSION2, 3),
	TALK_ANY | 176, TALK_ANY | 239, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 64,
	TALK_ANY | 0, TALK_ANY | 0, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 17, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0,
	TALK_ANY | 0, TALK_ANY | 2, 0x00, 0x00, 0x00, 0x00,
};

static const struct talk_step talk_steps_2[] = {
	{ TALK_DRIVER, TALK_BARE, "", talk_bytes_2_0, 48 },
	{ TALK_DEVICE, TALK_BARE, "", talk_bytes_2_1, 48 },
	{ TALK_DRIVER, TALK_BARE, "", talk_bytes_2_2, 48 },
	{ TALK_DEVICE, TALK_BARE, "", talk_bytes_2_3, 48 },
	{ TALK_NOBODY, TALK_END, "", NULL, 0 },
};

static const unsigned short talk_bytes_3_0[] = {
	0x02, 0x80, 0x00, 0x00, TALK_VAR(TALK_T1, 0), TALK_VAR(TALK_T1, 1), 0x30, 0x00, 0x41,
	0x52, 0x47, 0x4f, 0x01, 0x00, 0x01, 0x00, TALK_VAR(TALK_SESSION, 0),
	TALK_VAR(TALK_SESSION, 1), TALK_VAR(TALK_SESSION, 2), TALK_VAR(TALK_SESSION, 3),
	TALK_ANY | 176, TALK_ANY | 239, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 64,
	TALK_ANY | 0, TALK_ANY | 0, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

static const unsigned short talk_bytes_3_1[] = {
	0x03, 0x80, 0x00, 0x00, TALK_VAR(TALK_T1, 0), TALK_VAR(TALK_T1, 1), 0x30, 0x00, 0x41,
	0x52, 0x47, 0x4f, 0x01, 0x00, 0x01, 0x00, TALK_VAR(TALK_SESSION, 0),
	TALK_VAR(TALK_SESSION, 1), TALK_VAR(TALK_SESSION, 2), TALK_VAR(TALK_SESSION, 3),
	TALK_ANY | 176, TALK_ANY | 239, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 64,
	TALK_ANY | 0, TALK_ANY | 0, 0x08, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00,
	TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0,
	TALK_ANY | 0, TALK_ANY | 0, 0x00, 0x00, 0x00, 0x00,
};

static const unsigned short talk_bytes_3_2[] = {
	0x02, 0x03, 0x00, 0x00, TALK_VAR(TALK_T2, 0), TALK_VAR(TALK_T2, 1), 0x0c, 0x00, 0x78,
	0x56, 0x34, 0x12,
};

static const unsigned short talk_bytes_3_3[] = {
	0x03, 0x03, 0x00, 0x00, TALK_VAR(TALK_T2, 0), TALK_VAR(TALK_T2, 1), 0x0c, 0x00, 0x78,
	0x56, 0x34, 0x12,
};

static const struct talk_step talk_steps_3[] = {
	{ TALK_DRIVER, TALK_BARE, "", talk_bytes_3_0, 48 },
	{ TALK_DEVICE, TALK_BARE, "", talk_bytes_3_1, 48 },
	{ TALK_DRIVER, TALK_CONTROL, "", talk_bytes_3_2, 12 },
	{ TALK_DEVICE, TALK_CONTROL, "", talk_bytes_3_3, 12 },
	{ TALK_NOBODY, TALK_END, "", NULL, 0 },
};

static const unsigned short talk_bytes_4_0[] = {
	0x02, 0x03, 0x00, 0x00, TALK_VAR(TALK_T1, 0), TALK_VAR(TALK_T1, 1), 0x0c, 0x00, 0x78,
	0x56, 0x34, 0x12,
};

static const unsigned short talk_bytes_4_1[] = {
	0x02, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x08, 0x00,
};

static const unsigned short talk_bytes_4_2[] = {
	0x02, 0x80, 0x00, 0x00, TALK_VAR(TALK_T2, 0), TALK_VAR(TALK_T2, 1), 0x30, 0x00, 0x41,
	0x52, 0x47, 0x4f, 0x01, 0x00, 0x01, 0x00, TALK_VAR(TALK_SESSION2, 0),
	TALK_VAR(TALK_SESSION2, 1), TALK_VAR(TALK_SESSION2, 2), TALK_VAR(TALK_SESSION2, 3),
	TALK_ANY | 176, TALK_ANY | 239, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 64,
	TALK_ANY | 0, TALK_ANY | 0, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

static const unsigned short talk_bytes_4_3[] = {
	0x03, 0x80, 0x00, 0x00, TALK_VAR(TALK_T2, 0), TALK_VAR(TALK_T2, 1), 0x30, 0x00, 0x41,
	0x52, 0x47, 0x4f, 0x01, 0x00, 0x01, 0x00, TALK_VAR(TALK_SESSION2, 0),
	TALK_VAR(TALK_SESSION2, 1), TALK_VAR(TALK_SESSION2, 2), TALK_VAR(TALK_SESSION2, 3),
	TALK_ANY | 176, TALK_ANY | 239, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 64,
	TALK_ANY | 0, TALK_ANY | 0, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 17, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0,
	TALK_ANY | 0, TALK_ANY | 2, 0x00, 0x00, 0x00, 0x00,
};

static const struct talk_step talk_steps_4[] = {
	{ TALK_DRIVER, TALK_CONTROL, "", talk_bytes_4_0, 12 },
	{ TALK_DEVICE, TALK_BARE, "", talk_bytes_4_1, 8 },
	{ TALK_DRIVER, TALK_BARE, "", talk_bytes_4_2, 48 },
	{ TALK_DEVICE, TALK_BARE, "", talk_bytes_4_3, 48 },
	{ TALK_NOBODY, TALK_END, "", NULL, 0 },
};

static const unsigned short talk_bytes_5_0[] = {
	0x02, 0x03, 0x00, 0x00, TALK_VAR(TALK_T1, 0), TALK_VAR(TALK_T1, 1), 0x0c, 0x00, 0x78,
	0x56, 0x34, 0x12,
};

static const unsigned short talk_bytes_5_1[] = {
	0x02, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x08, 0x00,
};

static const unsigned short talk_bytes_5_2[] = {
	0x02, 0x03, 0x00, 0x00, TALK_VAR(TALK_T2, 0), TALK_VAR(TALK_T2, 1), 0x0c, 0x00, 0x78,
	0x56, 0x34, 0x12,
};

static const struct talk_step talk_steps_5[] = {
	{ TALK_DRIVER, TALK_CONTROL, "gap", talk_bytes_5_0, 12 },
	{ TALK_DEVICE, TALK_BARE, "", talk_bytes_5_1, 8 },
	{ TALK_DRIVER, TALK_CONTROL, "", talk_bytes_5_2, 12 },
	{ TALK_DEVICE, TALK_SILENCE, "", NULL, 0 },
	{ TALK_NOBODY, TALK_END, "", NULL, 0 },
};

static const unsigned short talk_bytes_6_0[] = {
	0x00, 0x40, TALK_VAR(TALK_DEV, 0), TALK_VAR(TALK_DEV, 1), 0x00, 0x00, 0x18, 0x00, 0x0f,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00,
};

static const unsigned short talk_bytes_6_1[] = {
	0x02, 0x80, 0x00, 0x00, TALK_VAR(TALK_T2, 0), TALK_VAR(TALK_T2, 1), 0x30, 0x00, 0x41,
	0x52, 0x47, 0x4f, 0x01, 0x00, 0x01, 0x00, TALK_VAR(TALK_SESSION2, 0),
	TALK_VAR(TALK_SESSION2, 1), TALK_VAR(TALK_SESSION2, 2), TALK_VAR(TALK_SESSION2, 3),
	TALK_ANY | 176, TALK_ANY | 239, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 64,
	TALK_ANY | 0, TALK_ANY | 0, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

static const struct talk_step talk_steps_6[] = {
	{ TALK_DEVICE, TALK_CONTROL, "gap", talk_bytes_6_0, 24 },
	{ TALK_DRIVER, TALK_BARE, "", talk_bytes_6_1, 48 },
	{ TALK_NOBODY, TALK_END, "", NULL, 0 },
};

static const unsigned short talk_bytes_7_0[] = {
	0x02, 0x03, 0x00, 0x00, TALK_VAR(TALK_T1, 0), TALK_VAR(TALK_T1, 1), 0x0c, 0x00, 0x78,
	0x56, 0x34, 0x12,
};

static const unsigned short talk_bytes_7_1[] = {
	0x03, 0x03, 0x00, 0x00, TALK_VAR(TALK_T1, 0), TALK_VAR(TALK_T1, 1), 0x0c, 0x00, 0x78,
	0x56, 0x34, 0x12,
};

static const unsigned short talk_bytes_7_2[] = {
	0x02, 0x03, 0x00, 0x00, TALK_VAR(TALK_T2, 0), TALK_VAR(TALK_T2, 1), 0x0c, 0x00, 0x78,
	0x56, 0x34, 0x12,
};

static const unsigned short talk_bytes_7_4[] = {
	0x02, 0x03, 0x00, 0x00, TALK_VAR(TALK_T3, 0), TALK_VAR(TALK_T3, 1), 0x0c, 0x00, 0x78,
	0x56, 0x34, 0x12,
};

static const unsigned short talk_bytes_7_5[] = {
	0x03, 0x03, 0x00, 0x00, TALK_VAR(TALK_T3, 0), TALK_VAR(TALK_T3, 1), 0x0c, 0x00, 0x78,
	0x56, 0x34, 0x12,
};

static const struct talk_step talk_steps_7[] = {
	{ TALK_DRIVER, TALK_CONTROL, "", talk_bytes_7_0, 12 },
	{ TALK_DEVICE, TALK_CONTROL, "", talk_bytes_7_1, 12 },
	{ TALK_DRIVER, TALK_CONTROL, "replay", talk_bytes_7_2, 12 },
	{ TALK_DEVICE, TALK_SILENCE, "", NULL, 0 },
	{ TALK_DRIVER, TALK_CONTROL, "", talk_bytes_7_4, 12 },
	{ TALK_DEVICE, TALK_CONTROL, "", talk_bytes_7_5, 12 },
	{ TALK_NOBODY, TALK_END, "", NULL, 0 },
};

static const unsigned short talk_bytes_8_0[] = {
	0x02, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x08, 0x00,
};

static const unsigned short talk_bytes_8_1[] = {
	0x02, 0x80, 0x00, 0x00, TALK_VAR(TALK_T2, 0), TALK_VAR(TALK_T2, 1), 0x30, 0x00, 0x41,
	0x52, 0x47, 0x4f, 0x01, 0x00, 0x01, 0x00, TALK_VAR(TALK_SESSION2, 0),
	TALK_VAR(TALK_SESSION2, 1), TALK_VAR(TALK_SESSION2, 2), TALK_VAR(TALK_SESSION2, 3),
	TALK_ANY | 176, TALK_ANY | 239, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 64,
	TALK_ANY | 0, TALK_ANY | 0, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

static const struct talk_step talk_steps_8[] = {
	{ TALK_DEVICE, TALK_BARE, "", talk_bytes_8_0, 8 },
	{ TALK_DRIVER, TALK_BARE, "", talk_bytes_8_1, 48 },
	{ TALK_NOBODY, TALK_END, "", NULL, 0 },
};

static const unsigned short talk_bytes_9_0[] = {
	0x02, 0x03, 0x00, 0x00, TALK_VAR(TALK_T1, 0), TALK_VAR(TALK_T1, 1), 0x0c, 0x00, 0x78,
	0x56, 0x34, 0x12,
};

static const unsigned short talk_bytes_9_1[] = {
	0x03, 0x03, 0x00, 0x00, TALK_VAR(TALK_T1, 0), TALK_VAR(TALK_T1, 1), 0x0c, 0x00, 0x78,
	0x56, 0x34, 0x12,
};

static const struct talk_step talk_steps_9[] = {
	{ TALK_DRIVER, TALK_CONTROL, "", talk_bytes_9_0, 12 },
	{ TALK_DEVICE, TALK_CONTROL, "", talk_bytes_9_1, 12 },
	{ TALK_NOBODY, TALK_END, "", NULL, 0 },
};

static const unsigned short talk_bytes_10_2[] = {
	0x01, 0x00, TALK_VAR(TALK_DEV, 0), TALK_VAR(TALK_DEV, 1), 0x00, 0x00,
	TALK_VAR(TALK_HEAD, 0), TALK_VAR(TALK_HEAD, 1), TALK_VAR(TALK_CHAIN, 0),
	TALK_VAR(TALK_CHAIN, 1), TALK_VAR(TALK_CHAIN, 2), TALK_VAR(TALK_CHAIN, 3), 0x10, 0x00,
	0x00, 0x00, 0x15, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00,
	TALK_VAR(TALK_EPOCH, 0), TALK_VAR(TALK_EPOCH, 1), 0x00, 0x00, 0x08, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

static const unsigned short talk_bytes_10_4[] = {
	0x02, 0x03, 0x00, 0x00, TALK_VAR(TALK_T1, 0), TALK_VAR(TALK_T1, 1), 0x0c, 0x00,
	TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0,
};

static const unsigned short talk_bytes_10_5[] = {
	0x03, 0x03, 0x00, 0x00, TALK_VAR(TALK_T1, 0), TALK_VAR(TALK_T1, 1), 0x0c, 0x00,
	TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0,
};

static const unsigned short talk_bytes_10_7[] = {
	0x02, 0x00, TALK_VAR(TALK_DEV, 0), TALK_VAR(TALK_DEV, 1), 0x00, 0x00,
	TALK_VAR(TALK_HEAD, 0), TALK_VAR(TALK_HEAD, 1), TALK_VAR(TALK_CHAIN, 0),
	TALK_VAR(TALK_CHAIN, 1), TALK_VAR(TALK_CHAIN, 2), TALK_VAR(TALK_CHAIN, 3), 0x15, 0x00,
	0x00, 0x00, 0x15, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x15, 0x00, 0x00, 0x00,
	TALK_VAR(TALK_EPOCH, 0), TALK_VAR(TALK_EPOCH, 1), 0x00, 0x00, TALK_ANY | 0,
	TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0,
	TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0,
	TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0,
	TALK_ANY | 0, 0x00,
};

static const unsigned short talk_bytes_10_8[] = {
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

static const struct talk_step talk_steps_10[] = {
	{ TALK_DEVICE, TALK_DO, "hold", NULL, 0 },
	{ TALK_DRIVER, TALK_DO, "submit", NULL, 0 },
	{ TALK_DRIVER, TALK_DATA, "", talk_bytes_10_2, 48 },
	{ TALK_NOBODY, TALK_TIME, "", NULL, 0 },
	{ TALK_DRIVER, TALK_CONTROL, "", talk_bytes_10_4, 12 },
	{ TALK_DEVICE, TALK_CONTROL, "", talk_bytes_10_5, 12 },
	{ TALK_DEVICE, TALK_DO, "release", NULL, 0 },
	{ TALK_DEVICE, TALK_DATA, "", talk_bytes_10_7, 53 },
	{ TALK_DRIVER, TALK_SEE, "21", talk_bytes_10_8, 21 },
	{ TALK_NOBODY, TALK_END, "", NULL, 0 },
};

static const unsigned short talk_bytes_11_0[] = {
	0x02, 0x03, 0x00, 0x00, TALK_VAR(TALK_T1, 0), TALK_VAR(TALK_T1, 1), 0x0c, 0x00, 0x78,
	0x56, 0x34, 0x12,
};

static const struct talk_step talk_steps_11[] = {
	{ TALK_DEVICE, TALK_CONTROL, "", talk_bytes_11_0, 12 },
	{ TALK_DRIVER, TALK_SILENCE, "", NULL, 0 },
	{ TALK_NOBODY, TALK_END, "", NULL, 0 },
};

static const unsigned short talk_bytes_12_0[] = {
	0x02, 0x40, 0x00, 0x00, 0x00, 0x00, 0x0c, 0x00, TALK_VAR(TALK_DEV, 0),
	TALK_VAR(TALK_DEV, 1), 0x01, 0x00,
};

static const struct talk_step talk_steps_12[] = {
	{ TALK_DEVICE, TALK_CONTROL, "", talk_bytes_12_0, 12 },
	{ TALK_DRIVER, TALK_SILENCE, "", NULL, 0 },
	{ TALK_NOBODY, TALK_END, "", NULL, 0 },
};

static const unsigned short talk_bytes_13_1[] = {
	0x02, 0x40, 0x00, 0x00, 0x00, 0x00, 0x0c, 0x00, TALK_VAR(TALK_DEV, 0),
	TALK_VAR(TALK_DEV, 1), 0x02, 0x00,
};

static const unsigned short talk_bytes_13_2[] = {
	0x01, 0x00, TALK_VAR(TALK_DEV, 0), TALK_VAR(TALK_DEV, 1), 0x00, 0x00,
	TALK_VAR(TALK_HEAD, 0), TALK_VAR(TALK_HEAD, 1), TALK_VAR(TALK_CHAIN, 0),
	TALK_VAR(TALK_CHAIN, 1), TALK_VAR(TALK_CHAIN, 2), TALK_VAR(TALK_CHAIN, 3), 0x10, 0x00,
	0x00, 0x00, 0x15, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00,
	TALK_VAR(TALK_EPOCH, 0), TALK_VAR(TALK_EPOCH, 1), 0x00, 0x00, 0x08, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

static const unsigned short talk_bytes_13_4[] = {
	0x02, 0x03, 0x00, 0x00, TALK_VAR(TALK_T2, 0), TALK_VAR(TALK_T2, 1), 0x0c, 0x00, 0x78,
	0x56, 0x34, 0x12,
};

static const unsigned short talk_bytes_13_5[] = {
	0x03, 0x03, 0x00, 0x00, TALK_VAR(TALK_T2, 0), TALK_VAR(TALK_T2, 1), 0x0c, 0x00, 0x78,
	0x56, 0x34, 0x12,
};

static const struct talk_step talk_steps_13[] = {
	{ TALK_DEVICE, TALK_DO, "remove", NULL, 0 },
	{ TALK_DEVICE, TALK_CONTROL, "", talk_bytes_13_1, 12 },
	{ TALK_DRIVER, TALK_DATA, "", talk_bytes_13_2, 48 },
	{ TALK_DEVICE, TALK_SILENCE, "", NULL, 0 },
	{ TALK_DRIVER, TALK_CONTROL, "", talk_bytes_13_4, 12 },
	{ TALK_DEVICE, TALK_CONTROL, "", talk_bytes_13_5, 12 },
	{ TALK_NOBODY, TALK_END, "", NULL, 0 },
};

static const unsigned short talk_bytes_14_0[] = {
	0x00, 0x07, 0x3f, 0x00, TALK_VAR(TALK_T1, 0), TALK_VAR(TALK_T1, 1), 0x08, 0x00,
};

static const struct talk_step talk_steps_14[] = {
	{ TALK_DRIVER, TALK_CONTROL, "", talk_bytes_14_0, 8 },
	{ TALK_DEVICE, TALK_SILENCE, "", NULL, 0 },
	{ TALK_NOBODY, TALK_END, "", NULL, 0 },
};

static const unsigned short talk_bytes_15_0[] = {
	0x00, 0x08, TALK_VAR(TALK_DEV, 0), TALK_VAR(TALK_DEV, 1), TALK_VAR(TALK_T1, 0),
	TALK_VAR(TALK_T1, 1), 0x10, 0x00, 0x00, 0x00, 0x00, 0x00, TALK_VAR(TALK_EPOCH, 0),
	TALK_VAR(TALK_EPOCH, 1), 0x00, 0x00,
};

static const unsigned short talk_bytes_15_1[] = {
	0x01, 0x08, TALK_VAR(TALK_DEV, 0), TALK_VAR(TALK_DEV, 1), TALK_VAR(TALK_T1, 0),
	TALK_VAR(TALK_T1, 1), 0x10, 0x00, 0x00, 0x00, 0x00, 0x00, TALK_VAR(TALK_EPOCH, 0),
	TALK_VAR(TALK_EPOCH, 1), 0x00, 0x00,
};

static const unsigned short talk_bytes_15_2[] = {
	0x00, 0x04, TALK_VAR(TALK_DEV, 0), TALK_VAR(TALK_DEV, 1), TALK_VAR(TALK_T2, 0),
	TALK_VAR(TALK_T2, 1), 0x18, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0xff,
	0xff, 0xff, 0xff, 0x01, 0x00, 0x00, 0x00,
};

static const unsigned short talk_bytes_15_3[] = {
	0x01, 0x04, TALK_VAR(TALK_DEV, 0), TALK_VAR(TALK_DEV, 1), TALK_VAR(TALK_T2, 0),
	TALK_VAR(TALK_T2, 1), 0x08, 0x00,
};

static const unsigned short talk_bytes_15_4[] = {
	0x00, 0x08, TALK_VAR(TALK_DEV, 0), TALK_VAR(TALK_DEV, 1), TALK_VAR(TALK_T3, 0),
	TALK_VAR(TALK_T3, 1), 0x10, 0x00, 0x0b, 0x00, 0x00, 0x00, TALK_VAR(TALK_EPOCH, 0),
	TALK_VAR(TALK_EPOCH, 1), 0x00, 0x00,
};

static const unsigned short talk_bytes_15_5[] = {
	0x01, 0x08, TALK_VAR(TALK_DEV, 0), TALK_VAR(TALK_DEV, 1), TALK_VAR(TALK_T3, 0),
	TALK_VAR(TALK_T3, 1), 0x10, 0x00, 0x03, 0x00, 0x00, 0x00, TALK_VAR(TALK_EPOCH, 0),
	TALK_VAR(TALK_EPOCH, 1), 0x00, 0x00,
};

static const struct talk_step talk_steps_15[] = {
	{ TALK_DRIVER, TALK_CONTROL, "", talk_bytes_15_0, 16 },
	{ TALK_DEVICE, TALK_CONTROL, "", talk_bytes_15_1, 16 },
	{ TALK_DRIVER, TALK_CONTROL, "", talk_bytes_15_2, 24 },
	{ TALK_DEVICE, TALK_CONTROL, "", talk_bytes_15_3, 8 },
	{ TALK_DRIVER, TALK_CONTROL, "", talk_bytes_15_4, 16 },
	{ TALK_DEVICE, TALK_CONTROL, "", talk_bytes_15_5, 16 },
	{ TALK_NOBODY, TALK_END, "", NULL, 0 },
};

static const unsigned short talk_bytes_16_1[] = {
	0x00, 0x08, TALK_VAR(TALK_DEV, 0), TALK_VAR(TALK_DEV, 1), TALK_VAR(TALK_T1, 0),
	TALK_VAR(TALK_T1, 1), 0x10, 0x00, 0x0f, 0x00, 0x00, 0x00, TALK_VAR(TALK_EPOCH, 0),
	TALK_VAR(TALK_EPOCH, 1), 0x00, 0x00,
};

static const unsigned short talk_bytes_16_2[] = {
	0x01, 0x08, TALK_VAR(TALK_DEV, 0), TALK_VAR(TALK_DEV, 1), TALK_VAR(TALK_T1, 0),
	TALK_VAR(TALK_T1, 1), 0x10, 0x00, 0x4f, 0x00, 0x00, 0x00, TALK_VAR(TALK_EPOCH, 0),
	TALK_VAR(TALK_EPOCH, 1), 0x00, 0x00,
};

static const unsigned short talk_bytes_16_3[] = {
	0x00, 0x40, TALK_VAR(TALK_DEV, 0), TALK_VAR(TALK_DEV, 1), 0x00, 0x00, 0x18, 0x00, 0x4f,
	0x00, 0x00, 0x00, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

static const unsigned short talk_bytes_16_7[] = {
	0x02, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x08, 0x00,
};

static const unsigned short talk_bytes_16_8[] = {
	0x02, 0x80, 0x00, 0x00, TALK_VAR(TALK_T2, 0), TALK_VAR(TALK_T2, 1), 0x30, 0x00, 0x41,
	0x52, 0x47, 0x4f, 0x01, 0x00, 0x01, 0x00, TALK_VAR(TALK_SESSION2, 0),
	TALK_VAR(TALK_SESSION2, 1), TALK_VAR(TALK_SESSION2, 2), TALK_VAR(TALK_SESSION2, 3),
	TALK_ANY | 176, TALK_ANY | 239, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 64,
	TALK_ANY | 0, TALK_ANY | 0, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

static const unsigned short talk_bytes_16_9[] = {
	0x03, 0x80, 0x00, 0x00, TALK_VAR(TALK_T2, 0), TALK_VAR(TALK_T2, 1), 0x30, 0x00, 0x41,
	0x52, 0x47, 0x4f, 0x01, 0x00, 0x01, 0x00, TALK_VAR(TALK_SESSION2, 0),
	TALK_VAR(TALK_SESSION2, 1), TALK_VAR(TALK_SESSION2, 2), TALK_VAR(TALK_SESSION2, 3),
	TALK_ANY | 176, TALK_ANY | 239, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 64,
	TALK_ANY | 0, TALK_ANY | 0, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 17, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0,
	TALK_ANY | 0, TALK_ANY | 2, 0x00, 0x00, 0x00, 0x00,
};

static const struct talk_step talk_steps_16[] = {
	{ TALK_DEVICE, TALK_DO, "refuse", NULL, 0 },
	{ TALK_DRIVER, TALK_CONTROL, "", talk_bytes_16_1, 16 },
	{ TALK_DEVICE, TALK_CONTROL, "", talk_bytes_16_2, 16 },
	{ TALK_DEVICE, TALK_CONTROL, "", talk_bytes_16_3, 24 },
	{ TALK_DRIVER, TALK_DO, "submit", NULL, 0 },
	{ TALK_DRIVER, TALK_SILENCE, "", NULL, 0 },
	{ TALK_DEVICE, TALK_DO, "restart", NULL, 0 },
	{ TALK_DEVICE, TALK_BARE, "", talk_bytes_16_7, 8 },
	{ TALK_DRIVER, TALK_BARE, "", talk_bytes_16_8, 48 },
	{ TALK_DEVICE, TALK_BARE, "", talk_bytes_16_9, 48 },
	{ TALK_NOBODY, TALK_END, "", NULL, 0 },
};

static const unsigned short talk_bytes_17_2[] = {
	0x01, 0x00, TALK_VAR(TALK_DEV, 0), TALK_VAR(TALK_DEV, 1), 0x00, 0x00,
	TALK_VAR(TALK_HEAD, 0), TALK_VAR(TALK_HEAD, 1), TALK_VAR(TALK_CHAIN, 0),
	TALK_VAR(TALK_CHAIN, 1), TALK_VAR(TALK_CHAIN, 2), TALK_VAR(TALK_CHAIN, 3), 0x10, 0x00,
	0x00, 0x00, 0x15, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00,
	TALK_VAR(TALK_EPOCH, 0), TALK_VAR(TALK_EPOCH, 1), 0x00, 0x00, 0x08, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

static const unsigned short talk_bytes_17_4[] = {
	0x00, 0x40, TALK_VAR(TALK_DEV, 0), TALK_VAR(TALK_DEV, 1), 0x00, 0x00, 0x18, 0x00, 0x4f,
	0x00, 0x00, 0x00, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

static const struct talk_step talk_steps_17[] = {
	{ TALK_DEVICE, TALK_DO, "hold", NULL, 0 },
	{ TALK_DRIVER, TALK_DO, "submit", NULL, 0 },
	{ TALK_DRIVER, TALK_DATA, "", talk_bytes_17_2, 48 },
	{ TALK_DEVICE, TALK_DO, "fail", NULL, 0 },
	{ TALK_DEVICE, TALK_CONTROL, "", talk_bytes_17_4, 24 },
	{ TALK_DRIVER, TALK_DO, "submit", NULL, 0 },
	{ TALK_DRIVER, TALK_SILENCE, "", NULL, 0 },
	{ TALK_NOBODY, TALK_END, "", NULL, 0 },
};

static const unsigned short talk_bytes_18_1[] = {
	0x01, 0x00, TALK_VAR(TALK_DEV, 0), TALK_VAR(TALK_DEV, 1), 0x00, 0x00,
	TALK_VAR(TALK_HEAD, 0), TALK_VAR(TALK_HEAD, 1), TALK_VAR(TALK_CHAIN, 0),
	TALK_VAR(TALK_CHAIN, 1), TALK_VAR(TALK_CHAIN, 2), TALK_VAR(TALK_CHAIN, 3), 0x10, 0x00,
	0x00, 0x00, 0x15, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00,
	TALK_VAR(TALK_EPOCH, 0), TALK_VAR(TALK_EPOCH, 1), 0x00, 0x00, 0x08, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

static const unsigned short talk_bytes_18_2[] = {
	0x00, 0x40, TALK_VAR(TALK_DEV, 0), TALK_VAR(TALK_DEV, 1), 0x00, 0x00, 0x18, 0x00, 0x0f,
	0x00, 0x00, 0x00, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

static const unsigned short talk_bytes_18_3[] = {
	0x00, 0x40, TALK_VAR(TALK_DEV, 0), TALK_VAR(TALK_DEV, 1), 0x00, 0x00, 0x18, 0x00, 0x0f,
	0x00, 0x00, 0x00, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

static const unsigned short talk_bytes_18_4[] = {
	0x00, 0x40, TALK_VAR(TALK_DEV, 0), TALK_VAR(TALK_DEV, 1), 0x00, 0x00, 0x18, 0x00, 0x0f,
	0x00, 0x00, 0x00, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

static const unsigned short talk_bytes_18_5[] = {
	0x00, 0x40, TALK_VAR(TALK_DEV, 0), TALK_VAR(TALK_DEV, 1), 0x00, 0x00, 0x18, 0x00, 0x0f,
	0x00, 0x00, 0x00, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

static const struct talk_step talk_steps_18[] = {
	{ TALK_DRIVER, TALK_DO, "submit", NULL, 0 },
	{ TALK_DRIVER, TALK_DATA, "", talk_bytes_18_1, 48 },
	{ TALK_DEVICE, TALK_CONTROL, "", talk_bytes_18_2, 24 },
	{ TALK_DEVICE, TALK_CONTROL, "", talk_bytes_18_3, 24 },
	{ TALK_DEVICE, TALK_CONTROL, "", talk_bytes_18_4, 24 },
	{ TALK_DEVICE, TALK_CONTROL, "", talk_bytes_18_5, 24 },
	{ TALK_DRIVER, TALK_CONTROL, "", NULL, 0 },
	{ TALK_NOBODY, TALK_END, "", NULL, 0 },
};

static const unsigned short talk_bytes_19_1[] = {
	0x01, 0x00, TALK_VAR(TALK_DEV, 0), TALK_VAR(TALK_DEV, 1), 0x00, 0x00,
	TALK_VAR(TALK_HEAD, 0), TALK_VAR(TALK_HEAD, 1), TALK_VAR(TALK_CHAIN, 0),
	TALK_VAR(TALK_CHAIN, 1), TALK_VAR(TALK_CHAIN, 2), TALK_VAR(TALK_CHAIN, 3), 0x10, 0x00,
	0x00, 0x00, 0x15, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00,
	TALK_VAR(TALK_EPOCH, 0), TALK_VAR(TALK_EPOCH, 1), 0x00, 0x00, 0x08, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

static const unsigned short talk_bytes_19_2[] = {
	0x02, 0x00, TALK_VAR(TALK_DEV, 0), TALK_VAR(TALK_DEV, 1), 0x00, 0x00,
	TALK_VAR(TALK_HEAD, 0), TALK_VAR(TALK_HEAD, 1), TALK_VAR(TALK_CHAIN, 0),
	TALK_VAR(TALK_CHAIN, 1), TALK_VAR(TALK_CHAIN, 2), TALK_VAR(TALK_CHAIN, 3), 0x15, 0x00,
	0x00, 0x00, 0x15, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x15, 0x00, 0x00, 0x00,
	TALK_VAR(TALK_EPOCH, 0), TALK_VAR(TALK_EPOCH, 1), 0x00, 0x00, TALK_ANY | 0,
	TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0,
	TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0,
	TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0,
	TALK_ANY | 0, 0x00,
};

static const unsigned short talk_bytes_19_3[] = {
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

static const struct talk_step talk_steps_19[] = {
	{ TALK_DRIVER, TALK_DO, "submit", NULL, 0 },
	{ TALK_DRIVER, TALK_DATA, "", talk_bytes_19_1, 48 },
	{ TALK_DEVICE, TALK_DATA, "", talk_bytes_19_2, 53 },
	{ TALK_DRIVER, TALK_SEE, "21", talk_bytes_19_3, 21 },
	{ TALK_NOBODY, TALK_END, "", NULL, 0 },
};

static const unsigned short talk_bytes_20_1[] = {
	0x01, 0x00, TALK_VAR(TALK_DEV, 0), TALK_VAR(TALK_DEV, 1), 0x00, 0x00,
	TALK_VAR(TALK_HEAD, 0), TALK_VAR(TALK_HEAD, 1), TALK_VAR(TALK_CHAIN, 0),
	TALK_VAR(TALK_CHAIN, 1), TALK_VAR(TALK_CHAIN, 2), TALK_VAR(TALK_CHAIN, 3), 0x10, 0x00,
	0x00, 0x00, 0x15, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00,
	TALK_VAR(TALK_EPOCH, 0), TALK_VAR(TALK_EPOCH, 1), 0x00, 0x00, 0x08, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

static const unsigned short talk_bytes_20_2[] = {
	0x02, 0x00, TALK_VAR(TALK_DEV, 0), TALK_VAR(TALK_DEV, 1), 0x00, 0x00,
	TALK_VAR(TALK_HEAD, 0), TALK_VAR(TALK_HEAD, 1), TALK_VAR(TALK_CHAIN, 0),
	TALK_VAR(TALK_CHAIN, 1), TALK_VAR(TALK_CHAIN, 2), TALK_VAR(TALK_CHAIN, 3), 0x15, 0x00,
	0x00, 0x00, 0x15, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x07, 0x00, 0x00, 0x00,
	TALK_VAR(TALK_EPOCH, 0), TALK_VAR(TALK_EPOCH, 1), 0x00, 0x00, 0x01, 0x02, 0x03, 0x04,
	0x05, 0x06, 0x07,
};

static const unsigned short talk_bytes_20_4[] = {
	0x02, 0x00, TALK_VAR(TALK_DEV, 0), TALK_VAR(TALK_DEV, 1), 0x00, 0x00,
	TALK_VAR(TALK_HEAD, 0), TALK_VAR(TALK_HEAD, 1), TALK_VAR(TALK_CHAIN, 0),
	TALK_VAR(TALK_CHAIN, 1), TALK_VAR(TALK_CHAIN, 2), TALK_VAR(TALK_CHAIN, 3), 0x15, 0x00,
	0x00, 0x00, 0x15, 0x00, 0x00, 0x00, 0x07, 0x00, 0x00, 0x00, 0x0e, 0x00, 0x00, 0x00,
	TALK_VAR(TALK_EPOCH, 0), TALK_VAR(TALK_EPOCH, 1), 0x00, 0x00, 0x08, 0x09, 0x0a, 0x0b,
	0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x12, 0x13, 0x14, 0x00,
};

static const unsigned short talk_bytes_20_5[] = {
	0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e,
	0x0f, 0x10, 0x11, 0x12, 0x13, 0x14, 0x00,
};

static const struct talk_step talk_steps_20[] = {
	{ TALK_DRIVER, TALK_DO, "submit", NULL, 0 },
	{ TALK_DRIVER, TALK_DATA, "", talk_bytes_20_1, 48 },
	{ TALK_DEVICE, TALK_DATA, "", talk_bytes_20_2, 39 },
	{ TALK_DRIVER, TALK_SILENCE, "", NULL, 0 },
	{ TALK_DEVICE, TALK_DATA, "", talk_bytes_20_4, 46 },
	{ TALK_DRIVER, TALK_SEE, "21", talk_bytes_20_5, 21 },
	{ TALK_NOBODY, TALK_END, "", NULL, 0 },
};

static const unsigned short talk_bytes_21_1[] = {
	0x01, 0x00, TALK_VAR(TALK_DEV, 0), TALK_VAR(TALK_DEV, 1), 0x00, 0x00,
	TALK_VAR(TALK_HEAD, 0), TALK_VAR(TALK_HEAD, 1), TALK_VAR(TALK_CHAIN, 0),
	TALK_VAR(TALK_CHAIN, 1), TALK_VAR(TALK_CHAIN, 2), TALK_VAR(TALK_CHAIN, 3), 0x10, 0x00,
	0x00, 0x00, 0x15, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00,
	TALK_VAR(TALK_EPOCH, 0), TALK_VAR(TALK_EPOCH, 1), 0x00, 0x00, 0x08, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

static const unsigned short talk_bytes_21_2[] = {
	0x02, 0x00, TALK_VAR(TALK_DEV, 0), TALK_VAR(TALK_DEV, 1), 0x00, 0x00,
	TALK_VAR(TALK_HEAD, 0), TALK_VAR(TALK_HEAD, 1), TALK_VAR(TALK_CHAIN, 0),
	TALK_VAR(TALK_CHAIN, 1), TALK_VAR(TALK_CHAIN, 2), TALK_VAR(TALK_CHAIN, 3), 0x15, 0x00,
	0x00, 0x00, 0x15, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x07, 0x00, 0x00, 0x00,
	TALK_VAR(TALK_EPOCH, 0), TALK_VAR(TALK_EPOCH, 1), 0x00, 0x00, 0x01, 0x02, 0x03, 0x04,
	0x05, 0x06, 0x07,
};

static const unsigned short talk_bytes_21_3[] = {
	0x02, 0x00, TALK_VAR(TALK_DEV, 0), TALK_VAR(TALK_DEV, 1), 0x00, 0x00,
	TALK_VAR(TALK_HEAD, 0), TALK_VAR(TALK_HEAD, 1), TALK_VAR(TALK_CHAIN, 0),
	TALK_VAR(TALK_CHAIN, 1), TALK_VAR(TALK_CHAIN, 2), TALK_VAR(TALK_CHAIN, 3), 0x15, 0x00,
	0x00, 0x00, 0x15, 0x00, 0x00, 0x00, 0x08, 0x00, 0x00, 0x00, 0x0d, 0x00, 0x00, 0x00,
	TALK_VAR(TALK_EPOCH, 0), TALK_VAR(TALK_EPOCH, 1), 0x00, 0x00, 0x09, 0x0a, 0x0b, 0x0c,
	0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x12, 0x13, 0x14, 0x00,
};

static const unsigned short talk_bytes_21_4[] = {
	0x02, 0x80, 0x00, 0x00, TALK_VAR(TALK_T2, 0), TALK_VAR(TALK_T2, 1), 0x30, 0x00, 0x41,
	0x52, 0x47, 0x4f, 0x01, 0x00, 0x01, 0x00, TALK_VAR(TALK_SESSION2, 0),
	TALK_VAR(TALK_SESSION2, 1), TALK_VAR(TALK_SESSION2, 2), TALK_VAR(TALK_SESSION2, 3),
	TALK_ANY | 176, TALK_ANY | 239, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 64,
	TALK_ANY | 0, TALK_ANY | 0, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

static const struct talk_step talk_steps_21[] = {
	{ TALK_DRIVER, TALK_DO, "submit", NULL, 0 },
	{ TALK_DRIVER, TALK_DATA, "", talk_bytes_21_1, 48 },
	{ TALK_DEVICE, TALK_DATA, "", talk_bytes_21_2, 39 },
	{ TALK_DEVICE, TALK_DATA, "", talk_bytes_21_3, 45 },
	{ TALK_DRIVER, TALK_BARE, "", talk_bytes_21_4, 48 },
	{ TALK_NOBODY, TALK_END, "", NULL, 0 },
};

static const unsigned short talk_bytes_22_1[] = {
	0x01, 0x00, TALK_VAR(TALK_DEV, 0), TALK_VAR(TALK_DEV, 1), 0x00, 0x00,
	TALK_VAR(TALK_HEAD, 0), TALK_VAR(TALK_HEAD, 1), TALK_VAR(TALK_CHAIN, 0),
	TALK_VAR(TALK_CHAIN, 1), TALK_VAR(TALK_CHAIN, 2), TALK_VAR(TALK_CHAIN, 3), 0x10, 0x00,
	0x00, 0x00, 0x15, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00,
	TALK_VAR(TALK_EPOCH, 0), TALK_VAR(TALK_EPOCH, 1), 0x00, 0x00, 0x08, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

static const unsigned short talk_bytes_22_2[] = {
	0x02, 0x01, TALK_VAR(TALK_DEV, 0), TALK_VAR(TALK_DEV, 1), 0x00, 0x00,
	TALK_VAR(TALK_HEAD, 0), TALK_VAR(TALK_HEAD, 1), TALK_VAR(TALK_CHAIN, 0),
	TALK_VAR(TALK_CHAIN, 1), TALK_VAR(TALK_CHAIN, 2), TALK_VAR(TALK_CHAIN, 3), 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	TALK_VAR(TALK_EPOCH, 0), TALK_VAR(TALK_EPOCH, 1), 0x00, 0x00,
};

static const unsigned short talk_bytes_22_3[] = {
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01,
};

static const struct talk_step talk_steps_22[] = {
	{ TALK_DRIVER, TALK_DO, "submit", NULL, 0 },
	{ TALK_DRIVER, TALK_DATA, "", talk_bytes_22_1, 48 },
	{ TALK_DEVICE, TALK_DATA, "", talk_bytes_22_2, 32 },
	{ TALK_DRIVER, TALK_SEE, "21", talk_bytes_22_3, 21 },
	{ TALK_NOBODY, TALK_END, "", NULL, 0 },
};

static const unsigned short talk_bytes_23_1[] = {
	0x01, 0x00, TALK_VAR(TALK_DEV, 0), TALK_VAR(TALK_DEV, 1), 0x00, 0x00,
	TALK_VAR(TALK_HEAD, 0), TALK_VAR(TALK_HEAD, 1), TALK_VAR(TALK_CHAIN, 0),
	TALK_VAR(TALK_CHAIN, 1), TALK_VAR(TALK_CHAIN, 2), TALK_VAR(TALK_CHAIN, 3), 0x10, 0x00,
	0x00, 0x00, 0x15, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00,
	TALK_VAR(TALK_EPOCH, 0), TALK_VAR(TALK_EPOCH, 1), 0x00, 0x00, 0x08, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

static const unsigned short talk_bytes_23_2[] = {
	0x02, 0x00, TALK_VAR(TALK_DEV, 0), TALK_VAR(TALK_DEV, 1), 0x00, 0x00,
	TALK_VAR(TALK_HEAD, 0), TALK_VAR(TALK_HEAD, 1), TALK_VAR(TALK_CHAIN, 0),
	TALK_VAR(TALK_CHAIN, 1), TALK_VAR(TALK_CHAIN, 2), TALK_VAR(TALK_CHAIN, 3), 0x14, 0x00,
	0x00, 0x00, 0x14, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x14, 0x00, 0x00, 0x00,
	TALK_VAR(TALK_EPOCH, 0), TALK_VAR(TALK_EPOCH, 1), 0x00, 0x00, 0x01, 0x02, 0x03, 0x04,
	0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x12,
	0x13, 0x14,
};

static const unsigned short talk_bytes_23_3[] = {
	0x02, 0x80, 0x00, 0x00, TALK_VAR(TALK_T2, 0), TALK_VAR(TALK_T2, 1), 0x30, 0x00, 0x41,
	0x52, 0x47, 0x4f, 0x01, 0x00, 0x01, 0x00, TALK_VAR(TALK_SESSION2, 0),
	TALK_VAR(TALK_SESSION2, 1), TALK_VAR(TALK_SESSION2, 2), TALK_VAR(TALK_SESSION2, 3),
	TALK_ANY | 176, TALK_ANY | 239, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 64,
	TALK_ANY | 0, TALK_ANY | 0, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

static const struct talk_step talk_steps_23[] = {
	{ TALK_DRIVER, TALK_DO, "submit", NULL, 0 },
	{ TALK_DRIVER, TALK_DATA, "", talk_bytes_23_1, 48 },
	{ TALK_DEVICE, TALK_DATA, "", talk_bytes_23_2, 52 },
	{ TALK_DRIVER, TALK_BARE, "", talk_bytes_23_3, 48 },
	{ TALK_NOBODY, TALK_END, "", NULL, 0 },
};

static const unsigned short talk_bytes_24_1[] = {
	0x01, 0x00, TALK_VAR(TALK_DEV, 0), TALK_VAR(TALK_DEV, 1), 0x00, 0x00,
	TALK_VAR(TALK_HEAD, 0), TALK_VAR(TALK_HEAD, 1), TALK_VAR(TALK_CHAIN, 0),
	TALK_VAR(TALK_CHAIN, 1), TALK_VAR(TALK_CHAIN, 2), TALK_VAR(TALK_CHAIN, 3), 0x10, 0x00,
	0x00, 0x00, 0x15, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00,
	TALK_VAR(TALK_EPOCH, 0), TALK_VAR(TALK_EPOCH, 1), 0x00, 0x00, 0x08, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

static const unsigned short talk_bytes_24_2[] = {
	0x02, 0x00, TALK_VAR(TALK_DEV, 0), TALK_VAR(TALK_DEV, 1), 0x00, 0x00,
	TALK_VAR(TALK_HEAD, 0), TALK_VAR(TALK_HEAD, 1), TALK_VAR(TALK_CHAIN, 0),
	TALK_VAR(TALK_CHAIN, 1), TALK_VAR(TALK_CHAIN, 2), TALK_VAR(TALK_CHAIN, 3), 0x15, 0x00,
	0x00, 0x00, 0x15, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x15, 0x00, 0x00, 0x00,
	TALK_VAR(TALK_EPOCH, 0), TALK_VAR(TALK_EPOCH, 1), 0x00, 0x00, 0x01, 0x02, 0x03, 0x04,
	0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x12,
	0x13, 0x14, 0x00,
};

static const unsigned short talk_bytes_24_3[] = {
	0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e,
	0x0f, 0x10, 0x11, 0x12, 0x13, 0x14, 0x00,
};

static const unsigned short talk_bytes_24_4[] = {
	0x02, 0x00, TALK_VAR(TALK_DEV, 0), TALK_VAR(TALK_DEV, 1), 0x00, 0x00,
	TALK_VAR(TALK_HEAD, 0), TALK_VAR(TALK_HEAD, 1), TALK_VAR(TALK_CHAIN, 0),
	TALK_VAR(TALK_CHAIN, 1), TALK_VAR(TALK_CHAIN, 2), TALK_VAR(TALK_CHAIN, 3), 0x15, 0x00,
	0x00, 0x00, 0x15, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x15, 0x00, 0x00, 0x00,
	TALK_VAR(TALK_EPOCH, 0), TALK_VAR(TALK_EPOCH, 1), 0x00, 0x00, 0x01, 0x02, 0x03, 0x04,
	0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x12,
	0x13, 0x14, 0x00,
};

static const unsigned short talk_bytes_24_5[] = {
	0x02, 0x80, 0x00, 0x00, TALK_VAR(TALK_T2, 0), TALK_VAR(TALK_T2, 1), 0x30, 0x00, 0x41,
	0x52, 0x47, 0x4f, 0x01, 0x00, 0x01, 0x00, TALK_VAR(TALK_SESSION2, 0),
	TALK_VAR(TALK_SESSION2, 1), TALK_VAR(TALK_SESSION2, 2), TALK_VAR(TALK_SESSION2, 3),
	TALK_ANY | 176, TALK_ANY | 239, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 0, TALK_ANY | 64,
	TALK_ANY | 0, TALK_ANY | 0, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

static const struct talk_step talk_steps_24[] = {
	{ TALK_DRIVER, TALK_DO, "submit", NULL, 0 },
	{ TALK_DRIVER, TALK_DATA, "", talk_bytes_24_1, 48 },
	{ TALK_DEVICE, TALK_DATA, "", talk_bytes_24_2, 53 },
	{ TALK_DRIVER, TALK_SEE, "21", talk_bytes_24_3, 21 },
	{ TALK_DEVICE, TALK_DATA, "", talk_bytes_24_4, 53 },
	{ TALK_DRIVER, TALK_BARE, "", talk_bytes_24_5, 48 },
	{ TALK_NOBODY, TALK_END, "", NULL, 0 },
};

static const unsigned short talk_bytes_25_1[] = {
	0x01, 0x00, TALK_VAR(TALK_DEV, 0), TALK_VAR(TALK_DEV, 1), 0x00, 0x00,
	TALK_VAR(TALK_HEAD, 0), TALK_VAR(TALK_HEAD, 1), TALK_VAR(TALK_CHAIN, 0),
	TALK_VAR(TALK_CHAIN, 1), TALK_VAR(TALK_CHAIN, 2), TALK_VAR(TALK_CHAIN, 3), 0x0f, 0x00,
	0x00, 0x00, 0x15, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0f, 0x00, 0x00, 0x00,
	TALK_VAR(TALK_EPOCH, 0), TALK_VAR(TALK_EPOCH, 1), 0x00, 0x00, 0x08, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

static const unsigned short talk_bytes_25_2[] = {
	0x02, 0x01, TALK_VAR(TALK_DEV, 0), TALK_VAR(TALK_DEV, 1), 0x00, 0x00,
	TALK_VAR(TALK_HEAD, 0), TALK_VAR(TALK_HEAD, 1), TALK_VAR(TALK_CHAIN, 0),
	TALK_VAR(TALK_CHAIN, 1), TALK_VAR(TALK_CHAIN, 2), TALK_VAR(TALK_CHAIN, 3), 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	TALK_VAR(TALK_EPOCH, 0), TALK_VAR(TALK_EPOCH, 1), 0x00, 0x00,
};

static const struct talk_step talk_steps_25[] = {
	{ TALK_DEVICE, TALK_DO, "hold", NULL, 0 },
	{ TALK_DRIVER, TALK_DATA, "", talk_bytes_25_1, 47 },
	{ TALK_DEVICE, TALK_DATA, "", talk_bytes_25_2, 32 },
	{ TALK_NOBODY, TALK_END, "", NULL, 0 },
};

static const unsigned short talk_bytes_26_1[] = {
	0x01, 0x00, TALK_VAR(TALK_DEV, 0), TALK_VAR(TALK_DEV, 1), 0x00, 0x00,
	TALK_VAR(TALK_HEAD, 0), TALK_VAR(TALK_HEAD, 1), TALK_VAR(TALK_CHAIN, 0),
	TALK_VAR(TALK_CHAIN, 1), TALK_VAR(TALK_CHAIN, 2), TALK_VAR(TALK_CHAIN, 3), 0x10, 0x00,
	0x00, 0x00, 0x15, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00,
	TALK_VAR(TALK_EPOCH, 0), TALK_VAR(TALK_EPOCH, 1), 0x00, 0x00, 0x08, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

static const unsigned short talk_bytes_26_2[] = {
	0x01, 0x00, TALK_VAR(TALK_DEV, 0), TALK_VAR(TALK_DEV, 1), 0x00, 0x00,
	TALK_VAR(TALK_HEAD, 0), TALK_VAR(TALK_HEAD, 1), 0x01, 0x00, 0x00, 0x00, 0x10, 0x00,
	0x00, 0x00, 0x15, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00,
	TALK_VAR(TALK_EPOCH, 0), TALK_VAR(TALK_EPOCH, 1), 0x00, 0x00, 0x08, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

static const unsigned short talk_bytes_26_3[] = {
	0x02, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x08, 0x00,
};

static const struct talk_step talk_steps_26[] = {
	{ TALK_DEVICE, TALK_DO, "hold", NULL, 0 },
	{ TALK_DRIVER, TALK_DATA, "", talk_bytes_26_1, 48 },
	{ TALK_DRIVER, TALK_DATA, "", talk_bytes_26_2, 48 },
	{ TALK_DEVICE, TALK_BARE, "", talk_bytes_26_3, 8 },
	{ TALK_NOBODY, TALK_END, "", NULL, 0 },
};

static const unsigned short talk_bytes_27_2[] = {
	0x01, 0x00, TALK_VAR(TALK_DEV, 0), TALK_VAR(TALK_DEV, 1), 0x00, 0x00,
	TALK_VAR(TALK_HEAD, 0), TALK_VAR(TALK_HEAD, 1), TALK_VAR(TALK_CHAIN, 0),
	TALK_VAR(TALK_CHAIN, 1), TALK_VAR(TALK_CHAIN, 2), TALK_VAR(TALK_CHAIN, 3), 0x10, 0x00,
	0x00, 0x00, 0x15, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00,
	TALK_VAR(TALK_EPOCH, 0), TALK_VAR(TALK_EPOCH, 1), 0x00, 0x00, 0x08, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

static const unsigned short talk_bytes_27_4[] = {
	0x00, 0x08, TALK_VAR(TALK_DEV, 0), TALK_VAR(TALK_DEV, 1), TALK_VAR(TALK_T1, 0),
	TALK_VAR(TALK_T1, 1), 0x10, 0x00, 0x00, 0x00, 0x00, 0x00, TALK_VAR(TALK_EPOCH2, 0),
	TALK_VAR(TALK_EPOCH2, 1), 0x00, 0x00,
};

static const unsigned short talk_bytes_27_5[] = {
	0x01, 0x08, TALK_VAR(TALK_DEV, 0), TALK_VAR(TALK_DEV, 1), TALK_VAR(TALK_T1, 0),
	TALK_VAR(TALK_T1, 1), 0x10, 0x00, 0x00, 0x00, 0x00, 0x00, TALK_VAR(TALK_EPOCH2, 0),
	TALK_VAR(TALK_EPOCH2, 1), 0x00, 0x00,
};

static const struct talk_step talk_steps_27[] = {
	{ TALK_DEVICE, TALK_DO, "hold", NULL, 0 },
	{ TALK_DRIVER, TALK_DO, "submit", NULL, 0 },
	{ TALK_DRIVER, TALK_DATA, "", talk_bytes_27_2, 48 },
	{ TALK_DRIVER, TALK_DO, "reset", NULL, 0 },
	{ TALK_DRIVER, TALK_CONTROL, "", talk_bytes_27_4, 16 },
	{ TALK_DEVICE, TALK_CONTROL, "", talk_bytes_27_5, 16 },
	{ TALK_DEVICE, TALK_DO, "release", NULL, 0 },
	{ TALK_DEVICE, TALK_SILENCE, "", NULL, 0 },
	{ TALK_NOBODY, TALK_END, "", NULL, 0 },
};

static const unsigned short talk_bytes_28_1[] = {
	0x01, 0x00, TALK_VAR(TALK_DEV, 0), TALK_VAR(TALK_DEV, 1), 0x00, 0x00,
	TALK_VAR(TALK_HEAD, 0), TALK_VAR(TALK_HEAD, 1), TALK_VAR(TALK_CHAIN, 0),
	TALK_VAR(TALK_CHAIN, 1), TALK_VAR(TALK_CHAIN, 2), TALK_VAR(TALK_CHAIN, 3), 0x10, 0x00,
	0x00, 0x00, 0x15, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00,
	TALK_VAR(TALK_EPOCH, 0), TALK_VAR(TALK_EPOCH, 1), 0x00, 0x00, 0x08, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

static const unsigned short talk_bytes_28_3[] = {
	0x00, 0x08, TALK_VAR(TALK_DEV, 0), TALK_VAR(TALK_DEV, 1), TALK_VAR(TALK_T1, 0),
	TALK_VAR(TALK_T1, 1), 0x10, 0x00, 0x00, 0x00, 0x00, 0x00, TALK_VAR(TALK_EPOCH2, 0),
	TALK_VAR(TALK_EPOCH2, 1), 0x00, 0x00,
};

static const unsigned short talk_bytes_28_4[] = {
	0x02, 0x00, TALK_VAR(TALK_DEV, 0), TALK_VAR(TALK_DEV, 1), 0x00, 0x00,
	TALK_VAR(TALK_HEAD, 0), TALK_VAR(TALK_HEAD, 1), TALK_VAR(TALK_CHAIN, 0),
	TALK_VAR(TALK_CHAIN, 1), TALK_VAR(TALK_CHAIN, 2), TALK_VAR(TALK_CHAIN, 3), 0x15, 0x00,
	0x00, 0x00, 0x15, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x15, 0x00, 0x00, 0x00,
	TALK_VAR(TALK_EPOCH, 0), TALK_VAR(TALK_EPOCH, 1), 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00,
};

static const unsigned short talk_bytes_28_5[] = {
	0x01, 0x08, TALK_VAR(TALK_DEV, 0), TALK_VAR(TALK_DEV, 1), TALK_VAR(TALK_T1, 0),
	TALK_VAR(TALK_T1, 1), 0x10, 0x00, 0x00, 0x00, 0x00, 0x00, TALK_VAR(TALK_EPOCH2, 0),
	TALK_VAR(TALK_EPOCH2, 1), 0x00, 0x00,
};

static const struct talk_step talk_steps_28[] = {
	{ TALK_DRIVER, TALK_DO, "submit", NULL, 0 },
	{ TALK_DRIVER, TALK_DATA, "", talk_bytes_28_1, 48 },
	{ TALK_DRIVER, TALK_DO, "reset", NULL, 0 },
	{ TALK_DRIVER, TALK_CONTROL, "", talk_bytes_28_3, 16 },
	{ TALK_DEVICE, TALK_DATA, "", talk_bytes_28_4, 53 },
	{ TALK_DEVICE, TALK_CONTROL, "", talk_bytes_28_5, 16 },
	{ TALK_NOBODY, TALK_END, "", NULL, 0 },
};

static const struct talk talks[] = {
	{ "hello", TALK_NOTHING, 1, 1, talk_steps_0 },
	{ "ready-crosses-hello", TALK_NOTHING, 1, 1, talk_steps_1 },
	{ "hello-version", TALK_NOTHING, 1, 0, talk_steps_2 },
	{ "hello-refused-in-session", TALK_IN_SESSION, 0, 1, talk_steps_3 },
	{ "stale-without-session", TALK_NOTHING, 0, 1, talk_steps_4 },
	{ "frame-missing", TALK_IN_SESSION, 0, 1, talk_steps_5 },
	{ "frame-missing-driver", TALK_RUNNING, 1, 0, talk_steps_6 },
	{ "frame-twice", TALK_IN_SESSION, 0, 1, talk_steps_7 },
	{ "ready-in-session", TALK_RUNNING, 1, 0, talk_steps_8 },
	{ "ping", TALK_IN_SESSION, 0, 1, talk_steps_9 },
	{ "ping-slow-device", TALK_RUNNING, 1, 1, talk_steps_10 },
	{ "ping-not-the-device-side's", TALK_RUNNING, 1, 0, talk_steps_11 },
	{ "device-added-twice", TALK_RUNNING, 1, 0, talk_steps_12 },
	{ "device-removed", TALK_RUNNING, 0, 1, talk_steps_13 },
	{ "request-for-nobody", TALK_IN_SESSION, 0, 1, talk_steps_14 },
	{ "features-not-offered", TALK_IN_SESSION, 0, 1, talk_steps_15 },
	{ "start-refused", TALK_CONFIGURED, 1, 1, talk_steps_16 },
	{ "device-fails", TALK_RUNNING, 1, 1, talk_steps_17 },
	{ "control-credit", TALK_RUNNING, 1, 0, talk_steps_18 },
	{ "chain", TALK_RUNNING, 1, 1, talk_steps_19 },
	{ "chain-fragments", TALK_RUNNING, 1, 0, talk_steps_20 },
	{ "chain-fragment-missing", TALK_RUNNING, 1, 0, talk_steps_21 },
	{ "chain-error", TALK_RUNNING, 1, 0, talk_steps_22 },
	{ "chain-short", TALK_RUNNING, 1, 0, talk_steps_23 },
	{ "chain-answered-twice", TALK_RUNNING, 1, 0, talk_steps_24 },
	{ "chain-no-request", TALK_RUNNING, 0, 1, talk_steps_25 },
	{ "chain-head-in-use", TALK_RUNNING, 0, 1, talk_steps_26 },
	{ "reset-with-a-chain", TALK_RUNNING, 1, 1, talk_steps_27 },
	{ "reset-stale-answer", TALK_RUNNING, 1, 0, talk_steps_28 },
};

#endif /* _VIRTIO_ARGO_TALK_H */
