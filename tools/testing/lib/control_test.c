// SPDX-License-Identifier: GPL-2.0
/*
 * Control messages and events.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <errno.h>
#include <string.h>

#include "lib_test.h"

static bool enumeration(void)
{
	struct fixture f;
	struct vargo_msg ask = { .type = VIRTIO_ARGO_TYPE_BUS,
				 .id = VIRTIO_ARGO_BUS_GET_DEVICES };
	struct vargo_msg a;

	CHECK(fixture_make(&f, NULL));
	CHECK(do_hello(&f));
	ask.devices.count = 64;
	CHECK(do_request(&f, &ask, &a));
	CHECK(a.devices.count == 64 && a.devices.next_offset == 0);
	CHECK(a.devices.bitmap[0] == 1 << 5 && !a.devices.bitmap[1]);
	ask.devices.offset = 8;
	ask.devices.count = 8;
	CHECK(do_request(&f, &ask, &a));
	CHECK(a.devices.offset == 8 && !a.devices.bitmap[0]);

	ask = (struct vargo_msg){ .id = VIRTIO_ARGO_GET_DEVICE_INFO, .dev = 5 };
	CHECK(do_request(&f, &ask, &a));
	CHECK(a.info.device_id == 2 && a.info.vendor_id == 0x1af4);
	CHECK(a.info.config_size == 64 && a.info.max_vqs == BLK_QUEUES);
	CHECK(a.info.num_feature_blocks == 2);
	ask.dev = 6;
	CHECK(!do_request(&f, &ask, &a));
	CHECK(stat_of(&f, VA_STAT_drop_control) == 1);
	return fixture_free(&f);
}

static bool features(void)
{
	struct fixture_config cfg = { .features = ~0ull };
	struct fixture f;
	struct vargo_msg ask = { .id = VIRTIO_ARGO_GET_FEATURES, .dev = 5 };
	struct vargo_msg a;
	uint8_t now;

	CHECK(fixture_make(&f, &cfg));
	CHECK(do_hello(&f));
	ask.features.num = 3;
	CHECK(do_request(&f, &ask, &a));
	CHECK(a.features.block[0] == 0x00ffffff);
	CHECK(a.features.block[1] == 0xfffc0001);
	CHECK(a.features.block[2] == 0);

	/* Without VERSION_1, then with a bit that nobody offered, then right */
	CHECK(do_status(&f, 0, &now) && do_status(&f, 3, &now));
	ask = (struct vargo_msg){ .id = VIRTIO_ARGO_SET_FEATURES, .dev = 5 };
	ask.features.num = 2;
	ask.features.block[0] = 0x200;
	CHECK(do_request(&f, &ask, &a));
	CHECK(do_status(&f, 11, &now) && now == 3);
	ask.features.block[1] = 3;
	CHECK(do_request(&f, &ask, &a));
	CHECK(do_status(&f, 15, &now) && now == 3);
	ask.features.block[1] = 1;
	CHECK(do_request(&f, &ask, &a));
	f.b.features_error = -EINVAL;
	CHECK(do_status(&f, 11, &now) && now == 3);
	f.b.features_error = 0;
	CHECK(do_status(&f, 11, &now) && now == 11);
	CHECK(f.b.features == (0x200 | 1ull << 32));
	CHECK(va_device_features(f.b.dev) == f.b.features);
	/* Fixed now */
	CHECK(!do_request(&f, &ask, &a));
	CHECK(!f.b.started);
	return fixture_free(&f);
}

/* Each part replaces its blocks and no others */
static bool features_by_parts(void)
{
	static const struct { uint32_t index, num, block; } parts[] = {
		{ 0, 1, 0x100 }, { 1, 1, 1 }, { 0, 1, 0x200 }, { 2, 1, 0 },
		{ 0xfffffffe, 1, 0 }, { 0, 0, 0 },
	};
	struct fixture f;
	struct vargo_msg ask = { .id = VIRTIO_ARGO_SET_FEATURES, .dev = 5 }, a;
	unsigned int i;
	uint8_t now;

	CHECK(fixture_make(&f, NULL));
	CHECK(do_hello(&f));
	CHECK(do_status(&f, 0, &now) && do_status(&f, 3, &now));
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		ask.features.index = parts[i].index;
		ask.features.num = parts[i].num;
		ask.features.block[0] = parts[i].block;
		CHECK(do_request(&f, &ask, &a));
	}
	CHECK(do_status(&f, 11, &now) && now == 11);
	CHECK(va_device_features(f.b.dev) == (0x200 | 1ull << 32));
	/* A block that the device does not have spoils it until the next reset */
	CHECK(do_status(&f, 0, &now) && do_status(&f, 3, &now));
	ask.features.index = 0;
	ask.features.num = 3;
	ask.features.block[0] = 0x200;
	ask.features.block[1] = 1;
	ask.features.block[2] = 1;
	CHECK(do_request(&f, &ask, &a));
	CHECK(do_status(&f, 11, &now) && now == 3);
	return fixture_free(&f);
}

