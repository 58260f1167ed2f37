/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What our header takes from Linux's xen/interface/xen.h, in user space. The
 * numbers come from Linux itself, see abi.sh.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <stdint.h>

#define GUEST_HANDLE(name)	unsigned char *
typedef uint16_t domid_t;

#include "linux-numbers.h"
