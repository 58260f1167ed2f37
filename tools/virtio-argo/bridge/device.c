// SPDX-License-Identifier: GPL-2.0
/*
 * A device: shadow vrings here, vhost-user backend there.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * Loss of the backend. The rings are ours and the library knows which chains
 * are unfinished, so a backend may die at any moment: the connection is made
 * anew with growing pauses, the same features are negotiated, avail rings are
 * rebuilt from the unfinished chains, and the guest has seen a pause. A backend
 * that only closed its connection may still be at work on old requests; one that
 * serves one client at a time, as qemu-storage-daemon does, answers the first
 * message of the next client when they are over.
 *
 * Stop. The guest's reset must leave no request behind that would write to the
 * memory later. So: wait until the backend has used every chain, then
 * GET_VRING_BASE for each ring. A backend that does not finish in time is cut
 * off and the device stays out of service until it is back. A guest that started
 * it meanwhile was refused, and does not try again by itself: the bridge ends the
 * session then, and in the next one the guest sets up its devices and repeats what
 * was not answered.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>

#include "device.h"
#include "log.h"

#define DEVICE_BACKOFF_MIN_MS	10
#define DEVICE_BACKOFF_MAX_MS	1000
/* Behind answers that stopped in the middle, for which everybody had to wait */
#define DEVICE_STALL_MIN_MS	4000
#define DEVICE_STALL_MAX_MS	30000
/* A stop and the drain in it: less than the driver's patience, as DEVICE_GUEST_MS */
#define DEVICE_STOP_MS		4500
#define DEVICE_DRAIN_MS		3000
#define DEVICE_DRAIN_STEP_MS	20
/* A backend that changes its config all the time is asked so often, not more */
#define DEVICE_CONFIG_MS	50
#define DEVICE_VENDOR_ID	0x4f475241	/* "ARGO": none was assigned */

/* Ring and buffer addresses are offsets into the memory. */
#define DEVICE_MEMORY_ADDRESS	0

const char *device_state_name(const struct device *dev)
{
	static const char * const names[] = {
		[DEVICE_DOWN] = "down",
		[DEVICE_CALLING] = "calling",
		[DEVICE_UP] = "up",
		[DEVICE_RUNNING] = "running",
	};

	return names[dev->state];
}

/*
 * The connection is of no more use. It closed: it has ended. We close: it may still
 * be at work on what is in the rings that it has.
 */
static void device_unwatch(struct device *dev, int err)
{
	if (dev->state == DEVICE_RUNNING && err != -ECONNRESET) {
		dev->barred = true;
		if (dev->va)
			va_device_taint(dev->va, true);
	}
	loop_remove(&dev->socket);
	loop_remove(&dev->backend);
	vhost_user_close(&dev->vu);
	dev->config_due = false;
	dev->state = DEVICE_DOWN;
}

/* A backend that stays away fails the same way again and again: one line. */
static void device_complain(struct device *dev, const char *what)
{
	if (!strncmp(dev->last_error, dev->vu.error, sizeof(dev->last_error) - 1))
		return;
	snprintf(dev->last_error, sizeof(dev->last_error), "%s", dev->vu.error);
	log_limited(LOG_LEVEL_WARNING, "--device %s: %s%s; trying again", dev->opt->spec, what,
		    dev->vu.error);
}

/* Drop the connection, and try again later */
static void device_lost(struct device *dev, int err)
{
	device_unwatch(dev, err);
	dev->lost++;
	dev->last_error[0] = 0;
	device_complain(dev, "lost: ");
	dev->backoff_ms = DEVICE_BACKOFF_MIN_MS;
	loop_timer_set(&dev->timer, dev->backoff_ms);
}

static int device_watch(struct device *dev)
{
	int err = 0;

	if (dev->socket.fd < 0)
		err = loop_add(&dev->socket, dev->vu.fd, EPOLLIN | EPOLLRDHUP);
	if (!err && dev->vu.backend_fd >= 0)
		err = loop_add(&dev->backend, dev->vu.backend_fd, EPOLLIN);
	return err;
}

