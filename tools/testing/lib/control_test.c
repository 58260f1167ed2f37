// SPDX-License-Identifier: GPL-2.0
/*
 * Control messages and events.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <errno.h>
#include <stdio.h>
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

/* FAILED is told once, and not of a status that lacks a bit */
static bool gives_up(void)
{
	struct fixture f;
	uint8_t now;

	CHECK(fixture_make(&f, NULL));
	CHECK(do_hello(&f));
	CHECK(do_status(&f, 0, &now) && do_status(&f, 3, &now));
	CHECK(do_status(&f, 0x81, &now) && now == 3 && !f.b.given_up);
	CHECK(do_status(&f, 0x83, &now) && now == 0x83 && f.b.given_up == 1);
	CHECK(do_status(&f, 0x83, &now) && now == 0x83 && f.b.given_up == 1);
	CHECK(do_status(&f, 0, &now) && do_status(&f, 0x80, &now) && f.b.given_up == 2);
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

/* ------------------------------------------------------------------------ */
/* The specification's table of requests and states */

enum state { BEFORE, SET_UP, RUNNING, STATES };

enum fate {
	DROPPED,
	ANSWERED,
	SHORTENED,	/* config.len is less than was asked for */
	REFUSED,	/* config.len is 0 */
	NO_QUEUE,	/* vq.max is 0 */
};

#define ALL(fate)	{ fate, fate, fate }

static const struct row {
	const char *what;
	struct vargo_msg ask;
	enum fate fate[STATES];
} table[] = {
	{ "GET_DEVICES", { .type = 2, .id = VIRTIO_ARGO_BUS_GET_DEVICES,
			   .devices.count = 64 }, ALL(ANSWERED) },
	{ "PING", { .type = 2, .id = VIRTIO_ARGO_BUS_PING }, ALL(ANSWERED) },
	{ "GET_DEVICE_INFO", { .id = VIRTIO_ARGO_GET_DEVICE_INFO }, ALL(ANSWERED) },
	{ "GET_FEATURES", { .id = VIRTIO_ARGO_GET_FEATURES, .features.num = 8 },
	  ALL(ANSWERED) },
	{ "GET_CONFIG", { .id = VIRTIO_ARGO_GET_CONFIG, .config.len = 64 }, ALL(ANSWERED) },
	{ "GET_STATUS", { .id = VIRTIO_ARGO_GET_STATUS }, ALL(ANSWERED) },
	{ "GET_VQUEUE", { .id = VIRTIO_ARGO_GET_VQUEUE }, ALL(ANSWERED) },
	{ "GET_CONFIG partly outside", { .id = VIRTIO_ARGO_GET_CONFIG,
		.config = { .offset = 60, .len = 8 } }, ALL(SHORTENED) },
	{ "GET_CONFIG outside", { .id = VIRTIO_ARGO_GET_CONFIG,
		.config = { .offset = 64, .len = 8 } }, ALL(REFUSED) },
	{ "GET_VQUEUE of none", { .id = VIRTIO_ARGO_GET_VQUEUE,
		.vq.index = BLK_QUEUES }, ALL(NO_QUEUE) },
	{ "SET_FEATURES", { .id = VIRTIO_ARGO_SET_FEATURES,
		.features = { .num = 2, .block = { 0x200, 1 } } },
	  { ANSWERED, DROPPED, DROPPED } },
	{ "SET_FEATURES not offered", { .id = VIRTIO_ARGO_SET_FEATURES,
		.features = { .num = 3, .block = { ~0u, ~0u, ~0u } } },
	  { ANSWERED, DROPPED, DROPPED } },
	{ "SET_CONFIG", { .id = VIRTIO_ARGO_SET_CONFIG, .config.len = 64 }, ALL(ANSWERED) },
	{ "SET_CONFIG partly outside", { .id = VIRTIO_ARGO_SET_CONFIG,
		.config = { .offset = 60, .len = 8 } }, ALL(REFUSED) },
	{ "SET_CONFIG outside", { .id = VIRTIO_ARGO_SET_CONFIG,
		.config = { .offset = 64, .len = 1 } }, ALL(REFUSED) },
	{ "SET_CONFIG of nothing", { .id = VIRTIO_ARGO_SET_CONFIG }, ALL(REFUSED) },
	{ "SET_STATUS 0", { .id = VIRTIO_ARGO_SET_STATUS, .status.epoch = 1 },
	  ALL(ANSWERED) },
	{ "SET_STATUS 1", { .id = VIRTIO_ARGO_SET_STATUS, .status.status = 1 },
	  ALL(ANSWERED) },
	{ "SET_STATUS 15", { .id = VIRTIO_ARGO_SET_STATUS, .status.status = 15 },
	  ALL(ANSWERED) },
	{ "SET_STATUS 255", { .id = VIRTIO_ARGO_SET_STATUS, .status.status = 255 },
	  ALL(ANSWERED) },
	{ "SET_STATUS 256", { .id = VIRTIO_ARGO_SET_STATUS, .status.status = 256 },
	  ALL(DROPPED) },
	{ "SET_STATUS 256 + 15", { .id = VIRTIO_ARGO_SET_STATUS,
		.status.status = 0x10f }, ALL(DROPPED) },
	{ "SET_VQUEUE", { .id = VIRTIO_ARGO_SET_VQUEUE,
		.vq = { .flags = 1, .size = 64 } }, { DROPPED, ANSWERED, DROPPED } },
	{ "SET_VQUEUE of none", { .id = VIRTIO_ARGO_SET_VQUEUE,
		.vq = { .index = BLK_QUEUES, .flags = 1, .size = 64 } }, ALL(DROPPED) },
	{ "SET_VQUEUE, size 0", { .id = VIRTIO_ARGO_SET_VQUEUE,
		.vq.flags = 1 }, ALL(DROPPED) },
	{ "SET_VQUEUE above max", { .id = VIRTIO_ARGO_SET_VQUEUE,
		.vq = { .flags = 1, .size = VA_QUEUE_SIZE_MAX + 1 } }, ALL(DROPPED) },
	{ "SET_VQUEUE without flag", { .id = VIRTIO_ARGO_SET_VQUEUE,
		.vq.size = 64 }, ALL(DROPPED) },
	{ "RESET_VQUEUE", { .id = VIRTIO_ARGO_RESET_VQUEUE }, ALL(DROPPED) },
	{ "GET_STATUS of none", { .id = VIRTIO_ARGO_GET_STATUS, .dev = 6 }, ALL(DROPPED) },
	{ "SET_STATUS of none", { .id = VIRTIO_ARGO_SET_STATUS, .dev = 6 }, ALL(DROPPED) },
	{ "EVENT_CONFIG", { .id = VIRTIO_ARGO_EVENT_CONFIG }, ALL(DROPPED) },
	{ "EVENT_DEVICE", { .type = 2, .id = VIRTIO_ARGO_BUS_EVENT_DEVICE,
			    .event_device.state = 1 }, ALL(DROPPED) },
	{ "a response", { .type = 1, .id = VIRTIO_ARGO_GET_STATUS }, ALL(DROPPED) },
};

static bool bring_to(struct fixture *f, enum state state)
{
	uint8_t now;

	CHECK(do_device(f, 1, 64));
	if (state == RUNNING)
		return true;
	CHECK(do_status(f, 0, &now) && !now);
	return state == BEFORE || do_device_until_ok(f);
}

static enum fate fate_of(struct fixture *f, const struct row *row)
{
	uint64_t dropped = stat_of(f, VA_STAT_drop_control);
	struct vargo_msg ask = row->ask, a;

	if (!(ask.type & VIRTIO_ARGO_TYPE_BUS) && !ask.dev)
		ask.dev = f->g.dev;
	if (ask.type & VIRTIO_ARGO_TYPE_RESPONSE || ask.id & 0x40) {
		uint8_t buf[VIRTIO_ARGO_MSG_MAX];
		int len = vargo_msg_encode(&ask, buf, sizeof(buf));

		CHECK(len > 0 && !guest_frame(&f->g, VIRTIO_ARGO_MT_CONTROL, buf, len));
		pump(f);
	} else if (do_request(f, &ask, &a)) {
		CHECK(stat_of(f, VA_STAT_drop_control) == dropped);
		if (ask.id == VIRTIO_ARGO_GET_VQUEUE && !a.vq.max)
			return NO_QUEUE;
		if (ask.id != VIRTIO_ARGO_GET_CONFIG && ask.id != VIRTIO_ARGO_SET_CONFIG)
			return ANSWERED;
		if (!a.config.len)
			return REFUSED;
		return a.config.len < row->ask.config.len ? SHORTENED : ANSWERED;
	}
	CHECK(stat_of(f, VA_STAT_drop_control) == dropped + 1);
	return DROPPED;
}

static bool requests_and_states(void)
{
	struct fixture f;
	enum state state;
	unsigned int i;
	char text[64];
	bool failed;

	CHECK(fixture_make(&f, NULL));
	CHECK(do_hello(&f));
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		for (state = BEFORE; state < 2 * STATES; state++) {
			/* A device that needs a reset is asked and answers as before */
			failed = state >= STATES;
			snprintf(text, sizeof(text), "%s in state %u", table[i].what, state);
			test_context = text;
			CHECK(bring_to(&f, state % STATES));
			if (failed) {
				va_device_fail(f.b.dev);
				pump(&f);
			}
			CHECK(fate_of(&f, &table[i]) == table[i].fate[state % STATES]);
		}
	}
	test_context = NULL;
	CHECK(!stat_of(&f, VA_STAT_violations) && stat_of(&f, VA_STAT_sessions) == 1);
	return fixture_free(&f);
}

