// SPDX-License-Identifier: GPL-2.0
/*
 * vmrun: a hypervisor that is nothing but a loop around VMRUN, with a guest that is
 * nothing but a loop around an intercepted instruction, to see what QEMU's emulation
 * of SVM loses. A timer interrupts both, and every INJECT-th time the guest is given
 * an interrupt. What is not as it should be is printed, on the first serial port.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <stdint.h>

#include "vmrun.h"

#ifndef EXITS
#define EXITS 2000000
#endif
#ifndef INJECT
#define INJECT 3
#endif
#define TICK_NS 50000

#define EXIT_INTR 0x60
#define EXIT_IOIO 0x7b
#define EVENT_VALID 0x80000000u
#define EVENT_VECTOR 0x50
#define TICK_VECTOR 0x40

uint64_t ticks;		/* counted by tick_entry */
static _Alignas(4096) char vmcb[4096], hsave[4096], guest_stack[4096];
static _Alignas(4096) uint8_t iopm[12288], msrpm[8192];
static _Alignas(4096) uint64_t npt_pml4[512], npt_pdpt[512];
static _Alignas(16) uint64_t idt[256][2];
static uint64_t exits, interrupted, injected, wrong;

/* run_guest() has its address: what it holds is read anew behind each call. */
#define VMCB(type, offset) (*(type *)(vmcb + (offset)))
/* Offsets as in AMD's manual. */
#define VMCB_EXIT_CODE VMCB(uint64_t, 0x70)
#define VMCB_EXIT_INFO2 VMCB(uint64_t, 0x80)
#define VMCB_EXIT_INT_INFO VMCB(uint32_t, 0x88)
#define VMCB_EVENT_INJ VMCB(uint32_t, 0xa8)
#define VMCB_CS VMCB(uint16_t, 0x410)
#define VMCB_RFLAGS VMCB(uint64_t, 0x570)
#define VMCB_RIP VMCB(uint64_t, 0x578)
#define VMCB_RAX VMCB(uint64_t, 0x5f8)

static void outb(uint16_t port, uint8_t value)
{
	asm volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static void wrmsr(uint32_t msr, uint64_t value)
{
	asm volatile("wrmsr" : : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)));
}

