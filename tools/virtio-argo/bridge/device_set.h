/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * The devices of the link, and how they follow a new configuration.
 */
#ifndef BRIDGE_DEVICE_SET_H
#define BRIDGE_DEVICE_SET_H

#include "device.h"
#include "options.h"

/**
 * struct device_set - the devices that there are
 * @devices: @num of them
 * @pool: where they are: a device that goes and one that comes may be there at
 *	the same time, and the loop may still hold an event of the former
 */
struct device_set {
	struct device *devices[BRIDGE_MAX_DEVICES];
	unsigned int num;
	struct device pool[2 * BRIDGE_MAX_DEVICES];
};

/* device_set_open() - open all devices of @opt; 0, or -errno after a line was logged */
int device_set_open(struct device_set *set, const struct options *opt);
/* device_set_attach() - make them devices of the link; as above */
int device_set_attach(struct device_set *set, struct va_link *link);
/* device_set_queues() - virtqueues of all of them */
unsigned int device_set_queues(const struct device_set *set);

/*
 * How it ended: 0; 1 if a device that went could not come back, and was logged;
 * -1, logged: nothing was changed
 */
typedef void change_done_fn(int result, const struct options *next);

/**
 * device_set_change() - follow a new configuration
 * @set: attached
 * @link: the link
 * @now: options that the devices were opened with; those of @next move there
 * @next: the new ones, which belong to this call and its end from now on
 * @done: called at the end, perhaps from here
 *
 * What is in both stays as it is. New devices are added first, so that, if one of
 * them cannot be, nothing has happened to the others. A device that is another
 * one now behind the same socket goes before it comes: its process serves one
 * client at a time. A change that has not ended yet is abandoned.
 */
void device_set_change(struct device_set *set, struct va_link *link, struct options *now,
		       const struct options *next, change_done_fn *done);

/* device_set_abandon() - a change that has not ended never happened */
void device_set_abandon(struct device_set *set);

/* device_set_close() - after va_link_free() */
void device_set_close(struct device_set *set);

#endif /* BRIDGE_DEVICE_SET_H */
