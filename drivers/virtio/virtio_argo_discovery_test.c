// SPDX-License-Identifier: GPL-2.0
/*
 * VirtIO over Argo: KUnit tests of links that firmware describes.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * Software nodes stand for a device tree or ACPI: the driver reads them all
 * through the same functions.
 */
#include <linux/platform_device.h>
#include <linux/property.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "virtio_argo.h"
#include "virtio_argo_kunit.h"

#define GUEST		6
#define BACKEND		3
#define PORT		0x4321
#define RING_LEN	(16 * 4096 - 64)
#define NODES		3

struct discovery_test {
	struct kunit_xen xen;
	struct platform_device *node[NODES];
	struct vargo_bus *bus[NODES];
};

/* A device with these properties, and the link that they make or an error. */
static int find(struct kunit *test, unsigned int n, const struct property_entry *properties)
{
	struct discovery_test *t = test->priv;
	const struct platform_device_info info = {
		.name = "virtio_argo_kunit_node",
		.id = n,
		.properties = properties,
	};
	struct vargo_bus *bus;

	KUNIT_ASSERT_NULL(test, t->bus[n]);
	if (t->node[n])
		platform_device_unregister(t->node[n]);
	t->node[n] = platform_device_register_full(&info);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t->node[n]);
	bus = vargo_bus_from_properties(t->xen.guest, &t->node[n]->dev);
	if (IS_ERR(bus))
		return PTR_ERR(bus);
	t->bus[n] = bus;
	return 0;
}

#define DOMID(n)	PROPERTY_ENTRY_U32("xen,backend-domid", (n))
#define ARGO_PORT(n)	PROPERTY_ENTRY_U32("xen,argo-port", (n))
#define RING_SIZE(n)	PROPERTY_ENTRY_U32("xen,ring-size", (n))

#define OUTAGE(n)	PROPERTY_ENTRY_U32("xen,outage-timeout", (n))

#define FIND(n, ...) ({							\
	const struct property_entry __properties[] = { __VA_ARGS__, {} };	\
	find(test, n, __properties);					\
})

static const struct vargo_link_config *config(struct kunit *test, unsigned int n)
{
	struct discovery_test *t = test->priv;

	return &t->bus[n]->link->config;
}

static void discovery_all_properties(struct kunit *test)
{
	struct discovery_test *t = test->priv;

	KUNIT_ASSERT_EQ(test, FIND(0, DOMID(BACKEND), ARGO_PORT(PORT), RING_SIZE(RING_LEN),
				   OUTAGE(90)), 0);
	KUNIT_EXPECT_EQ(test, config(test, 0)->backend, BACKEND);
	KUNIT_EXPECT_EQ(test, config(test, 0)->port, PORT);
	KUNIT_EXPECT_EQ(test, config(test, 0)->ring_len, RING_LEN);
	KUNIT_EXPECT_EQ(test, t->bus[0]->config.outage_timeout, 90);
}

static void discovery_defaults(struct kunit *test)
{
	struct discovery_test *t = test->priv;

	KUNIT_ASSERT_EQ(test, FIND(0, DOMID(0)), 0);
	KUNIT_EXPECT_EQ(test, config(test, 0)->backend, 0);
	KUNIT_EXPECT_EQ(test, config(test, 0)->port, VIRTIO_ARGO_PORT_BASE);
	KUNIT_EXPECT_EQ(test, config(test, 0)->ring_len, VARGO_RING_DEFAULT);
	KUNIT_EXPECT_EQ(test, t->bus[0]->config.outage_timeout, 0);
}

/* A size that is no number of pages is rounded up, Argo's header included */
static void discovery_rounds_the_ring(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, FIND(0, DOMID(0), RING_SIZE(SZ_64K)), 0);
	KUNIT_EXPECT_EQ(test, config(test, 0)->ring_len, SZ_64K + 4096 - 64);
}

static void discovery_bad_values(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, FIND(0, ARGO_PORT(PORT)), -EINVAL);
	KUNIT_EXPECT_EQ(test, FIND(0, DOMID(DOMID_SELF)), -EINVAL);
	KUNIT_EXPECT_EQ(test, FIND(0, DOMID(0x10000)), -EINVAL);
	KUNIT_EXPECT_EQ(test, FIND(0, DOMID(0), ARGO_PORT(0)), -EINVAL);
	KUNIT_EXPECT_EQ(test, FIND(0, DOMID(0), RING_SIZE(0)), -EINVAL);
	KUNIT_EXPECT_EQ(test, FIND(0, DOMID(0), RING_SIZE(1)), -EINVAL);
	KUNIT_EXPECT_EQ(test, FIND(0, DOMID(0), RING_SIZE(SZ_1G)), -EINVAL);
	KUNIT_EXPECT_EQ(test, FIND(0, DOMID(0), RING_SIZE(U32_MAX)), -EINVAL);
}

static void discovery_not_a_number(struct kunit *test)
{
	KUNIT_EXPECT_LT(test, FIND(0, PROPERTY_ENTRY_STRING("xen,backend-domid", "dom0")), 0);
	KUNIT_EXPECT_LT(test, FIND(0, DOMID(0), PROPERTY_ENTRY_BOOL("xen,ring-size")), 0);
	KUNIT_EXPECT_LT(test, FIND(0, DOMID(0), PROPERTY_ENTRY_BOOL("xen,outage-timeout")), 0);
}

