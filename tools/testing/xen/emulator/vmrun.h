/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What vmrun.S has, and what it uses of vmrun.c.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#ifndef VMRUN_H
#define VMRUN_H

#include <stdint.h>

extern char guest_code[], guest_isr[], tick_entry[], fault_entry[];
extern uint64_t guest_gdt[3], guest_idt[256];
extern uint32_t guest_got, guest_twice;
extern uint64_t ticks;

/* Returns when the guest has left; the host is interrupted then, if it is to be */
void run_guest(void *vmcb);

#endif /* VMRUN_H */
