# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# What a scenario's dom0_main can use beside what is in domain.sh. Bash.
#
#   disk NAME                          the device of the host's disk NAME
#   daemon NAME COMMAND...             start in the background, output kept
#   daemon_alive NAME, stop_daemon NAME, daemon_status NAME SECONDS
#   start_guest NAME [key=value...]    see below; with DOM0LESS, see dom0less.sh
#   new_domain NAME SECONDS            until it is another domain, whose id is noted
#   guest_id NAME, guest_gone NAME, wait_gone NAME SECONDS, kill_guest NAME
#   wait_mark NAME MARK SECONDS        until the guest has called: mark MARK
#   tell NAME WORD [VALUE]             lets the guest's wait_told WORD return
#   initramfs_with OUT PROGRAM...      the guests' initramfs with programs of dom0's
#   load_argo, unload_argo             the project's dom0 modules
# shellcheck shell=bash

PATH=/usr/sbin:/usr/bin:$(echo /usr/lib/xen-[0-9]*/bin):/lab/bin
export PATH
FIFO=/run/lab/events
CONSOLES=/var/log/xen/console

# --- the way to the host: a virtio serial port, one line per event ----------

open_events()
{
	local port name

	mkdir -p /run/lab/daemon
	for port in /sys/class/virtio-ports/*; do
		name=$(cat "$port/name" 2>/dev/null)
		[ "$name" = lab.events ] || continue
		# The port has one opener; whoever has something to say writes
		# lines into a fifo (atomic up to PIPE_BUF).
		mkfifo $FIFO
		cat <>$FIFO >"/dev/${port##*/}" &
		exec 9<>$FIFO
		return 0
	done
	return 1
}

# event WHO TEXT: TEXT as a console line of WHO.
event()
{
	printf '%s %s\n' "$1" "$2" >&9
}

# report TEXT: TEXT as a line of the lab's, see domain.sh.
report()
{
	event dom0 "lab: $*"
}

# copy_out WHO FILE: follows FILE and sends its lines as WHO's console.
copy_out()
{
	# What comes without a newline for long (a prompt) is not lost either:
	# sed passes it on when tail ends.
	(tail -n +1 -s 0.2 -F "$2" 2>/dev/null &
		echo $! >"/run/lab/tail.$1"
		wait) |
		sed -u -e 's/[\r\o000]//g' -e "s/^/$1 /" >&9 &
}

close_consoles()
{
	local pid

	sleep 1
	for pid in /run/lab/tail.*; do
		[ -e "$pid" ] && kill "$(cat "$pid")" 2>/dev/null
	done
	sleep 0.5
}

# --- toolstack ----------------------------------------------------------------

start_toolstack()
{
	mount -t xenfs xenfs /proc/xen || return
	mount -t debugfs debugfs /sys/kernel/debug
	mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null
	mkdir -p $CONSOLES /var/log/xen /var/lib/xen /run/xen /run/xenstored
	xenstored --pid-file /run/xenstored.pid || return
	wait_for 10 xenstore-ls / >/dev/null 2>&1 || return
	xen-init-dom0 >/dev/null || return
	xenconsoled --pid-file /run/xenconsoled.pid --log=guest --log-dir=$CONSOLES || return
	wait_for 10 test -s /run/xenconsoled.pid || return
	say "toolstack is up: Xen $(xl info xen_version)"
}

load_argo()
{
	modprobe xen-argo-dev && modprobe xen-argo
}

unload_argo()
{
	modprobe -r xen-argo-dev xen-argo
}

# --- disks and daemons --------------------------------------------------------

disk()
{
	local dev

	for dev in /sys/block/vd*; do
		[ "$(cat "$dev/serial")" = "$1" ] || continue
		echo "/dev/${dev##*/}"
		return 0
	done
	say "no disk named $1"
	return 1
}

daemon()
{
	local name=$1
	shift

	: >"/run/lab/daemon/$name.log"
	# Who is started again is followed already.
	[ -e "/run/lab/tail.$name" ] || copy_out "$name" "/run/lab/daemon/$name.log"
	"$@" >>"/run/lab/daemon/$name.log" 2>&1 </dev/null 9>&- &
	echo $! >"/run/lab/daemon/$name.pid"
}

daemon_pid()
{
	cat "/run/lab/daemon/$1.pid"
}

daemon_alive()
{
	kill -0 "$(daemon_pid "$1")" 2>/dev/null
}

# stop_daemon NAME [SIGNAL]: its exit status, or 1 if it does not go.
stop_daemon()
{
	local pid
	pid=$(daemon_pid "$1")

	kill "-${2:-TERM}" "$pid" 2>/dev/null
	daemon_status "$1" 20
}

