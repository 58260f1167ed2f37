// SPDX-License-Identifier: GPL-2.0
/*
 * VirtIO over Argo: KUnit tests of the devices of a link.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <linux/prandom.h>
#include <linux/slab.h>
#include <uapi/linux/virtio_ids.h>

#include "virtio_argo_btest.h"

static void bus_probe(struct kunit *test)
{
	struct btest *t = test->priv;
	u8 got[CONFIG_SIZE + 2];

	btest_bring_up(test);
	KUNIT_EXPECT_EQ(test, t->dev[1].accepted,
			BIT_ULL(VIRTIO_F_VERSION_1) | BIT_ULL(5) | BIT_ULL(51));
	KUNIT_EXPECT_EQ(test, t->dev[1].status,
			VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER |
			VIRTIO_CONFIG_S_FEATURES_OK | VIRTIO_CONFIG_S_DRIVER_OK);
	KUNIT_EXPECT_NE(test, t->dev[1].epoch, 0);
	KUNIT_EXPECT_EQ(test, t->dev[1].size[0], 64);
	KUNIT_EXPECT_EQ(test, t->dev[1].size[1], 64);

	/* Config: more than one message, and behind the end there is nothing */
	btest_driver.vdev->config->get(btest_driver.vdev, 0, got, sizeof(got));
	KUNIT_EXPECT_MEMEQ(test, got, t->dev[1].config, CONFIG_SIZE);
	KUNIT_EXPECT_EQ(test, got[CONFIG_SIZE], 0);
	btest_driver.vdev->config->set(btest_driver.vdev, 7, "abc", 3);
	KUNIT_EXPECT_MEMEQ(test, t->dev[1].config + 7, "abc", 3);
	btest_driver.vdev->config->get(btest_driver.vdev, 7, got, 3);
	KUNIT_EXPECT_MEMEQ(test, got, "abc", 3);
	btest_close(t);
	KUNIT_EXPECT_EQ(test, atomic_read(&btest_driver.removed), 1);
	/* Reset, and then the virtio core's word that it is there */
	KUNIT_EXPECT_EQ(test, t->dev[1].status, VIRTIO_CONFIG_S_ACKNOWLEDGE);
}

static void bus_requests(struct kunit *test)
{
	unsigned int i;

	btest_bring_up(test);
	for (i = 0; i < 20; i++)
		btest_expect_answered(test, btest_submit_all(test));
}

/* Ring and transport features are local, whatever the backend offers */
static void bus_features(struct kunit *test)
{
	struct btest *t = test->priv;

	btest_device(t, 1, TYPE_TEST);
	t->dev[1].offered = U64_MAX;
	btest_backend_start(test);
	btest_open(test);
	KUNIT_ASSERT_TRUE(test, eventually(atomic_read(&btest_driver.probed) == 1));
	KUNIT_EXPECT_EQ(test, t->dev[1].accepted,
			BIT_ULL(VIRTIO_F_VERSION_1) | BIT_ULL(5) | BIT_ULL(6) | BIT_ULL(51));
	KUNIT_EXPECT_FALSE(test, virtio_has_feature(btest_driver.vdev, VIRTIO_F_RING_PACKED));
	KUNIT_EXPECT_FALSE(test, virtio_has_feature(btest_driver.vdev, VIRTIO_RING_F_EVENT_IDX));
	KUNIT_EXPECT_TRUE(test, virtio_has_feature(btest_driver.vdev, VIRTIO_F_ACCESS_PLATFORM));
	KUNIT_EXPECT_TRUE(test, virtio_has_feature(btest_driver.vdev, VIRTIO_RING_F_INDIRECT_DESC));
	btest_expect_answered(test, btest_submit_all(test));
}

/* What cannot be on this transport, and what makes no sense; one that can */
static void bus_refused_devices(struct kunit *test)
{
	struct btest *t = test->priv;

	btest_device(t, 0, VIRTIO_ID_BALLOON);
	btest_device(t, 1, TYPE_TEST);
	t->dev[1].max_vqs = U32_MAX;
	btest_device(t, 2, TYPE_TEST);
	t->dev[2].config_size = U32_MAX;
	btest_device(t, 3, TYPE_TEST);
	t->dev[3].config_size = 0;
	btest_backend_start(test);
	btest_open(test);
	KUNIT_EXPECT_TRUE(test, eventually(atomic_read(&btest_driver.probed) == 1));
	flush_workqueue(t->bus->wq);
	KUNIT_EXPECT_NULL(test, t->bus->slots[0].vdev);
	KUNIT_EXPECT_NULL(test, t->bus->slots[1].vdev);
	KUNIT_EXPECT_NULL(test, t->bus->slots[2].vdev);
	KUNIT_EXPECT_NOT_NULL(test, t->bus->slots[3].vdev);
	btest_expect_answered(test, btest_submit_all(test));
}

