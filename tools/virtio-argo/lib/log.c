// SPDX-License-Identifier: (GPL-2.0 OR BSD-3-Clause)
/*
 * libvirtio-argo: what is said to the embedder's log.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * Whatever is said here a guest or a device model may cause: so all is limited.
 */
#include <stdarg.h>
#include <stdio.h>
#include <syslog.h>

#include "internal.h"

#define LOG_INTERVAL_MS		10000
#define LOG_BURST		5

static void log_line(struct va_link *link, int level, const char *fmt, va_list ap)
{
	char line[256];

	vsnprintf(line, sizeof(line), fmt, ap);
	link->cfg.log(link->cfg.opaque, level, line);
}

void va_log(struct va_link *link, int level, const char *fmt, ...)
{
	va_list ap;

	if (!link->cfg.log)
		return;
	if (link->now - link->log_since >= LOG_INTERVAL_MS) {
		link->log_since = link->now;
		link->log_count = 0;
	}
	if (link->log_count >= LOG_BURST) {
		link->log_lost++;
		return;
	}
	link->log_count++;
	va_start(ap, fmt);
	log_line(link, level, fmt, ap);
	va_end(ap);
	if (link->log_lost) {
		unsigned int lost = link->log_lost;

		link->log_lost = 0;
		va_log(link, LOG_WARNING, "%u lines like these were left out", lost);
	}
}
