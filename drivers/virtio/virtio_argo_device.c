// SPDX-License-Identifier: GPL-2.0
/*
 * VirtIO over Argo: a virtio transport in which the hypervisor copies the bytes.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * A guest's stock virtio drivers and a backend domain's device models talk
 * through a pair of Argo rings; no page is shared, granted or mapped between
 * the two domains, and Xen's security policy sees every transfer.
 *
 * To use it, give the guest a link, in one of these ways:
 *
 *	xl.cfg		virtio=["type=virtio,device2,backend=0"]
 *	module		virtio_argo.link=<backend domid>[:<port>[:<ring bytes>]]
 *
 * and run virtio-argo-bridge in the backend domain. The devices are what the
 * backend says over the link; they come and go with it. While there is no
 * backend, requests wait; when it is back, they are sent again.
 *
 * This file is one device as its driver sees it: virtio's config operations.
 * Config space and status are cached here and updated
 * by messages, so that reading them never waits; what changes the device waits
 * for its answer, for a bounded time, in process context only.
 *
 * Lock order: vargo_bus.lock -> vargo_vdev.lock -> vargo_link.request_lock ->
 * vargo_link.lock -> vargo_queue.lock; vargo_vdev.config_lock is innermost.
 */
#include <linux/slab.h>
#include <uapi/linux/virtio_config.h>

#include "virtio_argo.h"

/*
 * Of the ring's and the transport's bits, these are offered to the driver.
 * Indirect tables always: by its config space a device may make the driver
 * build chains with more segments than the ring has entries.
 */
#define VARGO_LOCAL_FEATURES						\
	(BIT_ULL(VIRTIO_F_ACCESS_PLATFORM) | BIT_ULL(VIRTIO_RING_F_INDIRECT_DESC))

#define to_vargo_vdev(v)	container_of(v, struct vargo_vdev, vdev)

/* ------------------------------------------------------------------------ */
/* virtio_config_ops */

static void vargo_get(struct virtio_device *vdev, unsigned int offset, void *buf,
		      unsigned int len)
{
	struct vargo_vdev *v = to_vargo_vdev(vdev);
	unsigned long flags;

	memset(buf, 0, len);
	if (offset >= v->config_size)
		return;
	len = min(len, v->config_size - offset);
	spin_lock_irqsave(&v->config_lock, flags);
	memcpy(buf, v->config + offset, len);
	spin_unlock_irqrestore(&v->config_lock, flags);
}

/* Is the device one that another session will set up again? */
static bool set_waits(const struct vargo_vdev *v, int err)
{
	return v->driver_ok && !v->dead && v->type->replay &&
	       (err == -ENOTCONN || err == -ETIMEDOUT);
}

static void vargo_set(struct virtio_device *vdev, unsigned int offset, const void *buf,
		      unsigned int len)
{
	struct vargo_vdev *v = to_vargo_vdev(vdev);
	u32 generation;
	int err;

	if (offset > v->config_size || len > v->config_size - offset ||
	    len > VARGO_CONFIG_CHUNK)
		return;
	mutex_lock(&v->lock);
	err = v->away ? -ENOTCONN :
			vargo_request_set_config(v, offset, buf, len, &generation);
	/* Without a backend it is kept for the next one, as vargo_vdev_restore() does. */
	if (err && !set_waits(v, err)) {
		dev_warn_ratelimited(&vdev->dev, "the backend did not take %u bytes of config at %u\n",
				     len, offset);
	} else {
		memcpy(v->written + offset, buf, len);
		bitmap_set(v->is_written, offset, len);
		spin_lock_irq(&v->config_lock);
		/* Unless the device has told of a later change already */
		if (err || (s32)(generation - v->generation) >= 0) {
			memcpy(v->config + offset, buf, len);
			if (!err)
				v->generation = generation;
		}
		spin_unlock_irq(&v->config_lock);
	}
	mutex_unlock(&v->lock);
}

static u32 vargo_generation(struct virtio_device *vdev)
{
	return READ_ONCE(to_vargo_vdev(vdev)->generation);
}

