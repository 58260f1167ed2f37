// SPDX-License-Identifier: GPL-2.0
/*
 * VirtIO over Argo: KUnit tests of what a device believes of its backend.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <linux/slab.h>

#include "virtio_argo_btest.h"

/* ------------------------------------------------------------------------ */
/* Answers */

static u8 wrong_id;	/* whose answer is to be wrong, once */

static void twist_one(struct btest *t, struct btest_model *d, struct vargo_msg *msg)
{
	if (msg->id != wrong_id)
		return;
	switch (msg->id) {
	case VIRTIO_ARGO_GET_DEVICE_INFO:
		msg->info.device_id = 0;
		break;
	case VIRTIO_ARGO_GET_FEATURES:
		msg->features.index = 1;
		break;
	case VIRTIO_ARGO_GET_CONFIG:
		msg->config.offset++;
		break;
	case VIRTIO_ARGO_GET_VQUEUE:
		msg->vq.index++;
		break;
	case VIRTIO_ARGO_SET_STATUS:
		if (!(msg->status.status & VIRTIO_CONFIG_S_DRIVER_OK))
			return;
		msg->status.epoch++;
		break;
	}
	WRITE_ONCE(wrong_id, 0);
}

/* Each costs the device, and nothing else */
static void device_wrong_answers(struct kunit *test)
{
	static const u8 ids[] = {
		VIRTIO_ARGO_GET_DEVICE_INFO, VIRTIO_ARGO_GET_FEATURES,
		VIRTIO_ARGO_GET_CONFIG, VIRTIO_ARGO_GET_VQUEUE,
	};
	struct btest *t = test->priv;
	unsigned int i;

	t->twist = twist_one;
	btest_backend_start(test);
	btest_open(test);
	/* HELLO and GET_DEVICES are answered, and what was to be done is */
	KUNIT_ASSERT_TRUE(test, eventually(btest_stat(t, VARGO_STAT_RX_CONTROL) == 2));
	flush_workqueue(t->bus->wq);
	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		btest_device(t, 2, TYPE_TEST);
		WRITE_ONCE(wrong_id, ids[i]);
		btest_backend_event_device(t, 2, true);
		KUNIT_ASSERT_TRUE(test, eventually(!READ_ONCE(wrong_id)));
		flush_workqueue(t->bus->wq);
		KUNIT_ASSERT_EQ_MSG(test, atomic_read(&btest_driver.probed), i, "id %u", ids[i]);

		btest_backend_event_device(t, 2, false);
		btest_backend_event_device(t, 2, true);
		KUNIT_ASSERT_TRUE(test, eventually(atomic_read(&btest_driver.probed) == i + 1));
		btest_expect_answered(test, btest_submit_all(test));
		btest_backend_event_device(t, 2, false);
		KUNIT_ASSERT_TRUE(test, eventually(atomic_read(&btest_driver.removed) == i + 1));
		flush_workqueue(t->bus->wq);	/* it ends before the next is added */
	}
	KUNIT_EXPECT_EQ(test, t->hellos, 1);
}

/* The answer to DRIVER_OK is of another epoch: nobody knows whether it runs */
static void device_wrong_status(struct kunit *test)
{
	struct btest *t = test->priv;

	t->twist = twist_one;
	wrong_id = VIRTIO_ARGO_SET_STATUS;
	btest_bring_up(test);
	KUNIT_EXPECT_TRUE(test, eventually(atomic_read(&btest_driver.config_changed) == 1));
	KUNIT_EXPECT_TRUE(test, btest_driver.vdev->config->get_status(btest_driver.vdev) &
			  VIRTIO_CONFIG_S_NEEDS_RESET);
	KUNIT_EXPECT_EQ(test, t->hellos, 2);
}

static void twist_status(struct btest *t, struct btest_model *d, struct vargo_msg *msg)
{
	if (msg->id == VIRTIO_ARGO_SET_STATUS)
		msg->status.status |= 0xff & ~VIRTIO_CONFIG_S_NEEDS_RESET;
}