/* What a status becomes, from nothing and with good features */
static bool status_bits(void)
{
	static const struct { uint8_t set, now; } wrong[] = {
		{ 1, 1 }, { 2, 2 }, { 4, 0 }, { 7, 3 }, { 8, 8 }, { 12, 12 }, { 15, 15 },
		{ 0x10, 0 }, { 0x20, 0 }, { 0x33, 3 }, { 0x40, 0 }, { 0x4f, 15 },
		{ 0x80, 0x80 }, { 0xff, 0x8f },
	};
	struct vargo_msg ask = { .id = VIRTIO_ARGO_SET_FEATURES, .dev = 5 }, a;
	struct fixture f;
	unsigned int i;
	uint8_t now;

	CHECK(fixture_make(&f, NULL));
	CHECK(do_hello(&f));
	ask.features.num = 2;
	ask.features.block[1] = 1;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		CHECK(do_status(&f, 0, &now) && !now);
		CHECK(do_request(&f, &ask, &a));
		CHECK(do_status(&f, wrong[i].set, &now));
		if (now != wrong[i].now)
			test_note("status %#x became %#x", wrong[i].set, now);
		CHECK(now == wrong[i].now);
		/* Without features the same without FEATURES_OK and what needs it */
		CHECK(do_status(&f, 0, &now) && do_status(&f, wrong[i].set, &now));
		CHECK(now == (wrong[i].now & ~12));
	}
	return fixture_free(&f);
}

