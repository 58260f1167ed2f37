// SPDX-License-Identifier: GPL-2.0
/*
 * VirtIO over Argo: KUnit tests of the devices of a link.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * The backend is a work item here that is told what to answer: each device
 * takes 4 out-bytes and puts 4 times the same and a status into the in-bytes.
 * On the other side is a virtio driver of the tests' own.
 */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/platform_device.h>
#include <linux/prandom.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/virtio.h>
#include <uapi/linux/virtio_ids.h>
#include <xen/argo_fake.h>

#include "virtio_argo.h"

#define GUEST		6
#define BACKEND		0
#define PORT		0x4321
#define RING_LEN	(16 * 4096 - 64)
#define DEVICES		4
#define CONFIG_SIZE	200
#define QUEUES		2
#define REQUESTS	8
#define IN		5

#define eventually(cond) ({						\
	unsigned long __end = jiffies + 30 * HZ;			\
	bool __ok;							\
									\
	while (!(__ok = (cond)) && time_before(jiffies, __end))		\
		usleep_range(500, 1000);				\
	__ok;								\
})

/* What the backend knows of a device */
struct model {
	bool there;
	u32 type;
	u32 max_vqs;
	u32 config_size;
	u64 offered;
	u64 accepted;
	u32 status;
	u32 epoch;
	u32 generation;
	u8 config[CONFIG_SIZE];
	u32 size[QUEUES];
};

struct held {
	struct vargo_pdu pdu;
	u32 word;
};

struct bus_test {
	struct argo_fake *xen;
	struct xen_argo *guest;
	struct xen_argo *backend;
	struct platform_device *parent;
	struct vargo_bus *bus;

	struct mutex lock;		/* of the backend, all below */
	struct work_struct work;
	struct argo_ring *ring;
	struct vargo_frame head;
	struct model dev[DEVICES];
	bool hold;			/* do not answer chains */
	bool mute;			/* nor anything else */
	struct held held[32];
	unsigned int nr_held;
	unsigned int submits;
	unsigned int hellos;
	u8 out[VARGO_CTRL_FRAME_MAX];
};

/* ------------------------------------------------------------------------ */
/* The backend */

static void backend_send(struct bus_test *t, u32 type, struct vargo_frame *head, u32 len)
{
	const struct argo_addr dst = { .port = PORT, .domid = GUEST };
	struct kvec iov = { .iov_base = t->out, .iov_len = VARGO_FRAME_HDR + len };

	vargo_frame_encode(head, t->out);
	argo_sendv(t->backend, PORT, &dst, type, &iov, 1);
}

static void backend_control(struct bus_test *t, const struct vargo_msg *msg, bool in_session)
{
	struct vargo_frame none = {};
	int len;

	len = vargo_msg_encode(msg, t->out + VARGO_FRAME_HDR, VIRTIO_ARGO_MSG_MAX);
	if (WARN_ON(len < 0))
		return;
	if (in_session)
		t->head.seq++;
	backend_send(t, VIRTIO_ARGO_MT_CONTROL, in_session ? &t->head : &none, len);
}

static void backend_pdu(struct bus_test *t, const struct vargo_pdu *pdu)
{
	vargo_pdu_encode(pdu, t->out + VARGO_FRAME_HDR);
	t->head.seq++;
	backend_send(t, VIRTIO_ARGO_MT_DATA, &t->head, VARGO_PDU_HDR + pdu->length);
}

static void backend_complete(struct bus_test *t, const struct held *h)
{
	struct vargo_pdu pdu = h->pdu;

	pdu.type = VIRTIO_ARGO_PDU_COMPLETE;
	pdu.total = pdu.room;
	pdu.offset = 0;
	pdu.length = pdu.room;
	memset(t->out + 48, 0, pdu.length);
	memcpy(t->out + 48, &h->word, 4);
	backend_pdu(t, &pdu);
}

static void backend_session(struct bus_test *t, struct vargo_msg *msg)
{
	unsigned int i;

	t->hellos++;
	t->nr_held = 0;
	t->head = (struct vargo_frame){ .session = msg->hello.session };
	for (i = 0; i < DEVICES; i++) {
		t->dev[i].status = 0;
		t->dev[i].epoch = 0;
		memset(t->dev[i].size, 0, sizeof(t->dev[i].size));
	}
	msg->type |= VIRTIO_ARGO_TYPE_RESPONSE;
	msg->hello.window = 16384;
	msg->hello.max_frame = 4096;
	msg->hello.max_chain = 1 << 20;
	msg->hello.max_inflight = 1 << 21;
	backend_control(t, msg, false);
}