/* A device takes bits back, and adds none */
static void device_invented_status(struct kunit *test)
{
	struct btest *t = test->priv;

	t->twist = twist_status;
	btest_bring_up(test);
	KUNIT_EXPECT_EQ(test, btest_driver.vdev->config->get_status(btest_driver.vdev),
			VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER |
			VIRTIO_CONFIG_S_FEATURES_OK | VIRTIO_CONFIG_S_DRIVER_OK);
	btest_expect_answered(test, btest_submit_all(test));
}

/* ------------------------------------------------------------------------ */
/* DEVICE_NEEDS_RESET */

static u8 refuse, invent;	/* bits of the answer to DRIVER_OK */

static void twist_start(struct btest *t, struct btest_model *d, struct vargo_msg *msg)
{
	if (msg->id != VIRTIO_ARGO_SET_STATUS ||
	    !(msg->status.status & VIRTIO_CONFIG_S_DRIVER_OK))
		return;
	msg->status.status &= ~refuse;
	msg->status.status |= invent;
}

/* What is answered to DRIVER_OK is looked at: nothing is sent until it is as it should */
static void device_refuses_start(struct kunit *test, u8 without, u8 with, u8 seen)
{
	struct btest *t = test->priv;
	struct btest_request *r;

	t->twist = twist_start;
	refuse = without;
	invent = with;
	btest_bring_up_replayed(test);
	r = btest_submit_all(test);
	argo_fake_sync(t->xen.fake);
	vargo_link_flush(t->bus->link);
	KUNIT_EXPECT_EQ(test, t->submits, 0);
	KUNIT_EXPECT_EQ(test, btest_driver.vdev->config->get_status(btest_driver.vdev), seen);

	/* In a new session it is the same */
	btest_backend_ready(t);
	KUNIT_ASSERT_TRUE(test, eventually(t->hellos == 2 && READ_ONCE(t->bus->session) ==
					   vargo_link_session(t->bus->link)));
	KUNIT_EXPECT_EQ(test, t->submits, 0);

	/* And then it starts */
	refuse = 0;
	invent = 0;
	btest_backend_ready(t);
	btest_expect_answered(test, r);
	KUNIT_EXPECT_EQ(test, btest_driver.vdev->config->get_status(btest_driver.vdev), 15);
	btest_expect_answered(test, btest_submit_all(test));
	KUNIT_EXPECT_EQ(test, atomic_read(&btest_driver.removed), 0);
}

static void device_starts_failed(struct kunit *test)
{
	device_refuses_start(test, 0, VIRTIO_CONFIG_S_NEEDS_RESET,
			     15 | VIRTIO_CONFIG_S_NEEDS_RESET);
}

static void device_does_not_start(struct kunit *test)
{
	device_refuses_start(test, VIRTIO_CONFIG_S_DRIVER_OK, 0, 11);
}

/* What is told of while the driver is at work: its requests wait, and hold nobody up */
static void device_fails_at_work(struct kunit *test)
{
	struct btest *t = test->priv;
	struct btest_request *r, *late = kunit_kzalloc(test, sizeof(*late), GFP_KERNEL);
	struct vargo_budget *budget;
	int whole;

	KUNIT_ASSERT_NOT_NULL(test, late);
	btest_bring_up_replayed(test);
	budget = &t->bus->link->budget;
	whole = atomic_read(&budget->left);
	t->hold = true;
	r = btest_submit_all(test);
	KUNIT_ASSERT_TRUE(test, eventually(READ_ONCE(t->submits) == REQUESTS));
	KUNIT_EXPECT_LT(test, atomic_read(&budget->left), whole);
	btest_backend_event_config(t, 1, 9, 0x77, 15 | VIRTIO_CONFIG_S_NEEDS_RESET);
	KUNIT_ASSERT_TRUE(test, eventually(atomic_read(&btest_driver.config_changed) == 1));
	KUNIT_EXPECT_EQ(test, atomic_read(&budget->left), whole);
	KUNIT_EXPECT_FALSE(test, READ_ONCE(t->bus->slots[1].vdev->running));

	btest_submit(test, 0, late, 1);
	argo_fake_sync(t->xen.fake);
	vargo_link_flush(t->bus->link);
	KUNIT_EXPECT_EQ(test, t->submits, REQUESTS);
	t->hold = false;
	btest_backend_ready(t);
	btest_expect_answered(test, r);
	KUNIT_EXPECT_TRUE(test, eventually(READ_ONCE(late->done)));
	KUNIT_EXPECT_EQ(test, btest_driver.vdev->config->get_status(btest_driver.vdev), 15);
	KUNIT_EXPECT_EQ(test, btest_stat(t, VARGO_STAT_VIOLATIONS), 0);
}

