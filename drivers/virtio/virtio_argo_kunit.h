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
#include <linux/jiffies.h>

/* Wait until @cond, for what takes no time in a good case */
#define eventually(cond) ({						\
	unsigned long __end = jiffies + 30 * HZ;			\
	bool __ok;							\
									\
	while (!(__ok = (cond)) && time_before(jiffies, __end))		\
		usleep_range(500, 1000);				\
	__ok;								\
})

#endif /* _VIRTIO_ARGO_KUNIT_H */
