// SPDX-License-Identifier: GPL-2.0
/*
 * VirtIO over Argo: the virtqueues of a device, as virtio and the link see them.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * They run while the backend serves the device. Else they are held: requests wait
 * in the ring, and after the link's outage timeout, or when the device is gone for
 * good, they fail. virtio_argo_outage.c says when.
 */
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/virtio_ring.h>
#include <uapi/linux/virtio_config.h>

#include "virtio_argo.h"

static unsigned int queue_size = 512;
module_param(queue_size, uint, 0444);
MODULE_PARM_DESC(queue_size,
		 "entries of a virtqueue, a power of 2 from 16 to 1024 (default 512); the ring is private to the guest");

/* The least that a driver can work with when there is no memory for indirect tables */
#define VARGO_QUEUE_SIZE_MIN	16U
#define VARGO_QUEUE_SIZE_MAX	1024U

static bool vargo_notify(struct virtqueue *vq)
{
	struct vargo_vq *q = vq->priv;
	struct vargo_vdev *v = container_of(vq->vdev, struct vargo_vdev, vdev);

	if (READ_ONCE(q->queue.state) == VARGO_QUEUE_FAILING)
		vargo_link_poll(v->bus->link);
	else
		vargo_link_kick(v->bus->link, &q->source);
	return true;	/* false would break the queue for ever */
}

static void vqs_run(struct vargo_vdev *v)
{
	unsigned int i;

	WRITE_ONCE(v->running, true);
	vargo_outage_end(v);
	for (i = 0; i < v->max_vqs; i++) {
		struct vargo_vq *q = v->vqs[i];

		if (!q)
			continue;
		vargo_queue_run(&q->queue, v->epoch);
		vargo_link_kick(v->bus->link, &q->source);
	}
}

static void vqs_pause(struct vargo_vdev *v)
{
	unsigned int i;

	WRITE_ONCE(v->running, false);
	vargo_outage_begin(v);
	for (i = 0; i < v->max_vqs; i++) {
		struct vargo_vq *q = READ_ONCE(v->vqs[i]);

		if (q)
			vargo_link_hold(v->bus->link, &q->source, vargo_queue_pause);
	}
}

/**
 * vargo_vqs_pause() - the device has said that it needs a reset
 * @v: the device
 *
 * Nothing is sent to it any more: it would not be answered, and would count against
 * what the link's other devices may have in flight. What it had is sent again if a
 * new session sets it up.
 *
 * Context: any.
 */
void vargo_vqs_pause(struct vargo_vdev *v)
{
	/* What is held already may have to fail, which this would undo. */
	if (READ_ONCE(v->running))
		vqs_pause(v);
}

/**
 * vargo_vqs_start() - let the requests go to the backend, if it started the device
 * @v: the device, held; DRIVER_OK was answered
 *
 * Context: process.
 */
void vargo_vqs_start(struct vargo_vdev *v)
{
	u8 status = READ_ONCE(v->status);

	if ((status & VIRTIO_CONFIG_S_NEEDS_RESET) || !(status & VIRTIO_CONFIG_S_DRIVER_OK)) {
		dev_warn_ratelimited(&v->vdev.dev, "the backend does not start the device (status 0x%02x): requests wait until it does\n",
				     status);
		vargo_outage_begin(v);
		return;
	}
	vqs_run(v);
	/* Either the event sees queues that run, or it is seen here: see there. */
	smp_mb();
	if (READ_ONCE(v->failed))
		vqs_pause(v);	/* the event may have come between two queues */
}

/**
 * vargo_vqs_hold() - hold the requests back
 * @v: the device, held
 *
 * Nothing is sent, or completed by the backend, any more when this returns. What
 * the driver has not taken back by a reset fails if the device is dead, or away for
 * longer than the requests are to wait.
 *
 * Context: process.
 */