# daemon_status NAME SECONDS: its exit status when it has ended.
daemon_status()
{
	local pid
	pid=$(daemon_pid "$1")

	wait_for "$2" sh -c "! kill -0 $pid 2>/dev/null || grep -q '^State:.Z' /proc/$pid/status" || {
		kill -KILL "$pid"
		return 1
	}
	wait "$pid" 2>/dev/null
}

# --- guests -------------------------------------------------------------------

# No graphics, no firmware but hvmloader and what QEMU boots a kernel with.
HVM_CFG='device_model_override = "/usr/libexec/xen-qemu-system-i386"
vga = "none"
vnc = 0
sdl = 0
nographic = 1
usb = 0'

# acpi_initrd TABLE INITRAMFS OUT: Linux takes tables from an archive without
# compression in front of its initramfs (CONFIG_ACPI_TABLE_UPGRADE).
acpi_initrd()
{
	local dir=/run/lab/acpi

	rm -rf $dir
	mkdir -p $dir/kernel/firmware/acpi
	cp "$1" $dir/kernel/firmware/acpi/
	(cd $dir && find kernel | busybox cpio -o -H newc 2>/dev/null | cat - "$2") >"$3"
}

# A driver domain needs what dom0 has: the programs with their libraries.
initramfs_with()
{
	local out=$1 dir=/run/lab/programs program library
	shift

	rm -rf $dir
	mkdir -p $dir
	for program; do
		program=$(type -P "$program") || return
		mkdir -p $dir/usr/bin
		cp "$program" $dir/usr/bin/ || return
		for library in $(LD_TRACE_LOADED_OBJECTS=1 "$program" | grep -o '/[^ ]*'); do
			# In the guests' archive /lib is a link to /usr/lib.
			[ "${library#/usr}" != "$library" ] || library=/usr$library
			mkdir -p "$dir${library%/*}"
			cp -L "$library" "$dir$library" || return
		done
	done
	(cd $dir && find . -mindepth 1 | busybox cpio -o -H newc 2>/dev/null |
		cat /lab/guest/initramfs -) >"$out"
	rm -rf $dir
}

# start_guest NAME [key=value...]
#   type=pvh|pv|hvm  mem=MB  vcpus=N  kernel=FILE  ramdisk=FILE
#   cmdline=TEXT     added to the kernel's command line
#   cfg=TEXT         lines for the guest's xl configuration; may be repeated
#   acpi=NAME        an SSDT of the host's add_ssdt
#   on_reboot=ACTION on_crash=ACTION   xl's; destroy
#   end=no           the guest is not expected to reach its end
#   before=FUNCTION  called before it runs
start_guest()
{
	local name=$1 type=pvh mem=384 vcpus=1 cmdline='' cfg='' arg end=yes
	local kernel='' ramdisk=/lab/guest/initramfs acpi=''
	local on_reboot=destroy on_crash=destroy linux=yes
	local early=earlyprintk=xen before=true
	shift

	for arg; do
		case $arg in
		type=*) type=${arg#*=} ;;
		mem=*) mem=${arg#*=} ;;
		vcpus=*) vcpus=${arg#*=} ;;
		kernel=*) kernel=${arg#*=} linux=no ;;
		ramdisk=*) ramdisk=${arg#*=} ;;
		cmdline=*) cmdline=${arg#*=} ;;
		acpi=*) acpi=/lab/files/${arg#*=}.aml ;;
		on_reboot=*) on_reboot=${arg#*=} ;;
		on_crash=*) on_crash=${arg#*=} ;;
		cfg=*) cfg+=${arg#*=}$'\n' ;;
		end=*) end=${arg#*=} ;;
		before=*) before=${arg#*=} ;;
		*) not_ok "start_guest: $arg"; return 1 ;;
		esac
	done
	# This console's first hypercall takes cpu_hotplug_lock below the console's
	# locks. Lockdep minds, and then looks at nothing else.
	[ "$LAB_KERNEL" != debug ] || early='' mem=$((mem + 256))
	# With the modules of two kernels, the initramfs is large.
	[[ $LAB_KERNEL != stock-*-rt ]] || mem=$((mem + 256))
	if [ "$type" = hvm ]; then
		kernel=${kernel:-/lab/guest/bzImage}
		cfg+=$HVM_CFG$'\n'
		[ -z "$acpi" ] || cfg+="acpi_firmware = '$acpi'"$'\n'
		copy_out "qemu-$name" "/var/log/xen/qemu-dm-$name.log"
	elif [ -n "$acpi" ]; then
		acpi_initrd "$acpi" "$ramdisk" "/run/lab/$name.initramfs"
		ramdisk=/run/lab/$name.initramfs
	fi
	cat >"/run/lab/$name.cfg" <<-CFG
	name = "$name"
	type = "$type"
	kernel = "${kernel:-/lab/guest/kernel}"
	ramdisk = "$ramdisk"
	cmdline = "console=hvc0 $early panic=1 printk.devkmsg=on kunit.enable=1 reboot=t lab.guest=$name $LAB_GUEST_CMDLINE $cmdline"
	memory = $mem
	vcpus = $vcpus
	on_poweroff = "destroy"
	on_reboot = "$on_reboot"
	on_crash = "$on_crash"
	tsc_mode = "native"
	$cfg
	CFG
	rm -f "$CONSOLES/guest-$name.log"
	copy_out "$name" "$CONSOLES/guest-$name.log"
	[ "$end" = no ] || event dom0 "lab: expect $name"
	# Until the domain is unpaused it cannot run, so what xl does not do for it
	# fits in between.
	if ! xl create -p -q "/run/lab/$name.cfg" 9>&- >"/run/lab/$name.xl.log" 2>&1; then
		sed 's/^/lab: # xl: /' "/run/lab/$name.xl.log" |
			while read -r line; do event dom0 "$line"; done
		return 1
	fi
	xl domid "$name" >"/run/lab/$name.id"
	attach_links "$name" && $before && xl unpause "$name" || return
	[ $linux = no ] || event dom0 "lab: begin $name $(guest_id "$name")"
	say "guest $name created ($type, $mem MB, $vcpus vCPU, domain $(guest_id "$name"))"
}