/* Types that want memory, and those of which it is not known what they want */
static void bus_refused_types(struct kunit *test)
{
	static const u32 types[] = {
		VIRTIO_ID_BALLOON, VIRTIO_ID_MEM, VIRTIO_ID_PMEM, VIRTIO_ID_IOMMU,
		VIRTIO_ID_GPU, VIRTIO_ID_NET, VIRTIO_ID_CONSOLE, VIRTIO_ID_SCSI, 0x1234,
	};
	struct btest *t = test->priv;
	unsigned int i;

	btest_bring_up(test);
	for (i = 0; i < ARRAY_SIZE(types); i++) {
		btest_device(t, 0, types[i]);
		btest_backend_event_device(t, 0, true);
		KUNIT_ASSERT_TRUE(test, eventually(READ_ONCE(t->bus->events) == i + 1));
		flush_workqueue(t->bus->wq);
		KUNIT_EXPECT_NULL_MSG(test, t->bus->slots[0].vdev, "type %u", types[i]);
	}
	btest_expect_answered(test, btest_submit_all(test));
	KUNIT_EXPECT_EQ(test, t->hellos, 1);
}

static void bus_no_version_1(struct kunit *test)
{
	struct btest *t = test->priv;

	btest_device(t, 1, TYPE_TEST);
	t->dev[1].offered = BIT_ULL(5);
	btest_backend_start(test);
	btest_open(test);
	KUNIT_EXPECT_TRUE(test, eventually(READ_ONCE(t->bus->slots[1].vdev)));
	flush_workqueue(t->bus->wq);
	KUNIT_EXPECT_EQ(test, atomic_read(&btest_driver.probed), 0);
}

/* Without memory for tables its requests would wait for descriptors that never come */
static void bus_small_queue(struct kunit *test)
{
	struct btest *t = test->priv;

	btest_device(t, 1, TYPE_TEST);
	t->dev[1].max = 2;
	btest_backend_start(test);
	btest_open(test);
	KUNIT_EXPECT_TRUE(test, eventually(READ_ONCE(t->bus->slots[1].vdev)));
	flush_workqueue(t->bus->wq);
	KUNIT_EXPECT_EQ(test, atomic_read(&btest_driver.probed), 0);
	KUNIT_EXPECT_EQ(test, t->dev[1].size[0], 0);
}

/* More pieces than the ring has entries, as a disk of many segments has them */
static void bus_many_pieces(struct kunit *test)
{
	struct btest *t = test->priv;
	struct btest_request *r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, r);
	btest_device(t, 1, TYPE_TEST);
	t->dev[1].max = 16;
	btest_backend_start(test);
	btest_open(test);
	KUNIT_ASSERT_TRUE(test, eventually(atomic_read(&btest_driver.probed) == 1));
	KUNIT_EXPECT_EQ(test, t->dev[1].size[0], 16);
	for (i = 1; i < 100; i += 7) {
		btest_submit_pieces(test, 0, r, 0x10203040 + i, i);
		KUNIT_ASSERT_TRUE(test, eventually(READ_ONCE(r->done)));
		KUNIT_EXPECT_EQ(test, t->last_out, i * sizeof(r->out));
		KUNIT_EXPECT_EQ(test, r->len, IN);
		KUNIT_EXPECT_MEMEQ(test, r->in, &r->out, 4);
	}
}

static void bus_config_event(struct kunit *test)
{
	struct btest *t = test->priv;
	u8 got;

	btest_bring_up(test);
	btest_backend_event_config(t, 1, 9, 0x77, 0);
	KUNIT_EXPECT_TRUE(test, eventually(atomic_read(&btest_driver.config_changed) == 1));
	btest_driver.vdev->config->get(btest_driver.vdev, 9, &got, 1);
	KUNIT_EXPECT_EQ(test, got, 0x77);
	KUNIT_EXPECT_EQ(test, btest_driver.vdev->config->generation(btest_driver.vdev), 1);

	/* Out of bounds, by one and by much: dropped */
	btest_backend_event_config(t, 1, CONFIG_SIZE, 1, 0);
	btest_backend_event_config(t, 1, 0x7fffffff, 1, 0);
	KUNIT_EXPECT_TRUE(test, eventually(btest_stat(t, VARGO_STAT_DROP_CONTROL) == 2));

	/* The one bit that the device may set */
	btest_backend_event_config(t, 1, 9, 0x78, 0xff);
	KUNIT_EXPECT_TRUE(test, eventually(atomic_read(&btest_driver.config_changed) == 2));
	KUNIT_EXPECT_EQ(test, btest_driver.vdev->config->get_status(btest_driver.vdev),
			VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER |
			VIRTIO_CONFIG_S_FEATURES_OK | VIRTIO_CONFIG_S_DRIVER_OK |
			VIRTIO_CONFIG_S_NEEDS_RESET);
}