/* ------------------------------------------------------------------------ */
/* Rings */

static int device_start_ring(struct device *dev, unsigned int index,
			     const struct va_queue_info *info, uint16_t base)
{
	struct vhost_user_ring ring = {
		.index = index,
		.num = info->size,
		.base = base,
		.desc = DEVICE_MEMORY_ADDRESS + info->desc,
		.avail = DEVICE_MEMORY_ADDRESS + info->avail,
		.used = DEVICE_MEMORY_ADDRESS + info->used,
		.kick = info->kick_fd,
		.call = info->call_fd,
	};

	return vhost_user_start_ring(&dev->vu, &ring);
}

/*
 * Hands all enabled rings to the backend; @rebuild: another one had them. Behind
 * vhost_user_begin(), with what is left of the time.
 */
static int device_start_rings(struct device *dev, bool rebuild)
{
	uint64_t features = va_device_features(dev->va) & dev->vu.features;
	struct va_queue_info info;
	struct va_memory mem;
	unsigned int i;
	int err, base;

	va_link_memory(dev->link, &mem);
	features |= 1ULL << VIRTIO_F_VERSION_1;
	err = vhost_user_set_features(&dev->vu, features);
	if (!err)
		err = vhost_user_set_memory(&dev->vu, mem.fd, DEVICE_MEMORY_ADDRESS, mem.size);
	for (i = 0; !err && i < dev->id.num_queues; i++) {
		if (va_queue_get(dev->va, i, &info) || !info.enabled)
			continue;
		base = info.base;
		if (rebuild)
			base = va_queue_rebuild(dev->va, i);
		if (base < 0) {
			/* Not the backend's fault, and it would not get better. */
			log_error("--device %s: queue %u cannot be rebuilt: %s",
				  dev->opt->spec, i, strerror(-base));
			continue;
		}
		/* From the first one on it may be at work. */
		dev->state = DEVICE_RUNNING;
		err = device_start_ring(dev, i, &info, base);
	}
	if (err)
		return err;
	dev->state = DEVICE_RUNNING;
	for (i = 0; i < dev->id.num_queues; i++)
		va_queue_kick(dev->va, i);
	return 0;
}

/* Has the backend used all that is available in this ring? */
static bool device_ring_idle(const struct va_memory *mem, const struct va_queue_info *info)
{
	const struct vring_avail *avail = (void *)((char *)mem->addr + info->avail);
	const struct vring_used *used = (void *)((char *)mem->addr + info->used);

	/*
	 * Acquire: what the backend wrote to buffers comes before its index. The
	 * avail index is our own.
	 */
	return __atomic_load_n(&used->idx, __ATOMIC_ACQUIRE) == avail->idx;
}

/*
 * The call eventfds are not waited for: the library may have told the backend
 * to be silent, and a drain is rare and short.
 */
static int device_drain(struct device *dev)
{
	struct pollfd pfd = { .fd = dev->vu.fd, .events = POLLIN | POLLRDHUP };
	int left = DEVICE_DRAIN_MS;
	struct va_queue_info info;
	struct va_memory mem;
	unsigned int i;
	int err;

	va_link_memory(dev->link, &mem);
	for (i = 0; i < dev->id.num_queues; i++) {
		if (va_queue_get(dev->va, i, &info) || !info.enabled)
			continue;
		/* It may not know yet of the last chains. */
		va_queue_kick(dev->va, i);
		while (!device_ring_idle(&mem, &info)) {
			if (left <= 0)
				return -ETIMEDOUT;
			if (poll(&pfd, 1, DEVICE_DRAIN_STEP_MS) > 0) {
				err = vhost_user_check(&dev->vu);
				if (err)
					return err;
			}
			left -= DEVICE_DRAIN_STEP_MS;
		}
	}
	return 0;
}

