/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Golden vectors: reading them into the codec's structures.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * The format is described at the head of vectors.txt.
 */
#ifndef _CODEC_VECTORS_H
#define _CODEC_VECTORS_H

#include <stdbool.h>
#include <stddef.h>

#include "virtio_argo_codec.h"

#define VECTOR_BYTES	512
#define VECTOR_PDUS	8

enum vector_kind {
	KIND_FRAME,
	KIND_PDU,
	KIND_MSG,
	KIND_CONTROL,
	KIND_DATA,
};

struct vector_pdu {
	struct vargo_pdu head;
	__u8 payload[VECTOR_BYTES];
	size_t payload_len;
};

struct vector {
	char name[64];
	enum vector_kind kind;
	__u8 bytes[VECTOR_BYTES];
	size_t len;
	bool decode_only;
	int result;	/* bytes taken, or VARGO_E_* */

	/* What it decodes to */
	struct vargo_frame frame;
	struct vargo_msg msg;
	bool has_msg;
	struct vector_pdu pdu[VECTOR_PDUS];
	unsigned int pdus;
};

/**
 * vectors_read() - read a file of vectors
 * @path: the file
 * @count: how many there were
 *
 * Return: an array for free(); does not return if the file is wrong
 */
struct vector *vectors_read(const char *path, size_t *count);

/* The vector of that name, or NULL */
const struct vector *vector_find(const struct vector *vectors, size_t count,
				 const char *name);

/**
 * hex_read() - read hexadecimal digits, with spaces anywhere between bytes
 * @text: up to the end of the string
 * @to: where to
 * @cap: room there
 *
 * Return: bytes read, -1 if @text is something else or too long
 */
int hex_read(const char *text, __u8 *to, size_t cap);

#endif /* _CODEC_VECTORS_H */
