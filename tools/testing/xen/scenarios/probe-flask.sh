# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# Under a Flask policy that is enforced: a guest that the policy denies Argo gets
# one line that says what to change, and one that it denies sending to dom0 has a
# link that says so, until the policy allows it and the disk appears. A guest
# that the policy allows both has its disk at once.
# shellcheck shell=bash disable=SC2034,SC2154

NEEDS="argo bridge"
TIMEOUT=240
POLICY=lab
XEN_CMDLINE="xsm=flask flask=enforcing"

IMAGE=/run/lab/image
LINK="cfg=virtio = [ 'type=virtio,device2,backend=0' ]"

# serve GUEST: a disk for it, read only so that two may have the same.
serve()
{
	daemon "storage-$1" qemu-storage-daemon \
		--blockdev "driver=file,node-name=disk,filename=$IMAGE,read-only=on" \
		--export "type=vhost-user-blk,id=disk,node-name=disk,addr.type=unix,addr.path=/run/lab/$1.sock"
	wait_for 30 test -S "/run/lab/$1.sock" || return
	daemon "bridge-$1" virtio-argo-bridge --guest "$(guest_id "$1")" \
		--device "type=block,socket=/run/lab/$1.sock"
}

# set_bool NAME: changes the policy that Xen has loaded.
set_bool()
{
	flask-set-bool "$1" 1
}

dom0_main()
{
	local label=system_u:system_r

	check "Xen enforces its policy" sh -c 'test "$(flask-getenforce)" = Enforcing' || return
	truncate -s 16M $IMAGE
	check "dom0, which the policy allows Argo, loads its modules" load_argo || return
	start_guest noargo mem=256 "cfg=seclabel = '$label:noargo_t'" || return
	start_guest nosend mem=256 "cfg=seclabel = '$label:nosend_t'" "$LINK" || return
	serve nosend || return
	check "one guest has been denied" wait_mark noargo denied 90
	check "the policy can be changed to allow it" set_bool lab_enable
	tell noargo allowed
	check "the other has been denied to send" wait_mark nosend denied 90
	check "the policy can be changed to allow it to send" set_bool lab_send
	tell nosend allowed
	check "the first ends" wait_gone noargo 60
	check "the other ends" wait_gone nosend 90
	check "its bridge ends on SIGTERM with status 0" stop_daemon bridge-nosend
	stop_daemon storage-nosend
	start_guest good mem=256 "$LINK" || return
	serve good || return
	check "the guest that is allowed both ends" wait_gone good 90
	check "its bridge ends on SIGTERM with status 0" stop_daemon bridge-good
	stop_daemon storage-good
	check "dom0's modules unload" unload_argo
}

# refused ERROR MESSAGE: xen-argo fails to load with this error and this line,
# which busybox, trying twice, may cause twice.
refused()
{
	dmesg -c >/dev/null
	check "xen-argo does not load" sh -c '! modprobe xen-argo 2>/run/modprobe.err'
	check "the error is: $1" grep -q "$1" /run/modprobe.err || cat /run/modprobe.err
	check "one line says: $2" \
		test "$(dmesg | grep -o "xen-argo: .*" | sort -u)" = "xen-argo: not loaded: $2" ||
		dmesg | grep argo
	check "nothing of it is left" sh -c '! grep -q "^xen_argo " /proc/modules'
}

guest_noargo()
{
	refused "Permission denied" \
		"the Flask policy denies Argo to this domain; allow it xen_t:argo { enable }"
	mark denied
	wait_told allowed 60 || return
	# Xen gives a domain its Argo when it makes it.
	refused "No such device" \
		"Xen made this domain without Argo; allow it in the XSM policy and start the domain anew"
}

# said TEXT: the kernel has said so, once.
said()
{
	[ "$(dmesg | grep -c "$1")" = 1 ] || {
		dmesg | grep argo
		return 1
	}
}

guest_nosend()
{
	check "the transport loads" load_argo || return
	check "one line says that the policy forbids the link" \
		wait_for 30 said "security policy (XSM) forbids Argo .* domain 0:"
	check "there is no disk" test ! -b /dev/vda
	mark denied
	wait_told allowed 60 || return
	check "with the policy changed the disk appears" wait_for 60 test -b /dev/vda || return
	check "it can be read" dd if=/dev/vda of=/dev/null bs=1M iflag=direct
	check "the line came once" said "security policy (XSM) forbids Argo .* domain 0:"
	check "the guest's modules unload" unload_argo
}

guest_good()
{
	check "the transport loads" load_argo || return
	check "the disk appears" wait_for 60 test -b /dev/vda || return
	check "it can be read" dd if=/dev/vda of=/dev/null bs=1M iflag=direct
	check "the policy has forbidden nothing" sh -c '! dmesg | grep -q XSM'
	check "the guest's modules unload" unload_argo
}