static void bus_hotplug(struct kunit *test)
{
	struct btest *t = test->priv;

	btest_backend_start(test);
	btest_open(test);
	KUNIT_ASSERT_TRUE(test, eventually(vargo_link_session(t->bus->link)));
	flush_workqueue(t->bus->wq);
	btest_device(t, 2, TYPE_TEST);
	btest_backend_event_device(t, 2, true);
	KUNIT_ASSERT_TRUE(test, eventually(atomic_read(&btest_driver.probed) == 1));
	btest_expect_answered(test, btest_submit_all(test));
	btest_backend_event_device(t, 2, false);
	KUNIT_EXPECT_TRUE(test, eventually(atomic_read(&btest_driver.removed) == 1));
	KUNIT_EXPECT_TRUE(test, eventually(!READ_ONCE(t->bus->slots[2].vdev)));
	KUNIT_EXPECT_EQ(test, t->hellos, 1);
}

/* Removed with requests in flight: they fail, nobody waits */
static void bus_surprise_removal(struct kunit *test)
{
	struct btest *t = test->priv;
	struct btest_request *r;

	btest_bring_up(test);
	btest_driver.patient = true;
	t->hold = true;
	r = btest_submit_all(test);
	KUNIT_ASSERT_TRUE(test, eventually(READ_ONCE(t->submits) == REQUESTS));
	btest_backend_event_device(t, 1, false);
	btest_expect_failed(test, r);
	KUNIT_EXPECT_TRUE(test, eventually(atomic_read(&btest_driver.removed) == 1));
	KUNIT_EXPECT_EQ(test, t->hellos, 1);
}

/* Removed while its driver's probe waits for an answer: that fails, and goes on */
static void bus_removal_in_probe(struct kunit *test)
{
	struct btest *t = test->priv;
	struct btest_request *r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, r);
	btest_backend_start(test);
	btest_open(test);
	KUNIT_ASSERT_TRUE(test, eventually(vargo_link_session(t->bus->link)));
	flush_workqueue(t->bus->wq);
	btest_driver.test = test;
	btest_driver.first = r;
	t->hold = true;
	btest_device(t, 2, TYPE_TEST);
	btest_backend_event_device(t, 2, true);
	KUNIT_ASSERT_TRUE(test, eventually(READ_ONCE(t->submits) == 1));
	btest_backend_event_device(t, 2, false);
	KUNIT_EXPECT_TRUE(test, eventually(atomic_read(&btest_driver.removed) == 1));
	KUNIT_EXPECT_EQ(test, r->len, 0);
	t->hold = false;
	btest_device(t, 2, TYPE_TEST);
	btest_backend_event_device(t, 2, true);
	KUNIT_ASSERT_TRUE(test, eventually(atomic_read(&btest_driver.probed) == 2));
	KUNIT_EXPECT_EQ(test, r->len, IN);
	KUNIT_EXPECT_EQ(test, t->hellos, 1);
}

/* Another device in the place of the old before anybody looked */
static void bus_replaced_device(struct kunit *test)
{
	struct btest *t = test->priv;

	btest_bring_up(test);
	argo_fake_hold_virqs(t->xen.guest, true);
	btest_backend_event_device(t, 1, false);
	btest_backend_event_device(t, 1, true);
	argo_fake_hold_virqs(t->xen.guest, false);
	KUNIT_EXPECT_TRUE(test, eventually(atomic_read(&btest_driver.removed) == 1));
	KUNIT_ASSERT_TRUE(test, eventually(atomic_read(&btest_driver.probed) == 2));
	btest_expect_answered(test, btest_submit_all(test));
	KUNIT_EXPECT_EQ(test, t->hellos, 1);
}

