#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# vmrun.sh [QEMU [OPTION...]]: runs vmrun.c, which counts what QEMU's emulation of SVM
# does wrong, on the machine's QEMU or another one. EXITS=N of the guest, INJECT=N: every
# N-th time the guest gets an interrupt, 0: never. Fails if anything was wrong.
. "$(dirname "$0")/../host/common.sh"

if [ $# = 0 ]; then
	set -- qemu-system-x86_64
fi
dir=$BUILD_DIR/vmrun
mkdir -p "$dir"
flags=(-m64 -O1 -Wall -Wextra -ffreestanding -fno-pic -mno-red-zone -mgeneral-regs-only
	-fno-stack-protector -fcf-protection=none "-DEXITS=${EXITS:-2000000}"
	"-DINJECT=${INJECT:-3}")
gcc "${flags[@]}" -c -o "$dir/vmrun.o" "$LAB_DIR/emulator/vmrun.c"
gcc -m64 -c -o "$dir/start.o" "$LAB_DIR/emulator/vmrun.S"
ld -m elf_x86_64 -static -nostdlib -z max-page-size=4096 --no-warn-rwx-segments -N \
	-Ttext=0x110000 --section-start=.head=0x100000 -e start \
	-o "$dir/vmrun.64" "$dir/start.o" "$dir/vmrun.o"
# Multiboot takes 32-bit files only.
objcopy -O elf32-i386 "$dir/vmrun.64" "$dir/vmrun"
say "$(timeout 20 "$1" --version | head -n 1)"
"$@" -M q35 -cpu EPYC -m 64 -nodefaults -display none -no-reboot -serial stdio \
	-kernel "$dir/vmrun" 2>/dev/null </dev/null | tee "$dir/out"
grep -q '^end:.* wrong 0$' "$dir/out"
