// SPDX-License-Identifier: GPL-2.0
/*
 * What the specification says, compared with the code and the vectors.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spec.h"

static char **lines;
static size_t lines_len;
static void (*tell)(bool good, const char *text);

__attribute__((format(printf, 2, 3)))
static void say(bool good, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	tell(good, text);
}

static void read_lines(const char *path)
{
	FILE *f = fopen(path, "r");
	char text[1024];

	say(f, "%s can be read", path);
	if (!f)
		return;
	while (fgets(text, sizeof(text), f)) {
		text[strcspn(text, "\n")] = '\0';
		lines = realloc(lines, (lines_len + 1) * sizeof(*lines));
		if (!lines)
			abort();
		lines[lines_len] = strdup(text);
		if (!lines[lines_len++])
			abort();
	}
	fclose(f);
}

/* The line behind the comment `.. what: name`, or 0 */
static size_t find_mark(const char *what, const char *name)
{
	char mark[128];
	size_t i;

	snprintf(mark, sizeof(mark), ".. %s: %s", what, name);
	for (i = 0; i < lines_len; i++)
		if (!strcmp(lines[i], mark))
			return i + 1;
	return 0;
}

/* ------------------------------------------------------------------------ */
/* Layouts and constants */

/* A table's row: offset, bytes (or "\-" for a tail) and name */
static bool parse_row(const char *text, unsigned int *off, char *size, char *name)
{
	return sscanf(text, " %u %7s %63s", off, size, name) == 3 &&
	       (isdigit((unsigned char)*size) || !strcmp(size, "\\-"));
}

/* Past the end of a simple table that begins at @i or behind it */
static size_t table_end(size_t i)
{
	unsigned int rules = 0;

	for (; i < lines_len && rules < 3; i++)
		rules += !strncmp(lines[i], "==", 2);
	return i;
}

/* @size: 0 for a tail */
static void check_field(const char *st, const char *field, unsigned int off,
			unsigned int size)
{
	char text[8], name[64];
	size_t i = find_mark("layout", st), end = i ? table_end(i) : 0;
	unsigned int o;

	for (; i < end; i++) {
		if (!parse_row(lines[i], &o, text, name) || strcmp(name, field))
			continue;
		say(o == off && (size ? strtoul(text, NULL, 10) == size : *text == '\\'),
		    "%s.%s at %u", st, field, off);
		return;
	}
	say(false, "%s.%s is there", st, field);
}

static unsigned int fields_listed;

static void count_rows(void)
{
	char text[8], name[64];
	unsigned int rows = 0, off;
	size_t i, end = 0;

	for (i = 0; i < lines_len; i++) {
		if (!strncmp(lines[i], ".. layout:", 10))
			end = table_end(i);
		rows += i < end && parse_row(lines[i], &off, text, name);
	}
	say(rows == fields_listed, "the layouts' tables have %u rows and no more (%u)",
	    fields_listed, rows);
}

