// SPDX-License-Identifier: GPL-2.0
/*
 * Golden vectors: reading them into the codec's structures.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vectors.h"

static const char *file;
static unsigned int line;

__attribute__((noreturn, format(printf, 1, 2)))
static void die(const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%s:%u: ", file, line);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(2);
}

int hex_read(const char *text, __u8 *to, size_t cap)
{
	size_t n = 0;

	for (;;) {
		char digits[3] = "";

		while (isspace((unsigned char)*text))
			text++;
		if (!*text)
			return (int)n;
		if (!isxdigit((unsigned char)text[0]) ||
		    !isxdigit((unsigned char)text[1]) || n == cap)
			return -1;
		memcpy(digits, text, 2);
		to[n++] = (__u8)strtoul(digits, NULL, 16);
		text += 2;
	}
}

/* ------------------------------------------------------------------------ */
/* Fields: where each name's value goes */

struct field {
	const char *name;
	size_t offset;
	size_t size;
	bool bytes;
};

#define NUMBER(group, st, member)					\
	{ group "." #member, offsetof(struct st, member),		\
	  sizeof(((struct st *)0)->member), false }
#define MEMBER(path)							\
	{ #path, offsetof(struct vargo_msg, path),			\
	  sizeof(((struct vargo_msg *)0)->path), false }
#define BYTES(path)							\
	{ #path, offsetof(struct vargo_msg, path),			\
	  sizeof(((struct vargo_msg *)0)->path), true }

static const struct field frame_fields[] = {
	NUMBER("frame", vargo_frame, session),
	NUMBER("frame", vargo_frame, seq),
	NUMBER("frame", vargo_frame, data_consumed),
	NUMBER("frame", vargo_frame, ctrl_consumed),
	{ 0 }
};

static const struct field pdu_fields[] = {
	NUMBER("pdu", vargo_pdu, type),
	NUMBER("pdu", vargo_pdu, flags),
	NUMBER("pdu", vargo_pdu, dev),
	NUMBER("pdu", vargo_pdu, queue),
	NUMBER("pdu", vargo_pdu, head),
	NUMBER("pdu", vargo_pdu, chain),
	NUMBER("pdu", vargo_pdu, total),
	NUMBER("pdu", vargo_pdu, room),
	NUMBER("pdu", vargo_pdu, offset),
	NUMBER("pdu", vargo_pdu, length),
	NUMBER("pdu", vargo_pdu, epoch),
	{ 0 }
};

static const struct field msg_fields[] = {
	NUMBER("msg", vargo_msg, type),
	NUMBER("msg", vargo_msg, id),
	NUMBER("msg", vargo_msg, dev),
	NUMBER("msg", vargo_msg, token),
	MEMBER(hello.magic),
	MEMBER(hello.version_min),
	MEMBER(hello.version_max),
	MEMBER(hello.session),
	MEMBER(hello.window),
	MEMBER(hello.max_frame),
	MEMBER(hello.ctrl_window),
	MEMBER(hello.status),
	MEMBER(hello.features),
	MEMBER(hello.max_chain),
	MEMBER(hello.max_inflight),
	MEMBER(devices.offset),
	MEMBER(devices.count),
	MEMBER(devices.next_offset),
	BYTES(devices.bitmap),
	MEMBER(ping.data),
	MEMBER(event_device.dev),
	MEMBER(event_device.state),
	MEMBER(info.device_id),
	MEMBER(info.vendor_id),
	BYTES(info.uuid),
	MEMBER(info.num_feature_blocks),
	MEMBER(info.config_size),
	MEMBER(info.max_vqs),
	MEMBER(info.admin_start),
	MEMBER(info.admin_count),
	MEMBER(features.index),
	MEMBER(features.num),
	MEMBER(config.status),
	MEMBER(config.generation),
	MEMBER(config.offset),
	MEMBER(config.len),
	BYTES(config.data),
	MEMBER(status.status),
	MEMBER(status.epoch),
	MEMBER(vq.index),
	MEMBER(vq.max),
	MEMBER(vq.cur),
	MEMBER(vq.flags),
	MEMBER(vq.depth),
	MEMBER(vq.size),
	{ 0 }
};

static unsigned long parse_number(const char *text, size_t size)
{
	char *end;
	unsigned long v = strtoul(text, &end, 0);

	if (!*text || *end || (size < sizeof(v) && v >> (8 * size)))
		die("not a number of %zu bytes: %s", size, text);
	return v;
}

static void store(void *to, size_t size, const char *text)
{
	unsigned long v = parse_number(text, size);
	__u8 v8 = (__u8)v;
	__u16 v16 = (__u16)v;
	__u32 v32 = (__u32)v;

	if (size == 1)
		memcpy(to, &v8, 1);
	else if (size == 2)
		memcpy(to, &v16, 2);
	else
		memcpy(to, &v32, 4);
}

