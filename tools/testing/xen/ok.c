// SPDX-License-Identifier: GPL-2.0
/*
 * See ok.h
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <stdarg.h>
#include <stdio.h>

#include "ok.h"

unsigned int not_ok;

bool ok(bool good, const char *fmt, ...)
{
	va_list ap;

	printf(good ? "ok - " : "not ok - ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	fflush(stdout);
	not_ok += !good;
	return good;
}