static u8 vargo_get_status(struct virtio_device *vdev)
{
	return READ_ONCE(to_vargo_vdev(vdev)->status);
}

/**
 * vargo_next_epoch() - what the device was asked before is stale from now on
 * @v: the device, held
 *
 * 0 is the epoch of a device which was not reset yet.
 *
 * Context: process.
 */
void vargo_next_epoch(struct vargo_vdev *v)
{
	if (!++v->epoch)
		v->epoch = 1;
}

/*
 * The driver cannot be told that it failed. A backend whose answer makes no sense
 * does not know what state the device is in; a new session sets it up anew.
 */
static int set_status(struct vargo_vdev *v, u8 status)
{
	int err = vargo_request_set_status(v, status);

	if (err && err != -ENODEV && err != -ENOTCONN)
		dev_warn_ratelimited(&v->vdev.dev, "the backend did not take status 0x%02x (error %d)\n",
				     status, err);
	if (err == -EPROTO)
		vargo_link_lose(v->bus->link, v->session,
				"the backend's answer to a status makes no sense");
	return err;
}

static void vargo_set_status(struct virtio_device *vdev, u8 status)
{
	struct vargo_vdev *v = to_vargo_vdev(vdev);
	bool start;
	int err;

	mutex_lock(&v->lock);
	start = (status & VIRTIO_CONFIG_S_DRIVER_OK) && !v->driver_ok;
	if (start)
		WRITE_ONCE(v->driver_ok, true);	/* from here on a new session restores it */
	err = set_status(v, status);
	if (start && !err)
		vargo_vqs_start(v);
	else if (start)
		vargo_vqs_hold(v);	/* its requests wait for a session, or fail */
	mutex_unlock(&v->lock);
}

static void vargo_reset(struct virtio_device *vdev)
{
	struct vargo_vdev *v = to_vargo_vdev(vdev);

	mutex_lock(&v->lock);
	/* From here on its buffers are the driver's: not even errors are put there. */
	WRITE_ONCE(v->driver_ok, false);
	vargo_vqs_hold(v);
	vargo_next_epoch(v);		/* what is still under way is stale */
	vargo_link_flush(v->bus->link);
	set_status(v, 0);
	vargo_vqs_settle(v);
	WRITE_ONCE(v->failed, false);	/* without an answer a new session resets it */
	vargo_cache_status(v, 0);
	mutex_unlock(&v->lock);
}

static void vargo_del_vqs(struct virtio_device *vdev)
{
	vargo_vqs_del(to_vargo_vdev(vdev));
}

static int vargo_find_vqs(struct virtio_device *vdev, unsigned int nvqs,
			  struct virtqueue *vqs[], struct virtqueue_info vqs_info[],
			  struct irq_affinity *desc)
{
	return vargo_vqs_find(to_vargo_vdev(vdev), nvqs, vqs, vqs_info);
}

static void vargo_synchronize_cbs(struct virtio_device *vdev)
{
	vargo_link_flush(to_vargo_vdev(vdev)->bus->link);
}

static u64 vargo_get_features(struct virtio_device *vdev)
{
	struct vargo_vdev *v = to_vargo_vdev(vdev);

	return vargo_wire_features(v->offered) | VARGO_LOCAL_FEATURES;
}

static int vargo_finalize_features(struct virtio_device *vdev)
{
	struct vargo_vdev *v = to_vargo_vdev(vdev);
	int err;

	vring_transport_features(vdev);
	vdev->features &= ~VARGO_TRANSPORT_FEATURES | VARGO_WIRE_TRANSPORT_FEATURES |
			  VARGO_LOCAL_FEATURES;
	if (!__virtio_test_bit(vdev, VIRTIO_F_VERSION_1)) {
		dev_err_ratelimited(&vdev->dev, "the device does not offer VIRTIO_F_VERSION_1, legacy devices are not supported\n");
		return -EINVAL;
	}
	mutex_lock(&v->lock);
	err = vargo_request_set_features(v, vargo_wire_features(vdev->features));
	mutex_unlock(&v->lock);
	return err;
}