static bool config(void)
{
	struct fixture_config cfg = { .config_size = 500 };
	struct fixture f;
	struct vargo_msg ask = { .id = VIRTIO_ARGO_GET_CONFIG, .dev = 5 };
	struct vargo_msg a;
	uint8_t bytes[500];
	unsigned int i;

	CHECK(fixture_make(&f, &cfg));
	test_fill(bytes, sizeof(bytes), 1);
	CHECK(!va_device_set_config(f.b.dev, 0, bytes, sizeof(bytes)));
	CHECK(va_device_set_config(f.b.dev, 1, bytes, 500) == -EINVAL);
	CHECK(va_device_set_config(f.b.dev, 501, bytes, 0) == -EINVAL);
	CHECK(do_hello(&f));
	ask.config.offset = 100;
	ask.config.len = 192;
	CHECK(do_request(&f, &ask, &a));
	CHECK(a.config.generation == 1 && a.config.len == 192);
	CHECK(!memcmp(a.config.data, bytes + 100, 192));
	ask.config.offset = 490;
	CHECK(do_request(&f, &ask, &a));
	CHECK(a.config.len == 10 && !memcmp(a.config.data, bytes + 490, 10));
	ask.config.offset = 500;
	CHECK(do_request(&f, &ask, &a) && a.config.len == 0);
	ask.config.offset = 0xffffff00;
	CHECK(do_request(&f, &ask, &a) && a.config.len == 0);

	/* The driver writes */
	ask = (struct vargo_msg){ .id = VIRTIO_ARGO_SET_CONFIG, .dev = 5 };
	ask.config.offset = 32;
	ask.config.len = 1;
	ask.config.data[0] = bytes[32] ^ 1;
	CHECK(do_request(&f, &ask, &a));
	CHECK(a.config.len == 1 && f.b.last_config == 32);
	ask.config.offset = 500;
	CHECK(do_request(&f, &ask, &a) && a.config.len == 0);
	/* Partly outside is not carried out in part, and no bytes are none */
	f.b.last_config = 0;
	ask.config.offset = 499;
	ask.config.len = 2;
	CHECK(do_request(&f, &ask, &a) && a.config.len == 0);
	ask.config.offset = 32;
	ask.config.len = 0;
	CHECK(do_request(&f, &ask, &a) && a.config.len == 0);
	CHECK(!f.b.last_config);
	/* Which is news for itself, too */
	pump(&f);

	/* Everything changes: three events, with all bytes */
	f.g.num_msgs = 0;
	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = ~bytes[i];
	CHECK(!va_device_set_config(f.b.dev, 0, bytes, 500));
	CHECK(!va_device_set_config(f.b.dev, 0, bytes, 500));
	pump(&f);
	CHECK(f.g.num_msgs == 3);
	for (i = 0; i < 3; i++) {
		CHECK(f.g.msgs[i].id == VIRTIO_ARGO_EVENT_CONFIG);
		CHECK(f.g.msgs[i].config.offset == i * 192);
		CHECK(!memcmp(f.g.msgs[i].config.data, bytes + i * 192,
			      f.g.msgs[i].config.len));
	}
	CHECK(f.g.msgs[2].config.len == 116);
	CHECK(f.g.msgs[2].config.generation == 3);
	return fixture_free(&f);
}

static bool queues(void)
{
	struct fixture f;
	struct vargo_msg ask = { .id = VIRTIO_ARGO_GET_VQUEUE, .dev = 5 };
	struct vargo_msg a;
	uint8_t now;

	CHECK(fixture_make(&f, NULL));
	CHECK(do_setup(&f, 2, 100));	/* need not be a power of two */
	ask.vq.index = 1;
	CHECK(do_request(&f, &ask, &a));
	CHECK(a.vq.max == VA_QUEUE_SIZE_MAX && a.vq.cur == 100);
	CHECK(a.vq.flags == VIRTIO_ARGO_VQ_ENABLED && a.vq.depth == VA_DEPTH);
	ask.vq.index = 2;
	CHECK(do_request(&f, &ask, &a) && a.vq.cur == 0 && a.vq.flags == 0);
	ask.vq.index = BLK_QUEUES;
	CHECK(do_request(&f, &ask, &a) && a.vq.max == 0);

	/* What the state or the bounds do not allow is not answered */
	ask = (struct vargo_msg){ .id = VIRTIO_ARGO_SET_VQUEUE, .dev = 5 };
	ask.vq.index = 2;
	ask.vq.flags = 1;
	ask.vq.size = 64;
	CHECK(!do_request(&f, &ask, &a));
	CHECK(do_status(&f, 0, &now));
	CHECK(!do_request(&f, &ask, &a));
	CHECK(do_device(&f, 0, 0) && do_status(&f, 0, &now));
	ask.id = VIRTIO_ARGO_RESET_VQUEUE;
	CHECK(!do_request(&f, &ask, &a));
	CHECK(stat_of(&f, VA_STAT_violations) == 0);
	return fixture_free(&f);
}