static void backend_bus_message(struct bus_test *t, struct vargo_msg *msg)
{
	unsigned int i;

	if (msg->id == VIRTIO_ARGO_BUS_HELLO) {
		backend_session(t, msg);
	} else if (msg->id == VIRTIO_ARGO_BUS_GET_DEVICES) {
		msg->type |= VIRTIO_ARGO_TYPE_RESPONSE;
		memset(msg->devices.bitmap, 0, sizeof(msg->devices.bitmap));
		for (i = 0; i < DEVICES; i++)
			if (t->dev[i].there)
				msg->devices.bitmap[0] |= BIT(i);
		backend_control(t, msg, true);
	}
}

static void backend_message(struct bus_test *t, struct vargo_msg *msg)
{
	struct model *d = msg->dev < DEVICES ? &t->dev[msg->dev] : NULL;

	if (msg->type & VIRTIO_ARGO_TYPE_BUS) {
		backend_bus_message(t, msg);
		return;
	}
	if (!d || !d->there)
		return;
	msg->type |= VIRTIO_ARGO_TYPE_RESPONSE;
	switch (msg->id) {
	case VIRTIO_ARGO_GET_DEVICE_INFO:
		msg->info.device_id = d->type;
		msg->info.num_feature_blocks = 2;
		msg->info.config_size = d->config_size;
		msg->info.max_vqs = d->max_vqs;
		break;
	case VIRTIO_ARGO_GET_FEATURES:
		msg->features.block[0] = lower_32_bits(d->offered);
		msg->features.block[1] = upper_32_bits(d->offered);
		break;
	case VIRTIO_ARGO_SET_FEATURES:
		d->accepted = msg->features.block[0] | (u64)msg->features.block[1] << 32;
		break;
	case VIRTIO_ARGO_GET_CONFIG:
		msg->config.generation = d->generation;
		memcpy(msg->config.data, d->config + msg->config.offset, msg->config.len);
		break;
	case VIRTIO_ARGO_SET_CONFIG:
		memcpy(d->config + msg->config.offset, msg->config.data, msg->config.len);
		msg->config.generation = d->generation;
		break;
	case VIRTIO_ARGO_SET_STATUS:
		d->status = msg->status.status;
		if (!d->status)
			d->epoch = msg->status.epoch;
		break;
	case VIRTIO_ARGO_GET_VQUEUE:
		msg->vq.max = msg->vq.index < QUEUES ? 64 : 0;
		msg->vq.depth = 16;
		break;
	case VIRTIO_ARGO_SET_VQUEUE:
		d->size[msg->vq.index] = msg->vq.size;
		break;
	}
	backend_control(t, msg, true);
}

static void backend_data(struct bus_test *t, const u8 *data, u32 len)
{
	struct held h;
	u32 at = 0;
	int step;

	while (at < len) {
		step = vargo_pdu_decode(data + at, len - at, &h.pdu);
		if (WARN_ON(step <= 0 || h.pdu.length < 4))
			return;
		memcpy(&h.word, data + at + VARGO_PDU_HDR, 4);
		at += step;
		t->submits++;
		if (!t->hold)
			backend_complete(t, &h);
		else if (!WARN_ON(t->nr_held == ARRAY_SIZE(t->held)))
			t->held[t->nr_held++] = h;
	}
}

static void backend_work(struct work_struct *work)
{
	struct bus_test *t = container_of(work, struct bus_test, work);
	struct vargo_frame frame;
	static u8 buf[8192];
	struct vargo_msg msg;
	struct argo_msg m;

	mutex_lock(&t->lock);
	while (t->ring && argo_ring_peek(t->ring, &m) > 0) {
		u32 len = min_t(u32, m.len, sizeof(buf));

		argo_msg_copy(t->ring, &m, 0, buf, len);
		argo_ring_consume(t->ring, &m);
		if (vargo_frame_decode(buf, len, &frame) < 0 || t->mute)
			continue;
		if (m.type == VIRTIO_ARGO_MT_DATA && frame.session == t->head.session) {
			t->head.data_consumed += vargo_ring_bytes(m.len);
			backend_data(t, buf + 16, len - 16);
		} else if (m.type == VIRTIO_ARGO_MT_CONTROL && len > 16 &&
			   (!frame.session || frame.session == t->head.session) &&
			   vargo_msg_decode(buf + 16, len - 16, &msg) > 0) {
			if (frame.session)
				t->head.ctrl_consumed++;
			backend_message(t, &msg);
		}
	}
	if (t->ring)
		argo_ring_done(t->ring);
	mutex_unlock(&t->lock);
}

static void backend_rx(struct argo_ring *ring, void *priv)
{
	struct bus_test *t = priv;

	queue_work(system_unbound_wq, &t->work);
}

static const struct argo_ring_ops backend_ring_ops = { .rx = backend_rx };