void vargo_vqs_hold(struct vargo_vdev *v)
{
	void (*how)(struct vargo_queue *q) = vargo_queue_pause;
	unsigned int i;

	if (!v->driver_ok)
		how = vargo_queue_forget;
	else if (v->dead || v->outage.failing)
		how = vargo_queue_fail;

	WRITE_ONCE(v->running, false);
	if (v->driver_ok && !v->dead)
		vargo_outage_begin(v);
	else
		vargo_outage_end(v);
	for (i = 0; i < v->max_vqs; i++) {
		struct vargo_vq *q = v->vqs[i];

		if (!q)
			continue;
		vargo_link_hold(v->bus->link, &q->source, how);
	}
	if (how == vargo_queue_fail)
		vargo_link_poll(v->bus->link);
}

static bool vqs_wait(struct vargo_vdev *v)
{
	unsigned int i;

	for (i = 0; i < v->max_vqs; i++)
		if (v->vqs[i] && vargo_queue_waits(&v->vqs[i]->queue))
			return true;
	return false;
}

/*
 * The device is away, or the time that its requests wait has been changed. Whoever
 * holds the lock does so for a bounded time.
 */
static void vqs_outage(struct work_struct *work)
{
	struct vargo_vdev *v = container_of(to_delayed_work(work), struct vargo_vdev, outage.work);

	mutex_lock(&v->lock);
	if (READ_ONCE(v->outage.since)) {
		if (vargo_outage_look(v, vqs_wait(v)))
			vargo_vqs_hold(v);
		vargo_outage_next(v);
	}
	mutex_unlock(&v->lock);
}

/**
 * vargo_vqs_init() - a device has no queues yet
 * @v: the device, zeroed
 *
 * Context: process.
 */
void vargo_vqs_init(struct vargo_vdev *v)
{
	INIT_DELAYED_WORK(&v->outage.work, vqs_outage);
}

/**
 * vargo_vqs_settle() - what vargo_vqs_hold() forgot does not count any more
 * @v: the device, held
 *
 * The backend has forgotten it as well, or its session is over.
 *
 * Context: process.
 */
void vargo_vqs_settle(struct vargo_vdev *v)
{
	unsigned int i;

	for (i = 0; i < v->max_vqs; i++) {
		if (v->vqs[i])
			vargo_queue_settle(&v->vqs[i]->queue);
	}
}

static void vq_del(struct vargo_vdev *v, unsigned int index)
{
	struct vargo_vq *q = v->vqs[index];

	if (!q)
		return;
	vargo_link_hold(v->bus->link, &q->source, vargo_queue_forget);
	WRITE_ONCE(v->vqs[index], NULL);
	/* A receive pass that saw the pointer ends before the queue does. */
	vargo_link_flush(v->bus->link);
	vring_del_virtqueue(q->vq);
	vargo_queue_exit(&q->queue);
	kfree(q);
}

static struct virtqueue *vq_setup(struct vargo_vdev *v, unsigned int index,
				  const struct virtqueue_info *info)
{
	struct vargo_queue_config config = {
		.dev = v->num,
		.index = index,
		.budget = &v->bus->link->budget,
		.fill = v->type->fill,
		.fail_status = v->type->fail_status,
	};
	struct virtqueue *vq;
	struct vargo_vq *q;
	u32 max, num;
	int err;

	err = vargo_request_vqueue(v, index, &max, &config.depth);
	if (err)
		return ERR_PTR(err);
	if (max < VARGO_QUEUE_SIZE_MIN) {
		dev_err_ratelimited(&v->vdev.dev, "queue %u has room for %u descriptors only, at least %u are needed\n",
				    index, max, VARGO_QUEUE_SIZE_MIN);
		return ERR_PTR(-EINVAL);
	}
	q = kzalloc(sizeof(*q), GFP_KERNEL);
	if (!q)
		return ERR_PTR(-ENOMEM);
	num = min(max, clamp(queue_size, VARGO_QUEUE_SIZE_MIN, VARGO_QUEUE_SIZE_MAX));
	vq = vargo_map_create_vq(&v->vdev, index, rounddown_pow_of_two(num), info->ctx,
				 vargo_notify, info->callback, info->name);
	err = -ENOMEM;
	if (!vq)
		goto free_q;
	vq->num_max = virtqueue_get_vring_size(vq);
	config.vring = *virtqueue_get_vring(vq);
	err = vargo_queue_init(&q->queue, &config);
	if (err)
		goto del_vq;
	q->vq = vq;
	q->source.queue = &q->queue;
	INIT_LIST_HEAD(&q->source.node);
	err = vargo_request_set_vqueue(v, index, config.vring.num);
	if (err)
		goto exit_queue;
	vq->priv = q;
	/* Release: the receive pass finds a queue that is complete. */
	smp_store_release(&v->vqs[index], q);
	return vq;

exit_queue:
	vargo_queue_exit(&q->queue);
del_vq:
	vring_del_virtqueue(vq);
free_q:
	kfree(q);
	return ERR_PTR(err);
}

