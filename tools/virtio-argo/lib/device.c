// SPDX-License-Identifier: (GPL-2.0 OR BSD-3-Clause)
/*
 * libvirtio-argo: devices of a link.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 *	state		status			may happen
 *	reset		0 and up		features, queues enabled after FEATURES_OK
 *	started		DRIVER_OK		chains; @start was called, @stop will be
 *	failed		NEEDS_RESET		PDUs are skipped; only a reset leads out
 *
 * Back to reset from everywhere: SET_STATUS 0, a new session, the session's end.
 */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/*
 * Bits 24 to 49 belong to rings and transports. Each half of a queue has its
 * own ring and each side its own transport, so of these only VERSION_1 crosses.
 */
#define DEVICE_FEATURES		(((1ull << 24) - 1) | ~((1ull << 50) - 1))

static int start(struct va_device *dev)
{
	int err = dev->cfg.ops->start(dev->cfg.opaque);

	if (err)
		return err;
	if (dev->failed)
		return -EIO;	/* va_device_fail() from @start counts as its failure */
	dev->started = true;
	return 0;
}

static void stop(struct va_device *dev)
{
	if (!dev->started)
		return;
	dev->started = false;
	dev->cfg.ops->stop(dev->cfg.opaque);
}

/* The device model first: behind it the slots are ours alone */
static void stop_and_drop(struct va_device *dev)
{
	unsigned int i;

	stop(dev);
	for (i = 0; i < dev->cfg.num_queues; i++)
		VA_ADD(dev->link, dropped_chains, va_queue_drop(&dev->queues[i]));
}

/*
 * The driver will be told. It takes its chains back then, and no longer counts them
 * against max_inflight; so we must have done that before.
 */
static void fail(struct va_device *dev)
{
	dev->failed = true;
	dev->status |= S_NEEDS_RESET;
	dev->status_dirty = true;
	VA_COUNT(dev->link, device_failures);
	stop_and_drop(dev);
}

void va_device_reset(struct va_device *dev, uint16_t epoch)
{
	stop_and_drop(dev);
	dev->status = 0;
	dev->status_dirty = false;
	dev->failed = false;
	dev->driver_features = 0;
	dev->features_bad = false;
	dev->epoch = epoch;
}

static bool accept_features(struct va_device *dev)
{
	if (dev->features_bad || (dev->driver_features & ~dev->features) ||
	    !(dev->driver_features & F_VERSION_1))
		return false;
	return !dev->cfg.ops->set_features ||
	       !dev->cfg.ops->set_features(dev->cfg.opaque, dev->driver_features);
}

/* What the driver may not set stays unset, and it sees that in the answer */
void va_device_set_status(struct va_device *dev, uint8_t status, uint16_t epoch)
{
	uint8_t set;

	if (!status) {
		va_device_reset(dev, epoch);
		return;
	}
	if (dev->status & ~status & ~S_NEEDS_RESET)
		return;		/* bits are only added */

	set = status & ~dev->status & S_DRIVERS;
	if ((set & S_FEATURES_OK) && !accept_features(dev))
		set &= ~S_FEATURES_OK;
	if (!((dev->status | set) & S_FEATURES_OK))
		set &= ~S_DRIVER_OK;
	dev->status |= set;
	if ((set & S_FAILED) && dev->cfg.ops->gave_up)
		dev->cfg.ops->gave_up(dev->cfg.opaque);
	if ((set & S_DRIVER_OK) && !dev->failed && start(dev) && !dev->failed)
		fail(dev);
}

void va_device_write_features(struct va_device *dev, uint32_t index, uint32_t value)
{
	uint64_t mask;

	/* Blocks that we do not offer may only be zero */
	if (index > 1) {
		if (value)
			dev->features_bad = true;
		return;
	}
	mask = 0xffffffffull << (32 * index);
	dev->driver_features &= ~mask;
	dev->driver_features |= (uint64_t)value << (32 * index);
}

int va_device_enable_queue(struct va_device *dev, uint32_t index, uint32_t size)
{
	if (index >= dev->cfg.num_queues || !size || size > VA_QUEUE_SIZE_MAX)
		return -EINVAL;
	if (!(dev->status & S_FEATURES_OK) || (dev->status & S_DRIVER_OK))
		return -EBUSY;
	va_queue_enable(&dev->queues[index], size);
	return 0;
}

/* ------------------------------------------------------------------------ */
/* For the embedder */

static int find_number(const struct va_link *link, int num)
{
	if (num >= VIRTIO_ARGO_MAX_DEVICES)
		return -EINVAL;
	if (num >= 0)
		return link->devices[num] ? -EEXIST : num;
	for (num = 0; num < VIRTIO_ARGO_MAX_DEVICES; num++) {
		if (!link->devices[num])
			return num;
	}
	return -ENOSPC;
}

/* The first of @count areas in a row */
static int find_areas(const struct va_shadow *sh, unsigned int count)
{
	unsigned int i, run = 0;

	for (i = 0; i < sh->queues; i++) {
		run = sh->taken[i] ? 0 : run + 1;
		if (run == count)
			return i + 1 - count;
	}
	return -ENOSPC;
}

static void free_queues(struct va_device *dev, unsigned int count)
{
	while (count--) {
		/* Whoever may still write there would write to the next device's */
		dev->link->shadow.taken[dev->queues[count].area] = dev->tainted;
		VA_ADD(dev->link, areas_withheld, dev->tainted);
		va_watch_del(dev->link, &dev->queues[count]);
		va_queue_exit(&dev->queues[count]);
	}
	free(dev->queues);
}

