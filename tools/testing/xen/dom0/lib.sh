# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# What a scenario's dom0_main can use. Bash.
#
#   ok WHAT, not_ok WHAT, skip WHAT    one result each, shown at once
#   check WHAT COMMAND...              ok if COMMAND succeeds
#   say TEXT                           a line of progress
#   fact KEY VALUE                     a figure for the host
#   wait_for SECONDS COMMAND...        until COMMAND succeeds
#   disk NAME                          the device of the host's disk NAME
#   daemon NAME COMMAND...             start in the background, output kept
#   daemon_alive NAME, stop_daemon NAME
#   start_guest NAME [key=value...]    see below
#   guest_id NAME, guest_gone NAME, wait_gone NAME SECONDS, kill_guest NAME
#   wait_mark NAME MARK SECONDS        until the guest has called: mark MARK
#   tell NAME WORD                     lets the guest's wait_told WORD return
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

say()
{
	event dom0 "lab: # $*"
}

# fact KEY VALUE: a figure for the report, see fact in host/run.sh.
fact()
{
	event dom0 "lab: = $*"
}

ok()
{
	event dom0 "lab: ok - $*"
}

not_ok()
{
	event dom0 "lab: not ok - $*"
}

skip()
{
	event dom0 "lab: skip - $*"
}

check()
{
	local what=$1
	shift
	if "$@"; then
		ok "$what"
	else
		not_ok "$what"
		return 1
	fi
}

# The seconds are those of an idle machine with the fast kernel; LAB_PATIENCE is
# how many times that may be. It only bounds a failure; nothing asserts speed.
wait_for()
{
	local end=$(($(cut -d. -f1 /proc/uptime) + $1 * LAB_PATIENCE))
	shift

	until "$@"; do
		[ "$(cut -d. -f1 /proc/uptime)" -lt "$end" ] || return 1
		sleep 0.5
	done
	return 0
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
	copy_out "$name" "/run/lab/daemon/$name.log"
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
	wait_for 20 sh -c "! kill -0 $pid 2>/dev/null || grep -q '^State:.Z' /proc/$pid/status" || {
		kill -KILL "$pid"
		return 1
	}
	wait "$pid" 2>/dev/null
}

# --- guests -------------------------------------------------------------------

# start_guest NAME [key=value...]
#   type=pvh|pv|hvm  mem=MB  vcpus=N  kernel=FILE  ramdisk=FILE
#   cmdline=TEXT     added to the kernel's command line
#   cfg=TEXT         lines for the guest's xl configuration; may be repeated
#   end=no           the guest is not expected to reach its end
start_guest()
{
	local name=$1 type=pvh mem=384 vcpus=1 cmdline='' cfg='' arg end=yes
	local kernel=/lab/guest/kernel ramdisk=/lab/guest/initramfs
	local early=earlyprintk=xen
	shift

	for arg; do
		case $arg in
		type=*) type=${arg#*=} ;;
		mem=*) mem=${arg#*=} ;;
		vcpus=*) vcpus=${arg#*=} ;;
		kernel=*) kernel=${arg#*=} ;;
		ramdisk=*) ramdisk=${arg#*=} ;;
		cmdline=*) cmdline=${arg#*=} ;;
		cfg=*) cfg+=${arg#*=}$'\n' ;;
		end=*) end=${arg#*=} ;;
		*) not_ok "start_guest: $arg"; return 1 ;;
		esac
	done
	# This console's first hypercall takes cpu_hotplug_lock below the console's
	# locks. Lockdep minds, and then looks at nothing else.
	[ "$LAB_KERNEL" != debug ] || early=
	cat >"/run/lab/$name.cfg" <<-CFG
	name = "$name"
	type = "$type"
	kernel = "$kernel"
	ramdisk = "$ramdisk"
	cmdline = "console=hvc0 $early panic=1 printk.devkmsg=on kunit.enable=1 reboot=t lab.guest=$name $LAB_GUEST_CMDLINE $cmdline"
	memory = $mem
	vcpus = $vcpus
	on_poweroff = "destroy"
	on_reboot = "destroy"
	on_crash = "destroy"
	tsc_mode = "native"
	$cfg
	CFG
	rm -f "$CONSOLES/guest-$name.log"
	copy_out "$name" "$CONSOLES/guest-$name.log"
	[ "$end" = no ] || event dom0 "lab: expect $name"
	# Until the domain is unpaused it cannot run: so whatever must be there
	# before (xenstore nodes of its own) fits in between with -p.
	if ! xl create -q "/run/lab/$name.cfg" 9>&- >"/run/lab/$name.xl.log" 2>&1; then
		sed 's/^/lab: # xl: /' "/run/lab/$name.xl.log" |
			while read -r line; do event dom0 "$line"; done
		return 1
	fi
	xl domid "$name" >"/run/lab/$name.id"
	say "guest $name created ($type, $mem MB, $vcpus vCPU, domain $(guest_id "$name"))"
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
	xenstore-write "/local/domain/$(guest_id "$1")/data/told/$2" 1
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