static int device_stop_rings(struct device *dev)
{
	struct va_queue_info info;
	unsigned int i;
	uint16_t base;
	int err;

	for (i = 0; i < dev->id.num_queues; i++) {
		if (va_queue_get(dev->va, i, &info) || !info.enabled)
			continue;
		err = vhost_user_stop_ring(&dev->vu, i, &base);
		if (err)
			return err;
	}
	return 0;
}

/* ------------------------------------------------------------------------ */
/* What the library asks for */

/* While an answer was waited for, the backend may have said something itself. */
static void device_look_again(struct device *dev)
{
	if (dev->state < DEVICE_UP || !dev->vu.config_changed || dev->config_due)
		return;
	dev->config_due = true;
	loop_timer_set(&dev->timer, DEVICE_CONFIG_MS);
}

static int device_op_start(void *opaque)
{
	struct device *dev = opaque;
	int err;

	if (dev->barred) {
		log_limited(LOG_LEVEL_WARNING,
			    "--device %s: the guest starts it, but its backend is not usable",
			    dev->opt->spec);
		return -EBUSY;
	}
	if (dev->state == DEVICE_UP) {
		vhost_user_begin(&dev->vu, DEVICE_GUEST_MS);
		err = device_start_rings(dev, false);
		if (err)
			device_lost(dev, err);
		device_look_again(dev);
	}
	log_limited(LOG_LEVEL_INFO, "--device %s: started by the guest%s", dev->opt->spec,
		    dev->state == DEVICE_RUNNING ? "" : ", waits for its backend");
	return 0;
}

static void device_op_stop(void *opaque)
{
	struct device *dev = opaque;
	int err;

	log_limited(LOG_LEVEL_INFO, "--device %s: stopped by the guest", dev->opt->spec);
	if (dev->state != DEVICE_RUNNING)
		return;
	vhost_user_begin(&dev->vu, DEVICE_STOP_MS);
	err = device_drain(dev);
	if (err == -ETIMEDOUT) {
		log_limited(LOG_LEVEL_ERROR,
			    "--device %s: requests unfinished after %d ms, cutting the backend off",
			    dev->opt->spec, DEVICE_DRAIN_MS);
		strcpy(dev->vu.error, "cut off");
	}
	if (!err)
		err = device_stop_rings(dev);
	if (err)
		device_lost(dev, err);
	else
		dev->state = DEVICE_UP;
	device_look_again(dev);
}

static int device_op_config_write(void *opaque, uint32_t offset, const void *data,
				  uint32_t len)
{
	struct device *dev = opaque;
	int err;

	if (!dev->opt->type->writable(&dev->id, offset, data, len))
		return -EINVAL;
	/* A backend that does not hear of it now is told when it is back. */
	if (dev->state >= DEVICE_UP) {
		vhost_user_begin(&dev->vu, DEVICE_GUEST_MS);
		err = vhost_user_set_config(&dev->vu, offset, data, len);
		if (err)
			device_lost(dev, err);
		device_look_again(dev);
	}
	memcpy(dev->id.config + offset, data, len);
	return va_device_set_config(dev->va, offset, data, len);
}

static void device_op_gave_up(void *opaque)
{
	const struct device *dev = opaque;

	log_limited(LOG_LEVEL_WARNING,
		    "--device %s: the guest cannot use it (FAILED): it is less than the guest knows it, or its driver has failed; the guest's log says what is wrong",
		    dev->opt->spec);
}

static int64_t device_op_answer(void *opaque, const void *head, uint32_t out, void *to,
				uint32_t in)
{
	const struct device *dev = opaque;

	return dev->opt->type->answer ? dev->opt->type->answer(dev->opt, head, out, to, in) : -1;
}

static const struct va_device_ops device_ops = {
	.start = device_op_start,
	.stop = device_op_stop,
	.config_write = device_op_config_write,
	.gave_up = device_op_gave_up,
	.answer = device_op_answer,
};

