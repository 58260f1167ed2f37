// SPDX-License-Identifier: GPL-2.0
/*
 * The table of operations over Xen's hypercall.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * Linux has no HYPERVISOR_argo_op() yet. These are the ways in which a module
 * can issue any hypercall: on x86 xen_single_call(), inline around an exported
 * trampoline, for PV, PVH and HVM guests alike; on Arm the exported
 * privcmd_call(). All arguments are virtual addresses of this kernel, or
 * numbers.
 */
#include <linux/interrupt.h>
#include <asm/xen/hypercall.h>

#include "main.h"

static int argo_op(unsigned int op, const void *arg1, const void *arg2, u32 arg3, u32 arg4)
{
	long ret;

#ifdef CONFIG_X86
	ret = xen_single_call(__HYPERVISOR_argo_op, op, (unsigned long)arg1,
			      (unsigned long)arg2, arg3, arg4);
#else
	ret = privcmd_call(__HYPERVISOR_argo_op, op, (unsigned long)arg1,
			   (unsigned long)arg2, arg3, arg4);
#endif
	/*
	 * Xen returns "ret < 0 ? ret : len" with an unsigned len: its -EAGAIN
	 * arrives here as 4294967285. Only 32 bits of the result mean anything.
	 */
	return (int)ret;
}

/**
 * argo_hypercall_probe() - ask whether this domain has Argo
 *
 * Return: 0 or what Xen answers to a notify without entries
 */
int argo_hypercall_probe(void)
{
	return argo_op(XEN_ARGO_OP_notify, NULL, NULL, 0, 0);
}

static int argo_op_register(struct xen_argo *argo, struct xen_argo_register_ring *reg,
			    xen_argo_gfn_t *gfns, u32 npages, u32 flags)
{
	return argo_op(XEN_ARGO_OP_register_ring, reg, gfns, npages, flags);
}

static int argo_op_unregister(struct xen_argo *argo, struct xen_argo_unregister_ring *unreg)
{
	return argo_op(XEN_ARGO_OP_unregister_ring, unreg, NULL, 0, 0);
}

static int argo_op_sendv(struct xen_argo *argo, struct xen_argo_send_addr *addr,
			 struct xen_argo_iov *iov, u32 niov, u32 type)
{
	return argo_op(XEN_ARGO_OP_sendv, addr, iov, niov, type);
}

static int argo_op_notify(struct xen_argo *argo, struct xen_argo_ring_data *data)
{
	return argo_op(XEN_ARGO_OP_notify, data, NULL, 0, 0);
}

static void argo_op_virq_mask(struct xen_argo *argo)
{
	struct argo_live *live = argo->priv;

	disable_irq_nosync(live->irq);
}

static void argo_op_virq_unmask(struct xen_argo *argo)
{
	struct argo_live *live = argo->priv;

	enable_irq(live->irq);
}

const struct argo_hypervisor_ops argo_hypercall_ops = {
	.register_ring = argo_op_register,
	.unregister_ring = argo_op_unregister,
	.sendv = argo_op_sendv,
	.notify = argo_op_notify,
	.virq_mask = argo_op_virq_mask,
	.virq_unmask = argo_op_virq_unmask,
};