static bool queue_bounds(void)
{
	static const struct { uint32_t index, size, flags; } wrong[] = {
		{ 0, 0, 1 }, { 0, VA_QUEUE_SIZE_MAX + 1, 1 }, { 0, 0xffffffff, 1 },
		{ BLK_QUEUES, 64, 1 }, { 0xffff, 64, 1 }, { 0, 64, 0 },
	};
	struct fixture f;
	struct vargo_msg ask = { .id = VIRTIO_ARGO_SET_FEATURES, .dev = 5 }, a;
	unsigned int i;
	uint8_t now;

	CHECK(fixture_make(&f, NULL));
	CHECK(do_hello(&f));
	ask.features.num = 2;
	ask.features.block[1] = 1;
	CHECK(do_request(&f, &ask, &a));
	CHECK(do_status(&f, 11, &now) && now == 11);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		ask = (struct vargo_msg){ .id = VIRTIO_ARGO_SET_VQUEUE, .dev = 5 };
		ask.vq.index = wrong[i].index;
		ask.vq.size = wrong[i].size;
		ask.vq.flags = wrong[i].flags;
		CHECK(!do_request(&f, &ask, &a));
	}
	CHECK(stat_of(&f, VA_STAT_drop_control) == i);
	return fixture_free(&f);
}

static bool do_device_until_ok(struct fixture *f)
{
	struct vargo_msg ask = { .id = VIRTIO_ARGO_SET_FEATURES, .dev = 5 }, a;
	uint8_t now;

	CHECK(do_status(f, 0, &now) && now == 0);
	ask.features.num = 2;
	ask.features.block[1] = 1;
	CHECK(do_request(f, &ask, &a));
	CHECK(do_status(f, 11, &now) && now == 11);
	return true;
}

static bool status(void)
{
	struct fixture f;
	struct vargo_msg ask = { .id = VIRTIO_ARGO_GET_STATUS, .dev = 5 }, a;
	uint8_t now;

	CHECK(fixture_make(&f, NULL));
	CHECK(do_setup(&f, 1, 64));
	CHECK(do_request(&f, &ask, &a));
	CHECK(a.status.status == 15 && a.status.epoch == 1);
	CHECK(do_status(&f, 3, &now) && now == 15);	/* bits are only added */
	CHECK(f.b.started == 1 && !f.b.stopped);
	CHECK(do_status(&f, 0, &now) && now == 0);
	CHECK(f.b.stopped == 1);
	CHECK(do_status(&f, 0, &now) && now == 0);
	CHECK(f.b.stopped == 1);
	/* DRIVER_OK needs FEATURES_OK */
	CHECK(do_status(&f, 7, &now) && now == 3);
	CHECK(f.b.started == 1);
	/* A start that fails */
	f.b.start_error = -EIO;
	f.b.started = 0;
	CHECK(do_device_until_ok(&f));
	f.g.num_msgs = 0;
	CHECK(do_status(&f, 15, &now) && now == (15 | 0x40));
	CHECK(!f.b.started);
	/* It is told a second time, for those who wait for it */
	CHECK(f.g.num_msgs == 2 && f.g.msgs[1].id == VIRTIO_ARGO_EVENT_CONFIG);
	CHECK(f.g.msgs[1].config.status == (15 | 0x40) && !f.g.msgs[1].config.len);
	f.b.start_error = 0;
	f.b.stopped = 0;
	CHECK(do_device(&f, 1, 64));
	return fixture_free(&f);
}