static void backend_ready(struct bus_test *t)
{
	const struct vargo_msg msg = {
		.type = VIRTIO_ARGO_TYPE_BUS, .id = VIRTIO_ARGO_BUS_READY,
	};

	mutex_lock(&t->lock);
	t->head = (struct vargo_frame){};
	backend_control(t, &msg, false);
	mutex_unlock(&t->lock);
}

static void backend_start(struct kunit *test)
{
	struct bus_test *t = test->priv;
	const struct argo_ring_config config = {
		.port = PORT, .partner = GUEST, .len = RING_LEN,
		.ops = &backend_ring_ops, .priv = t,
	};
	struct argo_ring *ring = argo_ring_create(t->backend, &config);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, ring);
	mutex_lock(&t->lock);
	t->ring = ring;
	t->head = (struct vargo_frame){};
	mutex_unlock(&t->lock);
	queue_work(system_unbound_wq, &t->work);
	if (t->bus)
		backend_ready(t);
}

static void backend_stop(struct bus_test *t)
{
	struct argo_ring *ring;

	mutex_lock(&t->lock);
	ring = t->ring;
	t->ring = NULL;
	mutex_unlock(&t->lock);
	argo_ring_destroy(ring);
	cancel_work_sync(&t->work);
}

static void backend_event_device(struct bus_test *t, u16 dev, bool there)
{
	const struct vargo_msg msg = {
		.type = VIRTIO_ARGO_TYPE_BUS, .id = VIRTIO_ARGO_BUS_EVENT_DEVICE,
		.event_device = {
			.dev = dev,
			.state = there ? VIRTIO_ARGO_DEVICE_ADDED : VIRTIO_ARGO_DEVICE_REMOVED,
		},
	};

	mutex_lock(&t->lock);
	t->dev[dev].there = there;
	if (!there)
		t->nr_held = 0;
	t->dev[dev].epoch = 0;
	backend_control(t, &msg, true);
	mutex_unlock(&t->lock);
}

static void backend_event_config(struct bus_test *t, u16 dev, u32 at, u8 value, u8 status)
{
	struct vargo_msg msg = {
		.id = VIRTIO_ARGO_EVENT_CONFIG, .dev = dev,
		.config = { .offset = at, .len = 1, .status = status },
	};

	mutex_lock(&t->lock);
	if (at < CONFIG_SIZE)
		t->dev[dev].config[at] = value;
	msg.config.generation = ++t->dev[dev].generation;
	msg.config.data[0] = value;
	backend_control(t, &msg, true);
	mutex_unlock(&t->lock);
}

static void backend_release(struct bus_test *t)
{
	unsigned int i;

	mutex_lock(&t->lock);
	t->hold = false;
	for (i = 0; i < t->nr_held; i++)
		backend_complete(t, &t->held[i]);
	t->nr_held = 0;
	mutex_unlock(&t->lock);
}

/* ------------------------------------------------------------------------ */
/* The driver: one that binds to what the test has made, and to nothing else */

struct request {
	u32 out;
	u8 in[IN];
	bool done;
	u32 len;
};

struct driver_state {
	struct virtio_device *vdev;
	struct virtqueue *vq[QUEUES];
	spinlock_t lock;	/* the queues and @outstanding */
	atomic_t config_changed;
	unsigned int outstanding;
	bool patient;	/* as a disk's driver: no reset before all is answered */
};

static struct driver_state state;
static atomic_t probed, removed;

static void driver_done(struct virtqueue *vq)
{
	struct request *r;
	unsigned long flags;
	unsigned int len;

	WARN_ON_ONCE(!irqs_disabled());
	spin_lock_irqsave(&state.lock, flags);
	do {
		virtqueue_disable_cb(vq);
		while ((r = virtqueue_get_buf(vq, &len))) {
			r->len = len;
			state.outstanding--;
			WRITE_ONCE(r->done, true);
		}
	} while (!virtqueue_enable_cb(vq));
	spin_unlock_irqrestore(&state.lock, flags);
}

static int driver_probe(struct virtio_device *vdev)
{
	struct virtqueue_info info[QUEUES] = {
		{ "first", driver_done }, { "second", driver_done },
	};
	int err;

	err = virtio_find_vqs(vdev, QUEUES, state.vq, info, NULL);
	if (err)
		return err;
	virtio_device_ready(vdev);
	state.vdev = vdev;
	atomic_inc(&probed);
	return 0;
}

static void driver_remove(struct virtio_device *vdev)
{
	if (state.patient)
		WARN_ON(!eventually(!READ_ONCE(state.outstanding)));
	state.vdev = NULL;
	state.outstanding = 0;
	virtio_reset_device(vdev);
	vdev->config->del_vqs(vdev);
	atomic_inc(&removed);
}

