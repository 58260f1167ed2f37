/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * A guest and a bridge, with qemu-storage-daemon or a peer behind it.
 */
#ifndef BRIDGE_TEST_DISK_TEST_H
#define BRIDGE_TEST_DISK_TEST_H

#include "disk_guest.h"
#include "qsd.h"
#include "spawn.h"

#define RING		(512 * 1024 - 64)
#define NEEDS_RESET	0x40
#define FAILED		0x80

extern struct child qsd, bridge;
extern struct disk disk;

/*
 * The bridge on one end of a socket pair, the guest on the other. @device_more:
 * what follows the socket's path, and behind each @ one more argument; if it
 * begins with @, then there is no --device
 */
bool start_bridge(const char *device_more, const char *ring_size, uint32_t ring_len);
/* qemu-storage-daemon with an empty image, and the bridge */
bool start_all(const struct qsd_options *opt, const char *device_more,
	       const char *ring_size, uint32_t ring_len);
/* qemu-storage-daemon, the bridge and the guest's driver, at work */
bool start_up(const struct qsd_options *opt);
/* The last word of each test: nobody complained, nothing leaked. */
void end_bridge(const char *what);
/* The same, and qemu-storage-daemon ends */
void end_all(const char *what);
/* It cannot go on; the bridge's last words are shown */
void give_up(void);
bool restart_qsd(const struct qsd_options *opt);

/*
 * The bridge has said behind @from that a device that it refused is usable, the
 * guest has heard READY, and has begun another session
 */
bool restarted(size_t from);

/* A config event: the last one's first bytes and status; false: none came */
bool find_event(struct vargo_msg *event);

/* The file for --config at test_path("config") */
__attribute__((format(printf, 1, 2)))
void write_config(const char *fmt, ...);
/* Follow it; true: the bridge says @answer to it */
bool reload(const char *answer);

/* The identity of a device of the link, or all zero */
void identity_of(unsigned int dev, uint8_t *uuid);

#endif /* BRIDGE_TEST_DISK_TEST_H */