static int make_queues(struct va_device *dev)
{
	struct va_shadow *sh = &dev->link->shadow;
	unsigned int i;
	int area, err;

	area = find_areas(sh, dev->cfg.num_queues);
	if (area < 0)
		return area;
	dev->queues = calloc(dev->cfg.num_queues, sizeof(*dev->queues));
	if (!dev->queues)
		return -ENOMEM;
	for (i = 0; i < dev->cfg.num_queues; i++) {
		err = va_queue_init(&dev->queues[i], dev, i, area + i);
		if (err) {
			free_queues(dev, i);
			return err;
		}
		sh->taken[area + i] = true;
		err = va_watch_add(dev->link, &dev->queues[i]);
		if (err) {
			free_queues(dev, i + 1);
			return err;
		}
	}
	return 0;
}

static bool has_identity(const struct va_device_config *cfg)
{
	static const uint8_t none[sizeof(cfg->uuid)];

	return memcmp(cfg->uuid, none, sizeof(none));
}

static bool identity_taken(const struct va_link *link, const struct va_device_config *cfg)
{
	unsigned int i;

	for (i = 0; i < VIRTIO_ARGO_MAX_DEVICES; i++)
		if (link->devices[i] &&
		    !memcmp(link->devices[i]->cfg.uuid, cfg->uuid, sizeof(cfg->uuid)))
			return true;
	return false;
}

static bool config_valid(const struct va_device_config *cfg)
{
	return has_identity(cfg) && cfg->num_queues && cfg->num_queues <= VA_QUEUES_MAX &&
	       cfg->config_size <= VA_CONFIG_MAX &&
	       !(cfg->flags & ~VA_DEVICE_COMPLETE_ALL) &&
	       cfg->head_bytes < VA_PAGE &&
	       cfg->ops && cfg->ops->start && cfg->ops->stop;
}

int va_device_add(struct va_link *link, int num, const struct va_device_config *cfg,
		  struct va_device **out)
{
	struct va_device *dev;
	int err;

	if (!config_valid(cfg))
		return -EINVAL;
	if (identity_taken(link, cfg))
		return -EEXIST;
	num = find_number(link, num);
	if (num < 0)
		return num;

	dev = calloc(1, sizeof(*dev));
	if (!dev)
		return -ENOMEM;
	dev->link = link;
	dev->num = num;
	dev->cfg = *cfg;
	dev->features = (cfg->features & DEVICE_FEATURES) | F_VERSION_1;
	dev->config = calloc(1, cfg->config_size + 1);
	if (!dev->config) {
		err = -ENOMEM;
		goto err_dev;
	}
	if (cfg->config)
		memcpy(dev->config, cfg->config, cfg->config_size);
	dev->cfg.config = dev->config;
	err = make_queues(dev);
	if (err)
		goto err_config;

	link->devices[num] = dev;
	link->added |= 1ull << num;
	*out = dev;
	return 0;

err_config:
	free(dev->config);
err_dev:
	free(dev);
	return err;
}

void va_device_remove(struct va_device *dev)
{
	struct va_link *link;

	if (!dev)
		return;
	link = dev->link;
	va_device_reset(dev, 0);
	link->devices[dev->num] = NULL;
	link->added &= ~(1ull << dev->num);
	link->removed |= 1ull << dev->num;
	link->gone |= 1ull << dev->num;
	free_queues(dev, dev->cfg.num_queues);
	free(dev->config);
	free(dev);
}

unsigned int va_device_num(const struct va_device *dev)
{
	return dev->num;
}

uint8_t va_device_status(const struct va_device *dev)
{
	return dev->status;
}

uint64_t va_device_features(const struct va_device *dev)
{
	return dev->driver_features;
}

bool va_device_started(const struct va_device *dev)
{
	return dev->started;
}

const void *va_device_config(const struct va_device *dev)
{
	return dev->config;
}

static void mark_dirty(struct va_device *dev, uint32_t from, uint32_t to)
{
	if (dev->dirty_from == dev->dirty_to) {
		dev->dirty_from = from;
		dev->dirty_to = to;
		return;
	}
	if (from < dev->dirty_from)
		dev->dirty_from = from;
	if (to > dev->dirty_to)
		dev->dirty_to = to;
}

int va_device_set_config(struct va_device *dev, uint32_t offset, const void *data,
			 uint32_t len)
{
	if (offset > dev->cfg.config_size || len > dev->cfg.config_size - offset)
		return -EINVAL;
	if (!len || !memcmp(dev->config + offset, data, len))
		return 0;
	memcpy(dev->config + offset, data, len);
	dev->generation++;
	mark_dirty(dev, offset, offset + len);
	return 0;
}

void va_device_fail(struct va_device *dev)
{
	/* Without a driver there is nobody to tell, and a reset comes first anyway */
	if (dev->failed || !dev->status)
		return;
	fail(dev);
}

void va_device_taint(struct va_device *dev, bool tainted)
{
	dev->tainted = tainted;
}

int va_queue_get(const struct va_device *dev, unsigned int index,
		 struct va_queue_info *info)
{
	const struct va_queue *q;

	if (index >= dev->cfg.num_queues)
		return -EINVAL;
	q = &dev->queues[index];
	memset(info, 0, sizeof(*info));
	info->enabled = q->enabled;
	info->size = dev->link->shadow.ring_size;
	info->base = q->used;
	info->kick_fd = q->kick_fd;
	info->call_fd = q->call_fd;
	va_queue_offsets(q, info);
	return 0;
}
