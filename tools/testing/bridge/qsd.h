/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * qemu-storage-daemon for the tests.
 */
#ifndef BRIDGE_TEST_QSD_H
#define BRIDGE_TEST_QSD_H

#include <stdbool.h>
#include <stdint.h>

#include "spawn.h"

/**
 * struct qsd_options - how test_path("disk.img") is served at test_path("disk.sock")
 * @queues: num-queues
 * @read_only: writable=off
 * @sector_error: the requests that touch this sector fail with EIO, 0: none
 * @write_errno: all writes fail so, 0: none
 */
struct qsd_options {
	unsigned int queues;
	bool read_only;
	uint64_t sector_error;
	int write_errno;
};

/* An image of @bytes, all zero */
void qsd_make_image(uint64_t bytes);
/* true: it runs and listens */
bool qsd_start(struct child *qsd, const struct qsd_options *opt);
/* One QMP command, as JSON; true: it succeeded */
bool qsd_command(const char *command);

#endif /* BRIDGE_TEST_QSD_H */