/* Of two nodes for one link the second is refused, and a third link is made */
static void discovery_twice(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, FIND(0, DOMID(BACKEND), ARGO_PORT(PORT)), 0);
	KUNIT_EXPECT_EQ(test, FIND(1, DOMID(BACKEND), ARGO_PORT(PORT)), -EEXIST);
	KUNIT_EXPECT_EQ(test, FIND(1, DOMID(BACKEND), ARGO_PORT(PORT + 1)), 0);
	KUNIT_EXPECT_EQ(test, FIND(2, DOMID(BACKEND + 1), ARGO_PORT(PORT)), 0);
}

/* A link that moves must not become another one's double */
static void discovery_moves(struct kunit *test)
{
	struct discovery_test *t = test->priv;

	KUNIT_ASSERT_EQ(test, FIND(0, DOMID(BACKEND), ARGO_PORT(PORT)), 0);
	KUNIT_ASSERT_EQ(test, FIND(1, DOMID(BACKEND + 1), ARGO_PORT(PORT)), 0);
	vargo_bus_move(t->bus[1], BACKEND);
	KUNIT_EXPECT_EQ(test, t->bus[1]->link->moved_to, BACKEND + 1);
	vargo_bus_move(t->bus[1], DOMID_SELF);
	KUNIT_EXPECT_EQ(test, t->bus[1]->link->moved_to, BACKEND + 1);
	vargo_bus_move(t->bus[0], BACKEND + 2);
	vargo_bus_move(t->bus[1], BACKEND);
	KUNIT_EXPECT_EQ(test, t->bus[1]->link->moved_to, BACKEND);
	KUNIT_EXPECT_EQ(test, FIND(2, DOMID(BACKEND + 2), ARGO_PORT(PORT)), -EEXIST);
	KUNIT_EXPECT_EQ(test, FIND(2, DOMID(BACKEND + 1), ARGO_PORT(PORT)), 0);
}

/* Our HELLO comes back to us, and the link says so instead of waiting for ever */
static void discovery_own_domid(struct kunit *test)
{
	struct discovery_test *t = test->priv;

	KUNIT_ASSERT_EQ(test, FIND(0, DOMID(GUEST)), 0);
	KUNIT_EXPECT_TRUE(test, eventually(READ_ONCE(t->bus[0]->link->last_error) == -ELOOP));
	KUNIT_EXPECT_EQ(test, vargo_link_session(t->bus[0]->link), 0);
}

static void discovery_parameter(struct kunit *test)
{
	struct property_entry e[VARGO_NR_PROPERTIES + 1];
	static const char * const bad[] = {
		"", "x", "0:", ":1", "0:1:2:3", "0:1:", "-1", "4294967296", "0 1",
		"0000000000000000000000000000000000000000000000000000000000000000",
	};
	unsigned int i;

	KUNIT_ASSERT_EQ(test, vargo_properties_parse("7", PORT, e), 0);
	KUNIT_EXPECT_EQ(test, find(test, 0, e), 0);
	KUNIT_EXPECT_EQ(test, config(test, 0)->backend, 7);
	KUNIT_EXPECT_EQ(test, config(test, 0)->port, PORT);
	KUNIT_EXPECT_EQ(test, config(test, 0)->ring_len, VARGO_RING_DEFAULT);

	KUNIT_ASSERT_EQ(test, vargo_properties_parse("7:0x20:65472", PORT, e), 0);
	KUNIT_EXPECT_EQ(test, find(test, 1, e), 0);
	KUNIT_EXPECT_EQ(test, config(test, 1)->port, 0x20);
	KUNIT_EXPECT_EQ(test, config(test, 1)->ring_len, 65472);

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_EQ_MSG(test, vargo_properties_parse(bad[i], PORT, e), -EINVAL,
				    "\"%s\"", bad[i]);
}

static int discovery_test_init(struct kunit *test)
{
	struct discovery_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	test->priv = t;
	kunit_xen_init(test, &t->xen, GUEST, BACKEND);
	return 0;
}

static void discovery_test_exit(struct kunit *test)
{
	struct discovery_test *t = test->priv;
	unsigned int i;

	if (!t)
		return;
	for (i = 0; i < NODES; i++) {
		if (t->bus[i])
			vargo_bus_destroy(t->bus[i]);
		if (!IS_ERR_OR_NULL(t->node[i]))
			platform_device_unregister(t->node[i]);
	}
	kunit_xen_exit(&t->xen);
}

static struct kunit_case discovery_cases[] = {
	KUNIT_CASE(discovery_all_properties),
	KUNIT_CASE(discovery_defaults),
	KUNIT_CASE(discovery_rounds_the_ring),
	KUNIT_CASE(discovery_bad_values),
	KUNIT_CASE(discovery_not_a_number),
	KUNIT_CASE(discovery_twice),
	KUNIT_CASE(discovery_moves),
	KUNIT_CASE(discovery_own_domid),
	KUNIT_CASE(discovery_parameter),
	{}
};

static struct kunit_suite discovery_suite = {
	.name = "virtio_argo_discovery",
	.init = discovery_test_init,
	.exit = discovery_test_exit,
	.test_cases = discovery_cases,
};

kunit_test_suite(discovery_suite);