static void driver_config_changed(struct virtio_device *vdev)
{
	atomic_inc(&state.config_changed);
}

/* Types that no driver of the kernel's takes, and one that is replayed */
#define TYPE_TEST	0x7fff0001

static const struct virtio_device_id driver_ids[] = {
	{ TYPE_TEST, VIRTIO_DEV_ANY_ID },
	{ 0 },
};

static unsigned int driver_features[] = { 5, 6, 51 };

static struct virtio_driver test_driver = {
	.driver.name = "virtio_argo_test",
	.id_table = driver_ids,
	.feature_table = driver_features,
	.feature_table_size = ARRAY_SIZE(driver_features),
	.probe = driver_probe,
	.remove = driver_remove,
	.config_changed = driver_config_changed,
};

/* Put a request into a queue; it is answered when r->done */
static void submit(struct kunit *test, unsigned int queue, struct request *r, u32 word)
{
	struct scatterlist out, in, *sgs[2] = { &out, &in };
	unsigned long flags;

	r->out = word;
	r->done = false;
	memset(r->in, 0xee, IN);
	sg_init_one(&out, &r->out, 4);
	sg_init_one(&in, r->in, IN);
	spin_lock_irqsave(&state.lock, flags);
	KUNIT_EXPECT_EQ(test, virtqueue_add_sgs(state.vq[queue], sgs, 1, 1, r, GFP_ATOMIC), 0);
	state.outstanding++;
	virtqueue_kick(state.vq[queue]);
	spin_unlock_irqrestore(&state.lock, flags);
}

static struct request *submit_all(struct kunit *test)
{
	struct request *r = kunit_kcalloc(test, REQUESTS, sizeof(*r), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, r);
	for (i = 0; i < REQUESTS; i++)
		submit(test, i % QUEUES, &r[i], 0x01010101 * (i + 1));
	return r;
}

static bool all_done(const struct request *r)
{
	unsigned int i;

	for (i = 0; i < REQUESTS; i++)
		if (!READ_ONCE(r[i].done))
			return false;
	return true;
}

static void expect_answered(struct kunit *test, const struct request *r)
{
	unsigned int i;

	KUNIT_ASSERT_TRUE(test, eventually(all_done(r)));
	for (i = 0; i < REQUESTS; i++) {
		KUNIT_EXPECT_EQ(test, r[i].len, IN);
		KUNIT_EXPECT_MEMEQ(test, r[i].in, &r[i].out, 4);
		KUNIT_EXPECT_EQ(test, r[i].in[4], 0);
	}
}

/* The type has no manner of failing: nothing was written */
static void expect_failed(struct kunit *test, const struct request *r)
{
	unsigned int i;

	KUNIT_ASSERT_TRUE(test, eventually(all_done(r)));
	for (i = 0; i < REQUESTS; i++)
		KUNIT_EXPECT_EQ(test, r[i].len, 0);
}

/* ------------------------------------------------------------------------ */

static void bus_open(struct kunit *test)
{
	struct bus_test *t = test->priv;

	t->bus = vargo_bus_create(t->guest, &t->parent->dev, BACKEND, PORT, RING_LEN);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t->bus);
}

static void bus_close(struct bus_test *t)
{
	if (!IS_ERR_OR_NULL(t->bus))
		vargo_bus_destroy(t->bus);
	t->bus = NULL;
}

static void device(struct bus_test *t, u16 n, u32 type)
{
	struct model *d = &t->dev[n];
	unsigned int i;

	d->there = true;
	d->type = type;
	d->max_vqs = QUEUES;
	d->config_size = CONFIG_SIZE;
	d->offered = BIT_ULL(VIRTIO_F_VERSION_1) | BIT_ULL(5) | BIT_ULL(7) | BIT_ULL(51);
	for (i = 0; i < CONFIG_SIZE; i++)
		d->config[i] = i + 1;
}

/* A link with one device whose driver is at work */
static void bring_up(struct kunit *test)
{
	struct bus_test *t = test->priv;

	device(t, 1, TYPE_TEST);
	backend_start(test);
	bus_open(test);
	KUNIT_ASSERT_TRUE(test, eventually(atomic_read(&probed) == 1));
}

static long bus_stat(struct bus_test *t, enum vargo_stat which)
{
	return atomic_long_read(&t->bus->link->stats[which]);
}