/* ------------------------------------------------------------------------ */
/* What the backend does */

/*
 * The driver's writes to config space live in the backend, and a new one does
 * not know them: hand them over, byte by byte, as they were allowed.
 */
static int device_restore_config(struct device *dev, struct device_identity *now)
{
	size_t i;
	int err;

	for (i = 0; i < dev->id.config_size; i++) {
		if (dev->id.config[i] == now->config[i] ||
		    !dev->opt->type->writable(&dev->id, i, &dev->id.config[i], 1))
			continue;
		err = vhost_user_set_config(&dev->vu, i, &dev->id.config[i], 1);
		if (err)
			return err;
		now->config[i] = dev->id.config[i];
	}
	return 0;
}

static void device_take_config(struct device *dev, const struct device_identity *now)
{
	memcpy(dev->id.config, now->config, dev->id.config_size);
	va_device_set_config(dev->va, 0, dev->id.config, dev->id.config_size);
}

/* -EMEDIUMTYPE: it is there, but is not what the guest knows; see @vu.error. */
static int device_identify_again(struct device *dev, struct device_identity *now)
{
	char why[DEVICE_WHY_MAX] = "";
	int err;

	err = dev->opt->type->identify(&dev->vu, dev->opt, now, why);
	if (err && !*why)
		return err;
	if (!err && dev->opt->type->compatible(&dev->id, now, why))
		return 0;
	snprintf(dev->vu.error, sizeof(dev->vu.error),
		 "not the device that the guest knows: %.120s", why);
	return -EMEDIUMTYPE;
}

/* It has seen DEVICE_NEEDS_RESET for want of a good connection. */
static bool device_was_refused(const struct device *dev)
{
	const uint8_t refused = VIRTIO_CONFIG_S_DRIVER_OK | VIRTIO_CONFIG_S_NEEDS_RESET;

	return dev->barred && (va_device_status(dev->va) & refused) == refused;
}

/* Not from a callback of the library. */
static void device_unbar(struct device *dev)
{
	bool refused = device_was_refused(dev);

	dev->barred = false;
	if (!refused)
		return;
	log_limited(LOG_LEVEL_INFO,
		    "--device %s: usable again, the guest is asked to start it anew",
		    dev->opt->spec);
	va_link_restart(dev->link);
}

static void device_config_changed(struct device *dev)
{
	struct device_identity now;
	int err;

	dev->vu.config_changed = false;
	vhost_user_begin(&dev->vu, DEVICE_GUEST_MS);
	err = device_identify_again(dev, &now);
	if (!err) {
		device_take_config(dev, &now);
		log_limited(LOG_LEVEL_INFO, "--device %s: config space changed", dev->opt->spec);
		/* With a connection it is barred for an earlier change, which is undone. */
		if (dev->state == DEVICE_UP)
			device_unbar(dev);
		device_look_again(dev);
	} else if (err == -EMEDIUMTYPE) {
		device_complain(dev, "");
		dev->barred = true;
		va_device_fail(dev->va);
	} else {
		device_lost(dev, err);
	}
}

static int device_answered(struct device *dev)
{
	struct device_identity now;
	int err;

	vhost_user_begin(&dev->vu, DEVICE_GUEST_MS);
	err = vhost_user_negotiate(&dev->vu);
	if (!err)
		err = device_identify_again(dev, &now);
	if (!err)
		err = device_restore_config(dev, &now);
	if (!err)
		err = device_watch(dev);
	if (err)
		return err;

	dev->state = DEVICE_UP;
	va_device_taint(dev->va, false);
	device_take_config(dev, &now);
	device_unbar(dev);
	if (va_device_started(dev->va))
		err = device_start_rings(dev, true);
	return err;
}