static bool device_events(void)
{
	struct fixture f;
	struct va_device_config cfg = {
		.device_id = 1, .uuid = { 1 }, .num_queues = 2, .ops = &blk_ops,
	};
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
	/* Its identity is another device's, then none, and then its number is taken */
	CHECK(va_device_add(f.link, -1, &cfg, &dev) == -EEXIST);
	cfg.uuid[0] = 0;
	CHECK(va_device_add(f.link, -1, &cfg, &dev) == -EINVAL);
	cfg.uuid[15] = 1;
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
	struct va_device_config cfg = {
		.device_id = 1, .uuid = { 1 }, .num_queues = 1, .ops = &blk_ops,
	};
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
	struct va_device_config cfg = {
		.device_id = 1, .uuid = { 1 }, .num_queues = 2, .ops = &blk_ops,
	};
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
	{ "control: a driver that gives up", gives_up },
	{ "control: features are set by parts", features_by_parts },
	{ "control: config space, writes and events", config },
	{ "control: queues", queues },
	{ "control: queue bounds", queue_bounds },
	{ "control: status", status },
	{ "control: each bit of a status", status_bits },
	{ "control: each request in each state", requests_and_states },
	{ "control: devices come and go", device_events },
	{ "control: devices are asked for and told of", devices_asked_and_told },
	{ "control: PDUs to a removed device", removed_under_way },
	{ "control: without control credit", no_control_credit },
	{ "control: malformed and misdirected messages", out_of_place },
	{ NULL, NULL }
};
