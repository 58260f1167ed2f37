# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# A PVH guest mounts, checks and writes a disk whose every byte crosses Argo. In
# dom0 qemu-storage-daemon exports an image as vhost-user-blk and the bridge
# serves it over /dev/xen/argo; the guest, created by an unpatched xl, uses the
# stock virtio_blk. It checks the SHA-256 of every file of a real tree, writes
# 256 MB with fsync and powers off; the host checks the file system and what was
# written. Xen and both kernels tell what was shared on the way: nothing.
# shellcheck shell=bash disable=SC2034,SC2154

NEEDS="argo bridge source"
TIMEOUT=900

# What the tree is made of: some thousand files of the kernel's source package,
# small and large.
TREE="drivers/gpu/drm/amd/include/asic_reg/dcn drivers/gpu/drm/amd/include/asic_reg/gc fs kernel mm"
WRITE_FILES=8
WRITE_MB=32

# --- host ---------------------------------------------------------------------

make_image()
{
	local dir=$1

	mkdir -p "$dir/tree/mnt"
	# shellcheck disable=SC2086
	tar -C "$source" -cf - $TREE | tar -C "$dir/tree" -xf -
	find "$dir/tree" -type l -delete
	rmdir "$dir/tree/mnt"
	(cd "$dir/tree" && find . -type f ! -name SHA256SUMS -print0 | sort -z |
		xargs -0 sha256sum) >"$dir/SHA256SUMS"
	cp "$dir/SHA256SUMS" "$dir/tree/"
	du -sm --apparent-size "$dir/tree" | cut -f1 >"$dir/megabytes"
	mke2fs -q -F -t ext4 -L demo -E root_owner=0:0 -d "$dir/tree" "$dir/disk.img" 768M >/dev/null
	rm -rf "$dir/tree"
}

host_prepare()
{
	local source image

	source=$("$LAB_DIR/host/build-linux.sh" fast --source)
	image=$CACHE_DIR/demo-$(key "${source##*/}" "$TREE" 2)
	[ -e "$image/.complete" ] || say "making the disk image"
	cached "$image" make_image
	cp --sparse=always "$image/disk.img" "$run/disk.img"
	cp "$image/SHA256SUMS" "$run/"
	say "the disk holds $(wc -l <"$image/SHA256SUMS") files, $(cat "$image/megabytes") MB"
	printf 'host\tfiles\t%s\nhost\tmegabytes\t%s\n' "$(wc -l <"$image/SHA256SUMS")" \
		"$(cat "$image/megabytes")" >>"$run/facts"
	add_disk demo "$run/disk.img"
}

host_check()
{
	local out=$run/written n

	check "e2fsck -fn finds the file system clean" \
		sh -c "e2fsck -fn '$run/disk.img' >'$run/e2fsck.log' 2>&1"
	mkdir -p "$out"
	debugfs -R "rdump /written $out" "$run/disk.img" >"$run/debugfs.log" 2>&1
	n=$(find "$out" -name 'data.*' -size "${WRITE_MB}M" 2>/dev/null | wc -l)
	check "$n files of $WRITE_MB MB are in the image" test "$n" = "$WRITE_FILES"
	check "their checksums are those of the bytes that the guest wrote" \
		sh -c "cd '$out/written' && sha256sum -c SHA256SUMS >/dev/null"
	rm -rf "$out"
	mkdir -p "$out"
	debugfs -R "rdump / $out" "$run/disk.img" >>"$run/debugfs.log" 2>&1
	check "the tree is still what it was" \
		sh -c "cd '$out' && sha256sum --quiet -c '$run/SHA256SUMS'"
	rm -rf "$out"
}

host_report()
{
	row()
	{
		printf '  %-46s %14s %14s\n' "$@"
	}
	{
		echo
		row "" "before" "with the disk"
		row "the guest's grant entries in use (Xen)" \
			"$(fact dom0 grants-before)" "$(fact dom0 grants-with)"
		row "dom0's mappings of other domains' memory" \
			"$(fact dom0 maps-before)" "$(fact dom0 maps-with)"
		row "grant hypercalls, all domains" "-" "$(fact dom0 grant-calls)"
		row "pages that the guest granted" "-" "$(fact demo granted)"
		row "pages that dom0's kernel mapped" "-" "$(fact dom0 map-calls)"
		echo
		row "" "" "the whole run"
		row "Argo hypercalls (Xen's count)" "" "$(fact dom0 argo-calls)"
		row "VIRQs in the guest / in dom0" "" \
			"$(fact demo virqs) / $(fact dom0 virqs)"
		row "block requests of the guest" "" "$(fact demo requests)"
		row "bytes read / written by the guest" "" \
			"$(fact demo read-mb) / $(fact demo written-mb) MB"
		echo
	} | tee "$run/report"
}

# --- dom0 ---------------------------------------------------------------------

BRIDGE="virtio-argo-bridge --guest %d --device type=block,socket=%s"

virqs()
{
	awk '/argo/ { for (i = 2; i <= NF && $i ~ /^[0-9]+$/; i++) n += $i } END { print n + 0 }' \
		/proc/interrupts
}

# start_backend GUEST: qemu-storage-daemon and the bridge.
start_backend()
{
	local image socket=/run/lab/disk.sock

	image=$(disk demo) || return
	daemon storage qemu-storage-daemon \
		--blockdev "driver=host_device,node-name=disk,filename=$image,cache.direct=on,discard=unmap" \
		--export "type=vhost-user-blk,id=export,node-name=disk,writable=on,num-queues=1,addr.type=unix,addr.path=$socket"
	wait_for 20 test -S $socket || return
	# shellcheck disable=SC2059,SC2046
	daemon bridge $(printf "$BRIDGE" "$(guest_id "$1")" "$socket")
}

