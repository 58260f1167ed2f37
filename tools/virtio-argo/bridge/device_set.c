// SPDX-License-Identifier: GPL-2.0
/*
 * The devices of the link, and how they follow a new configuration.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "device_set.h"
#include "log.h"

/* There is always one: see BRIDGE_MAX_DEVICES */
static struct device *unused(struct device_set *set)
{
	struct device *dev = set->pool;

	while (dev->opt)
		dev++;
	return dev;
}

int device_set_open(struct device_set *set, const struct options *opt)
{
	unsigned int i;
	int err;

	for (i = 0; i < opt->num_devices; i++) {
		struct device *dev = unused(set);

		err = device_open(dev, &opt->devices[i]);
		if (err)
			return err;
		set->devices[set->num++] = dev;
	}
	return 0;
}

int device_set_attach(struct device_set *set, struct va_link *link)
{
	unsigned int i;
	int err;

	for (i = 0; i < set->num; i++) {
		err = device_attach(set->devices[i], link);
		if (err)
			return err;
	}
	return 0;
}

unsigned int device_set_queues(const struct device_set *set)
{
	unsigned int i, queues = 0;

	for (i = 0; i < set->num; i++)
		queues += set->devices[i]->id.num_queues;
	return queues;
}

void device_set_close(struct device_set *set)
{
	while (set->num)
		device_close(set->devices[--set->num]);
}

/* ------------------------------------------------------------------------ */
/* A new configuration */

/**
 * struct change - from the devices that there are to those that are wanted
 * @set: the former
 * @next: options of the latter
 * @by: for each device of @next who it is, NULL: not yet
 * @stays: for each device of @set whether it is among them
 */
struct change {
	struct device_set *set;
	struct va_link *link;
	struct options *next;
	struct device *by[BRIDGE_MAX_DEVICES];
	bool stays[BRIDGE_MAX_DEVICES];
};

static void find_same(struct change *c)
{
	unsigned int i, j;

	for (i = 0; i < c->next->num_devices; i++) {
		for (j = 0; j < c->set->num; j++) {
			if (c->stays[j] ||
			    !options_same_device(c->set->devices[j]->opt, &c->next->devices[i]))
				continue;
			c->by[i] = c->set->devices[j];
			c->stays[j] = true;
			break;
		}
	}
}

static bool socket_taken(const struct change *c, const char *path)
{
	unsigned int i;

	for (i = 0; i < c->set->num; i++)
		if (!strcmp(c->set->devices[i]->opt->socket, path))
			return true;
	return false;
}

static int add(struct change *c, unsigned int i)
{
	struct device *dev = unused(c->set);
	int err;

	err = device_open(dev, &c->next->devices[i]);
	if (err)
		return err;
	err = device_attach(dev, c->link);
	if (err) {
		/* It may have got as far as being one of the link */
		if (dev->va)
			device_remove(dev);
		else
			device_close(dev);
		return err;
	}
	c->by[i] = dev;
	return 0;
}

static int add_new(struct change *c)
{
	bool added[BRIDGE_MAX_DEVICES] = { false };
	unsigned int i;

	for (i = 0; i < c->next->num_devices; i++) {
		if (c->by[i] || socket_taken(c, c->next->devices[i].socket))
			continue;
		if (add(c, i))
			goto undo;
		added[i] = true;
	}
	return 0;

undo:
	while (i--)
		if (added[i])
			device_remove(c->by[i]);
	return -1;
}

static unsigned int remove_old(struct change *c)
{
	unsigned int i, removed = 0;

	for (i = 0; i < c->set->num; i++) {
		if (c->stays[i])
			continue;
		device_remove(c->set->devices[i]);
		removed++;
	}
	return removed;
}

/* What is left are other devices behind sockets that are free now. */
static int add_changed(struct change *c)
{
	unsigned int i;
	int result = 0;

	for (i = 0; i < c->next->num_devices; i++)
		if (!c->by[i] && add(c, i))
			result = 1;
	return result;
}

/* The devices keep pointers into @now's list: it becomes @next's, and so do they. */
static void take_over(struct change *c, struct options *now)
{
	struct device_options old[BRIDGE_MAX_DEVICES];
	unsigned int i, num = now->num_devices;

	memcpy(old, now->devices, sizeof(old));
	memcpy(now->devices, c->next->devices, sizeof(old));
	memcpy(c->next->devices, old, sizeof(old));
	now->num_devices = c->next->num_devices;
	c->next->num_devices = num;

	c->set->num = 0;
	for (i = 0; i < now->num_devices; i++) {
		if (!c->by[i])
			continue;
		c->by[i]->opt = &now->devices[i];
		c->set->devices[c->set->num++] = c->by[i];
	}
}

int device_set_change(struct device_set *set, struct va_link *link,
		      struct options *now, struct options *next)
{
	struct change c = { .set = set, .link = link, .next = next };
	unsigned int removed, stay = 0, i;
	int result;

	find_same(&c);
	for (i = 0; i < set->num; i++)
		stay += c.stays[i];
	if (add_new(&c))
		return -1;
	removed = remove_old(&c);
	result = add_changed(&c);
	take_over(&c, now);
	log_info("devices: %u added, %u removed, %u as before", set->num - stay, removed, stay);
	return result;
}
