#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# run.sh SCENARIO [--ktap NAME] [--kernel FLAVOUR] [--shell] [--fetch]
#
# --fetch only downloads what the run needs.
#
# Runs scenarios/SCENARIO.sh: builds what it needs, boots QEMU (TCG) with Xen,
# dom0 and the guests that dom0 starts, and judges the run. What it leaves:
#   build/xen/NAME/            all consoles, result (NAME without "xen-")
#   build/ktap/NAME.ktap       the results (xen-SCENARIO by default)
# "result" holds PASS only after every console was searched and the scenario's
# checks on the host are done; it is written last.
#
# A scenario is a bash file that sets
#   NEEDS="argo bridge fio"    project modules, the bridge, fio for the guest;
#                              "hvm" for guests of type hvm; "argo-dev": that
#                              program, as /lab/files/argo-dev; "source": the
#                              kernel's, for host_prepare; "debian": what that
#                          makes a Debian guest of
#   TIMEOUT=300                seconds for QEMU
#   XEN=argo KERNEL=fast       hypervisor and kernel flavour
#   POLICY=lab                 Xen gets a Flask policy, see hypervisor/lab.te
#   ARCH=x86                   or arm64: host/machine-$ARCH.sh
#   DOM0_KERNEL=fast           dom0's kernel, if that is another one (x86)
#   DOM0LESS="a b"             guests that Xen makes itself at boot (arm64)
#   XEN_CMDLINE DOM0_CMDLINE GUEST_CMDLINE   appended
#   CPUS=2 MEMORY=3072     of the machine
#   DOM0_CPUS=1 DOM0_MEMORY=1280   of dom0; as long as there are not more
#                          virtual CPUs than real ones nobody spins in vain
#   ICOUNT=1                   virtual time instead of wall-clock (one CPU)
#   BASE=NAME                  the scenario is another one with other settings
#   ALLOW=REGEX                complaints in the consoles that are expected
# and functions, each optional but dom0_main:
#   host_prepare   on the host before: add_disk NAME FILE, add_file FILE,
#                  add_ssdt NAME <ASL
#   dom0_main      in dom0 (domain.sh, dom0/lib.sh)
#   guest_NAME     in the guest NAME, else guest_main (domain.sh, guest/lib.sh)
#   guest_shell    instead, when a console was asked for
#   host_check     on the host after power-off: ok, not_ok, check, fact
#   host_report    on the host before the last line: a table, say
# shellcheck disable=SC2317 # functions that scenarios call
# shellcheck disable=SC2034 # what host/machine-*.sh uses
. "$(dirname "$0")/common.sh"

arguments=("$@")
scenario=$1
shift
ktap=xen-$scenario
kernel_flavour=
shell=0
while [ $# -gt 0 ]; do
	case $1 in
	--ktap) ktap=$2; shift ;;
	--kernel) kernel_flavour=$2; shift ;;
	--shell) shell=1 ;;
	--fetch) export LAB_FETCH=1 ;;
	*) die "run.sh: $1?" ;;
	esac
	shift
done
# shellcheck disable=SC2153 # from common.sh
file=$LAB_DIR/scenarios/$scenario.sh
[ -r "$file" ] || die "no scenario '$scenario'; there are: $(cd "$LAB_DIR/scenarios" && echo *.sh | sed 's/\.sh//g')"

