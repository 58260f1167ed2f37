/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * What the bridge says about itself in JSON.
 */
#ifndef BRIDGE_REPORT_H
#define BRIDGE_REPORT_H

struct device_set;
struct va_link;

/* report_capabilities() - for --print-capabilities, on stdout */
void report_capabilities(void);

/* report_stats() - counters and devices, one line in the log */
void report_stats(const struct va_link *link, const struct device_set *set);

#endif /* BRIDGE_REPORT_H */
