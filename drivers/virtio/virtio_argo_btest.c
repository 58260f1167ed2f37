// SPDX-License-Identifier: GPL-2.0
/*
 * VirtIO over Argo: the virtio driver and the link in tests of its devices.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <linux/platform_device.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>

#include "virtio_argo_btest.h"

/* ------------------------------------------------------------------------ */
/* The driver */

struct btest_driver btest_driver;

static void driver_done(struct virtqueue *vq)
{
	struct btest_request *r;
	unsigned long flags;
	unsigned int len;

	WARN_ON_ONCE(!irqs_disabled());
	spin_lock_irqsave(&btest_driver.lock, flags);
	do {
		virtqueue_disable_cb(vq);
		while ((r = virtqueue_get_buf(vq, &len))) {
			r->len = len;
			btest_driver.outstanding--;
			WRITE_ONCE(r->done, true);
		}
	} while (!virtqueue_enable_cb(vq));
	spin_unlock_irqrestore(&btest_driver.lock, flags);
}

static int driver_probe(struct virtio_device *vdev)
{
	struct virtqueue_info info[QUEUES] = {
		{ "first", driver_done }, { "second", driver_done },
	};
	int err;

	err = virtio_find_vqs(vdev, QUEUES, btest_driver.vq, info, NULL);
	if (err)
		return err;
	virtio_device_ready(vdev);
	if (btest_driver.first) {
		btest_submit(btest_driver.test, 0, btest_driver.first, 1);
		WARN_ON(!eventually(READ_ONCE(btest_driver.first->done)));
	}
	btest_driver.vdev = vdev;
	atomic_inc(&btest_driver.probed);
	return 0;
}

static void driver_remove(struct virtio_device *vdev)
{
	unsigned int i;

	if (btest_driver.patient)
		WARN_ON(!eventually(!READ_ONCE(btest_driver.outstanding)));
	btest_driver.vdev = NULL;
	btest_driver.outstanding = 0;
	virtio_reset_device(vdev);
	for (i = 0; i < QUEUES; i++)	/* gives indirect tables back */
		while (virtqueue_detach_unused_buf(btest_driver.vq[i]))
			;
	vdev->config->del_vqs(vdev);
	atomic_inc(&btest_driver.removed);
}

static void driver_config_changed(struct virtio_device *vdev)
{
	atomic_inc(&btest_driver.config_changed);
}

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

static void driver_add(struct kunit *test, unsigned int queue, struct btest_request *r,
		       struct scatterlist *out)
{
	struct scatterlist in, *sgs[2] = { out, &in };
	unsigned long flags;

	r->done = false;
	memset(r->in, 0xee, IN);
	sg_init_one(&in, r->in, IN);
	spin_lock_irqsave(&btest_driver.lock, flags);
	KUNIT_EXPECT_EQ(test, virtqueue_add_sgs(btest_driver.vq[queue], sgs, 1, 1, r, GFP_ATOMIC),
			0);
	btest_driver.outstanding++;
	virtqueue_kick(btest_driver.vq[queue]);
	spin_unlock_irqrestore(&btest_driver.lock, flags);
}

void btest_submit(struct kunit *test, unsigned int queue, struct btest_request *r, u32 word)
{
	struct scatterlist out;

	r->out = word;
	sg_init_one(&out, &r->out, sizeof(r->out));
	driver_add(test, queue, r, &out);
}

void btest_submit_pieces(struct kunit *test, unsigned int queue, struct btest_request *r,
			 u32 word, unsigned int pieces)
{
	struct scatterlist *out = kunit_kcalloc(test, pieces, sizeof(*out), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, out);
	r->out = word;
	sg_init_table(out, pieces);
	for (i = 0; i < pieces; i++)
		sg_set_buf(&out[i], &r->out, sizeof(r->out));
	driver_add(test, queue, r, out);
}

struct btest_request *btest_submit_all(struct kunit *test)
{
	struct btest_request *r = kunit_kcalloc(test, REQUESTS, sizeof(*r), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, r);
	for (i = 0; i < REQUESTS; i++)
		btest_submit(test, i % QUEUES, &r[i], 0x01010101 * (i + 1));
	return r;
}

static bool all_done(const struct btest_request *r)
{
	unsigned int i;

	for (i = 0; i < REQUESTS; i++)
		if (!READ_ONCE(r[i].done))
			return false;
	return true;
}