static bool device_events(void)
{
	struct fixture f;
	struct va_device_config cfg = { .device_id = 1, .num_queues = 2, .ops = &blk_ops };
	struct va_device *dev;
	struct vargo_msg ask = { .type = VIRTIO_ARGO_TYPE_BUS,
				 .id = VIRTIO_ARGO_BUS_PING }, a;

	CHECK(fixture_make(&f, NULL));
	CHECK(do_hello(&f));
	CHECK(do_request(&f, &ask, &a));
	f.g.num_msgs = 0;
	CHECK(!va_device_add(f.link, -1, &cfg, &dev));
	CHECK(va_device_num(dev) == 0);
	pump(&f);
	CHECK(f.g.num_msgs == 1);
	CHECK(f.g.msgs[0].id == VIRTIO_ARGO_BUS_EVENT_DEVICE);
	CHECK(f.g.msgs[0].event_device.dev == 0);
	CHECK(f.g.msgs[0].event_device.state == VIRTIO_ARGO_DEVICE_ADDED);
	/* Away and back before it is told: both, in this order */
	va_device_remove(dev);
	CHECK(!va_device_add(f.link, 0, &cfg, &dev));
	pump(&f);
	CHECK(f.g.num_msgs == 3);
	CHECK(f.g.msgs[1].event_device.state == VIRTIO_ARGO_DEVICE_REMOVED);
	CHECK(f.g.msgs[2].event_device.state == VIRTIO_ARGO_DEVICE_ADDED);
	CHECK(va_device_add(f.link, 0, &cfg, &dev) == -EEXIST);
	CHECK(va_device_add(f.link, 64, &cfg, &dev) == -EINVAL);
	cfg.num_queues = VA_MAX_QUEUES - BLK_QUEUES - 1;
	CHECK(va_device_add(f.link, -1, &cfg, &dev) == -ENOSPC);
	cfg.num_queues--;
	CHECK(!va_device_add(f.link, -1, &cfg, &dev));
	va_device_remove(dev);
	CHECK(!va_device_add(f.link, -1, &cfg, &dev));
	return fixture_free(&f);
}

/* An event behind a GET_DEVICES answer is newer than it, or says the same */
static bool devices_asked_and_told(void)
{
	struct fixture f;
	struct va_device_config cfg = { .device_id = 1, .num_queues = 1, .ops = &blk_ops };
	struct vargo_msg ask = { .type = VIRTIO_ARGO_TYPE_BUS,
				 .id = VIRTIO_ARGO_BUS_GET_DEVICES,
				 .devices.count = 64 };
	struct vargo_msg ping = { .type = VIRTIO_ARGO_TYPE_BUS,
				  .id = VIRTIO_ARGO_BUS_PING }, a;
	struct va_device *dev;

	CHECK(fixture_make(&f, NULL));
	CHECK(do_hello(&f));
	CHECK(do_request(&f, &ping, &a));
	f.g.num_msgs = 0;
	/* It is asked for while the event is yet to be sent */
	CHECK(!va_device_add(f.link, 0, &cfg, &dev));
	CHECK(!guest_send(&f.g, &ask));
	pump(&f);
	CHECK(f.g.num_msgs == 2);
	CHECK(f.g.msgs[0].id == VIRTIO_ARGO_BUS_GET_DEVICES);
	CHECK(f.g.msgs[0].devices.bitmap[0] == (1 | 1 << 5));
	CHECK(f.g.msgs[1].id == VIRTIO_ARGO_BUS_EVENT_DEVICE);
	CHECK(f.g.msgs[1].event_device.state == VIRTIO_ARGO_DEVICE_ADDED);
	/* The other way round: what the answer does not say, the event does */
	f.g.num_msgs = 0;
	CHECK(!guest_send(&f.g, &ask));
	pump(&f);
	va_device_remove(dev);
	pump(&f);
	CHECK(f.g.num_msgs == 2);
	CHECK(f.g.msgs[0].devices.bitmap[0] == (1 | 1 << 5));
	CHECK(f.g.msgs[1].event_device.state == VIRTIO_ARGO_DEVICE_REMOVED);
	return fixture_free(&f);
}

/* A removed device: what was under way to it is no crime, nor to its successor */
static bool removed_under_way(void)
{
	struct fixture f;
	struct va_device_config cfg = { .device_id = 1, .num_queues = 2, .ops = &blk_ops };
	struct va_device *dev;

	CHECK(fixture_make(&f, NULL));
	CHECK(do_setup(&f, 1, 64));
	CHECK(do_submit(&f, 0, 0, test_zeroes, 16, 1));
	va_device_remove(f.b.dev);
	CHECK(f.b.stopped == 1);
	pump(&f);
	CHECK(stat_of(&f, VA_STAT_drop_epoch) == 1);
	cfg.opaque = &f.b;
	CHECK(!va_device_add(f.link, 5, &cfg, &dev));
	f.b.dev = dev;
	CHECK(do_submit(&f, 0, 1, test_zeroes, 16, 1));
	pump(&f);
	CHECK(stat_of(&f, VA_STAT_drop_epoch) == 2);
	CHECK(stat_of(&f, VA_STAT_violations) == 0);
	return fixture_free(&f);
}