/* The same, and its driver resets it: nothing is left of the failure */
static void device_failed_is_reset(struct kunit *test)
{
	struct btest *t = test->priv;

	btest_bring_up(test);
	btest_backend_event_config(t, 1, 9, 0x77, 15 | VIRTIO_CONFIG_S_NEEDS_RESET);
	KUNIT_ASSERT_TRUE(test, eventually(atomic_read(&btest_driver.config_changed) == 1));
	device_release_driver(&btest_driver.vdev->dev);
	KUNIT_ASSERT_EQ(test, device_attach(&t->bus->slots[1].vdev->vdev.dev), 1);
	KUNIT_EXPECT_EQ(test, btest_driver.vdev->config->get_status(btest_driver.vdev), 15);
	btest_expect_answered(test, btest_submit_all(test));
	KUNIT_EXPECT_EQ(test, t->hellos, 1);
}

/* ------------------------------------------------------------------------ */
/* Resets */

static int left_at_reset;

static void twist_reset(struct btest *t, struct btest_model *d, struct vargo_msg *msg)
{
	if (msg->id == VIRTIO_ARGO_SET_STATUS && !msg->status.status)
		left_at_reset = atomic_read(&t->bus->link->budget.left);
}

/* The backend counts a chain until it has carried out the reset: until then so do we */
static void device_reset_settles(struct kunit *test)
{
	struct btest *t = test->priv;
	struct vargo_budget *budget;
	int whole;

	t->twist = twist_reset;
	btest_bring_up(test);
	budget = &t->bus->link->budget;
	whole = atomic_read(&budget->left);
	KUNIT_EXPECT_EQ(test, left_at_reset, whole);
	t->hold = true;
	btest_submit_all(test);
	KUNIT_ASSERT_TRUE(test, eventually(READ_ONCE(t->submits) == REQUESTS));
	device_release_driver(&btest_driver.vdev->dev);
	KUNIT_EXPECT_EQ(test, left_at_reset, whole - REQUESTS * (4 + IN));
	KUNIT_EXPECT_EQ(test, atomic_read(&budget->left), whole);
}

/* The epoch wraps, and not to that of a device which was never reset */
static void device_epoch_wraps(struct kunit *test)
{
	struct btest *t = test->priv;
	struct vargo_vdev *v;

	btest_bring_up(test);
	v = t->bus->slots[1].vdev;
	v->epoch = U16_MAX;
	device_release_driver(&v->vdev.dev);
	KUNIT_EXPECT_EQ(test, t->dev[1].epoch, 1);
	KUNIT_ASSERT_EQ(test, device_attach(&v->vdev.dev), 1);
	btest_expect_answered(test, btest_submit_all(test));
}

/* ------------------------------------------------------------------------ */
/* Config space */

static void expect_config(struct kunit *test)
{
	struct btest *t = test->priv;
	u8 got[CONFIG_SIZE];

	btest_driver.vdev->config->get(btest_driver.vdev, 0, got, sizeof(got));
	KUNIT_EXPECT_MEMEQ(test, got, t->dev[1].config, CONFIG_SIZE);
	KUNIT_EXPECT_EQ(test, btest_driver.vdev->config->generation(btest_driver.vdev),
			t->dev[1].generation);
}