static void device_try_later(struct device *dev, int err)
{
	device_unwatch(dev, err);
	device_complain(dev, "");
	if (err == -EMEDIUMTYPE) {
		dev->barred = true;
		if (va_device_started(dev->va))
			va_device_fail(dev->va);
	}
	dev->backoff_ms *= 2;
	if (dev->backoff_ms > DEVICE_BACKOFF_MAX_MS)
		dev->backoff_ms = DEVICE_BACKOFF_MAX_MS;
	loop_timer_set(&dev->timer, dev->backoff_ms);
}

/*
 * It has answered the first question, and not the next ones. Everybody has waited for
 * it, and would do so most of the time if it were called again at once.
 */
static void device_stalled(struct device *dev)
{
	dev->stall_ms = dev->stall_ms ? 2 * dev->stall_ms : DEVICE_STALL_MIN_MS;
	if (dev->stall_ms > DEVICE_STALL_MAX_MS)
		dev->stall_ms = DEVICE_STALL_MAX_MS;
	dev->backoff_ms = dev->stall_ms;
	loop_timer_set(&dev->timer, dev->backoff_ms);
}

static void device_call(struct device *dev)
{
	int err = vhost_user_connect(&dev->vu, dev->opt->socket);

	if (!err)
		err = device_watch(dev);
	if (err) {
		device_try_later(dev, err);
		return;
	}
	dev->state = DEVICE_CALLING;
	loop_timer_set(&dev->timer, VHOST_USER_TIMEOUT_MS);
}

static void device_socket_ready(struct loop_source *src, uint32_t events)
{
	struct device *dev = src->opaque;
	int err;

	(void)events;
	if (dev->state != DEVICE_CALLING) {
		err = vhost_user_check(&dev->vu);
		if (err)
			device_lost(dev, err);
		return;
	}
	loop_timer_set(&dev->timer, 0);
	err = device_answered(dev);
	if (err) {
		device_try_later(dev, err);
		if (err == -ETIMEDOUT)
			device_stalled(dev);
		return;
	}
	dev->stall_ms = 0;
	dev->restored++;
	dev->backoff_ms = DEVICE_BACKOFF_MIN_MS;
	log_limited(LOG_LEVEL_INFO, "--device %s: connected again%s", dev->opt->spec,
		    dev->state == DEVICE_RUNNING ? ", unfinished requests go on" : "");
	device_look_again(dev);
}

static void device_backend_ready(struct loop_source *src, uint32_t events)
{
	struct device *dev = src->opaque;
	int err;

	(void)events;
	err = vhost_user_serve_backend(&dev->vu);
	if (err) {
		device_lost(dev, err);
		return;
	}
	if (dev->vu.backend_ended)
		loop_remove(src);
	device_look_again(dev);
}

static void device_timer(struct loop_source *src, uint32_t events)
{
	struct device *dev = src->opaque;

	(void)events;
	if (!loop_timer_expired(src))
		return;
	switch (dev->state) {
	case DEVICE_DOWN:
		device_call(dev);
		break;
	case DEVICE_CALLING:
		strcpy(dev->vu.error, "no answer from the backend");
		device_try_later(dev, -ETIMEDOUT);
		break;
	case DEVICE_UP:
	case DEVICE_RUNNING:
		dev->config_due = false;
		if (dev->vu.config_changed)
			device_config_changed(dev);
		break;
	}
}

/* ------------------------------------------------------------------------ */
/* Life */

int device_open(struct device *dev, const struct device_options *opt)
{
	int err;

	memset(dev, 0, sizeof(*dev));
	dev->opt = opt;
	dev->socket = (struct loop_source){
		.fd = -1, .ready = device_socket_ready, .opaque = dev,
	};
	dev->backend = (struct loop_source){
		.fd = -1, .ready = device_backend_ready, .opaque = dev,
	};
	dev->timer = (struct loop_source){ .fd = -1, .ready = device_timer, .opaque = dev };

	err = vhost_user_connect(&dev->vu, opt->socket);
	if (err) {
		log_error("--device %s: %s", opt->spec, dev->vu.error);
		device_close(dev);
		return err;
	}
	dev->state = DEVICE_CALLING;
	return 0;
}