void btest_expect_answered(struct kunit *test, const struct btest_request *r)
{
	unsigned int i;

	KUNIT_ASSERT_TRUE(test, eventually(all_done(r)));
	for (i = 0; i < REQUESTS; i++) {
		KUNIT_EXPECT_EQ(test, r[i].len, IN);
		KUNIT_EXPECT_MEMEQ(test, r[i].in, &r[i].out, 4);
		KUNIT_EXPECT_EQ(test, r[i].in[4], 0);
	}
}

void btest_expect_failed(struct kunit *test, const struct btest_request *r)
{
	unsigned int i;

	KUNIT_ASSERT_TRUE(test, eventually(all_done(r)));
	for (i = 0; i < REQUESTS; i++)
		KUNIT_EXPECT_EQ(test, r[i].len, 0);
}

/* ------------------------------------------------------------------------ */
/* A link and its backend for each test */

static void bus_lost(void *priv)
{
	struct btest *t = priv;

	t->lost++;
}

void btest_open(struct kunit *test)
{
	struct btest *t = test->priv;

	const struct vargo_bus_config config = {
		.backend = BACKEND, .port = PORT, .ring_len = RING_LEN,
		.lost = bus_lost, .priv = t,
	};

	t->bus = vargo_bus_create(t->xen.guest, &t->parent->dev, &config);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t->bus);
}

void btest_close(struct btest *t)
{
	if (!IS_ERR_OR_NULL(t->bus))
		vargo_bus_destroy(t->bus);
	t->bus = NULL;
}

void btest_device(struct btest *t, u16 n, u32 type)
{
	struct btest_model *d = &t->dev[n];
	unsigned int i;

	d->there = true;
	d->type = type;
	memset(d->uuid, 0xa0 + n, sizeof(d->uuid));
	d->max_vqs = QUEUES;
	d->max = 64;
	d->config_size = CONFIG_SIZE;
	d->offered = BIT_ULL(VIRTIO_F_VERSION_1) | BIT_ULL(5) | BIT_ULL(7) | BIT_ULL(51);
	for (i = 0; i < CONFIG_SIZE; i++)
		d->config[i] = i + 1;
}

void btest_bring_up(struct kunit *test)
{
	struct btest *t = test->priv;

	btest_device(t, 1, TYPE_TEST);
	btest_backend_start(test);
	btest_open(test);
	KUNIT_ASSERT_TRUE(test, eventually(atomic_read(&btest_driver.probed) == 1));
}

/* The same type with replay and limits: as block has them */
static const struct vargo_limit replayed_limits[] = {
	{ .offset = 16, .size = 8, .feature = -1, .less = "is smaller" },
	{ .offset = 24, .size = 4, .feature = 40, .less = "is not asked" },
};

const struct vargo_type btest_replayed = {
	.id = TYPE_TEST, .name = "test", .replay = true, .fill = true, .fail_status = 1,
	.limits = replayed_limits, .nr_limits = ARRAY_SIZE(replayed_limits),
};

void btest_bring_up_replayed(struct kunit *test)
{
	struct btest *t = test->priv;

	btest_bring_up(test);
	/* Before the queues take their first chain */
	t->bus->slots[1].vdev->type = &btest_replayed;
}

struct btest_request *btest_bring_up_to_probe(struct kunit *test)
{
	struct btest *t = test->priv;
	struct btest_request *r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, r);
	btest_driver.test = test;
	btest_driver.first = r;
	t->hold = true;
	btest_device(t, 1, TYPE_TEST);
	btest_backend_start(test);
	btest_open(test);
	KUNIT_ASSERT_TRUE(test, eventually(READ_ONCE(t->submits) == 1));
	return r;
}

long btest_stat(struct btest *t, enum vargo_stat which)
{
	return atomic_long_read(&t->bus->link->stats[which]);
}

int btest_init(struct kunit *test)
{
	struct btest *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	test->priv = t;
	btest_backend_init(t);
	kunit_xen_init(test, &t->xen, GUEST, BACKEND);
	t->parent = platform_device_register_simple("virtio_argo_kunit", 0, NULL, 0);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t->parent);
	memset(&btest_driver, 0, sizeof(btest_driver));
	spin_lock_init(&btest_driver.lock);
	return 0;
}

void btest_exit(struct kunit *test)
{
	struct btest *t = test->priv;

	if (!t)
		return;
	btest_close(t);
	if (t->ring)
		btest_backend_stop(t);
	if (!IS_ERR_OR_NULL(t->parent))
		platform_device_unregister(t->parent);
	kunit_xen_exit(&t->xen);
}

int btest_suite_init(struct kunit_suite *suite)
{
	return register_virtio_driver(&test_driver);
}

void btest_suite_exit(struct kunit_suite *suite)
{
	unregister_virtio_driver(&test_driver);
}