static void twist_torn(struct btest *t, struct btest_model *d, struct vargo_msg *msg)
{
	if (msg->id != VIRTIO_ARGO_GET_CONFIG || msg->config.offset || d->generation)
		return;
	/* After this answer, before the next piece is asked for */
	d->config[0] = 0xaa;
	d->config[CONFIG_SIZE - 1] = 0xbb;
	d->generation++;
}

static void device_config_torn(struct kunit *test)
{
	struct btest *t = test->priv;

	t->twist = twist_torn;
	btest_bring_up(test);
	KUNIT_EXPECT_EQ(test, t->dev[1].generation, 1);
	expect_config(test);
}

static void twist_late(struct btest *t, struct btest_model *d, struct vargo_msg *msg)
{
	if (msg->id == VIRTIO_ARGO_GET_CONFIG && msg->config.offset && !d->generation)
		btest_backend_event_config_locked(t, 1, CONFIG_SIZE - 1, 0xcc, 0);
}

/* What was read is older than the event that came before it */
static void device_config_older_than_event(struct kunit *test)
{
	struct btest *t = test->priv;

	t->twist = twist_late;
	btest_bring_up(test);
	KUNIT_EXPECT_EQ(test, t->dev[1].generation, 1);
	expect_config(test);
}

/* A change while the driver is being probed is told when it has been */
static void device_event_in_probe(struct kunit *test)
{
	struct btest *t = test->priv;

	btest_bring_up_to_probe(test);
	btest_backend_event_config(t, 1, 9, 0x77, 0);
	KUNIT_EXPECT_TRUE(test, eventually(READ_ONCE(t->bus->slots[1].vdev->config[9]) == 0x77));
	KUNIT_EXPECT_EQ(test, atomic_read(&btest_driver.config_changed), 0);
	btest_backend_release(t);
	KUNIT_ASSERT_TRUE(test, eventually(atomic_read(&btest_driver.probed) == 1));
	KUNIT_EXPECT_TRUE(test, eventually(atomic_read(&btest_driver.config_changed) == 1));
	expect_config(test);
}

/* Only what has a driver at work can need a reset */
static void device_needs_no_reset(struct kunit *test)
{
	struct btest *t = test->priv;
	struct virtio_device *vdev;

	btest_bring_up(test);
	vdev = btest_driver.vdev;
	device_release_driver(&vdev->dev);
	btest_backend_event_config(t, 1, 9, 0x77, VIRTIO_CONFIG_S_NEEDS_RESET);
	KUNIT_EXPECT_TRUE(test, eventually(vdev->config->generation(vdev) == 1));
	KUNIT_EXPECT_EQ(test, vdev->config->get_status(vdev), VIRTIO_CONFIG_S_ACKNOWLEDGE);
	KUNIT_ASSERT_EQ(test, device_attach(&vdev->dev), 1);
	btest_expect_answered(test, btest_submit_all(test));
}

/* ------------------------------------------------------------------------ */

static struct kunit_case device_cases[] = {
	KUNIT_CASE(device_wrong_answers),
	KUNIT_CASE(device_wrong_status),
	KUNIT_CASE(device_invented_status),
	KUNIT_CASE(device_starts_failed),
	KUNIT_CASE(device_does_not_start),
	KUNIT_CASE(device_fails_at_work),
	KUNIT_CASE(device_failed_is_reset),
	KUNIT_CASE(device_reset_settles),
	KUNIT_CASE(device_epoch_wraps),
	KUNIT_CASE(device_config_torn),
	KUNIT_CASE(device_config_older_than_event),
	KUNIT_CASE(device_event_in_probe),
	KUNIT_CASE(device_needs_no_reset),
	{}
};

static struct kunit_suite device_suite = {
	.name = "virtio_argo_device",
	.suite_init = btest_suite_init,
	.suite_exit = btest_suite_exit,
	.init = btest_init,
	.exit = btest_exit,
	.test_cases = device_cases,
};

kunit_test_suite(device_suite);