/* A type that may not be replayed: the driver is told, and nothing is sent */
static void bus_session_loss(struct kunit *test)
{
	struct btest *t = test->priv;
	unsigned int submits;
	struct btest_request *r;

	btest_bring_up(test);
	t->hold = true;
	r = btest_submit_all(test);
	KUNIT_ASSERT_TRUE(test, eventually(READ_ONCE(t->submits) == REQUESTS));
	submits = t->submits;
	btest_backend_stop(t);
	btest_backend_start(test);
	KUNIT_EXPECT_TRUE(test, eventually(atomic_read(&btest_driver.config_changed) == 1));
	KUNIT_EXPECT_TRUE(test, btest_driver.vdev->config->get_status(btest_driver.vdev) &
			  VIRTIO_CONFIG_S_NEEDS_RESET);
	KUNIT_EXPECT_EQ(test, t->submits, submits);
	KUNIT_EXPECT_FALSE(test, r[0].done);
}

static void bus_replay(struct kunit *test)
{
	struct btest *t = test->priv;
	struct btest_request *r;
	unsigned int i;

	btest_bring_up_replayed(test);
	for (i = 0; i < 3; i++) {
		t->hold = true;
		t->submits = 0;
		r = btest_submit_all(test);
		KUNIT_ASSERT_TRUE(test, eventually(READ_ONCE(t->submits) == REQUESTS));
		btest_backend_stop(t);
		t->dev[1].config[3] = 0x80 + i;
		btest_backend_start(test);
		KUNIT_ASSERT_TRUE(test, eventually(READ_ONCE(t->submits) == 2 * REQUESTS));
		btest_backend_release(t);
		btest_expect_answered(test, r);
		KUNIT_EXPECT_TRUE(test, eventually(atomic_read(&btest_driver.config_changed) ==
						   i + 1));
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&btest_driver.probed), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&btest_driver.removed), 0);
	btest_expect_answered(test, btest_submit_all(test));
}

/* The toolstack says that the backend has gone: nothing was sent, the session ends */
static void bus_backend_gone(struct kunit *test)
{
	struct btest *t = test->priv;
	u32 session;

	btest_bring_up(test);
	session = vargo_link_session(t->bus->link);
	vargo_bus_backend_gone(t->bus);
	/* It was wrong: another session, with the same devices */
	KUNIT_EXPECT_TRUE(test, eventually(t->hellos == 2 && t->bus->session &&
					   t->bus->session != session));
	KUNIT_EXPECT_EQ(test, atomic_read(&btest_driver.removed), 0);

	btest_backend_stop(t);
	vargo_bus_backend_gone(t->bus);
	KUNIT_EXPECT_TRUE(test, eventually(!vargo_link_session(t->bus->link)));
	vargo_bus_backend_gone(t->bus);
}

/* The backend comes back with less in slot 1, and later with all: requests wait meanwhile */
static void come_back_with_less(struct kunit *test, void (*change)(struct btest_model *d))
{
	struct btest *t = test->priv;
	struct btest_model whole;
	struct btest_request *r;
	struct vargo_vdev *v;

	btest_bring_up_replayed(test);
	v = t->bus->slots[1].vdev;
	t->hold = true;
	r = btest_submit_all(test);
	KUNIT_ASSERT_TRUE(test, eventually(READ_ONCE(t->submits) == REQUESTS));
	btest_driver.vdev->config->set(btest_driver.vdev, 8, "abc", 3);
	btest_backend_stop(t);
	t->hold = false;
	t->submits = 0;
	whole = t->dev[1];
	change(&t->dev[1]);
	btest_backend_start(test);
	KUNIT_ASSERT_TRUE(test, eventually(READ_ONCE(v->away)));
	KUNIT_ASSERT_TRUE(test, eventually(READ_ONCE(t->bus->session)));
	flush_workqueue(t->bus->wq);
	/* The device is tried twice: when the session begins, and as one that is new in it. */
	if (t->dev[1].there)
		KUNIT_EXPECT_TRUE(test, eventually(READ_ONCE(t->dev[1].status) &
						   VIRTIO_CONFIG_S_FAILED));
	KUNIT_EXPECT_EQ(test, t->submits, 0);
	KUNIT_EXPECT_FALSE(test, r[0].done);
	KUNIT_EXPECT_EQ(test, atomic_read(&btest_driver.probed), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&btest_driver.removed), 0);

	btest_backend_stop(t);
	t->twist = NULL;
	t->dev[1] = whole;
	btest_backend_start(test);
	btest_expect_answered(test, r);
	KUNIT_EXPECT_PTR_EQ(test, t->bus->slots[1].vdev, v);
	KUNIT_EXPECT_NULL(test, v->away);
	KUNIT_EXPECT_EQ(test, atomic_read(&btest_driver.probed), 1);
}