static void bus_probe(struct kunit *test)
{
	struct bus_test *t = test->priv;
	u8 got[CONFIG_SIZE + 2];

	bring_up(test);
	KUNIT_EXPECT_EQ(test, t->dev[1].accepted,
			BIT_ULL(VIRTIO_F_VERSION_1) | BIT_ULL(5) | BIT_ULL(51));
	KUNIT_EXPECT_EQ(test, t->dev[1].status,
			VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER |
			VIRTIO_CONFIG_S_FEATURES_OK | VIRTIO_CONFIG_S_DRIVER_OK);
	KUNIT_EXPECT_NE(test, t->dev[1].epoch, 0);
	KUNIT_EXPECT_EQ(test, t->dev[1].size[0], 64);
	KUNIT_EXPECT_EQ(test, t->dev[1].size[1], 64);

	/* Config: more than one message, and behind the end there is nothing */
	state.vdev->config->get(state.vdev, 0, got, sizeof(got));
	KUNIT_EXPECT_MEMEQ(test, got, t->dev[1].config, CONFIG_SIZE);
	KUNIT_EXPECT_EQ(test, got[CONFIG_SIZE], 0);
	state.vdev->config->set(state.vdev, 7, "abc", 3);
	KUNIT_EXPECT_MEMEQ(test, t->dev[1].config + 7, "abc", 3);
	state.vdev->config->get(state.vdev, 7, got, 3);
	KUNIT_EXPECT_MEMEQ(test, got, "abc", 3);
	bus_close(t);
	KUNIT_EXPECT_EQ(test, atomic_read(&removed), 1);
	/* Reset, and then the virtio core's word that it is there */
	KUNIT_EXPECT_EQ(test, t->dev[1].status, VIRTIO_CONFIG_S_ACKNOWLEDGE);
}

static void bus_requests(struct kunit *test)
{
	unsigned int i;

	bring_up(test);
	for (i = 0; i < 20; i++)
		expect_answered(test, submit_all(test));
}

/* Ring and transport features are local, whatever the backend offers */
static void bus_features(struct kunit *test)
{
	struct bus_test *t = test->priv;

	device(t, 1, TYPE_TEST);
	t->dev[1].offered = U64_MAX;
	backend_start(test);
	bus_open(test);
	KUNIT_ASSERT_TRUE(test, eventually(atomic_read(&probed) == 1));
	KUNIT_EXPECT_EQ(test, t->dev[1].accepted,
			BIT_ULL(VIRTIO_F_VERSION_1) | BIT_ULL(5) | BIT_ULL(6) | BIT_ULL(51));
	KUNIT_EXPECT_FALSE(test, virtio_has_feature(state.vdev, VIRTIO_F_RING_PACKED));
	KUNIT_EXPECT_FALSE(test, virtio_has_feature(state.vdev, VIRTIO_RING_F_EVENT_IDX));
	KUNIT_EXPECT_TRUE(test, virtio_has_feature(state.vdev, VIRTIO_F_ACCESS_PLATFORM));
	expect_answered(test, submit_all(test));
}

/* What cannot be on this transport, and what makes no sense; one that can */
static void bus_refused_devices(struct kunit *test)
{
	struct bus_test *t = test->priv;

	device(t, 0, VIRTIO_ID_BALLOON);
	device(t, 1, TYPE_TEST);
	t->dev[1].max_vqs = U32_MAX;
	device(t, 2, TYPE_TEST);
	t->dev[2].config_size = U32_MAX;
	device(t, 3, TYPE_TEST);
	t->dev[3].config_size = 0;
	backend_start(test);
	bus_open(test);
	KUNIT_EXPECT_TRUE(test, eventually(atomic_read(&probed) == 1));
	flush_workqueue(t->bus->wq);
	KUNIT_EXPECT_NULL(test, t->bus->slots[0].vdev);
	KUNIT_EXPECT_NULL(test, t->bus->slots[1].vdev);
	KUNIT_EXPECT_NULL(test, t->bus->slots[2].vdev);
	KUNIT_EXPECT_NOT_NULL(test, t->bus->slots[3].vdev);
	expect_answered(test, submit_all(test));
}

static void bus_no_version_1(struct kunit *test)
{
	struct bus_test *t = test->priv;

	device(t, 1, TYPE_TEST);
	t->dev[1].offered = BIT_ULL(5);
	backend_start(test);
	bus_open(test);
	KUNIT_EXPECT_TRUE(test, eventually(READ_ONCE(t->bus->slots[1].vdev)));
	flush_workqueue(t->bus->wq);
	KUNIT_EXPECT_EQ(test, atomic_read(&probed), 0);
}

