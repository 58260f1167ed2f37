/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rules of a session against their table.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#ifndef SESSION_TEST_H
#define SESSION_TEST_H

#include <stdbool.h>

#include <linux/types.h>

/* A result; if it is not @good, the step that went wrong and what it gave */
typedef void session_result(bool good, const char *name, unsigned int step, __u32 got);

void session_check(session_result *result);

#endif /* SESSION_TEST_H */