static const char *vargo_bus_name(struct virtio_device *vdev)
{
	return dev_name(vdev->dev.parent);
}

static const struct virtio_config_ops vargo_config_ops = {
	.get = vargo_get,
	.set = vargo_set,
	.generation = vargo_generation,
	.get_status = vargo_get_status,
	.set_status = vargo_set_status,
	.reset = vargo_reset,
	.find_vqs = vargo_find_vqs,
	.del_vqs = vargo_del_vqs,
	.synchronize_cbs = vargo_synchronize_cbs,
	.get_features = vargo_get_features,
	.finalize_features = vargo_finalize_features,
	.bus_name = vargo_bus_name,
};

/* ------------------------------------------------------------------------ */
/* From the link */

/**
 * vargo_vdev_event_config() - take EVENT_CONFIG
 * @v: the device
 * @msg: the event
 *
 * Context: bottom half.
 */
void vargo_vdev_event_config(struct vargo_vdev *v, const struct vargo_msg *msg)
{
	u32 offset = msg->config.offset, len = msg->config.len;
	bool registered, failed;
	unsigned long flags;

	if (offset > v->config_size || len > v->config_size - offset ||
	    msg->config.status > U8_MAX) {
		vargo_link_count(v->bus->link, VARGO_STAT_DROP_CONTROL, 1);
		return;
	}
	spin_lock_irqsave(&v->config_lock, flags);
	memcpy(v->config + offset, msg->config.data, len);
	v->generation = msg->config.generation;
	v->config_events++;
	/* The one bit that a device sets by itself, while its driver is at work. */
	failed = READ_ONCE(v->driver_ok) && !v->failed &&
		 (msg->config.status & VIRTIO_CONFIG_S_NEEDS_RESET);
	if (failed)
		WRITE_ONCE(v->failed, true);
	if (v->status & VIRTIO_CONFIG_S_DRIVER_OK)
		v->status |= msg->config.status & VIRTIO_CONFIG_S_NEEDS_RESET;
	/* Before it is registered, virtio's own locks are not there. */
	registered = v->registered;
	v->event_missed |= !registered;
	spin_unlock_irqrestore(&v->config_lock, flags);
	if (failed) {
		/* The partner of the barrier in vargo_vqs_start() */
		smp_mb();
		vargo_vqs_pause(v);
		dev_warn_ratelimited(&v->vdev.dev, "the backend says that the device needs a reset: requests wait until it is back\n");
	}
	if (registered)
		virtio_config_changed(&v->vdev);
}

/**
 * vargo_vdev_pause() - the session is over, or the device
 * @v: the device
 * @for_good: it will not come back: answer what is unanswered with an error
 *
 * Context: process.
 */
void vargo_vdev_pause(struct vargo_vdev *v, bool for_good)
{
	mutex_lock(&v->lock);
	if (for_good)
		v->dead = true;
	vargo_vqs_hold(v);
	mutex_unlock(&v->lock);
}

/* ------------------------------------------------------------------------ */
/* Life */

static void vdev_free(struct vargo_vdev *v)
{
	kfree(v->vqs);
	bitmap_free(v->is_written);
	kfree(v->written);
	kfree(v->config);
	kfree(v);
}

static void vargo_release(struct device *dev)
{
	vdev_free(to_vargo_vdev(dev_to_virtio(dev)));
}

/**
 * vargo_vdev_create() - learn about a device
 * @bus: its bus
 * @num: its number there
 * @session: the session
 * @info: what the backend says of it
 *
 * Context: process, may sleep.
 *
 * Return: the device, not yet registered, or ERR_PTR; -ENODEV: a type that
 * cannot be had without the guest's memory, or nonsense, which was logged
 */
