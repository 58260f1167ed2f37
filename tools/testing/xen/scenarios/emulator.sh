# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# How often does the emulator lose a guest? Two PVH guests do nothing but leave
# themselves, for LOAD_SECONDS (240); who dies is started again. No test of this
# project, and in no list of checks: it compares emulators, and their flags:
#
#	LOAD_SECONDS=600 LAB_QEMU=$(type -P qemu-system-x86_64) make xen-emulator
#	LAB_CPU=EPYC,-smap,-npt make xen-emulator
#
# Documentation/driver-api/xen-argo-lab.rst has what was found.
# shellcheck shell=bash disable=SC2034,SC2154

NEEDS=""
LOAD_SECONDS=${LOAD_SECONDS:-240}
TIMEOUT=$((LOAD_SECONDS * 2 + 300))
# That is what is counted.
ALLOW='Triple fault|triple fault'
ROUND=100000

host_prepare()
{
	gcc -m32 -nostdlib -static -DEXITS=$ROUND -Wl,-N,-Ttext=0x100000 \
		-Wl,--section-start=.note=0x110000,--build-id=none,-e,start \
		-Wl,--no-warn-rwx-segments -o "$run/restless" "$LAB_DIR/emulator/restless.S"
	add_file "$run/restless"
	echo "LOAD_SECONDS=$LOAD_SECONDS" >>"$run/tar/env"
}

begin()
{
	cat >"/run/lab/$1.cfg" <<-CFG
	name = "$1"
	type = "pvh"
	kernel = "/lab/files/restless"
	memory = 16
	vcpus = 1
	on_crash = "destroy"
	on_reboot = "destroy"
	$XL_MORE
	CFG
	xl create -q "/run/lab/$1.cfg" 9>&- >"/run/lab/$1.log" 2>&1
}

dom0_main()
{
	local name died=0 end

	end=$(($(cut -d. -f1 /proc/uptime) + LOAD_SECONDS))
	check "a guest begins to leave itself" begin one || return
	check "and another" begin two || return
	while [ "$(cut -d. -f1 /proc/uptime)" -lt "$end" ]; do
		sleep 2
		for name in one two; do
			xl domid $name >/dev/null 2>&1 && continue
			died=$((died + 1))
			begin $name
		done
	done
	fact died $died
	xl destroy one
	xl destroy two
}

host_check()
{
	local died rounds

	died=$(fact dom0 died)
	rounds=$(grep -c 'restless: round' "$run/xen.log")
	check "they did" test "$rounds" -gt 0
	awk -v d="$died" -v e=$((rounds * ROUND)) -v s="$LOAD_SECONDS" 'BEGIN {
		printf "# %d exits in %d s, %d guests lost: %.2f per million exits, %.0f per hour\n",
			e, s, d, e ? d * 1e6 / e : 0, d * 3600 / s }'
}
