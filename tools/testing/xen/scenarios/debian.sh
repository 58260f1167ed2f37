# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# A Debian 13 whose disks are all virtio-argo's: root, LUKS, two legs of an md RAID, and
# swap; its kernel is Debian's and its initial RAM disk update-initramfs's. It is a PV
# guest. In its first boot it makes its file
# systems, in the second it finds them as /etc has them, although bridge and storage
# are killed in the middle of that; it carries verified load on all of them, and xl
# shutdown ends it in order.
# shellcheck shell=bash disable=SC2034,SC2154

NEEDS="argo bridge debian"
TIMEOUT=1500
# What the emulator takes for LUKS, say
PATIENT="systemd.default_device_timeout_sec=900 systemd.default_timeout_start_sec=900"
# Without hardware to wait for, Debian has little to say but this.
ALLOW='mdadm: No arrays found|systemd.*Failed to (find module|insert module)'

host_prepare()
{
	mkdir -p "$run/debian/lab/guest"
	cp "$run/tar/env" "$run/tar/domain.sh" "$run/tar/scenario.sh" "$run/debian/lab/"
	cp "$LAB_DIR/guest/lib.sh" "$run/debian/lab/guest/"
	declare -f run_lab >"$run/debian/lab/run"
	echo run_lab >>"$run/debian/lab/run"
	"$LAB_DIR/host/build-debian.sh" "$run/debian"
	add_file "$run/debian/vmlinuz" "$run/debian/initrd"
	add_disk debian "$run/debian/root.ext4" snapshot=on
}

# --- dom0 -----------------------------------------------------------------------

boot()
{
	start_guest "$1" type=pv mem=700 kernel=/lab/files/vmlinuz ramdisk=/lab/files/initrd \
		cmdline="root=LABEL=root ro $PATIENT" "cfg=virtio = [ 'type=virtio,device2,backend=0' ]" &&
		start_bridge "$1" root luks md0 md1 swap
}

start_root()
{
	rm -f "$DISKS/root.sock"
	daemon storage-root qemu-storage-daemon \
		--blockdev "driver=host_device,node-name=disk,filename=$1" \
		--export "type=vhost-user-blk,id=disk,node-name=disk,writable=on,num-queues=1,addr.type=unix,addr.path=$DISKS/root.sock"
	wait_for 30 test -S "$DISKS/root.sock"
}

# What systemd says first is that the root is mounted.
is_booting()
{
	grep -q 'systemd\[1\]' "$CONSOLES/guest-second.log"
}

dom0_main()
{
	local name dev

	. /lab/dom0/disk.sh
	dev=$(disk debian) || return
	check "dom0's modules load" load_argo || return
	mkdir -p "$DISKS"
	for name in luks md0 md1 swap; do
		start_storage $name 96 || return
	done
	start_root "$dev" || return
	check "a Debian guest is started" boot first || return
	check "it makes its file systems and ends" wait_gone first 400 || return
	stop_daemon bridge

	check "it is started again" boot second || return
	check "it is booting" wait_for 200 is_booting || return
	check "the bridge is killed in the middle of that" kill_daemon bridge
	check "and the storage of its root" kill_daemon storage-root
	sleep 5
	start_root "$dev" || return
	start_bridge second root luks md0 md1 swap
	check "the guest is up, with all its disks" wait_mark second up 400 || return
	check "the guest shuts down (xl shutdown)" xl shutdown second
	check "and is gone" wait_gone second 200
	check "the bridge ends on SIGTERM with status 0" stop_daemon bridge
	for name in root luks md0 md1 swap; do
		stop_daemon storage-$name
	done
	check "its root is clean" e2fsck -fn "$dev"
	check "dom0's modules unload" unload_argo
}

kill_daemon()
{
	stop_daemon "$1" KILL
	[ $? = 137 ]
}

# --- the guest ------------------------------------------------------------------

