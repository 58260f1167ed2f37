/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mortal: a PVH guest that registers RINGS rings for domain 0 to send to, and
 * powers off.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * A hypercall without Linux around it: number in eax, arguments in ebx, ecx, edx,
 * esi, edi.
 */
#define __HYPERVISOR_sched_op	29
#define __HYPERVISOR_argo_op	39
#define SCHEDOP_shutdown	2
#define XEN_ARGO_OP_register	1

#include "../pvh.h"

start:
	mov	$ring, %eax		/* without paging: the address is the frame's */
	shr	$12, %eax
	mov	%eax, gfn
	mov	$RINGS, %ebp
1:	test	%ebp, %ebp
	jz	2f
	mov	%ebp, reg		/* the port */
	mov	$__HYPERVISOR_argo_op, %eax
	mov	$XEN_ARGO_OP_register, %ebx
	mov	$reg, %ecx
	mov	$gfn, %edx
	mov	$1, %esi
	xor	%edi, %edi
	vmmcall
	test	%eax, %eax
	jnz	3f
	dec	%ebp
	jmp	1b
2:	mov	$__HYPERVISOR_sched_op, %eax
	mov	$SCHEDOP_shutdown, %ebx
	mov	$reason, %ecx
	vmmcall
3:	movl	$3, reason		/* a crash, for which there is a reason */
	jmp	2b

	.data
	.balign 8
gfn:	.long 0, 0
reg:	.long 0				/* port */
	.word 0, 0			/* partner, pad */
	.long 1024			/* bytes */
reason:	.long 0

	.bss
	.balign 4096
ring:	.skip 4096
