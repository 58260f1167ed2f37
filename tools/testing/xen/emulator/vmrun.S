/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The start, the world switch and the guest of vmrun.c. QEMU's -kernel starts it
 * by multiboot, in 32-bit protected mode.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
	.section .head, "ax"
	.code32
	.balign 4
	.long 0x1badb002, 3, -(0x1badb002 + 3)
	.globl start
start:
	cli
	mov	$stack_end, %esp
	movl	$(pdpt + 7), pml4
	movl	$0x87, pdpt		/* 4 GiB, one to one */
	movl	$0x40000087, pdpt + 8
	movl	$0x80000087, pdpt + 16
	movl	$0xc0000087, pdpt + 24
	mov	$pml4, %eax
	mov	%eax, %cr3
	mov	$0x620, %eax		/* PAE, OSFXSR, OSXMMEXCPT */
	mov	%eax, %cr4
	mov	$0xc0000080, %ecx	/* EFER: NXE, SVME, LME */
	rdmsr
	or	$0x1900, %eax
	wrmsr
	mov	$0x80010033, %eax
	mov	%eax, %cr0
	lgdt	gdtr
	ljmp	$8, $1f
	.code64
1:	mov	$16, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	call	host
	ud2

	.globl tick_entry, fault_entry, run_guest
tick_entry:
	push	%rax
	incq	ticks(%rip)
	mov	$0xfee000b0, %eax	/* the APIC's EOI */
	movl	$0, (%rax)
	pop	%rax
	iretq
fault_entry:
	mov	%rsp, %rdi
	call	host_fault

/* run_guest(vmcb): as Xen does it. */
run_guest:
	push	%rbx
	push	%rbp
	mov	%rdi, %rax
	clgi
	sti
	vmrun	%rax
	cli
	stgi
	sti				/* what has interrupted the guest is taken here */
	nop
	nop
	cli
	pop	%rbp
	pop	%rbx
	ret

	.balign 8
gdt:	.quad 0, 0x00af9b000000ffff, 0x00cf93000000ffff
gdtr:	.word gdtr - gdt - 1
	.quad gdt

	.section .guest, "awx"
	.balign 4096
	.code32
	.globl guest_code, guest_isr, guest_gdt, guest_idt, guest_got, guest_twice
guest_code:
	in	$0x80, %al
	nop
	inc	%ecx
	jmp	guest_code
guest_isr:
	cmpl	$guest_isr, (%esp)	/* has it interrupted itself, before its start? */
	jne	1f
	incl	guest_twice
1:	incl	guest_got
	iret
	.balign 8
guest_gdt: .quad 0, 0x00cf9b000000ffff, 0x00cf93000000ffff
guest_idt: .skip 256 * 8
guest_got: .long 0
guest_twice: .long 0

	.bss
	.balign 4096
pml4:	.skip 4096
pdpt:	.skip 4096
	.skip 16384
stack_end:
	.section .note.GNU-stack, "", @progbits