/**
 * vargo_vqs_del() - free a device's queues
 * @v: the device
 *
 * Context: process.
 */
void vargo_vqs_del(struct vargo_vdev *v)
{
	unsigned int i;

	mutex_lock(&v->lock);
	for (i = 0; i < v->max_vqs; i++)
		vq_del(v, i);
	mutex_unlock(&v->lock);
}

/**
 * vargo_vqs_find() - make the queues that a driver wants
 * @v: the device
 * @nvqs: how many
 * @vqs: where they go
 * @vqs_info: what is known of each; one without a name is none
 *
 * Context: process, may sleep.
 *
 * Return: 0 or an error, and then there are none
 */
int vargo_vqs_find(struct vargo_vdev *v, unsigned int nvqs, struct virtqueue *vqs[],
		   struct virtqueue_info vqs_info[])
{
	unsigned int i, index = 0, noio;
	int err = 0;

	mutex_lock(&v->lock);
	/* A new session for all the link's disks needs this lock. */
	noio = memalloc_noio_save();
	for (i = 0; i < nvqs && !err; i++) {
		if (!vqs_info[i].name) {
			vqs[i] = NULL;
			continue;
		}
		if (index >= v->max_vqs) {
			err = -ENOENT;
			break;
		}
		vqs[i] = vq_setup(v, index++, &vqs_info[i]);
		if (IS_ERR(vqs[i]))
			err = PTR_ERR(vqs[i]);
	}
	memalloc_noio_restore(noio);
	mutex_unlock(&v->lock);
	if (err)
		vargo_vqs_del(v);
	return err;
}

/* ------------------------------------------------------------------------ */
/* From the link */

/**
 * vargo_vqs_complete() - take a COMPLETE PDU for a device
 * @v: the device
 * @pdu: its head
 * @payload: its in-bytes
 *
 * Context: bottom half.
 *
 * Return: as vargo_queue_complete()
 */
int vargo_vqs_complete(struct vargo_vdev *v, const struct vargo_pdu *pdu,
		       const struct vargo_payload *payload)
{
	struct vargo_vq *q;
	int ret;

	if (pdu->queue >= v->max_vqs)
		return -EPROTO;
	q = READ_ONCE(v->vqs[pdu->queue]);
	if (!q)		/* a device that is being reset may still answer */
		return -ESTALE;
	ret = vargo_queue_complete(&q->queue, pdu, payload);
	if (ret > 0)
		q->interrupt = true;
	return ret;
}

/**
 * vargo_vqs_interrupt() - raise the interrupts that have become due
 * @v: the device
 *
 * Context: bottom half, no locks held.
 */
void vargo_vqs_interrupt(struct vargo_vdev *v)
{
	unsigned long flags = 0;
	unsigned int i;

	for (i = 0; i < v->max_vqs; i++) {
		struct vargo_vq *q = READ_ONCE(v->vqs[i]);

		if (!q)
			continue;
		if (vargo_queue_needs_reap(&q->queue) && vargo_queue_reap(&q->queue))
			q->interrupt = true;
		if (!q->interrupt)
			continue;
		q->interrupt = false;
		/* As a driver is used to be called. */
		if (!IS_ENABLED(CONFIG_PREEMPT_RT))
			local_irq_save(flags);
		vring_interrupt(0, q->vq);
		if (!IS_ENABLED(CONFIG_PREEMPT_RT))
			local_irq_restore(flags);
	}
}
