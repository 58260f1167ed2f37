// SPDX-License-Identifier: GPL-2.0
/*
 * VirtIO over Argo: KUnit tests of what happens to requests while the backend is away.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <linux/device.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

#include "virtio_argo_btest.h"

static struct vargo_vdev *device(struct btest *t)
{
	return container_of(btest_driver.vdev, struct vargo_vdev, vdev);
}

/* The requests are with a backend that answers nothing and goes. */
static struct btest_request *submit_and_lose(struct kunit *test)
{
	struct btest *t = test->priv;
	struct btest_request *r;

	t->hold = true;
	r = btest_submit_all(test);
	KUNIT_ASSERT_TRUE(test, eventually(READ_ONCE(t->submits) == REQUESTS));
	btest_backend_stop(t);
	vargo_bus_backend_gone(t->bus);
	KUNIT_ASSERT_TRUE(test, eventually(READ_ONCE(device(t)->outage.since)));
	t->hold = false;
	return r;
}

static void expect_wait(struct kunit *test, const struct btest_request *r)
{
	struct btest *t = test->priv;
	unsigned int i;

	flush_work(&t->bus->outage_changed);
	flush_delayed_work(&device(t)->outage.work);
	vargo_link_flush(t->bus->link);
	for (i = 0; i < REQUESTS; i++)
		KUNIT_EXPECT_FALSE(test, READ_ONCE(r[i].done));
}

/* The one second that a timeout is at least has passed, in all that was looked at */
static void outlast(struct btest *t)
{
	WRITE_ONCE(device(t)->outage.since, jiffies - HZ);
}

static void come_back(struct kunit *test)
{
	struct btest *t = test->priv;

	btest_backend_start(test);
	KUNIT_ASSERT_TRUE(test, eventually(!READ_ONCE(device(t)->outage.since)));
	KUNIT_EXPECT_TRUE(test, READ_ONCE(device(t)->running));
	btest_expect_answered(test, btest_submit_all(test));
	KUNIT_EXPECT_EQ(test, btest_stat(t, VARGO_STAT_VIOLATIONS), 0);
}

static void outage_waits(struct kunit *test)
{
	struct btest *t = test->priv;
	struct btest_request *r;

	btest_bring_up_replayed(test);
	KUNIT_EXPECT_EQ(test, READ_ONCE(device(t)->outage.since), 0);
	r = submit_and_lose(test);
	KUNIT_EXPECT_TRUE(test, eventually(READ_ONCE(t->lost) == 1));
	outlast(t);
	vargo_outage_set(t->bus, 0);
	expect_wait(test, r);
	come_back(test);
	btest_expect_answered(test, r);
}

static void outage_fails(struct kunit *test)
{
	struct btest *t = test->priv;
	struct btest_request *r;

	btest_bring_up_replayed(test);
	vargo_outage_set(t->bus, 1);
	r = submit_and_lose(test);
	btest_expect_failed(test, r);
	/* and what comes later, at once */
	btest_expect_failed(test, btest_submit_all(test));
	come_back(test);
	/* A timeout is one of each outage. */
	vargo_outage_set(t->bus, 0);
	t->submits = 0;
	r = submit_and_lose(test);
	expect_wait(test, r);
	come_back(test);
	btest_expect_answered(test, r);
}

/* While requests wait the operator changes his mind, and again while they fail */
static void outage_is_changed(struct kunit *test)
{
	struct btest *t = test->priv;
	struct btest_request *r;

	btest_bring_up_replayed(test);
	r = submit_and_lose(test);
	expect_wait(test, r);
	vargo_outage_set(t->bus, 1);
	btest_expect_failed(test, r);
	vargo_outage_set(t->bus, 0);
	KUNIT_ASSERT_TRUE(test, eventually(!READ_ONCE(device(t)->outage.failing)));
	r = btest_submit_all(test);
	expect_wait(test, r);
	vargo_outage_set(t->bus, 1000);
	expect_wait(test, r);
	come_back(test);
	btest_expect_answered(test, r);
}

/* A session without the device is an outage for it */
static void outage_of_one_device(struct kunit *test)
{
	struct btest *t = test->priv;
	struct btest_request *r;

	btest_bring_up_replayed(test);
	r = submit_and_lose(test);
	t->dev[1].there = false;
	btest_backend_start(test);
	KUNIT_ASSERT_TRUE(test, eventually(READ_ONCE(device(t)->away)));
	expect_wait(test, r);
	vargo_outage_set(t->bus, 1);
	btest_expect_failed(test, r);
	btest_expect_failed(test, btest_submit_all(test));
	btest_backend_stop(t);
	t->dev[1].there = true;
	come_back(test);
}