static void offer_less(struct btest_model *d)
{
	d->offered &= ~BIT_ULL(5);
}

static void bus_fewer_features(struct kunit *test)
{
	struct btest *t = test->priv;

	come_back_with_less(test, offer_less);
	KUNIT_EXPECT_EQ(test, t->hellos, 3);
}

static void shorten_config(struct btest_model *d)
{
	d->config_size--;
}

static void bus_smaller_config(struct kunit *test)
{
	come_back_with_less(test, shorten_config);
}

static void shorten_queues(struct btest_model *d)
{
	d->max--;
}

static void bus_smaller_queue(struct kunit *test)
{
	come_back_with_less(test, shorten_queues);
}

static void twist_features_ok(struct btest *t, struct btest_model *d, struct vargo_msg *msg)
{
	if (msg->id == VIRTIO_ARGO_SET_STATUS)
		msg->status.status &= ~VIRTIO_CONFIG_S_FEATURES_OK;
}

static void refuse_features(struct btest_model *d)
{
	container_of(d, struct btest, dev[1])->twist = twist_features_ok;
}

/* It offers the same features and does not accept them; and hears that it failed */
static void bus_refused_features(struct kunit *test)
{
	come_back_with_less(test, refuse_features);
}

static void twist_set_config(struct btest *t, struct btest_model *d, struct vargo_msg *msg)
{
	if (msg->id == VIRTIO_ARGO_SET_CONFIG)
		msg->config.len = 0;
}

static void refuse_config(struct btest_model *d)
{
	container_of(d, struct btest, dev[1])->twist = twist_set_config;
}

/* The driver goes by what it wrote: so not on with one that does not take it */
static void bus_refused_config(struct kunit *test)
{
	come_back_with_less(test, refuse_config);
}

static void less_limit(struct btest_model *d)
{
	d->config[16]--;
}

/* A limit that the driver was told; it was told it, and the backend hears that it failed */
static void bus_smaller_limit(struct kunit *test)
{
	come_back_with_less(test, less_limit);
}

static void remove_device(struct btest_model *d)
{
	d->there = false;
}

static void bus_missing_device(struct kunit *test)
{
	come_back_with_less(test, remove_device);
}

/* Another one has its number: that is made, and takes no request of the old one's */
static void bus_other_identity(struct kunit *test)
{
	struct btest *t = test->priv;
	struct btest_request *r;
	struct vargo_vdev *v;
	u8 uuid[16];

	btest_bring_up_replayed(test);
	v = t->bus->slots[1].vdev;
	t->hold = true;
	r = btest_submit_all(test);
	KUNIT_ASSERT_TRUE(test, eventually(READ_ONCE(t->submits) == REQUESTS));
	btest_backend_stop(t);
	t->hold = false;
	t->submits = 0;
	memcpy(uuid, t->dev[1].uuid, sizeof(uuid));
	t->dev[1].uuid[3] ^= 1;
	btest_backend_start(test);
	KUNIT_ASSERT_TRUE(test, eventually(atomic_read(&btest_driver.probed) == 2));
	KUNIT_EXPECT_NOT_NULL(test, v->away);
	KUNIT_EXPECT_PTR_NE(test, t->bus->slots[1].vdev, v);
	KUNIT_EXPECT_EQ(test, t->submits, 0);
	KUNIT_EXPECT_FALSE(test, r[0].done);

	/* Hot-added under another number, in the same session */
	btest_device(t, 3, TYPE_TEST);
	memcpy(t->dev[3].uuid, uuid, sizeof(uuid));
	btest_backend_event_device(t, 3, true);
	KUNIT_ASSERT_TRUE(test, eventually(READ_ONCE(t->bus->slots[3].vdev) == v));
	KUNIT_ASSERT_TRUE(test, eventually(READ_ONCE(r[REQUESTS - 1].done)));
	KUNIT_EXPECT_EQ(test, v->num, 3);
	KUNIT_EXPECT_NULL(test, v->away);
	KUNIT_EXPECT_EQ(test, atomic_read(&btest_driver.removed), 0);
	KUNIT_EXPECT_EQ(test, t->hellos, 2);
	btest_close(t);
}

