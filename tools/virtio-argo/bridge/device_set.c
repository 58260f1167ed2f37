// SPDX-License-Identifier: GPL-2.0
/*
 * The devices of the link, and how they follow a new configuration.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * A new configuration is followed in two steps, because a process may be slow to
 * answer and the link's other devices must not wait for it: the new devices'
 * sockets are connected, each connection with its first question; and when all of
 * them are answered, the rest is done at once.
 */
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>

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
		err = device_learn(dev, VHOST_USER_TIMEOUT_MS);
		if (err)
			return err;
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
	device_set_abandon(set);
	while (set->num)
		device_close(set->devices[--set->num]);
}

/* ------------------------------------------------------------------------ */
/* A new configuration */

/*
 * Devices of the new one, by their place there: @by, NULL: not yet; @added: it is
 * not to remain if another cannot be. @stays: of those that there are. In @waiting
 * are connections that were not answered yet.
 */
static struct change {
	struct device_set *set;
	struct va_link *link;
	struct options *now;
	struct options next;
	change_done_fn *done;
	struct device *by[BRIDGE_MAX_DEVICES];
	bool added[BRIDGE_MAX_DEVICES];
	bool stays[BRIDGE_MAX_DEVICES];
	struct loop_source waiting[BRIDGE_MAX_DEVICES];
	struct loop_source timer;
	unsigned int num_waiting;
	bool running;
} change;

static void find_same(struct change *c)
{
	unsigned int i, j;

	for (i = 0; i < c->next.num_devices; i++) {
		for (j = 0; j < c->set->num; j++) {
			if (c->stays[j] ||
			    !options_same_device(c->set->devices[j]->opt, &c->next.devices[i]))
				continue;
			c->by[i] = c->set->devices[j];
			c->stays[j] = true;
			break;
		}
	}
}

/* Must a device go before this one can come: of the same socket or identity? */
static bool is_taken(const struct change *c, const struct device_options *opt)
{
	unsigned int i;

	for (i = 0; i < c->set->num; i++) {
		const struct device_options *there = c->set->devices[i]->opt;

		if (!strcmp(there->socket, opt->socket) ||
		    !memcmp(there->uuid, opt->uuid, sizeof(opt->uuid)))
			return true;
	}
	return false;
}

/* Connected and perhaps a device of the link */
static void take_back(struct device *dev)
{
	if (dev->va)
		device_remove(dev);
	else
		device_close(dev);
}

static int make_device(struct change *c, struct device *dev)
{
	int err = device_learn(dev, DEVICE_GUEST_MS);

	return err ? err : device_attach(dev, c->link);
}