static void bus_config_event(struct kunit *test)
{
	struct bus_test *t = test->priv;
	u8 got;

	bring_up(test);
	backend_event_config(t, 1, 9, 0x77, 0);
	KUNIT_EXPECT_TRUE(test, eventually(atomic_read(&state.config_changed) == 1));
	state.vdev->config->get(state.vdev, 9, &got, 1);
	KUNIT_EXPECT_EQ(test, got, 0x77);
	KUNIT_EXPECT_EQ(test, state.vdev->config->generation(state.vdev), 1);

	/* Out of bounds, by one and by much: dropped */
	backend_event_config(t, 1, CONFIG_SIZE, 1, 0);
	backend_event_config(t, 1, 0x7fffffff, 1, 0);
	KUNIT_EXPECT_TRUE(test, eventually(bus_stat(t, VARGO_STAT_DROP_CONTROL) == 2));

	/* The one bit that the device may set */
	backend_event_config(t, 1, 9, 0x78, 0xff);
	KUNIT_EXPECT_TRUE(test, eventually(atomic_read(&state.config_changed) == 2));
	KUNIT_EXPECT_EQ(test, state.vdev->config->get_status(state.vdev),
			VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER |
			VIRTIO_CONFIG_S_FEATURES_OK | VIRTIO_CONFIG_S_DRIVER_OK |
			VIRTIO_CONFIG_S_NEEDS_RESET);
}

static void bus_hotplug(struct kunit *test)
{
	struct bus_test *t = test->priv;

	backend_start(test);
	bus_open(test);
	KUNIT_ASSERT_TRUE(test, eventually(vargo_link_session(t->bus->link)));
	flush_workqueue(t->bus->wq);
	device(t, 2, TYPE_TEST);
	backend_event_device(t, 2, true);
	KUNIT_ASSERT_TRUE(test, eventually(atomic_read(&probed) == 1));
	expect_answered(test, submit_all(test));
	backend_event_device(t, 2, false);
	KUNIT_EXPECT_TRUE(test, eventually(atomic_read(&removed) == 1));
	KUNIT_EXPECT_TRUE(test, eventually(!READ_ONCE(t->bus->slots[2].vdev)));
	KUNIT_EXPECT_EQ(test, t->hellos, 1);
}

/* Removed with requests in flight: they fail, nobody waits */
static void bus_surprise_removal(struct kunit *test)
{
	struct bus_test *t = test->priv;
	struct request *r;

	bring_up(test);
	state.patient = true;
	t->hold = true;
	r = submit_all(test);
	KUNIT_ASSERT_TRUE(test, eventually(READ_ONCE(t->submits) == REQUESTS));
	backend_event_device(t, 1, false);
	expect_failed(test, r);
	KUNIT_EXPECT_TRUE(test, eventually(atomic_read(&removed) == 1));
	KUNIT_EXPECT_EQ(test, t->hellos, 1);
}

/* Another device in the place of the old before anybody looked */
static void bus_replaced_device(struct kunit *test)
{
	struct bus_test *t = test->priv;

	bring_up(test);
	argo_fake_hold_virqs(t->guest, true);
	backend_event_device(t, 1, false);
	backend_event_device(t, 1, true);
	argo_fake_hold_virqs(t->guest, false);
	KUNIT_EXPECT_TRUE(test, eventually(atomic_read(&removed) == 1));
	KUNIT_ASSERT_TRUE(test, eventually(atomic_read(&probed) == 2));
	expect_answered(test, submit_all(test));
	KUNIT_EXPECT_EQ(test, t->hellos, 1);
}

/* A type that may not be replayed: the driver is told, and nothing is sent */
static void bus_session_loss(struct kunit *test)
{
	struct bus_test *t = test->priv;
	unsigned int submits;
	struct request *r;

	bring_up(test);
	t->hold = true;
	r = submit_all(test);
	KUNIT_ASSERT_TRUE(test, eventually(READ_ONCE(t->submits) == REQUESTS));
	submits = t->submits;
	backend_stop(t);
	backend_start(test);
	KUNIT_EXPECT_TRUE(test, eventually(atomic_read(&state.config_changed) == 1));
	KUNIT_EXPECT_TRUE(test, state.vdev->config->get_status(state.vdev) &
			  VIRTIO_CONFIG_S_NEEDS_RESET);
	KUNIT_EXPECT_EQ(test, t->submits, submits);
	KUNIT_EXPECT_FALSE(test, r[0].done);
}

/* The same type with replay: as block has it */
static struct vargo_type replayed = {
	.id = TYPE_TEST, .name = "test", .replay = true, .fill = true, .fail_status = 1,
};

static void make_replayed(struct kunit *test)
{
	struct bus_test *t = test->priv;

	/* Before the queues take their first chain */
	t->bus->slots[1].vdev->type = &replayed;
}

