#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# build-rootfs.sh: makes dom0's root file system and the guests' initramfs from
# Debian packages, and answers with their directory: dom0.ext4, guest.cpio.
#
# The packages are unpacked, not installed: no maintainer script runs, so
# neither root nor a mount nor a foreign chroot is needed. What the scripts
# would have made and the lab needs is written here. So LAB_ARCH=arm64 is only a
# matter of other packages.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/apt.sh"

inputs=("$LAB_DIR/packages/dom0" "$LAB_DIR/packages/guest" "$LAB_DIR/dom0/init"
	"$LAB_DIR/host/guest-root.py" "$0")

unpack_debs()
{
	local debs=$1 root=$2 deb

	# base-files brings the links /bin, /lib, /sbin: first.
	for deb in "$debs"/base-files_*.deb "$debs"/*.deb; do
		dpkg-deb --fsys-tarfile "$deb" |
			tar -C "$root" -x --keep-directory-symlink --no-same-owner -p -f - \
				--exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' \
				--exclude='./usr/share/locale/*' --exclude='./usr/share/info/*' \
				--exclude='./usr/lib/python3/dist-packages/*/test*'
	done
}

finish_dom0()
{
	local root=$1

	# The files belong to whoever builds this. There is only root inside, to
	# whom that means nothing, unless mount and su become that user.
	find "$root" -perm /6000 -type f -exec chmod a-s {} +
	mkdir -p "$root"/{run/lock,var/log/xen/console,var/lib/xen,var/lib/xenstored} \
		"$root"/{mnt,tmp,dev,proc,sys,root}
	rm -rf "$root/var/run" "$root/var/lock"
	ln -s /run "$root/var/run"
	ln -s /run/lock "$root/var/lock"
	ln -sf gawk "$root/usr/bin/awk"
	printf 'root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534::/:/usr/sbin/nologin\n' \
		>"$root/etc/passwd"
	printf 'root:x:0:\nnogroup:x:65534:\n' >"$root/etc/group"
	printf 'dom0\n' >"$root/etc/hostname"
	printf '127.0.0.1 localhost dom0\n' >"$root/etc/hosts"
	: >"$root/etc/fstab"
	install -m 755 "$LAB_DIR/dom0/init" "$root/usr/sbin/lab-init"
}

make_guest()
{
	local from=$1 root=$2 applet

	mkdir -p "$root"/usr/{bin,sbin,lib,lib64} \
		"$root"/{dev,proc,sys,run,tmp,mnt,root,etc,lab,var}
	ln -s usr/bin usr/sbin usr/lib usr/lib64 "$root/"
	ln -s /run "$root/var/run"
	grep '^/' "$LAB_DIR/packages/guest" |
		python3 "$LAB_DIR/host/guest-root.py" "$from" "$root" "$DEB_TRIPLET"
	# A foreign busybox is asked for its names by the guest's init.
	if [ "$DEB_ARCH" = "$(dpkg --print-architecture)" ]; then
		for applet in $("$root/usr/bin/busybox" --list); do
			[ -e "$root/usr/bin/$applet" ] || [ -e "$root/usr/sbin/$applet" ] ||
				ln -s busybox "$root/usr/bin/$applet"
		done
	fi
	for applet in mkfs.ext2 mkfs.ext4; do
		ln -s mke2fs "$root/usr/sbin/$applet"
	done
	ln -s ../bin/busybox "$root/usr/sbin/modprobe"
	cp "$from/etc/mke2fs.conf" "$root/etc/"
	printf 'root:x:0:0:root:/root:/bin/bash\n' >"$root/etc/passwd"
	printf 'root:x:0:\n' >"$root/etc/group"
}

fetch()
{
	say "fetching ${#packages[@]} Debian packages and what they need, for dom0"
	apt_debs "$1" "${packages[@]}"
	cp "$tools"/*.deb "$1/"
}

build()
{
	local dir=$1 tmp=$1/tmp mb

	mkdir -p "$tmp/dom0" "$tmp/guest"
	say "unpacking $(find "$dir.fetched" -name '*.deb' | wc -l) packages"
	unpack_debs "$dir.fetched" "$tmp/dom0"
	finish_dom0 "$tmp/dom0"
	make_guest "$tmp/dom0" "$tmp/guest"
	say "making the file systems"
	(cd "$tmp/guest" && find . | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0) >"$dir/guest.cpio"
	mb=$(($(du -sm "$tmp/dom0" | cut -f1) * 5 / 4 + 128))
	mke2fs -q -F -t ext4 -L dom0 -E root_owner=0:0 -d "$tmp/dom0" "$dir/dom0.ext4" "${mb}M" >/dev/null
	rm -rf "$tmp"
}

apt_arch "$DEB_ARCH"
apt_setup
mapfile -t packages < <(awk -v arch="$LAB_ARCH" \
	'!/^#/ && (NF == 1 || $2 == arch) { print $1 }' "$LAB_DIR/packages/dom0")
chosen=$("$LAB_DIR/host/choose-xen.sh" 2>/dev/null) || exec "$LAB_DIR/host/choose-xen.sh"
read -r _ version _ tools <<<"$chosen"
versions=$(apt_versions "${packages[@]}")
out=$CACHE_DIR/rootfs-$ARCH_TAG$(key "$versions" "$version" "$(file_key "${inputs[@]}")")
fetched "$out" fetch
fetched_all
cached "$out" build
printf '%s\n' "$out"
