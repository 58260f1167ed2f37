/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * What differs between block, network and the rest. vhost-user does not say of
 * which type a device is, nor does it always have its config space; a type
 * knows both.
 */
#ifndef BRIDGE_DEVICE_TYPE_H
#define BRIDGE_DEVICE_TYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "options.h"
#include "vhost_user.h"

#define DEVICE_WHY_MAX	200

/**
 * struct device_identity - what the guest sees of a device
 * @features: feature bits of the device type
 * @num_queues: virtqueues
 * @config_size: bytes of @config
 * @config: config space as on the wire
 */
struct device_identity {
	uint64_t features;
	unsigned int num_queues;
	size_t config_size;
	uint8_t config[VHOST_USER_CONFIG_MAX];
};

/**
 * struct device_type - a type that the bridge can serve
 * @name: in --device type=
 * @device_id: VirtIO's
 * @head_bytes: as in struct va_device_config
 * @min_out: the same
 * @min_in: the same
 * @complete_all: the whole writable part of a chain goes to the guest, whatever
 *	used length the backend reported
 * @identify: ask a connected backend who it is; not 0: -errno, and @why says
 *	in DEVICE_WHY_MAX bytes what is wrong with it (empty: see @vu->error)
 * @prepare: after the first @identify: bring the backend to where its driver will
 *	expect it, and @id with it; optional; 0 or -errno of a vhost-user call
 * @compatible: may @now stand in for @before, with the guest seeing no more
 *	than new values in the config space? If not, @why says why.
 * @answer: as in struct va_device_ops; optional
 * @writable: may the guest write these bytes of the config space?
 */
struct device_type {
	const char *name;
	uint32_t device_id;
	uint32_t head_bytes;
	uint32_t min_out;
	uint32_t min_in;
	bool complete_all;
	int (*identify)(struct vhost_user *vu, const struct device_options *opt,
			struct device_identity *id, char *why);
	int (*prepare)(struct vhost_user *vu, struct device_identity *id);
	bool (*compatible)(const struct device_identity *before,
			   const struct device_identity *now, char *why);
	int64_t (*answer)(const struct device_options *opt, const void *head, uint32_t out,
			  void *to, uint32_t in);
	bool (*writable)(const struct device_identity *id, uint32_t offset,
			 const uint8_t *data, uint32_t len);
};

extern const struct device_type block_device_type;

/* All types, NULL behind the last */
extern const struct device_type * const device_types[];

const struct device_type *device_type_find(const char *name, size_t len);

#endif /* BRIDGE_DEVICE_TYPE_H */
