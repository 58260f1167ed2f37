# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# A guest under verified load is stopped and goes on, in every way that xl has:
# paused for a minute, suspended and resumed in place, saved to a file and running
# on (a checkpoint), saved and restored as a new domain, which has a bridge of its
# own, and migrated live, here from this host to itself. It sees no error, and no ring
# is left behind.
# shellcheck shell=bash disable=SC2034,SC2154

NEEDS="argo argo-dev bridge fio"
TIMEOUT=700
# A guest that was paused for a minute sees one that RCU takes for a stall, if a
# grace period was under way.
GUEST_CMDLINE="rcupdate.rcu_cpu_stall_timeout=300"

PAUSE=60
SAVED=/run/lab/saved

# The guest's load must come round once more: the first time it may only say what
# was done before.
goes_on()
{
	wait_for 120 later "$(beat)" && wait_for 120 later "$(beat)"
}

beat()
{
	xenstore-read "/local/domain/$(guest_id saved)/data/lab/beat" 2>/dev/null || echo 0
}

later()
{
	[ "$(beat)" -gt "$1" ]
}

pause_guest()
{
	xl pause saved || return
	sleep $PAUSE
	xl unpause saved
}

# An xl before 4.18 does that only on the way of a checkpoint.
suspend_resume()
{
	if ! xl help | grep '^ *suspend ' >/dev/null; then
		quiet xl save -c saved /dev/null
		return
	fi
	xl suspend saved || return
	sleep 2
	xl resume saved
}

restore_guest()
{
	quiet xl restore -p $SAVED && go_on
}

# Without ssh: what xl would run there is run here. The domain has another name
# meanwhile, and xenconsoled calls its console's log so.
migrate_guest()
{
	ln -s guest-saved.log "$CONSOLES/guest-saved--incoming.log"
	quiet xl migrate -p -s '' saved 'xl migrate-receive' && go_on
}

# The new domain has the links of its configuration, or those that start_guest makes
# for an xl that knows none.
go_on()
{
	new_domain saved 10 && attach_links saved && xl unpause saved
}

quiet()
{
	"$@" 9>&- >/run/lab/xl.log 2>&1 || { cat /run/lab/xl.log; return 1; }
}

# The bridge of a domain that is gone
end_bridge()
{
	check "the bridge is still there" daemon_alive bridge
	check "it ends on SIGTERM with status 0" stop_daemon bridge
	check "no ring is left" test "$(ring_count)" = 0
	check "Xen has all rings to give" no_ring_lost
}

dom0_main()
{
	. /lab/dom0/disk.sh
	check "dom0's modules load" load_argo || return
	check "Xen has all rings to give" no_ring_lost
	start_storage disk || return
	start_guest saved mem=320 \
		"cfg=virtio = [ 'type=virtio,device2,backend=0' ]" || return
	start_bridge saved disk || return
	check "the guest's load runs" wait_mark saved running 120 || return

	check "the guest is paused for $PAUSE s" pause_guest
	check "and goes on" goes_on
	check "it is suspended and resumed in place" suspend_resume
	check "and goes on" goes_on
	check "it is saved and left running (xl save -c)" quiet xl save -c saved $SAVED
	check "and goes on" goes_on

	check "it is saved (xl save)" quiet xl save saved $SAVED || return
	end_bridge
	check "it is restored, as another domain (xl restore)" restore_guest || return
	rm $SAVED
	start_bridge saved disk
	check "and goes on with a bridge of its own" goes_on

	check "it is migrated, as another domain (xl migrate)" migrate_guest || return
	end_bridge
	start_bridge saved disk
	check "and goes on with a bridge of its own" goes_on

	tell saved stop
	check "the guest ends" wait_gone saved 120
	end_bridge
	stop_daemon storage-disk
	check "dom0's modules unload" unload_argo
}

guest_saved()
{
	local beat=0

	check "modules load" load_argo || return
	check "the disk appears" wait_for 90 test -b /dev/vda || return
	start_load disk /dev/vda
	mark running
	until told stop; do
		if more_turns disk "$beat"; then
			beat=$(load_turns disk)
			xenstore-write data/lab/beat "$beat"
		fi
		sleep 1
	done
	check "fio saw no error, every byte is right" stop_load disk
	grep -hE '^(sessions|dropped_|violations|request_timeouts)' \
		/sys/kernel/debug/virtio_argo/*/stats | grep -v ' 0$' |
		while read -r line; do say "$line"; done
	check "each suspend began a new session" \
		test "$(cat /sys/kernel/debug/virtio_argo/*/stats | sed -n 's/^sessions //p')" -ge 5
	check "no violation" \
		sh -c "! grep -hE '^violations [1-9]' /sys/kernel/debug/virtio_argo/*/stats"
	leave_argo
}