# Before 4.18, xl passes over "virtio = [...]": what it would do for that.
attach_links()
{
	local id backend n=0

	id=$(guest_id "$1")
	# shellcheck disable=SC2013 # words
	for backend in $(sed -n '/^virtio *=/s/backend=/\n&/gp' "/run/lab/$1.cfg" |
			sed -n "s/^backend=\([^,']*\).*/\1/p"); do
		xenstore-read "/local/domain/$id/device/virtio/$n/backend" >/dev/null 2>&1 ||
			virtio-argo attach "$id" --backend "$backend" --link $n || return
		n=$((n + 1))
	done
}

# new_domain NAME SECONDS: the guest goes on as another domain (restarted by xl).
new_domain()
{
	wait_for "$2" another_domain "$1"
}

another_domain()
{
	local id

	id=$(xl domid "$1" 2>/dev/null) && [ "$id" != "$(guest_id "$1")" ] || return
	echo "$id" >"/run/lab/$1.id"
	say "guest $1 is domain $id now"
}

# The number of the domain, also when it is gone.
guest_id()
{
	cat "/run/lab/$1.id"
}

# libxl removes this when it has destroyed the domain; xl itself takes too long
# to be asked again and again.
guest_gone()
{
	! xenstore-read "/local/domain/$(guest_id "$1")/name" >/dev/null 2>&1
}

wait_gone()
{
	wait_for "$2" guest_gone "$1"
}

kill_guest()
{
	xl destroy "$1"
}

leftover_guests()
{
	local name

	xl list 2>/dev/null | awk 'NR > 1 && $2 != 0 { print $1 }' | while read -r name; do
		event dom0 "lab: # guest $name is still there: destroyed"
		xl destroy "$name"
	done
}

# wait_node SECONDS PATH: until the node is there, without polling: what dom0
# executes, the emulated machine does not execute for others. A write that comes
# before the watch is missed, hence the short turns.
wait_node()
{
	local end=$(($(cut -d. -f1 /proc/uptime) + $1 * LAB_PATIENCE))

	until xenstore-read "$2" >/dev/null 2>&1; do
		[ "$(cut -d. -f1 /proc/uptime)" -lt "$end" ] || return 1
		(exec 2>/dev/null; timeout 2 xenstore-watch -n 2 "$2" >/dev/null)
	done
	return 0
}

# The guest may write below data in its own part of xenstore.
wait_mark()
{
	wait_node "$3" "/local/domain/$(guest_id "$1")/data/lab/$2"
}

tell()
{
	xenstore-write "/local/domain/$(guest_id "$1")/data/told/$2" "${3:-1}"
}

# With the debug kernel: what was allocated by our modules and lost.
check_leaks()
{
	local leaks=/sys/kernel/debug/kmemleak

	[ -e $leaks ] && [ -e /sys/module/xen_argo ] || return 0
	echo scan >$leaks
	sleep 6
	echo scan >$leaks
	grep -q argo $leaks && cat $leaks >/dev/console
	return 0
}
