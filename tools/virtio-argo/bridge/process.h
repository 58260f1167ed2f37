/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * The daemon as a process: its id in a file, its privileges.
 */
#ifndef BRIDGE_PROCESS_H
#define BRIDGE_PROCESS_H

#include "options.h"

/* Both log a line that names the option, and return 0 or -1. */
int process_write_pidfile(const struct options *opt);
int process_drop_privileges(const struct options *opt);

void process_remove_pidfile(const struct options *opt);

#endif /* BRIDGE_PROCESS_H */