/* A guest that asks and does not listen gets eight answers and no more */
static bool no_control_credit(void)
{
	struct fixture f;
	struct vargo_msg ping = { .type = VIRTIO_ARGO_TYPE_BUS,
				  .id = VIRTIO_ARGO_BUS_PING };
	uint8_t byte = 0;
	unsigned int i, pongs;

	CHECK(fixture_make(&f, NULL));
	CHECK(do_hello(&f));
	f.g.frozen = true;
	for (i = 0; i < 100; i++) {
		byte++;
		CHECK(!guest_send(&f.g, &ping));
		CHECK(!va_device_set_config(f.b.dev, 0, &byte, 1));
		pump(&f);
	}
	CHECK(f.g.ctrl_consumed == VIRTIO_ARGO_CTRL_WINDOW);
	/* Sixteen wait behind those that were sent, the rest was not carried out */
	for (i = pongs = 0; i < f.g.num_msgs; i++)
		pongs += f.g.msgs[i].id == VIRTIO_ARGO_BUS_PING;
	CHECK(stat_of(&f, VA_STAT_rx_control) == pongs + 16);
	CHECK(stat_of(&f, VA_STAT_drop_answer) == 100 - pongs - 16);
	CHECK(va_link_timeout(f.link) == -1);
	f.g.num_msgs = 0;
	f.g.frozen = false;
	guest_credit(&f.g);
	pump(&f);
	/* The answers that waited, and one event for all the changes */
	for (i = 0; i < f.g.num_msgs; i++) {
		if (f.g.msgs[i].id == VIRTIO_ARGO_EVENT_CONFIG)
			break;
	}
	CHECK(i == f.g.num_msgs - 1);
	CHECK(f.g.msgs[i].config.data[0] == byte);
	CHECK(stat_of(&f, VA_STAT_violations) == 0);
	return fixture_free(&f);
}

/* Requests that are not the driver's to send */
static bool out_of_place(void)
{
	struct fixture f;
	struct vargo_msg m = { .type = VIRTIO_ARGO_TYPE_BUS,
			       .id = VIRTIO_ARGO_BUS_READY };
	uint8_t buf[VIRTIO_ARGO_MSG_MAX] = { 0 };
	int len;

	CHECK(fixture_make(&f, NULL));
	CHECK(do_setup(&f, 1, 64));
	len = vargo_msg_encode(&m, buf, sizeof(buf));
	guest_frame(&f.g, VIRTIO_ARGO_MT_CONTROL, buf, len);
	buf[0] = 0xff;
	guest_frame(&f.g, VIRTIO_ARGO_MT_CONTROL, buf, sizeof(buf));
	m = guest_hello_msg(&f.g);
	f.g.session--;
	len = vargo_msg_encode(&m, buf, sizeof(buf));
	guest_frame(&f.g, VIRTIO_ARGO_MT_CONTROL, buf, len);
	m = (struct vargo_msg){ .type = 1, .id = VIRTIO_ARGO_GET_STATUS, .dev = 5 };
	len = vargo_msg_encode(&m, buf, sizeof(buf));
	guest_frame(&f.g, VIRTIO_ARGO_MT_CONTROL, buf, len);
	guest_frame(&f.g, VIRTIO_ARGO_MT_CONTROL, buf, 3);
	pump(&f);
	CHECK(stat_of(&f, VA_STAT_drop_control) == 5);
	CHECK(stat_of(&f, VA_STAT_violations) == 0);
	CHECK(f.g.ctrl_sent - f.g.ctrl_acked < VIRTIO_ARGO_CTRL_WINDOW / 2);
	CHECK(f.up == 1);
	return fixture_free(&f);
}

const struct test_case control_cases[] = {
	{ "control: enumeration and device info", enumeration },
	{ "control: features are masked and validated", features },
	{ "control: features are set by parts", features_by_parts },
	{ "control: config space, writes and events", config },
	{ "control: queues", queues },
	{ "control: queue bounds", queue_bounds },
	{ "control: status", status },
	{ "control: devices come and go", device_events },
	{ "control: devices are asked for and told of", devices_asked_and_told },
	{ "control: PDUs to a removed device", removed_under_way },
	{ "control: without control credit", no_control_credit },
	{ "control: malformed and misdirected messages", out_of_place },
	{ NULL, NULL }
};
