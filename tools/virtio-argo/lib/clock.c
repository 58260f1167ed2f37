// SPDX-License-Identifier: (GPL-2.0 OR BSD-3-Clause)
/*
 * libvirtio-argo: time.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * Alone in its file, so that tests bring a clock of their own that stands still
 * until it is told to move.
 */
#include <time.h>

#include "internal.h"

/* Milliseconds, never backwards */
uint64_t va_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}