static void check_layouts(void)
{
#define VARGO_SIZE(st, size)		say(find_mark("layout", #st), #st)
#define VARGO_AT(st, field, off, size)	\
	(fields_listed++, check_field(#st, #field, off, size))
#define VARGO_TAIL(st, field, off)	\
	(fields_listed++, check_field(#st, #field, off, 0))
#include "virtio_argo_layout.h"
	count_rows();
}

static void check_constant(const char *name, unsigned long value)
{
	char quoted[80];
	const char *p;
	size_t i;

	snprintf(quoted, sizeof(quoted), "``%s``", name);
	for (i = 0; i < lines_len; i++) {
		p = lines[i] + strspn(lines[i], " ");
		if (strncmp(p, quoted, strlen(quoted)))
			continue;
		p += strlen(quoted);
		p += strspn(p, " ");
		if (!isdigit((unsigned char)*p))
			continue;
		say(strtoul(p, NULL, 0) == value, "%s is %#lx", name, value);
		return;
	}
	say(false, "%s is there", name);
}

static void check_constants(void)
{
#define CONSTANT(name) check_constant(#name, name)
	CONSTANT(VIRTIO_ARGO_MAGIC);
	CONSTANT(VIRTIO_ARGO_VERSION);
	CONSTANT(VIRTIO_ARGO_PORT_BASE);
	CONSTANT(VIRTIO_ARGO_ALIGN);
	CONSTANT(VIRTIO_ARGO_MT_CONTROL);
	CONSTANT(VIRTIO_ARGO_MT_DATA);
	CONSTANT(VIRTIO_ARGO_PDU_SUBMIT);
	CONSTANT(VIRTIO_ARGO_PDU_COMPLETE);
	CONSTANT(VIRTIO_ARGO_PDU_F_ERROR);
	CONSTANT(VIRTIO_ARGO_TYPE_RESPONSE);
	CONSTANT(VIRTIO_ARGO_TYPE_BUS);
	CONSTANT(VIRTIO_ARGO_GET_DEVICE_INFO);
	CONSTANT(VIRTIO_ARGO_GET_FEATURES);
	CONSTANT(VIRTIO_ARGO_SET_FEATURES);
	CONSTANT(VIRTIO_ARGO_GET_CONFIG);
	CONSTANT(VIRTIO_ARGO_SET_CONFIG);
	CONSTANT(VIRTIO_ARGO_GET_STATUS);
	CONSTANT(VIRTIO_ARGO_SET_STATUS);
	CONSTANT(VIRTIO_ARGO_GET_VQUEUE);
	CONSTANT(VIRTIO_ARGO_SET_VQUEUE);
	CONSTANT(VIRTIO_ARGO_RESET_VQUEUE);
	CONSTANT(VIRTIO_ARGO_EVENT_CONFIG);
	CONSTANT(VIRTIO_ARGO_BUS_GET_DEVICES);
	CONSTANT(VIRTIO_ARGO_BUS_PING);
	CONSTANT(VIRTIO_ARGO_BUS_EVENT_DEVICE);
	CONSTANT(VIRTIO_ARGO_BUS_HELLO);
	CONSTANT(VIRTIO_ARGO_BUS_READY);
	CONSTANT(VIRTIO_ARGO_MSG_MAX);
	CONSTANT(VIRTIO_ARGO_CTRL_WINDOW);
	CONSTANT(VIRTIO_ARGO_RING_RESERVE);
	CONSTANT(VIRTIO_ARGO_WINDOW_MIN);
	CONSTANT(VIRTIO_ARGO_FRAME_MIN);
	CONSTANT(VIRTIO_ARGO_MAX_DEVICES);
	CONSTANT(VIRTIO_ARGO_HELLO_OK);
	CONSTANT(VIRTIO_ARGO_HELLO_VERSION);
	CONSTANT(VIRTIO_ARGO_HELLO_LIMITS);
	CONSTANT(VIRTIO_ARGO_HELLO_BUSY);
	CONSTANT(VIRTIO_ARGO_DEVICE_ADDED);
	CONSTANT(VIRTIO_ARGO_DEVICE_REMOVED);
	CONSTANT(VIRTIO_ARGO_VQ_ENABLED);
}

/* ------------------------------------------------------------------------ */
/* The worked example */

static void check_vector(const struct vector *v)
{
	__u8 bytes[VECTOR_BYTES];
	size_t i = find_mark("vector", v->name), len = 0;
	char *end, *text;
	int n;

	/* To the literal block: over blank lines, `::`, and what is not indented */
	while (i && i < lines_len && !isspace((unsigned char)lines[i][0]))
		i++;
	for (; i && i < lines_len && isspace((unsigned char)lines[i][0]); i++) {
		text = strdup(lines[i] + strspn(lines[i], " "));
		if (!text)
			abort();
		end = strstr(text, "  ");
		if (end)
			*end = '\0';
		n = hex_read(text, bytes + len, sizeof(bytes) - len);
		free(text);
		if (n < 0)
			break;
		len += (size_t)n;
	}
	say(len == v->len && !memcmp(bytes, v->bytes, len), "shows the bytes of %s",
	    v->name);
}

static void check_vectors(const struct vector *vectors, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (!strncmp(vectors[i].name, "example-", 8) ||
		    find_mark("vector", vectors[i].name))
			check_vector(&vectors[i]);
	for (i = 0; i < lines_len; i++)
		if (!strncmp(lines[i], ".. vector: ", 11) &&
		    !vector_find(vectors, count, lines[i] + 11))
			say(false, "shows %s, which is no vector", lines[i] + 11);
}

/* ------------------------------------------------------------------------ */
/* Numbers of the statements */

struct statement {
	char group[16];
	unsigned int number;
};

/* At "[VA-GROUP-N]". Return: its length or 0 */
static int parse_statement(const char *p, struct statement *s)
{
	int n = 0;

	return sscanf(p, "[VA-%15[A-Z]-%u]%n", s->group, &s->number, &n) == 2 ? n : 0;
}

/* How often the statement is made, as **[...]**; numbers from 1 without a gap */
static unsigned int made(const struct statement *s)
{
	unsigned int times = 0;
	char text[64];
	const char *p;
	size_t i;

	snprintf(text, sizeof(text), "**[VA-%s-%u]**", s->group, s->number);
	for (i = 0; i < lines_len; i++)
		for (p = lines[i]; (p = strstr(p, text)); p++)
			times++;
	return times;
}

static void check_statements(void)
{
	struct statement s, before;
	unsigned int count = 0, wrong = 0;
	const char *p;
	size_t i;

	for (i = 0; i < lines_len; i++) {
		for (p = lines[i]; (p = strstr(p, "[VA-")); p++) {
			bool ok = parse_statement(p, &s) && made(&s) == 1;

			before = s;
			before.number--;
			if (ok && before.number)
				ok = made(&before) == 1;
			if (!ok) {
				wrong++;
				say(false, "line %zu: %s", i + 1, p);
			}
			count += p >= lines[i] + 2 && p[-1] == '*';
		}
	}
	say(!wrong && count, "%u statements, numbered once each without a gap", count);
}

void spec_check(char *const *paths, const struct vector *vectors, size_t count,
		void (*result)(bool good, const char *text))
{
	size_t i;

	tell = result;
	for (; *paths; paths++)
		read_lines(*paths);
	check_layouts();
	check_constants();
	check_vectors(vectors, count);
	check_statements();
	for (i = 0; i < lines_len; i++)
		free(lines[i]);
	free(lines);
	lines = NULL;
	lines_len = 0;
}