struct vargo_vdev *vargo_vdev_create(struct vargo_bus *bus, u16 num, u32 session,
				     const struct vargo_device_info *info)
{
	const struct vargo_type *type = vargo_type_find(info->device_id);
	struct vargo_vdev *v;
	int err = -ENOMEM;

	if (type->refuse == VARGO_REFUSE_MEMORY) {
		dev_err_ratelimited(bus->parent, "device %u is of type %s, which works on guest memory and cannot exist on a transport without shared memory: ignored\n",
				    num, type->name);
		return ERR_PTR(-ENODEV);
	}
	if (!info->device_id || !info->max_vqs || info->max_vqs > VARGO_MAX_VQS ||
	    info->config_size > PAGE_SIZE) {
		dev_err_ratelimited(bus->parent, "device %u: type %u with %u queues and %u bytes of config makes no sense: ignored\n",
				    num, info->device_id, info->max_vqs, info->config_size);
		return ERR_PTR(-ENODEV);
	}
	if (type->refuse) {
		dev_err_ratelimited(bus->parent, "device %u is of type %u, which this driver does not support: ignored\n",
				    num, info->device_id);
		return ERR_PTR(-ENODEV);
	}

	v = kzalloc(sizeof(*v), GFP_KERNEL);
	if (!v)
		return ERR_PTR(-ENOMEM);
	mutex_init(&v->lock);
	spin_lock_init(&v->config_lock);
	vargo_vqs_init(v);
	v->bus = bus;
	v->num = num;
	v->session = session;
	v->type = type;
	import_uuid(&v->uuid, info->uuid);
	v->vdev.id.device = info->device_id;
	v->vdev.id.vendor = info->vendor_id;
	v->config_size = info->config_size;
	v->max_vqs = info->max_vqs;
	v->vqs = kcalloc(v->max_vqs, sizeof(*v->vqs), GFP_KERNEL);
	v->config = kzalloc(v->config_size, GFP_KERNEL);
	v->written = kzalloc(v->config_size, GFP_KERNEL);
	v->is_written = bitmap_zalloc(v->config_size, GFP_KERNEL);
	if (!v->vqs || !v->config || !v->written || !v->is_written)
		goto fail;
	mutex_lock(&v->lock);
	err = vargo_request_features(v, &v->offered);
	mutex_unlock(&v->lock);
	if (err)
		goto fail;

	v->vdev.dev.parent = bus->parent;
	v->vdev.dev.release = vargo_release;
	v->vdev.config = &vargo_config_ops;
	vargo_map_attach(&v->vdev);
	return v;

fail:
	vdev_free(v);
	return ERR_PTR(err);
}

/**
 * vargo_vdev_register() - hand a device to the virtio core
 * @v: from vargo_vdev_create()
 *
 * Probes the driver, which may do I/O. Whatever comes of it, @v is to be given
 * back with vargo_vdev_put(), after unregister_virtio_device() if this was
 * successful.
 *
 * Context: process, may sleep.
 *
 * Return: 0 or an error
 */
int vargo_vdev_register(struct vargo_vdev *v)
{
	bool changed, missed;
	int err;

	/* Now that EVENT_CONFIG finds the device, no change is lost. */
	mutex_lock(&v->lock);
	err = vargo_request_config(v, NULL, &changed);
	mutex_unlock(&v->lock);
	if (err) {
		/* What vargo_vdev_put() wants; register_virtio_device() does it else. */
		device_initialize(&v->vdev.dev);
		return err;
	}
	err = register_virtio_device(&v->vdev);
	if (err)
		return err;
	get_device(&v->vdev.dev);
	spin_lock_irq(&v->config_lock);
	v->registered = true;
	missed = v->event_missed;
	spin_unlock_irq(&v->config_lock);
	if (missed)
		virtio_config_changed(&v->vdev);
	return 0;
}

/**
 * vargo_vdev_put() - give a device back
 * @v: nobody finds it any more
 *
 * Context: process.
 */
void vargo_vdev_put(struct vargo_vdev *v)
{
	cancel_delayed_work_sync(&v->outage.work);
	put_device(&v->vdev.dev);
}