/* Two devices exchange their numbers: each driver's requests go to its own */
static void bus_exchanged_numbers(struct kunit *test)
{
	struct btest *t = test->priv;
	struct vargo_vdev *one, *two;
	struct btest_model other;
	unsigned int i;

	btest_device(t, 1, TYPE_TEST);
	btest_device(t, 2, TYPE_TEST);
	t->dev[2].config[0] = 0x22;
	btest_backend_start(test);
	btest_open(test);
	KUNIT_ASSERT_TRUE(test, eventually(atomic_read(&btest_driver.probed) == 2));
	one = t->bus->slots[1].vdev;
	two = t->bus->slots[2].vdev;
	one->type = &btest_replayed;
	two->type = &btest_replayed;
	for (i = 1; i <= 3; i++) {
		btest_backend_stop(t);
		other = t->dev[1];
		t->dev[1] = t->dev[2];
		t->dev[2] = other;
		btest_backend_start(test);
		KUNIT_ASSERT_TRUE(test, eventually(READ_ONCE(t->bus->session) &&
						   t->hellos == 1 + i));
		KUNIT_EXPECT_PTR_EQ(test, t->bus->slots[1].vdev, i % 2 ? two : one);
		KUNIT_EXPECT_PTR_EQ(test, t->bus->slots[2].vdev, i % 2 ? one : two);
		KUNIT_EXPECT_EQ(test, one->num, i % 2 ? 2 : 1);
		KUNIT_EXPECT_EQ(test, two->config[0], 0x22);
		/* The driver's queues are those of the second */
		btest_expect_answered(test, btest_submit_all(test));
		KUNIT_EXPECT_EQ(test, t->last_dev, two->num);
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&btest_driver.probed), 2);
	KUNIT_EXPECT_EQ(test, atomic_read(&btest_driver.removed), 0);
}

/* None, that of another device, or that of one of another type: it is not taken */
static void bus_bad_identities(struct kunit *test)
{
	static const u8 none[16];
	struct btest *t = test->priv;
	unsigned int i;

	btest_bring_up(test);
	for (i = 0; i < 3; i++) {
		btest_device(t, 2, i == 2 ? VIRTIO_ID_BLOCK : TYPE_TEST);
		memcpy(t->dev[2].uuid, i ? t->dev[1].uuid : none, sizeof(none));
		btest_backend_event_device(t, 2, true);
		KUNIT_ASSERT_TRUE(test, eventually(READ_ONCE(t->bus->events) == i + 1));
		flush_workqueue(t->bus->wq);
		KUNIT_EXPECT_NULL_MSG(test, t->bus->slots[2].vdev, "%u", i);
	}
	btest_expect_answered(test, btest_submit_all(test));
	KUNIT_EXPECT_EQ(test, t->hellos, 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&btest_driver.probed), 1);
}

/* A driver that is not at work when the session ends is made anew */
static void bus_unbound_in_between(struct kunit *test)
{
	struct btest *t = test->priv;

	btest_bring_up(test);
	device_release_driver(&btest_driver.vdev->dev);
	KUNIT_ASSERT_EQ(test, atomic_read(&btest_driver.removed), 1);
	btest_backend_stop(t);
	btest_backend_start(test);
	KUNIT_ASSERT_TRUE(test, eventually(atomic_read(&btest_driver.probed) == 2));
	btest_expect_answered(test, btest_submit_all(test));
}

/* What the driver has written a new backend is told before it gets a request */
static void bus_written_config(struct kunit *test)
{
	struct btest *t = test->priv;
	u8 got[CONFIG_SIZE], last = 0x44;

	btest_bring_up_replayed(test);
	btest_driver.vdev->config->set(btest_driver.vdev, 8, "abc", 3);
	btest_driver.vdev->config->set(btest_driver.vdev, CONFIG_SIZE - 1, &last, 1);
	btest_backend_stop(t);
	memset(t->dev[1].config, 0x11, CONFIG_SIZE);
	memset(t->dev[1].config + 16, 0xff, 8);	/* a limit is not to become less */
	btest_backend_start(test);
	KUNIT_ASSERT_TRUE(test, eventually(atomic_read(&btest_driver.config_changed) == 1));
	KUNIT_EXPECT_MEMEQ(test, t->dev[1].config + 7, "\021abc\021", 5);
	KUNIT_EXPECT_EQ(test, t->dev[1].config[CONFIG_SIZE - 1], 0x44);
	KUNIT_EXPECT_EQ(test, t->dev[1].config[CONFIG_SIZE - 2], 0x11);
	btest_driver.vdev->config->get(btest_driver.vdev, 0, got, sizeof(got));
	KUNIT_EXPECT_MEMEQ(test, got, t->dev[1].config, CONFIG_SIZE);
	btest_expect_answered(test, btest_submit_all(test));
}