static int add_new(struct change *c)
{
	unsigned int i;

	for (i = 0; i < c->next.num_devices; i++)
		if (c->added[i] && make_device(c, c->by[i]))
			return -1;
	return 0;
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

/* What is left are other devices, whose sockets or identities are free now. */
static int add_changed(struct change *c)
{
	unsigned int i;
	int result = 0;

	for (i = 0; i < c->next.num_devices; i++) {
		struct device *dev = unused(c->set);

		if (c->by[i])
			continue;
		if (device_open(dev, &c->next.devices[i])) {
			result = 1;
		} else if (make_device(c, dev)) {
			take_back(dev);
			result = 1;
		} else {
			c->by[i] = dev;
		}
	}
	return result;
}

/* The devices keep pointers into @now's list: it becomes @next's, and so do they. */
static void take_over(struct change *c)
{
	struct device_options old[BRIDGE_MAX_DEVICES];
	struct options *now = c->now, *next = &c->next;
	unsigned int i, num = now->num_devices;

	memcpy(old, now->devices, sizeof(old));
	memcpy(now->devices, next->devices, sizeof(old));
	memcpy(next->devices, old, sizeof(old));
	now->num_devices = next->num_devices;
	next->num_devices = num;

	c->set->num = 0;
	for (i = 0; i < now->num_devices; i++) {
		if (!c->by[i])
			continue;
		c->by[i]->opt = &now->devices[i];
		c->set->devices[c->set->num++] = c->by[i];
	}
}

static void stop_waiting(struct change *c)
{
	unsigned int i;

	for (i = 0; i < BRIDGE_MAX_DEVICES; i++)
		loop_remove(&c->waiting[i]);
	loop_timer_fini(&c->timer);
	c->running = false;
}

static void undo(struct change *c)
{
	unsigned int i;

	for (i = 0; i < c->next.num_devices; i++)
		if (c->added[i])
			take_back(c->by[i]);
}

/* All have answered: the rest is quick. */
static int apply(struct change *c)
{
	unsigned int removed, stay = 0, i;
	int result;

	for (i = 0; i < c->set->num; i++)
		stay += c->stays[i];
	if (add_new(c))
		return -1;
	removed = remove_old(c);
	result = add_changed(c);
	take_over(c);
	log_info("devices: %u added, %u removed, %u as before", c->set->num - stay, removed, stay);
	return result;
}

static void finish(struct change *c, int result)
{
	stop_waiting(c);
	if (!result)
		result = apply(c);
	if (result < 0)
		undo(c);
	c->done(result, &c->next);
	options_free(&c->next);
}

static void change_answered(struct loop_source *src, uint32_t events)
{
	struct pollfd pfd = { .fd = src->fd, .events = POLLIN };
	struct change *c = src->opaque;

	(void)events;
	/* The event may be that of a change that was abandoned. */
	if (poll(&pfd, 1, 0) <= 0)
		return;
	loop_remove(src);
	if (!--c->num_waiting)
		finish(c, 0);
}

static void change_timer(struct loop_source *src, uint32_t events)
{
	struct change *c = src->opaque;
	unsigned int i;

	(void)events;
	if (!loop_timer_expired(src))
		return;
	for (i = 0; i < BRIDGE_MAX_DEVICES; i++)
		if (c->waiting[i].fd >= 0)
			log_error("--device %s: no answer within %d ms", c->by[i]->opt->spec,
				  VHOST_USER_TIMEOUT_MS);
	finish(c, -1);
}

static int connect_new(struct change *c)
{
	unsigned int i;

	for (i = 0; i < c->next.num_devices; i++) {
		struct device *dev = unused(c->set);

		if (c->by[i] || is_taken(c, &c->next.devices[i]))
			continue;
		if (device_open(dev, &c->next.devices[i]))
			return -1;
		c->by[i] = dev;
		c->added[i] = true;
		if (loop_add(&c->waiting[i], dev->vu.fd, EPOLLIN | EPOLLRDHUP))
			return -1;
		c->num_waiting++;
	}
	return 0;
}

void device_set_change(struct device_set *set, struct va_link *link, struct options *now,
		       const struct options *next, change_done_fn *done)
{
	struct change *c = &change;
	unsigned int i;
	int err;

	device_set_abandon(set);
	*c = (struct change){
		.set = set, .link = link, .now = now, .next = *next, .done = done, .running = true,
	};
	for (i = 0; i < BRIDGE_MAX_DEVICES; i++)
		c->waiting[i] = (struct loop_source){
			.fd = -1, .ready = change_answered, .opaque = c,
		};
	c->timer = (struct loop_source){ .fd = -1, .ready = change_timer, .opaque = c };

	find_same(c);
	err = connect_new(c);
	if (!err && c->num_waiting)
		err = loop_timer_init(&c->timer);
	if (err || !c->num_waiting)
		finish(c, err);
	else
		loop_timer_set(&c->timer, VHOST_USER_TIMEOUT_MS);
}

void device_set_abandon(struct device_set *set)
{
	struct change *c = &change;

	if (c->set != set || !c->running)
		return;
	stop_waiting(c);
	undo(c);
	options_free(&c->next);
}