int device_learn(struct device *dev, unsigned int ms)
{
	const struct device_options *opt = dev->opt;
	char why[DEVICE_WHY_MAX] = "";
	int err;

	vhost_user_begin(&dev->vu, ms);
	err = vhost_user_negotiate(&dev->vu);
	if (!err && !(dev->vu.features & (1ULL << VIRTIO_F_VERSION_1))) {
		strcpy(why, "the backend does not offer VERSION_1");
		err = -ENOTSUP;
	}
	if (!err)
		err = opt->type->identify(&dev->vu, opt, &dev->id, why);
	if (!err && opt->type->prepare)
		err = opt->type->prepare(&dev->vu, &dev->id);
	if (err) {
		log_error("--device %s: %s", opt->spec, *why ? why : dev->vu.error);
		return err;
	}
	dev->state = DEVICE_UP;
	return 0;
}

int device_attach(struct device *dev, struct va_link *link)
{
	struct va_device_config cfg = {
		.device_id = dev->opt->type->device_id,
		.vendor_id = DEVICE_VENDOR_ID,
		.features = dev->id.features,
		.config = dev->id.config,
		.config_size = dev->id.config_size,
		.num_queues = dev->id.num_queues,
		.flags = dev->opt->type->complete_all ? VA_DEVICE_COMPLETE_ALL : 0,
		.head_bytes = dev->opt->type->head_bytes,
		.min_out = dev->opt->type->min_out,
		.min_in = dev->opt->type->min_in,
		.ops = &device_ops,
		.opaque = dev,
	};
	int err;

	memcpy(cfg.uuid, dev->opt->uuid, sizeof(cfg.uuid));
	dev->link = link;
	err = va_device_add(link, -1, &cfg, &dev->va);
	if (!err)
		err = loop_timer_init(&dev->timer);
	if (!err)
		err = device_watch(dev);
	if (err == -ENOSPC) {
		uint64_t withheld = va_link_stat(link, VA_STAT_areas_withheld);

		log_error("--device %s: no room for its %u queues: start with more --spare-queues, or with less num-queues",
			  dev->opt->spec, dev->id.num_queues);
		if (withheld)
			log_error("the room of %llu queues is withheld, as the backends of removed devices were cut off and may still write there: end these, and start the bridge again",
				  (unsigned long long)withheld);
		return err;
	}
	if (err) {
		log_error("--device %s: %s", dev->opt->spec, strerror(-err));
		return err;
	}
	log_info("--device %s: device %u of the link, %s, features 0x%llx, %u queue%s",
		 dev->opt->spec, va_device_num(dev->va), dev->opt->type->name,
		 (unsigned long long)dev->id.features, dev->id.num_queues,
		 dev->id.num_queues == 1 ? "" : "s");
	/* It may have said something since it was asked. */
	device_look_again(dev);
	return 0;
}

void device_remove(struct device *dev)
{
	uint64_t withheld = va_link_stat(dev->link, VA_STAT_areas_withheld);
	unsigned int num = va_device_num(dev->va);

	/* Stops it: that needs the connection. */
	va_device_remove(dev->va);
	dev->va = NULL;
	log_info("--device %s: device %u of the link is removed", dev->opt->spec, num);
	if (va_link_stat(dev->link, VA_STAT_areas_withheld) != withheld)
		log_warning("--device %s: its backend was cut off and may still write: the room of its %u queues is not used again before the bridge is started anew",
			    dev->opt->spec, dev->id.num_queues);
	device_close(dev);
}

void device_close(struct device *dev)
{
	loop_timer_fini(&dev->timer);
	dev->va = NULL;
	device_unwatch(dev, 0);
	dev->opt = NULL;
}
