/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The live instance: this kernel's own access to Argo.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#ifndef _DRIVERS_XEN_ARGO_MAIN_H
#define _DRIVERS_XEN_ARGO_MAIN_H

#include "argo.h"

struct argo_live {
	struct xen_argo *argo;
	int irq;		/* VIRQ_ARGO's */
};

/* hypercall.c */
extern const struct argo_hypervisor_ops argo_hypercall_ops;
int argo_hypercall_probe(void);

#endif /* _DRIVERS_XEN_ARGO_MAIN_H */