/* So is one in which the device needs a reset that nobody makes */
static void outage_of_a_failed_device(struct kunit *test)
{
	struct btest *t = test->priv;
	struct btest_request *r;

	btest_bring_up_replayed(test);
	vargo_outage_set(t->bus, 1);
	t->hold = true;
	r = btest_submit_all(test);
	KUNIT_ASSERT_TRUE(test, eventually(READ_ONCE(t->submits) == REQUESTS));
	btest_backend_event_config(t, 1, 9, 0x77, 15 | VIRTIO_CONFIG_S_NEEDS_RESET);
	btest_expect_failed(test, r);
	t->hold = false;
	btest_backend_stop(t);
	come_back(test);
}

/* The driver leaves while requests fail; its device is made anew by the next session */
static void outage_is_left(struct kunit *test)
{
	struct btest *t = test->priv;
	struct vargo_vdev *v;

	btest_bring_up_replayed(test);
	vargo_outage_set(t->bus, 1);
	btest_expect_failed(test, submit_and_lose(test));
	v = device(t);
	btest_driver.patient = true;
	device_release_driver(&v->vdev.dev);
	KUNIT_EXPECT_EQ(test, READ_ONCE(v->outage.since), 0);
	KUNIT_EXPECT_FALSE(test, v->outage.failing);
	/* Nothing can be set up without a backend. */
	KUNIT_EXPECT_NE(test, device_attach(&v->vdev.dev), 1);
	btest_backend_start(test);
	KUNIT_ASSERT_TRUE(test, eventually(atomic_read(&btest_driver.probed) == 2));
	btest_expect_answered(test, btest_submit_all(test));
}

/* The link is left while requests fail, and while they wait */
static void outage_is_closed(struct kunit *test)
{
	struct btest *t = test->priv;
	struct btest_request *r;

	btest_bring_up_replayed(test);
	vargo_outage_set(t->bus, 1);
	btest_expect_failed(test, submit_and_lose(test));
	btest_close(t);
	KUNIT_EXPECT_EQ(test, atomic_read(&btest_driver.removed), 1);

	btest_backend_start(test);
	btest_open(test);
	KUNIT_ASSERT_TRUE(test, eventually(atomic_read(&btest_driver.probed) == 2));
	t->submits = 0;
	r = submit_and_lose(test);
	btest_driver.patient = true;
	btest_close(t);
	btest_expect_failed(test, r);
}

/* What waits is said once in an outage, and only if something does */
static void outage_is_told(struct kunit *test)
{
	struct btest *t = test->priv;
	struct btest_request *r;
	struct vargo_vdev *v;

	btest_bring_up_replayed(test);
	v = device(t);
	t->bus->outage_tell_ms = 20;
	btest_backend_stop(t);
	vargo_bus_backend_gone(t->bus);
	KUNIT_ASSERT_TRUE(test, eventually(READ_ONCE(v->outage.since)));
	outlast(t);
	vargo_outage_set(t->bus, 0);	/* looks again */
	flush_work(&t->bus->outage_changed);
	flush_delayed_work(&v->outage.work);
	KUNIT_EXPECT_FALSE(test, READ_ONCE(v->outage.told));
	r = btest_submit_all(test);
	KUNIT_EXPECT_TRUE(test, eventually(READ_ONCE(v->outage.told)));
	expect_wait(test, r);
	KUNIT_EXPECT_FALSE(test, delayed_work_pending(&v->outage.work));
	come_back(test);
	KUNIT_EXPECT_FALSE(test, READ_ONCE(v->outage.told));
	btest_expect_answered(test, r);
}

