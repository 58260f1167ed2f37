// SPDX-License-Identifier: GPL-2.0
/*
 * Log lines.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * A line leaves in one write(), so that lines of several daemons on one
 * terminal or file stay whole. What came from a peer may hold anything: bytes
 * outside printable ASCII become '?', so that no peer can forge a line.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log.h"

/* Lines at once, and one more each second: 10 MB a day at most */
#define LOG_LIMIT	100

static enum log_level log_max = LOG_LEVEL_INFO;
static bool log_prefix;

void log_init(void)
{
	log_prefix = !isatty(STDERR_FILENO);
}

void log_set_level(enum log_level level)
{
	log_max = level;
}

int log_find_level(const char *name)
{
	static const struct {
		const char *name;
		enum log_level level;
	} levels[] = {
		{ "error", LOG_LEVEL_ERROR },
		{ "warning", LOG_LEVEL_WARNING },
		{ "info", LOG_LEVEL_INFO },
		{ "debug", LOG_LEVEL_DEBUG },
	};
	size_t i;

	for (i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (!strcmp(name, levels[i].name))
			return levels[i].level;
	}
	return -1;
}

static void log_write(enum log_level level, const char *fmt, va_list ap)
{
	char line[8192];
	int head, len;
	char *p;

	if (level > log_max)
		return;
	if (log_prefix)
		head = snprintf(line, sizeof(line), "<%d>", level);
	else
		head = snprintf(line, sizeof(line), "virtio-argo-bridge: ");

	len = vsnprintf(line + head, sizeof(line) - head - 1, fmt, ap);
	if (len < 0)
		return;
	len += head;
	if (len > (int)sizeof(line) - 2)
		len = sizeof(line) - 2;

	for (p = line + head; p < line + len; p++)
		if (*p < 0x20 || *p > 0x7e)
			*p = '?';
	line[len++] = '\n';
	/* A log that cannot be written must not stop the disk. */
	if (write(STDERR_FILENO, line, len) < 0)
		return;
}

void log_line(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_write(level, fmt, ap);
	va_end(ap);
}

void log_limited(enum log_level level, const char *fmt, ...)
{
	static unsigned int left = LOG_LIMIT, lost;
	static time_t since;
	struct timespec now;
	va_list ap;

	if (level > log_max)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec - since >= LOG_LIMIT - (time_t)left)
		left = LOG_LIMIT;
	else
		left += now.tv_sec - since;
	since = now.tv_sec;
	if (!left) {
		lost++;
		return;
	}
	left--;
	if (lost)
		log_line(LOG_LEVEL_WARNING, "%u lines were left out", lost);
	lost = 0;
	va_start(ap, fmt);
	log_write(level, fmt, ap);
	va_end(ap);
}
