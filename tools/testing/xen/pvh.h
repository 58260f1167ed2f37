/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The head of a PVH guest in assembler: Xen starts it at start, in 32-bit protected
 * mode without paging. VMMCALL is AMD's instruction, which is what QEMU emulates.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
	.section .note, "a", @note
	.long 4, 4, 18			/* XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz "Xen"
	.long start

	.text
	.code32
	.globl start