dom0_main()
{
	local calls grants

	. /lab/dom0/evidence.sh
	check "dom0 loads xen-argo and /dev/xen/argo appears" load_argo || return
	check "/dev/xen/argo is there" test -c /dev/xen/argo || return
	start_guest demo mem=320 "cfg=virtio = [ 'type=virtio,device2,backend=0' ]" || return
	check "the guest is up" wait_mark demo up 60 || return

	fact grants-before "$(active_grants "$(guest_id demo)")"
	fact maps-before "$(foreign_maps)"
	watch_maps
	calls=$(xen_calls argo_op)
	grants=$(xen_calls grant_table_op)
	if ! start_backend demo; then
		not_ok "the backend starts"
		return 1
	fi
	tell demo go
	if [ "$LAB_SHELL" = 1 ]; then
		stty -F /dev/ttyS1 raw -echo
		xl console demo </dev/ttyS1 >/dev/ttyS1 2>&1
		wait_gone demo 30
		return
	fi

	check "the guest has mounted the disk" wait_mark demo mounted 90 || return
	fact grants-with "$(active_grants "$(guest_id demo)")"
	fact maps-with "$(foreign_maps)"
	tell demo counted
	check "the guest has done its work" wait_mark demo finished 480 || return
	fact map-calls "$(watched_calls)"
	fact argo-calls $(($(xen_calls argo_op) - calls))
	fact grant-calls $(($(xen_calls grant_table_op) - grants))
	fact virqs "$(virqs)"
	check "no page of another domain was mapped in dom0 for the disk" test "$(watched_calls)" = 0
	check "no grant hypercall was made for the disk" \
		test $(($(xen_calls grant_table_op) - grants)) = 0
	check "Xen counted Argo hypercalls" test $(($(xen_calls argo_op) - calls)) -gt 1000
	tell demo bye
	check "the guest powers off" wait_gone demo 60
	check "qemu-storage-daemon and the bridge are still there" both_alive
	check "the bridge ends on SIGTERM with status 0" stop_daemon bridge
	check "qemu-storage-daemon ends too" stop_daemon storage
	check "dom0's modules unload" unload_argo
}

both_alive()
{
	daemon_alive bridge && daemon_alive storage
}

# --- guest --------------------------------------------------------------------

# Every way to hand out a page passes one of these.
watch_grants()
{
	watch_calls gnttab_grant_foreign_access_ref gnttab_grant_foreign_access \
		gnttab_alloc_grant_references
}

disk_up()
{
	local driver

	check "the disk appears as /dev/vda" wait_for 60 test -b /dev/vda || return
	driver=$(readlink -f /sys/block/vda/device/driver)
	check "its driver is the stock virtio_blk" test "${driver##*/}" = virtio_blk
}

guest_demo()
{
	local i files stat

	watch_grants
	check "xen-argo and virtio_argo load" load_argo || return
	mark up
	wait_told go 60
	disk_up || return
	check "mount" mount -o noatime /dev/vda /mnt || return
	# A request takes tens of milliseconds under TCG: keep several on the way.
	blockdev --setra 4096 /dev/vda
	mark mounted
	wait_told counted 60

	files=$(wc -l </mnt/SHA256SUMS)
	say "checking $files files"
	(cd /mnt && sha256sum -c SHA256SUMS) >/run/checked 2>&1
	check "the SHA-256 of all $files files is right" \
		test "$(grep -c ': OK$' /run/checked)" = "$files"
	grep -v ': OK$' /run/checked | head -n 20

	say "writing $((WRITE_FILES * WRITE_MB)) MB with fsync"
	mkdir /mnt/written
	for ((i = 0; i < WRITE_FILES; i++)); do
		# The checksum is taken of the bytes on their way to the disk.
		dd if=/dev/urandom bs=1M count=$WRITE_MB iflag=fullblock 2>/dev/null |
			tee >(sha256sum | sed "s/-/data.$i/" >/run/sum.$i) |
			dd of=/mnt/written/data.$i bs=1M iflag=fullblock conv=fsync 2>/run/dd.$i ||
			not_ok "writing data.$i"
		say "written: $(((i + 1) * WRITE_MB)) MB"
	done
	sleep 1
	cat /run/sum.* >/mnt/written/SHA256SUMS
	check "$((WRITE_FILES * WRITE_MB)) MB are written" \
		test "$(wc -l </mnt/written/SHA256SUMS)" = $WRITE_FILES
	check "unmount" umount /mnt

	read -r -a stat </sys/block/vda/stat
	fact requests $((stat[0] + stat[4]))
	fact read-mb $((stat[2] / 2048))
	fact written-mb $((stat[6] / 2048))
	fact virqs "$(virqs)"
	fact granted "$(watched_calls)"
	check "the guest granted no page for the disk" test "$(watched_calls)" = 0
	mark finished
	wait_told bye 60
	check "the guest's modules unload" unload_argo
}

guest_shell()
{
	load_argo || return
	mark up
	wait_told go 60
	disk_up || return
	mount /dev/vda /mnt || return
	printf '\n%s\n%s\n\n' "The disk /dev/vda is mounted on /mnt; every byte of it crosses Argo." \
		"Leave with: exit"
	cd /mnt && setsid -c bash -i </dev/hvc0 >/dev/hvc0 2>&1
	cd / && umount /mnt
}
