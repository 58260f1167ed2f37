/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * What the user asked for: command line and configuration file.
 */
#ifndef BRIDGE_OPTIONS_H
#define BRIDGE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <linux/virtio_blk.h>

#define BRIDGE_VERSION		"0.1"
#define BRIDGE_MAX_DEVICES	16

/* Exit statuses; they are part of the interface, see the man page */
enum bridge_exit {
	BRIDGE_EXIT_OK = 0,
	BRIDGE_EXIT_RUNTIME = 1,
	BRIDGE_EXIT_USAGE = 2,
	BRIDGE_EXIT_NO_ARGO = 3,
	BRIDGE_EXIT_PEER = 4,
	BRIDGE_EXIT_GONE = 5,
};

struct device_type;

/**
 * struct device_options - one --device
 * @type: what it is
 * @spec: the option's argument as it was given, for messages
 * @socket: path of the vhost-user socket
 * @num_queues: queues to offer to the guest, 0: as many as the backend has
 * @read_only: refuse a backend that is writable
 * @max_chain: bytes of its largest request, as the link has it
 */
struct device_options {
	const struct device_type *type;
	char *spec;
	char *socket;
	unsigned int num_queues;
	bool read_only;
	uint32_t max_chain;
	bool has_uuid;
	uint8_t uuid[16];
	char serial[VIRTIO_BLK_ID_BYTES + 1];
};

/**
 * struct options - all of them
 * @guest: domain id, -1 if not given
 * @port: Argo port of the link
 * @ring_len: bytes of receive ring, 0 for the library's default; and so the others
 * @spare_queues: virtqueues that there is room for beyond those of the devices,
 *	-1 if not given
 * @socketpair_fd: inherited descriptor of a test endpoint, -1: /dev/xen/argo
 * @log_level: an enum log_level
 * @exit_with_guest: end when the guest's domain has gone
 * @has_config: there was a --config, which can be read again
 */
struct options {
	int guest;
	uint32_t port;
	uint32_t ring_len;
	uint32_t max_chain;
	uint32_t memory;
	uint32_t queue_depth;
	int spare_queues;
	int socketpair_fd;
	int log_level;
	bool exit_with_guest;
	bool has_config;
	char *pidfile;
	char *drop_user;
	struct device_options devices[BRIDGE_MAX_DEVICES];
	unsigned int num_devices;
};

enum options_action {
	OPTIONS_RUN,
	OPTIONS_DONE,		/* --help and the like: exit 0 */
	OPTIONS_ERROR,		/* a message was printed: BRIDGE_EXIT_USAGE */
};

/* options_parse() - may be called again with the same arguments, see SIGHUP */
enum options_action options_parse(struct options *opt, int argc, char **argv);
void options_free(struct options *opt);

/*
 * options_same_device() - is it the same device, however it was written? Its serial may
 * be another: the guest is told that when it asks.
 */
bool options_same_device(const struct device_options *a, const struct device_options *b);

/*
 * options_fixed() - the name of an option that differs and that a running bridge
 * cannot change, or NULL
 */
const char *options_fixed(const struct options *now, const struct options *next);

#endif /* BRIDGE_OPTIONS_H */
