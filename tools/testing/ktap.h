/* SPDX-License-Identifier: GPL-2.0 */
/*
 * KTAP for tests in user space: one program prints one document.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 *	ktap_start();
 *	ktap_ok(ret == 16, "frame: decode gives the length");
 *	return ktap_finish();
 *
 * Each result is printed when it is known, to standard output and, if KTAP_FILE
 * is set in the environment, to that file also (its directory must exist), so
 * no pipe stands between the test and its exit status. A test that crashes
 * leaves a document without plan and without the last line, `N passed, N
 * failed` (`, N skipped`), which only ktap_finish() writes.
 *
 * Include it in one .c file of a program. Not for several threads.
 */
#ifndef _TOOLS_TESTING_KTAP_H
#define _TOOLS_TESTING_KTAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#ifndef __printf
#define __printf(fmt, args) __attribute__((format(printf, fmt, args)))
#endif

static struct {
	FILE *file;
	unsigned int planned, passed, failed, skipped;
} ktap;

static inline void ktap_out(const char *prefix, const char *fmt, va_list ap)
{
	va_list again;

	va_copy(again, ap);
	fputs(prefix, stdout);
	vprintf(fmt, ap);
	putchar('\n');
	fflush(stdout);
	if (ktap.file) {
		fputs(prefix, ktap.file);
		vfprintf(ktap.file, fmt, again);
		putc('\n', ktap.file);
		fflush(ktap.file);
	}
	va_end(again);
}

/* A line as it is */
__printf(1, 2)
static inline void ktap_line(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	ktap_out("", fmt, ap);
	va_end(ap);
}

/* A diagnostic, for what explains the result before or behind it */
__printf(1, 2)
static inline void ktap_diag(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	ktap_out("# ", fmt, ap);
	va_end(ap);
}

/* First call. Exits if KTAP_FILE cannot be written: a lost result is a failure. */
static inline void ktap_start(void)
{
	const char *path = getenv("KTAP_FILE");

	if (path && *path) {
		ktap.file = fopen(path, "we");
		if (!ktap.file) {
			perror(path);
			exit(2);
		}
	}
	ktap_line("KTAP version 1");
}

/* Optional, behind ktap_start(): another number of results is then a failure */
static inline void ktap_plan(unsigned int tests)
{
	ktap.planned = tests;
	ktap_line("1..%u", tests);
}

static inline unsigned int ktap_count(void)
{
	return ktap.passed + ktap.failed + ktap.skipped;
}

/* One result; gives @cond back. The description must not contain '#'. */
__printf(2, 3)
static inline bool ktap_ok(bool cond, const char *fmt, ...)
{
	char prefix[32];
	va_list ap;

	if (cond)
		ktap.passed++;
	else
		ktap.failed++;
	snprintf(prefix, sizeof(prefix), "%sok %u ", cond ? "" : "not ",
		 ktap_count());
	va_start(ap, fmt);
	ktap_out(prefix, fmt, ap);
	va_end(ap);
	return cond;
}

/* A test that cannot run here, and why. A missing tool is a failure instead. */
__printf(2, 3)
static inline void ktap_skip(const char *why, const char *fmt, ...)
{
	char text[256], prefix[32];
	va_list ap;

	ktap.skipped++;
	snprintf(prefix, sizeof(prefix), "ok %u", ktap_count());
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	ktap_line("%s %s # SKIP %s", prefix, text, why);
}

/* Last call: the plan, the sum. Return: the program's exit status */
static inline int ktap_finish(void)
{
	if (!ktap.planned) {
		ktap_line("1..%u", ktap_count());
	} else if (ktap.planned != ktap_count()) {
		ktap_diag("planned %u results, got %u", ktap.planned, ktap_count());
		ktap.failed++;
	}
	if (!ktap_count()) {
		ktap_diag("no test has run");
		ktap.failed++;
	}
	if (ktap.skipped)
		ktap_line("%u passed, %u failed, %u skipped", ktap.passed,
			  ktap.failed, ktap.skipped);
	else
		ktap_line("%u passed, %u failed", ktap.passed, ktap.failed);
	if (ktap.file && fclose(ktap.file)) {
		perror("KTAP_FILE");
		return 2;
	}
	return ktap.failed ? 1 : 0;
}

#endif /* _TOOLS_TESTING_KTAP_H */