/* The backend goes while the device is being set up again */
static void bus_dies_in_restore(struct kunit *test)
{
	struct btest *t = test->priv;
	struct btest_request *r;
	unsigned int i;

	btest_bring_up_replayed(test);
	t->hold = true;
	r = btest_submit_all(test);
	KUNIT_ASSERT_TRUE(test, eventually(READ_ONCE(t->submits) == REQUESTS));
	for (i = 0; i < 8; i++) {
		btest_backend_stop(t);
		/* HELLO, and then some requests of the restore, are sent */
		argo_fake_fail(t->xen.guest, ARGO_FAKE_SENDV, -ECONNREFUSED, 1 + i, 1);
		t->nr_held = 0;
		btest_backend_start(test);
		KUNIT_ASSERT_TRUE(test, eventually(READ_ONCE(t->nr_held) == REQUESTS));
	}
	btest_backend_release(t);
	btest_expect_answered(test, r);
	KUNIT_EXPECT_EQ(test, atomic_read(&btest_driver.probed), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&btest_driver.removed), 0);
}

/* The driver leaves, and there is no backend any more */
static void bus_leave_without_session(struct kunit *test)
{
	struct btest *t = test->priv;
	struct btest_request *r, *last = kunit_kzalloc(test, sizeof(*last), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, last);
	btest_bring_up(test);
	btest_driver.patient = true;
	t->hold = true;
	r = btest_submit_all(test);
	KUNIT_ASSERT_TRUE(test, eventually(READ_ONCE(t->submits) == REQUESTS));
	btest_backend_stop(t);
	btest_submit(test, 0, last, 1);	/* finds out that it is gone */
	btest_close(t);
	btest_expect_failed(test, r);
	KUNIT_EXPECT_TRUE(test, last->done);
	KUNIT_EXPECT_EQ(test, atomic_read(&btest_driver.removed), 1);
	KUNIT_EXPECT_EQ(test, argo_fake_ring_count(t->xen.guest), 0);
}

/* A backend that says nothing: leaving takes the time of one request */
static void bus_leave_mute_backend(struct kunit *test)
{
	struct btest *t = test->priv;

	btest_bring_up(test);
	t->mute = true;
	btest_close(t);
	KUNIT_EXPECT_EQ(test, atomic_read(&btest_driver.removed), 1);
}

/* One that answers what it is asked, and no request: leaving takes a bounded time */
static void bus_leave_idle_backend(struct kunit *test)
{
	struct btest *t = test->priv;
	struct btest_request *r;

	btest_bring_up(test);
	btest_driver.patient = true;
	t->bus->leave_ms = 200;
	t->hold = true;
	r = btest_submit_all(test);
	KUNIT_ASSERT_TRUE(test, eventually(READ_ONCE(t->submits) == REQUESTS));
	btest_close(t);
	btest_expect_failed(test, r);
	KUNIT_EXPECT_EQ(test, atomic_read(&btest_driver.removed), 1);
}

/* Only answers for the device that leaves keep the backend's time from running out */
static void bus_leave_beside_traffic(struct kunit *test)
{
	struct btest *t = test->priv;

	btest_bring_up(test);
	WRITE_ONCE(t->bus->leaving_num, 2);
	btest_expect_answered(test, btest_submit_all(test));
	KUNIT_EXPECT_EQ(test, atomic_read(&t->bus->answers), 0);
	WRITE_ONCE(t->bus->leaving_num, 1);
	btest_expect_answered(test, btest_submit_all(test));
	KUNIT_EXPECT_EQ(test, atomic_read(&t->bus->answers), REQUESTS);
}

/* The same while a driver's probe waits for a request */
static void bus_leave_in_probe(struct kunit *test)
{
	struct btest *t = test->priv;
	struct btest_request *r = btest_bring_up_to_probe(test);

	t->bus->leave_ms = 200;
	btest_close(t);
	KUNIT_EXPECT_TRUE(test, r->done);
	KUNIT_EXPECT_EQ(test, r->len, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&btest_driver.removed), 1);
}

/* There is a session, but the device waits for a reset by its driver */
static void bus_leave_needs_reset(struct kunit *test)
{
	struct btest *t = test->priv;
	struct btest_request *r;

	btest_bring_up(test);
	btest_driver.patient = true;
	t->hold = true;
	r = btest_submit_all(test);
	KUNIT_ASSERT_TRUE(test, eventually(READ_ONCE(t->submits) == REQUESTS));
	btest_backend_stop(t);
	btest_backend_start(test);
	KUNIT_ASSERT_TRUE(test, eventually(atomic_read(&btest_driver.config_changed) == 1));
	btest_close(t);
	btest_expect_failed(test, r);
	KUNIT_EXPECT_EQ(test, atomic_read(&btest_driver.removed), 1);
}