static void bus_replay(struct kunit *test)
{
	struct bus_test *t = test->priv;
	struct request *r;
	unsigned int i;

	bring_up(test);
	make_replayed(test);
	for (i = 0; i < 3; i++) {
		t->hold = true;
		t->submits = 0;
		r = submit_all(test);
		KUNIT_ASSERT_TRUE(test, eventually(READ_ONCE(t->submits) == REQUESTS));
		backend_stop(t);
		t->dev[1].config[3] = 0x80 + i;
		backend_start(test);
		KUNIT_ASSERT_TRUE(test, eventually(READ_ONCE(t->submits) == 2 * REQUESTS));
		backend_release(t);
		expect_answered(test, r);
		KUNIT_EXPECT_TRUE(test, eventually(atomic_read(&state.config_changed) == i + 1));
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&probed), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&removed), 0);
	expect_answered(test, submit_all(test));
}

/* The backend comes back with something else: the old fails, the new is made */
static void bus_other_device(struct kunit *test)
{
	struct bus_test *t = test->priv;
	struct request *r;

	bring_up(test);
	make_replayed(test);
	state.patient = true;
	t->hold = true;
	r = submit_all(test);
	KUNIT_ASSERT_TRUE(test, eventually(READ_ONCE(t->submits) == REQUESTS));
	backend_stop(t);
	t->hold = false;
	t->dev[1].offered &= ~BIT_ULL(5);
	backend_start(test);
	expect_failed(test, r);
	KUNIT_EXPECT_TRUE(test, eventually(atomic_read(&removed) == 1));
	KUNIT_ASSERT_TRUE(test, eventually(atomic_read(&probed) == 2));
	expect_answered(test, submit_all(test));
}

/* The backend goes while the device is being set up again */
static void bus_dies_in_restore(struct kunit *test)
{
	struct bus_test *t = test->priv;
	struct request *r;
	unsigned int i;

	bring_up(test);
	make_replayed(test);
	t->hold = true;
	r = submit_all(test);
	KUNIT_ASSERT_TRUE(test, eventually(READ_ONCE(t->submits) == REQUESTS));
	for (i = 0; i < 8; i++) {
		backend_stop(t);
		/* HELLO, and then some requests of the restore, are sent */
		argo_fake_fail(t->guest, ARGO_FAKE_SENDV, -ECONNREFUSED, 1 + i, 1);
		t->nr_held = 0;
		backend_start(test);
		KUNIT_ASSERT_TRUE(test, eventually(READ_ONCE(t->nr_held) == REQUESTS));
	}
	backend_release(t);
	expect_answered(test, r);
	KUNIT_EXPECT_EQ(test, atomic_read(&probed), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&removed), 0);
}

/* The driver leaves, and there is no backend any more */
static void bus_leave_without_session(struct kunit *test)
{
	struct bus_test *t = test->priv;
	struct request *r, *last = kunit_kzalloc(test, sizeof(*last), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, last);
	bring_up(test);
	state.patient = true;
	t->hold = true;
	r = submit_all(test);
	KUNIT_ASSERT_TRUE(test, eventually(READ_ONCE(t->submits) == REQUESTS));
	backend_stop(t);
	submit(test, 0, last, 1);	/* finds out that it is gone */
	bus_close(t);
	expect_failed(test, r);
	KUNIT_EXPECT_TRUE(test, last->done);
	KUNIT_EXPECT_EQ(test, atomic_read(&removed), 1);
	KUNIT_EXPECT_EQ(test, argo_fake_ring_count(t->guest), 0);
}

/* A backend that says nothing: leaving takes the time of one request */
static void bus_leave_mute_backend(struct kunit *test)
{
	struct bus_test *t = test->priv;

	bring_up(test);
	t->mute = true;
	bus_close(t);
	KUNIT_EXPECT_EQ(test, atomic_read(&removed), 1);
}

/* A reset with answers under way, many times: none gets through */
static void bus_reset_races(struct kunit *test)
{
	struct bus_test *t = test->priv;
	unsigned int i;

	bring_up(test);
	for (i = 0; i < 20; i++) {
		unsigned int n = atomic_read(&probed);

		submit_all(test);
		device_release_driver(&state.vdev->dev);
		KUNIT_ASSERT_EQ(test, device_attach(&t->bus->slots[1].vdev->vdev.dev), 1);
		KUNIT_ASSERT_EQ(test, atomic_read(&probed), n + 1);
	}
	KUNIT_EXPECT_EQ(test, t->hellos, 1);
	KUNIT_EXPECT_EQ(test, bus_stat(t, VARGO_STAT_VIOLATIONS), 0);
	expect_answered(test, submit_all(test));
}

