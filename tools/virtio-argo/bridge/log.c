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
#include <unistd.h>

#include "log.h"

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

void log_line(enum log_level level, const char *fmt, ...)
{
	char line[8192];
	int head, len;
	va_list ap;
	char *p;

	if (level > log_max)
		return;
	if (log_prefix)
		head = snprintf(line, sizeof(line), "<%d>", level);
	else
		head = snprintf(line, sizeof(line), "virtio-argo-bridge: ");

	va_start(ap, fmt);
	len = vsnprintf(line + head, sizeof(line) - head - 1, fmt, ap);
	va_end(ap);
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