/* A reset with answers under way, many times: none gets through */
static void bus_reset_races(struct kunit *test)
{
	struct btest *t = test->priv;
	unsigned int i;

	btest_bring_up(test);
	for (i = 0; i < 20; i++) {
		unsigned int n = atomic_read(&btest_driver.probed);

		btest_submit_all(test);
		device_release_driver(&btest_driver.vdev->dev);
		KUNIT_ASSERT_EQ(test, device_attach(&t->bus->slots[1].vdev->vdev.dev), 1);
		KUNIT_ASSERT_EQ(test, atomic_read(&btest_driver.probed), n + 1);
	}
	KUNIT_EXPECT_EQ(test, t->hellos, 1);
	KUNIT_EXPECT_EQ(test, btest_stat(t, VARGO_STAT_VIOLATIONS), 0);
	btest_expect_answered(test, btest_submit_all(test));
}

/* Completions with random heads: never a splat, and the device works after */
static void bus_fuzz(struct kunit *test)
{
	struct btest *t = test->priv;
	struct rnd_state rnd;
	struct btest_request *r;
	unsigned int i, k;

	btest_bring_up_replayed(test);
	prandom_seed_state(&rnd, 20261120);
	t->hold = true;
	r = btest_submit_all(test);
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
			btest_backend_send(t, VIRTIO_ARGO_MT_DATA, &t->head,
					   VARGO_PDU_HDR + min(pdu.length, 64U));
		}
		t->nr_held = 0;
		mutex_unlock(&t->lock);
		argo_fake_sync(t->xen.fake);
		btest_backend_ready(t);
	}
	KUNIT_ASSERT_TRUE(test, eventually(READ_ONCE(t->nr_held) >= REQUESTS));
	btest_backend_release(t);
	btest_expect_answered(test, r);
	KUNIT_EXPECT_GT(test, btest_stat(t, VARGO_STAT_VIOLATIONS), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&btest_driver.probed), 1);
}

/* ------------------------------------------------------------------------ */

static struct kunit_case bus_cases[] = {
	KUNIT_CASE(bus_probe),
	KUNIT_CASE(bus_requests),
	KUNIT_CASE(bus_features),
	KUNIT_CASE(bus_refused_devices),
	KUNIT_CASE(bus_refused_types),
	KUNIT_CASE(bus_no_version_1),
	KUNIT_CASE(bus_small_queue),
	KUNIT_CASE(bus_many_pieces),
	KUNIT_CASE(bus_config_event),
	KUNIT_CASE(bus_hotplug),
	KUNIT_CASE(bus_surprise_removal),
	KUNIT_CASE(bus_removal_in_probe),
	KUNIT_CASE(bus_replaced_device),
	KUNIT_CASE(bus_session_loss),
	KUNIT_CASE(bus_replay),
	KUNIT_CASE(bus_backend_gone),
	KUNIT_CASE(bus_fewer_features),
	KUNIT_CASE(bus_smaller_config),
	KUNIT_CASE(bus_smaller_queue),
	KUNIT_CASE(bus_refused_features),
	KUNIT_CASE(bus_written_config),
	KUNIT_CASE(bus_refused_config),
	KUNIT_CASE(bus_missing_device),
	KUNIT_CASE(bus_smaller_limit),
	KUNIT_CASE(bus_other_identity),
	KUNIT_CASE(bus_exchanged_numbers),
	KUNIT_CASE(bus_bad_identities),
	KUNIT_CASE(bus_unbound_in_between),
	KUNIT_CASE_SLOW(bus_dies_in_restore),
	KUNIT_CASE(bus_leave_without_session),
	KUNIT_CASE_SLOW(bus_leave_mute_backend),
	KUNIT_CASE(bus_leave_idle_backend),
	KUNIT_CASE(bus_leave_beside_traffic),
	KUNIT_CASE(bus_leave_in_probe),
	KUNIT_CASE(bus_leave_needs_reset),
	KUNIT_CASE(bus_reset_races),
	KUNIT_CASE(bus_fuzz),
	{}
};

static struct kunit_suite bus_suite = {
	.name = "virtio_argo_bus",
	.suite_init = btest_suite_init,
	.suite_exit = btest_suite_exit,
	.init = btest_init,
	.exit = btest_exit,
	.test_cases = bus_cases,
};

kunit_test_suite(bus_suite);
