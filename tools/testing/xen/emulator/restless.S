/* SPDX-License-Identifier: GPL-2.0 */
/*
 * restless: a PVH guest that does nothing but leave itself: it reads a port that Xen
 * emulates, and says on Xen's console after each EXITS reads that it lives.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include "../pvh.h"

start:
1:	mov	$EXITS, %ecx
2:	inb	$0x61, %al
	dec	%ecx
	jnz	2b
	mov	$text, %esi
3:	lodsb
	test	%al, %al
	jz	1b
	outb	%al, $0xe9
	jmp	3b

	.data
text:	.asciz "restless: round\n"