NEEDS='' TIMEOUT=300 XEN=argo KERNEL=fast XEN_CMDLINE='' DOM0_CMDLINE=''
GUEST_CMDLINE='' POLICY='' BASE='' CPUS=2 DOM0_CPUS=1 MEMORY=3072 DOM0_MEMORY=1280 ICOUNT=0 ALLOW=''
ARCH=x86 DOM0LESS='' DOM0_KERNEL=''
run=$BUILD_DIR/xen/${ktap#xen-}
disks=()
fio=

# add_disk NAME FILE [OPTIONS]: dom0 finds it with: disk NAME
add_disk()
{
	disks+=("if=none,id=$1,format=raw,cache=unsafe,file=$2${3:+,$3}"
		"$(machine_device blk),drive=$1,serial=$1")
}

# add_file FILE...: appears in dom0 as /lab/files/<name>
add_file()
{
	mkdir -p "$run/tar/files"
	cp -- "$@" "$run/tar/files/"
}

# add_ssdt NAME: compiles the ASL on standard input; start_guest's acpi=NAME
# hands it to a guest.
add_ssdt()
{
	mkdir -p "$run/tar/files"
	cat >"$run/$1.asl"
	iasl -p "$run/tar/files/$1" "$run/$1.asl" >"$run/$1.iasl.out" 2>&1 ||
		{ cat "$run/$1.iasl.out" >&2; die "iasl does not take $1.asl"; }
}

# fact WHO KEY: what a domain has called "fact KEY VALUE" with.
fact()
{
	awk -F'\t' -v who="$1" -v key="$2" '$1 == who && $2 == key { v = $3 } END { print v }' \
		"$run/facts"
}

host_result()
{
	printf '%s\thost\t%s\n' "$1" "$2" >>"$run/results"
	printf '%s %d host: %s\n' "$1" "$(cat "$run/results" "$run/told" | wc -l)" "$2"
}

ok()
{
	host_result ok "$*"
}

not_ok()
{
	host_result 'not ok' "$*"
}

check()
{
	local what=$1
	shift
	if "$@"; then
		ok "$what"
	else
		not_ok "$what"
	fi
}

# The scenario and what it is based on, the last base first.
parts=()
while [ -n "$file" ]; do
	parts=("$file" "${parts[@]}")
	BASE=''
	# shellcheck disable=SC1090
	. "$file"
	file=${BASE:+$LAB_DIR/scenarios/$BASE.sh}
done
for file in "${parts[@]:1}"; do
	# shellcheck disable=SC1090
	. "$file"
done
KERNEL=${kernel_flavour:-$KERNEL}
set_arch "$ARCH"
# shellcheck disable=SC1090
. "$LAB_DIR/host/machine-$ARCH.sh"
patience=3
case $KERNEL in
debug)
	patience=8
	TIMEOUT=$((TIMEOUT * 3))
	DOM0_MEMORY=$((DOM0_MEMORY + 512))
	MEMORY=$((MEMORY + 1536))
	;;
stock-*)
	patience=6
	TIMEOUT=$((TIMEOUT * 2))
	;;
esac

# What cannot be had is told before anything is built.
fetch()
{
	local need

	"$LAB_DIR/host/choose-xen.sh"

	[ -n "${LAB_KDIR:-}" ] || "$LAB_DIR/host/build-linux.sh" "$KERNEL"
	machine_dom0_linux none >/dev/null
	"$LAB_DIR/host/build-rootfs.sh"
	for need in $NEEDS; do
		case $need in
		fio) "$LAB_DIR/host/build-guest-fio.sh" ;;
		source) "$LAB_DIR/host/build-linux.sh" fast --source ;;
		debian) "$LAB_DIR/host/build-debian.sh" ;;
		bridge | argo-dev) [ "$ARCH" = x86 ] || "$LAB_DIR/host/build-sysroot.sh" ;;
		esac
	done
}

deps=(lab build "$ARCH")
case " $NEEDS " in
*" bridge "*) deps+=(tools) ;;
esac
"$LAB_DIR/host/deps.sh" "${deps[@]}"
(export LAB_FETCH=1; fetch) >/dev/null
fetched_all

rm -rf "$run"
mkdir -p "$run/tar" "$BUILD_DIR/ktap"
rm -f "$BUILD_DIR/ktap/$ktap.ktap"

xen=$("$LAB_DIR/host/build-xen.sh" "$XEN")
# What a Xen that was booted by QEMU takes as one more module.
policy=
[ -z "$POLICY" ] || policy=$("$LAB_DIR/host/build-policy.sh")/xenpolicy
# LAB_KDIR: the build directory of a kernel of one's own, with what
# kernel/base.config asks for.
linux=${LAB_KDIR:-}
[ -n "$linux" ] || linux=$("$LAB_DIR/host/build-linux.sh" "$KERNEL")
# What boots in dom0 is not always what is looked at in the guests.
dom0_linux=$(machine_dom0_linux "$linux")
rootfs=$("$LAB_DIR/host/build-rootfs.sh")

# --- this run's files -----------------------------------------------------------