# In place of guest/init: systemd has set up everything.
run_lab()
{
	export LC_ALL=C
	mount -t debugfs debugfs /sys/kernel/debug 2>/dev/null
	. /lab/env
	. /lab/domain.sh
	. /lab/guest/lib.sh
	. /lab/scenario.sh
	GUEST=$(cmdline lab.guest)
	say "guest $GUEST is up: Linux $(uname -r)"
	if ("guest_$GUEST"); then
		kmsg "lab: end"
	else
		say "the guest's part has failed"
	fi
}

# Which of them has come as which is what the bridge's order says.
is_argo()
{
	[[ $(readlink -f "/sys/block/$1/device") == */virtio-0/virtio* ]]
}

fill()
{
	dd if=/dev/urandom of="$1/data" bs=1M count=16 conv=fsync 2>/dev/null &&
		(cd "$1" && sha256sum data >sum && sync -f sum)
}

guest_first()
{
	local disk

	for disk in vda vdb vdc vdd vde; do
		check "$disk is virtio-argo's" is_argo $disk || return
	done
	check "the root is one of them" test "$(findmnt -no SOURCE /)" = /dev/vda
	head -c 32 /dev/urandom >/srv/key
	chmod 400 /srv/key
	check "LUKS: a volume is made" cryptsetup luksFormat --batch-mode --pbkdf pbkdf2 \
		--pbkdf-force-iterations 1000 --key-file /srv/key /dev/vdb || return
	check "LUKS: it is opened" cryptsetup open --key-file /srv/key /dev/vdb crypt || return
	check "LUKS: a file system" mke2fs -q -t ext4 /dev/mapper/crypt
	check "md: a RAID 1 is made" mdadm --create /dev/md0 --run --level=1 --raid-devices=2 \
		--metadata=1.2 --bitmap=internal --assume-clean /dev/vdc /dev/vdd || return
	check "md: a file system" mke2fs -q -t ext4 /dev/md0
	check "swap: is made" mkswap -q /dev/vde
	mdadm --detail --scan >>/etc/mdadm/mdadm.conf
	echo "crypt UUID=$(blkid -o value -s UUID /dev/vdb) /srv/key luks" >>/etc/crypttab
	cat >>/etc/fstab <<-END
	/dev/mapper/crypt /crypt ext4 defaults 0 2
	UUID=$(blkid -o value -s UUID /dev/md0) /md ext4 defaults 0 2
	UUID=$(blkid -o value -s UUID /dev/vde) none swap defaults 0 0
	END
	mkdir -p /crypt /md
	mount /dev/mapper/crypt /crypt && mount /dev/md0 /md || return
	check "each file system is given data" fill /crypt && fill /md && fill /srv
	kmsg "lab: end"
	systemctl --no-block poweroff
	sleep 100
}

holds()
{
	(cd "$1" && sha256sum -c sum >/dev/null)
}

swaps()
{
	grep -q '^/dev/vd. ' /proc/swaps
}

guest_second()
{
	check "systemd has nothing that failed" wait_for 60 nothing_failed
	check "LUKS: it is mounted" findmnt -no SOURCE /crypt
	check "md: it is mounted" findmnt -no SOURCE /md
	check "swap: it is in use" wait_for 30 swaps
	check "LUKS: its data is there" holds /crypt
	check "md: its data is there, and on both legs" holds /md
	check "the root's data is there" holds /srv
	start_load root /srv/load
	start_load crypt /crypt/load
	start_load md /md/load
	for disk in root crypt md; do
		check "$disk: load goes round" load_goes_on $disk
	done
	for disk in root crypt md; do
		check "$disk: no error, every byte is right" stop_load $disk
	done
	rm -f /srv/load /crypt/load /md/load
	mark up
}

nothing_failed()
{
	[ "$(systemctl is-system-running)" = running ] && return
	systemctl --failed --no-legend >/dev/console
	return 1
}