static uint8_t inb(uint16_t port)
{
	uint8_t value;

	asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static void words(const char *s)
{
	for (; *s; s++) {
		while (!(inb(0x3fd) & 0x20))
			;
		outb(0x3f8, *s);
	}
}

static void number(const char *name, uint64_t value, unsigned int base)
{
	char digits[24], *p = digits + sizeof(digits) - 1;

	*p = 0;
	do
		*--p = "0123456789abcdef"[value % base];
	while (value /= base);
	words(" ");
	words(name);
	words(base == 16 ? " 0x" : " ");
	words(p);
}

static void figures(const char *what)
{
	words(what);
	number("exits", exits, 10);
	number("interrupted", interrupted, 10);
	number("injected", injected, 10);
	number("ticks", __atomic_load_n(&ticks, __ATOMIC_RELAXED), 10);
	number("wrong", wrong, 10);
	words("\n");
}

/* -no-reboot ends QEMU when the machine is reset. */
static _Noreturn void end(void)
{
	figures("end:");
	outb(0xcf9, 6);
	for (;;)
		asm volatile("hlt");
}

_Noreturn void host_fault(uint64_t *stack)
{
	words("the host faults:");
	number("stack", stack[0], 16);
	number("", stack[1], 16);
	wrong++;
	end();
}

static void guest_begins(void)
{
	static const uint16_t segments[4][2] = {
		{ 16, 0xc93 }, { 8, 0xc9b }, { 16, 0xc93 }, { 16, 0xc93 } };
	int i;

	for (i = 0; i < 4; i++) {
		VMCB(uint16_t, 0x400 + 16 * i) = segments[i][0];
		VMCB(uint16_t, 0x402 + 16 * i) = segments[i][1];
		VMCB(uint32_t, 0x404 + 16 * i) = -1;
	}
	VMCB(uint32_t, 0x464) = 23;
	VMCB(uint64_t, 0x468) = (uintptr_t)guest_gdt;
	VMCB(uint32_t, 0x484) = 256 * 8 - 1;
	VMCB(uint64_t, 0x488) = (uintptr_t)guest_idt;
	VMCB(uint64_t, 0x4d0) = 0x1000;		/* EFER.SVME */
	VMCB(uint64_t, 0x548) = 0;		/* CR4 */
	VMCB(uint64_t, 0x550) = 0;		/* CR3 */
	VMCB(uint64_t, 0x558) = 0x11;		/* CR0: ET, PE */
	VMCB(uint64_t, 0x560) = 0x400;		/* DR7 */
	VMCB(uint64_t, 0x568) = 0xffff0ff0;	/* DR6 */
	VMCB(uint64_t, 0x5d8) = (uintptr_t)guest_stack + sizeof(guest_stack);
	VMCB_RFLAGS = 0x202;
	VMCB_RIP = (uintptr_t)guest_code;
	guest_got = injected;
	guest_twice = 0;
}

static void guest_is_wrong(const char *what)
{
	wrong++;
	words(what);
	number("code", VMCB_EXIT_CODE, 16);
	number("rip", VMCB_RIP, 16);
	number("cs", VMCB_CS, 16);
	number("rax", VMCB_RAX, 16);
	number("got", guest_got, 10);
	number("twice", guest_twice, 10);
	figures("");
	guest_begins();
}

static void apic_write(uint32_t offset, uint32_t value)
{
	__atomic_store_n((uint32_t *)(uintptr_t)(0xfee00000 + offset), value, __ATOMIC_RELAXED);
}

static void host_begins(void)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) idtr = { sizeof(idt) - 1, (uintptr_t)idt };
	uint64_t entry = (uintptr_t)guest_isr;
	int i;

	for (i = 0; i <= TICK_VECTOR; i++) {
		uint64_t to = (uintptr_t)(i < 32 ? fault_entry : tick_entry);

		idt[i][0] = (to & 0xffff) | 8 << 16 | 0x8e00ull << 32 | to >> 16 << 48;
	}
	asm volatile("lidt %0" : : "m"(idtr));
	outb(0x21, 0xff);
	outb(0xa1, 0xff);
	for (i = 0; i < 256; i++)
		guest_idt[i] = (entry & 0xffff) | 8 << 16 | 0x8e00ull << 32 | entry >> 16 << 48;
	for (i = 0; i < (int)sizeof(iopm); i++)
		iopm[i] = 0xff;
	for (i = 0; i < (int)sizeof(msrpm); i++)
		msrpm[i] = 0xff;
	npt_pml4[0] = (uintptr_t)npt_pdpt + 7;
	for (i = 0; i < 4; i++)
		npt_pdpt[i] = (uint64_t)i << 30 | 0x87;
	/* INTR, NMI, CPUID, HLT, IOIO, MSR, SHUTDOWN; VMRUN and its like */
	VMCB(uint32_t, 0xc) = 1 | 1 << 1 | 1 << 18 | 1 << 24 | 1 << 27 | 1 << 28 | 1u << 31;
	VMCB(uint32_t, 0x10) = 0x7f;
	VMCB(uint64_t, 0x40) = (uintptr_t)iopm;
	VMCB(uint64_t, 0x48) = (uintptr_t)msrpm;
	VMCB(uint32_t, 0x58) = 1;		/* ASID */
	VMCB(uint32_t, 0x60) = 1 << 24;		/* V_INTR_MASKING */
	VMCB(uint64_t, 0x90) = 1;		/* nested paging */
	VMCB(uint64_t, 0xb0) = (uintptr_t)npt_pml4;
	wrmsr(0xc0010117, (uintptr_t)hsave);
	apic_write(0xf0, 0x1ff);
	apic_write(0x3e0, 0xb);
	apic_write(0x320, 0x20000 | TICK_VECTOR);
	apic_write(0x380, TICK_NS);
}

void host(void)
{
	uint64_t rip;

	host_begins();
	guest_begins();
	while (exits < EXITS && wrong < 100) {
		if (INJECT && exits % INJECT == 0 && VMCB_RFLAGS & 0x200) {
			VMCB_EVENT_INJ = EVENT_VALID | EVENT_VECTOR;
			injected++;
		}
		run_guest(vmcb);
		rip = VMCB_RIP;
		exits++;
		switch (VMCB_EXIT_CODE) {
		case EXIT_INTR:
			interrupted++;
			if (VMCB_EXIT_INT_INFO & EVENT_VALID || VMCB_CS != 8 ||
			    VMCB_RIP - (uintptr_t)guest_code >= 4096)
				guest_is_wrong("interrupted:");
			break;
		case EXIT_IOIO:
			if (rip != (uintptr_t)guest_code || VMCB_CS != 8 ||
			    rip + 2 != VMCB_EXIT_INFO2 ||
			    guest_got != injected || guest_twice) {
				guest_is_wrong("in:");
				break;
			}
			VMCB_RIP = VMCB_EXIT_INFO2;
			VMCB_RAX = exits & 0xff;
			break;
		default:
			guest_is_wrong("unexpected:");
		}
		if (exits % 500000 == 0)
			figures("so far:");
	}
	end();
}