# add_modules KDIR: Linux's modules, and ours if the scenario needs them.
add_modules()
{
	local kdir=$1 release modules

	release=$(sed -n 's/^#define UTS_RELEASE "\(.*\)"$/\1/p' "$kdir/include/generated/utsrelease.h")
	modules=$run/tar/modules/lib/modules/$release
	mkdir -p "$modules"
	find "$kdir" -name '*.ko' -exec cp {} "$modules/" \;
	case " $NEEDS " in
	*" argo "*)
		say "building the modules for $release"
		"${MAKE:-make}" -s -C "$TOP_DIR" modules KDIR="$kdir" \
			${CROSS:+"ARCH=$ARCH" "CROSS_COMPILE=$CROSS"} >"$run/modules.out" 2>&1 ||
			{ tail -n 20 "$run/modules.out" >&2; die "make modules failed"; }
		cp "$("$TOP_DIR/tools/modules.sh" --where "$kdir")"/*.ko "$modules/"
		;;
	esac
	depmod -b "$run/tar/modules" "$release" 2>/dev/null || die "depmod failed"
}

add_modules "$linux"
[ "$dom0_linux" = "$linux" ] || add_modules "$dom0_linux"
for need in $NEEDS; do
	case $need in
	argo)
		;;
	bridge)
		tools=$("$LAB_DIR/host/build-tools.sh")
		mkdir -p "$run/tar/bin"
		find "$tools" -type f -name 'virtio-argo*' -perm -u+x \
			! -name '*.*' ! -name '*test*' -exec cp {} "$run/tar/bin/" \;
		;;
	argo-dev)
		cc=("${CROSS}gcc")
		[ "$ARCH" = x86 ] || cc+=("--sysroot=$("$LAB_DIR/host/build-sysroot.sh")")
		"${cc[@]}" -std=gnu11 -Wall -Wextra -Werror -O1 -static "-I$TOP_DIR/include/uapi" \
			"-I$LAB_DIR" -o "$run/argo-dev" "$LAB_DIR/argo-dev/argo-dev.c" "$LAB_DIR/ok.c"
		add_file "$run/argo-dev"
		;;
	fio)
		fio=$("$LAB_DIR/host/build-guest-fio.sh")/fio.cpio
		;;
	source | debian)
		;;
	hvm)
		# QEMU, which loads an HVM guest's kernel, takes no ELF file.
		mkdir -p "$run/tar/guest"
		image=$linux/arch/x86/boot/bzImage
		# Debian's comes as such a file.
		[ ! -e "$linux/lab-load" ] || image=$linux/lab-vmlinux
		cp "$image" "$run/tar/guest/bzImage"
		;;
	*)
		die "$scenario needs '$need'?"
		;;
	esac
done

mv "$run/tar/modules/lib/modules" "$run/tar/m"
rm -r "$run/tar/modules"
mv "$run/tar/m" "$run/tar/modules"

cat >"$run/tar/env" <<ENV
SCENARIO=$scenario
LAB_KERNEL=$KERNEL
LAB_SHELL=$shell
LAB_ICOUNT=$ICOUNT
LAB_PATIENCE=$patience
LAB_GUEST_CMDLINE='$GUEST_CMDLINE'
LAB_DOM0LESS='$DOM0LESS'
ENV
cp -r "$LAB_DIR/dom0" "$LAB_DIR/domain.sh" "$run/tar/"
# With an xl that makes no links, dom0 does.
"${MAKE:-make}" -s -C "$TOP_DIR/tools/virtio-argo" O="$run/cli" "$run/cli/virtio-argo" >/dev/null
install -D -t "$run/tar/bin" "$run/cli/virtio-argo"
rm -r "$run/cli"
cat "${parts[@]}" >"$run/tar/scenario.sh"
if declare -F host_prepare >/dev/null; then
	say "preparing the scenario's disks"
	host_prepare
fi

# The guests' initramfs: the common one, then this run's files on top.
cpio=$run/cpio
mkdir -p "$cpio/lab/guest" "$cpio/usr/lib" "$run/tar/guest"
ln -s /lab/modules "$cpio/usr/lib/modules"
cp "$LAB_DIR/guest/init" "$cpio/init"
cp "$LAB_DIR/guest/lib.sh" "$cpio/lab/guest/"
cp "$run/tar/scenario.sh" "$run/tar/env" "$run/tar/domain.sh" "$cpio/lab/"
[ ! -e "$linux/lab-load" ] || cp "$linux/lab-load" "$run/tar/"
for part in modules files lab-load; do
	[ ! -e "$run/tar/$part" ] || cp -r "$run/tar/$part" "$cpio/lab/"
done
{
	cat "$rootfs/guest.cpio" ${fio:+"$fio"}
	(cd "$cpio" && find . | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0)
} >"$run/tar/guest/initramfs"
cp "$(machine_image "$linux")" "$run/tar/guest/kernel"
[ -z "$DOM0LESS" ] || mv "$run/tar/guest" "$run/guest"
tar -C "$run/tar" -cf "$run/run.tar" .
rm -rf "$cpio" "$run/tar"

# --- the machine ----------------------------------------------------------------

[ $shell = 0 ] || TIMEOUT=86400
xen_cmdline="loglvl=all guest_loglvl=all console_timestamps=boot"
xen_cmdline+=" dom0_mem=${DOM0_MEMORY}M,max:${DOM0_MEMORY}M"
xen_cmdline+=" dom0_max_vcpus=$DOM0_CPUS flask=permissive argo=1"
dom0_cmdline="console=hvc0 root=/dev/vda rootfstype=ext4 rw init=/usr/sbin/lab-init"
dom0_cmdline+=" panic=1 printk.devkmsg=on kunit.enable=1 $DOM0_CMDLINE"
monitor=("$LAB_DIR/host/monitor.py" --dir "$run" --timeout "$TIMEOUT" --allow "$ALLOW")
qemu=()
[ "$ICOUNT" = 0 ] || CPUS=1
monitor+=(--cpus "$CPUS")
# See monitor.py: a run may begin again, twice.
LAB_LOST=${LAB_LOST:-0}
[ "$LAB_LOST" != 0 ] || rm -f "$run.told"
monitor+=(--told "$run.told")
[ "$LAB_LOST" -ge 2 ] || [ $shell = 1 ] || [ "$ICOUNT" = 1 ] ||
	monitor+=(--silence $((30 * patience)))
machine_qemu
if [ "$ICOUNT" = 1 ]; then
	# One instruction is 2 ns, whatever the host does.
	qemu+=(-accel tcg -smp 1 -icount "shift=1,sleep=off" -rtc "base=2026-01-01,clock=vm")
else
	qemu+=(-accel "tcg,thread=multi" -smp "$CPUS")
fi
if [ $shell = 1 ]; then
	qemu+=(-chardev "stdio,id=tty,signal=off" -serial chardev:tty)
	monitor+=(--interactive)
fi
qemu+=(-m "$MEMORY" -nodefaults -display none -no-reboot
	-device "$(machine_device serial)"
	-chardev "file,id=events,path=$run/events"
	-device "virtserialport,chardev=events,name=lab.events")
scenario_disks=("${disks[@]}")
disks=()
add_disk root "$rootfs/dom0.ext4" snapshot=on
add_disk run "$run/run.tar" readonly=on
disks+=("${scenario_disks[@]}")
for i in $(machine_disk_order $((${#disks[@]} / 2))); do
	qemu+=(-drive "${disks[i * 2]}" -device "${disks[i * 2 + 1]}")
done
printf '%q ' "${qemu[@]}" >"$run/qemu.cmd"

say "booting QEMU (TCG, $CPUS CPU) + Xen + dom0; consoles in ${run#"$TOP_DIR"/}"
[ -e "$run/results" ] || : >"$run/results"
: >"$run/told"
[ "$LAB_LOST" != 0 ] || echo "KTAP version 1"
rc=0
python3 -B "${monitor[@]}" -- "${qemu[@]}" || rc=$?
if [ $rc = 75 ]; then
	mkdir -p "$run.lost"
	cp "$run"/{hang,timeline,*.log} "$run.lost/"
	cat "$run/told" "$run/results" >"$run.told"
	say "the emulator has lost a guest, its state is in ${run#"$TOP_DIR"/}.lost; once more from the start"
	LAB_LOST=$((LAB_LOST + 1)) exec "$0" "${arguments[@]}"
fi
# Its last result, without which nobody has looked to the end.
grep -q "no complaint of a kernel or of Xen" "$run/results" ||
	not_ok "the run was watched to its end"
if [ $shell = 0 ] && declare -F host_check >/dev/null; then
	say "checking on the host"
	host_check
fi
if [ $shell = 0 ] && declare -F host_report >/dev/null; then
	host_report
fi
rm -rf "$run/run.tar" "$run/guest"

case $LAB_LOST in
0) ;;
1) echo "# 1 run was begun again: the emulator lost a guest" ;;
*) echo "# $LAB_LOST runs were begun again: the emulator lost a guest" ;;
esac
"$LAB_DIR/host/ktap.sh" "$run/results" "$BUILD_DIR/ktap/$ktap.ktap" "$run/told" && rc=0 || rc=1
if [ "$rc" = 0 ]; then
	echo PASS >"$run/result"
else
	echo FAIL >"$run/result"
fi
exit "$rc"