static bool set(const struct field *f, void *base, const char *name,
		const char *value)
{
	void *to;

	while (f->name && strcmp(f->name, name))
		f++;
	if (!f->name)
		return false;
	to = (char *)base + f->offset;
	if (!f->bytes)
		store(to, f->size, value);
	else if (strncmp(value, "hex:", 4) || hex_read(value + 4, to, f->size) < 0)
		die("not up to %zu bytes: %s", f->size, value);
	return true;
}

static bool set_pdu(struct vector *v, const char *name, const char *value)
{
	struct vector_pdu *pdu;

	if (!strcmp(name, "pdu.type")) {
		if (v->pdus == VECTOR_PDUS)
			die("more than %d PDUs", VECTOR_PDUS);
		v->pdus++;
	}
	if (!v->pdus)
		die("%s before pdu.type", name);
	pdu = &v->pdu[v->pdus - 1];
	if (!strcmp(name, "pdu.payload")) {
		int n = strncmp(value, "hex:", 4) ? -1 :
			hex_read(value + 4, pdu->payload, VECTOR_BYTES);

		if (n < 0)
			die("not bytes: %s", value);
		pdu->payload_len = (size_t)n;
		return true;
	}
	return set(pdu_fields, &pdu->head, name, value);
}

static bool set_block(struct vector *v, const char *name, const char *value)
{
	static const char prefix[] = "features.block.";
	unsigned long i;

	if (strncmp(name, prefix, sizeof(prefix) - 1))
		return false;
	i = parse_number(name + sizeof(prefix) - 1, 1);
	if (i >= VARGO_FEATURE_BLOCKS)
		die("block %lu", i);
	store(&v->msg.features.block[i], 4, value);
	return true;
}

static void set_field(struct vector *v, const char *name, const char *value)
{
	bool known;

	if (!strncmp(name, "frame.", 6)) {
		known = set(frame_fields, &v->frame, name, value);
	} else if (!strncmp(name, "pdu.", 4)) {
		known = set_pdu(v, name, value);
	} else {
		known = set_block(v, name, value) ||
			set(msg_fields, &v->msg, name, value);
		v->has_msg = true;
	}
	if (!known)
		die("unknown: %s", name);
}

/* ------------------------------------------------------------------------ */
/* Lines */

static int look_up(const char *const *names, const char *name)
{
	int i;

	for (i = 0; names[i]; i++)
		if (!strcmp(names[i], name))
			return i;
	die("unknown: %s", name);
}

static void read_line(struct vector *v, const char *word, const char *rest)
{
	static const char *const kinds[] = {
		[KIND_FRAME] = "frame", [KIND_PDU] = "pdu", [KIND_MSG] = "msg",
		[KIND_CONTROL] = "control", [KIND_DATA] = "data", NULL
	};
	static const char *const senders[] = { "driver", "device", "either", NULL };
	static const char *const errors[] = { "SHORT", "LONG", "TYPE", "VALUE", NULL };
	int n;

	if (!strcmp(word, "kind")) {
		v->kind = (enum vector_kind)look_up(kinds, rest);
	} else if (!strcmp(word, "from")) {
		look_up(senders, rest);
	} else if (!strcmp(word, "hex")) {
		n = hex_read(rest, v->bytes + v->len, VECTOR_BYTES - v->len);
		if (n < 0)
			die("not bytes, or too many");
		v->len += (size_t)n;
	} else if (!strcmp(word, "decode-only")) {
		v->decode_only = true;
	} else if (!strcmp(word, "result")) {
		v->result = (int)parse_number(rest, 2);
	} else if (!strcmp(word, "error")) {
		v->result = VARGO_E_SHORT - look_up(errors, rest);
	} else if (strcmp(word, "note")) {
		set_field(v, word, rest);
	}
}

struct vector *vectors_read(const char *path, size_t *count)
{
	struct vector *vectors = NULL, *v = NULL;
	FILE *f = fopen(path, "r");
	char text[1024], *rest;
	size_t n = 0;

	file = path;
	line = 0;
	if (!f)
		die("cannot be read");
	while (fgets(text, sizeof(text), f)) {
		line++;
		text[strcspn(text, "\n")] = '\0';
		if (!*text || *text == '#')
			continue;
		rest = text + strcspn(text, " ");
		if (*rest)
			*rest++ = '\0';
		if (strcmp(text, "vector")) {
			if (!v)
				die("no vector yet");
			read_line(v, text, rest);
			continue;
		}
		if (v && !v->result)
			die("%s has neither result nor error", v->name);
		if (vector_find(vectors, n, rest))
			die("%s twice", rest);
		vectors = realloc(vectors, (n + 1) * sizeof(*vectors));
		if (!vectors || strlen(rest) >= sizeof(v->name))
			die("memory, or the name is too long");
		v = &vectors[n++];
		memset(v, 0, sizeof(*v));
		strcpy(v->name, rest);
	}
	fclose(f);
	if (!v || !v->result)
		die("ends too early");
	*count = n;
	return vectors;
}

const struct vector *vector_find(const struct vector *vectors, size_t count,
				 const char *name)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (!strcmp(vectors[i].name, name))
			return &vectors[i];
	return NULL;
}
