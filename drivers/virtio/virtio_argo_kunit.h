/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the KUnit suites of VirtIO over Argo share.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#ifndef _VIRTIO_ARGO_KUNIT_H
#define _VIRTIO_ARGO_KUNIT_H

#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <xen/argo_fake.h>

/* Wait until @cond, for what takes no time in a good case */
#define eventually(cond) ({						\
	unsigned long __end = jiffies + 30 * HZ;			\
	bool __ok;							\
									\
	while (!(__ok = (cond)) && time_before(jiffies, __end))		\
		usleep_range(500, 1000);				\
	__ok;								\
})

/* A fake Xen with the two domains of a link */
struct kunit_xen {
	struct argo_fake *fake;
	struct xen_argo *guest;
	struct xen_argo *backend;
};

static inline void kunit_xen_init(struct kunit *test, struct kunit_xen *x,
				  domid_t guest, domid_t backend)
{
	x->fake = argo_fake_create();
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, x->fake);
	x->guest = argo_fake_add_domain(x->fake, guest);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, x->guest);
	x->backend = argo_fake_add_domain(x->fake, backend);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, x->backend);
}

/* Rings and waiters are gone */
static inline void kunit_xen_exit(struct kunit_xen *x)
{
	if (!IS_ERR_OR_NULL(x->fake))
		argo_fake_destroy(x->fake);
}

#endif /* _VIRTIO_ARGO_KUNIT_H */