/* Completions with random heads: never a splat, and the device works after */
static void bus_fuzz(struct kunit *test)
{
	struct bus_test *t = test->priv;
	struct rnd_state rnd;
	struct request *r;
	unsigned int i, k;

	bring_up(test);
	make_replayed(test);
	prandom_seed_state(&rnd, 20261120);
	t->hold = true;
	r = submit_all(test);
	for (i = 0; i < 40; i++) {
		KUNIT_ASSERT_TRUE(test, eventually(READ_ONCE(t->nr_held) >= REQUESTS));
		mutex_lock(&t->lock);
		for (k = 0; k < 4; k++) {
			struct vargo_pdu pdu = t->held[prandom_u32_state(&rnd) % REQUESTS].pdu;
			u32 value = prandom_u32_state(&rnd);

			pdu.type = VIRTIO_ARGO_PDU_COMPLETE;
			pdu.total = pdu.room;
			pdu.offset = 0;
			pdu.length = pdu.room;
			switch (prandom_u32_state(&rnd) % 9) {
			case 0:
				pdu.type = value;
				break;
			case 1:
				pdu.flags = value;
				break;
			case 2:
				pdu.dev = value % 8;
				break;
			case 3:
				pdu.queue = value;
				break;
			case 4:
				pdu.head = value % 128;
				break;
			case 5:
				pdu.chain += 1 + value % 3;
				break;
			case 6:
				pdu.total = value % 16;
				break;
			case 7:
				pdu.room = value;
				break;
			case 8:
				pdu.offset = 1 + value % 8;
				break;
			}
			memset(t->out + 48, 0xdd, 64);
			vargo_pdu_encode(&pdu, t->out + 16);
			t->head.seq++;
			backend_send(t, VIRTIO_ARGO_MT_DATA, &t->head,
				     VARGO_PDU_HDR + min(pdu.length, 64U));
		}
		t->nr_held = 0;
		mutex_unlock(&t->lock);
		argo_fake_sync(t->xen);
		backend_ready(t);
	}
	KUNIT_ASSERT_TRUE(test, eventually(READ_ONCE(t->nr_held) >= REQUESTS));
	backend_release(t);
	expect_answered(test, r);
	KUNIT_EXPECT_GT(test, bus_stat(t, VARGO_STAT_VIOLATIONS), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&probed), 1);
}

/* ------------------------------------------------------------------------ */

static int bus_test_init(struct kunit *test)
{
	struct bus_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	test->priv = t;
	mutex_init(&t->lock);
	INIT_WORK(&t->work, backend_work);
	t->xen = argo_fake_create();
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t->xen);
	t->guest = argo_fake_add_domain(t->xen, GUEST);
	t->backend = argo_fake_add_domain(t->xen, BACKEND);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t->guest);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t->backend);
	t->parent = platform_device_register_simple("virtio_argo_kunit", 0, NULL, 0);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t->parent);
	memset(&state, 0, sizeof(state));
	spin_lock_init(&state.lock);
	atomic_set(&probed, 0);
	atomic_set(&removed, 0);
	return 0;
}

static void bus_test_exit(struct kunit *test)
{
	struct bus_test *t = test->priv;

	if (!t)
		return;
	bus_close(t);
	if (t->ring)
		backend_stop(t);
	if (!IS_ERR_OR_NULL(t->parent))
		platform_device_unregister(t->parent);
	if (!IS_ERR_OR_NULL(t->xen))
		argo_fake_destroy(t->xen);
}

static int bus_suite_init(struct kunit_suite *suite)
{
	return register_virtio_driver(&test_driver);
}

static void bus_suite_exit(struct kunit_suite *suite)
{
	unregister_virtio_driver(&test_driver);
}

static struct kunit_case bus_cases[] = {
	KUNIT_CASE(bus_probe),
	KUNIT_CASE(bus_requests),
	KUNIT_CASE(bus_features),
	KUNIT_CASE(bus_refused_devices),
	KUNIT_CASE(bus_no_version_1),
	KUNIT_CASE(bus_config_event),
	KUNIT_CASE(bus_hotplug),
	KUNIT_CASE(bus_surprise_removal),
	KUNIT_CASE(bus_replaced_device),
	KUNIT_CASE(bus_session_loss),
	KUNIT_CASE(bus_replay),
	KUNIT_CASE(bus_other_device),
	KUNIT_CASE_SLOW(bus_dies_in_restore),
	KUNIT_CASE(bus_leave_without_session),
	KUNIT_CASE_SLOW(bus_leave_mute_backend),
	KUNIT_CASE(bus_reset_races),
	KUNIT_CASE(bus_fuzz),
	{}
};

static struct kunit_suite bus_suite = {
	.name = "virtio_argo_bus",
	.suite_init = bus_suite_init,
	.suite_exit = bus_suite_exit,
	.init = bus_test_init,
	.exit = bus_test_exit,
	.test_cases = bus_cases,
};

kunit_test_suite(bus_suite);