/* What the driver writes while there is no backend is what it reads, and the next one's */
static void outage_keeps_config(struct kunit *test)
{
	struct btest *t = test->priv;
	u8 got[3];

	btest_bring_up_replayed(test);
	btest_backend_stop(t);
	vargo_bus_backend_gone(t->bus);
	KUNIT_ASSERT_TRUE(test, eventually(READ_ONCE(device(t)->outage.since)));
	btest_driver.vdev->config->set(btest_driver.vdev, 8, "abc", 3);
	btest_driver.vdev->config->get(btest_driver.vdev, 8, got, 3);
	KUNIT_EXPECT_MEMEQ(test, got, "abc", 3);
	KUNIT_EXPECT_EQ(test, t->dev[1].config[8], 9);
	come_back(test);
	KUNIT_EXPECT_MEMEQ(test, t->dev[1].config + 8, "abc", 3);

	/* The same with a backend that has not the device */
	btest_backend_stop(t);
	t->dev[1].there = false;
	btest_backend_start(test);
	KUNIT_ASSERT_TRUE(test, eventually(READ_ONCE(device(t)->away)));
	btest_driver.vdev->config->set(btest_driver.vdev, 9, "x", 1);
	btest_driver.vdev->config->get(btest_driver.vdev, 8, got, 3);
	KUNIT_EXPECT_MEMEQ(test, got, "axc", 3);
	btest_backend_stop(t);
	t->dev[1].there = true;
	come_back(test);
	KUNIT_EXPECT_MEMEQ(test, t->dev[1].config + 8, "axc", 3);
}

static void twist_refuse(struct btest *t, struct btest_model *d, struct vargo_msg *msg)
{
	if (msg->id == VIRTIO_ARGO_SET_CONFIG)
		msg->config.len = 0;
}

/* A backend that is there and refuses is believed: nothing is kept */
static void outage_keeps_no_refusal(struct kunit *test)
{
	struct btest *t = test->priv;
	u8 got;

	btest_bring_up_replayed(test);
	t->twist = twist_refuse;
	btest_driver.vdev->config->set(btest_driver.vdev, 8, "a", 1);
	btest_driver.vdev->config->get(btest_driver.vdev, 8, &got, 1);
	KUNIT_EXPECT_EQ(test, got, 9);
	KUNIT_EXPECT_FALSE(test, test_bit(8, device(t)->is_written));
}

/* The attribute of the device that discovery found */
static void outage_attribute(struct kunit *test)
{
	static const char * const bad[] = { "", "x", "-1", "4294967296", "1 2" };
	struct btest *t = test->priv;
	struct device *dev = &t->parent->dev;
	struct device_attribute *attr;
	unsigned int i;
	char *buf;

	buf = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, buf);
	attr = container_of(vargo_bus_groups[0]->attrs[0], struct device_attribute, attr);
	KUNIT_EXPECT_STREQ(test, attr->attr.name, "outage_timeout");
	KUNIT_EXPECT_EQ(test, attr->show(dev, attr, buf), -ENODEV);
	KUNIT_EXPECT_EQ(test, attr->store(dev, attr, "7\n", 2), -ENODEV);
	btest_bring_up_replayed(test);
	KUNIT_EXPECT_EQ(test, attr->show(dev, attr, buf), 2);
	KUNIT_EXPECT_STREQ(test, buf, "0\n");
	KUNIT_EXPECT_EQ(test, attr->store(dev, attr, "7\n", 2), 2);
	KUNIT_EXPECT_EQ(test, t->bus->config.outage_timeout, 7);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_LT_MSG(test, attr->store(dev, attr, bad[i], strlen(bad[i])), 0,
				    "\"%s\"", bad[i]);
	KUNIT_EXPECT_EQ(test, attr->show(dev, attr, buf), 2);
	KUNIT_EXPECT_STREQ(test, buf, "7\n");
}

static struct kunit_case outage_cases[] = {
	KUNIT_CASE(outage_waits),
	KUNIT_CASE_SLOW(outage_fails),
	KUNIT_CASE_SLOW(outage_is_changed),
	KUNIT_CASE_SLOW(outage_of_one_device),
	KUNIT_CASE_SLOW(outage_of_a_failed_device),
	KUNIT_CASE_SLOW(outage_is_left),
	KUNIT_CASE_SLOW(outage_is_closed),
	KUNIT_CASE(outage_is_told),
	KUNIT_CASE(outage_keeps_config),
	KUNIT_CASE(outage_keeps_no_refusal),
	KUNIT_CASE(outage_attribute),
	{}
};

static struct kunit_suite outage_suite = {
	.name = "virtio_argo_outage",
	.suite_init = btest_suite_init,
	.suite_exit = btest_suite_exit,
	.init = btest_init,
	.exit = btest_exit,
	.test_cases = outage_cases,
};

kunit_test_suite(outage_suite);
