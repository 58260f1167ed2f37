/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Results of programs that run in the lab's domains, for results() of domain.sh.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#ifndef LAB_OK_H
#define LAB_OK_H

#include <stdbool.h>

/* One result: "ok - what" or "not ok - what"; gives @good back */
__attribute__((format(printf, 2, 3)))
bool ok(bool good, const char *fmt, ...);

/* How many were not */
extern unsigned int not_ok;

#endif
