#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# build-debian.sh DIRECTORY: a Debian 13 for a guest, installed as people install it,
# with its stock kernel. The project's modules are put where modules of one's own
# belong, its hook where initramfs-tools looks for hooks, and update-initramfs makes the
# initial RAM disk. In DIRECTORY are then root.ext4, vmlinuz and initrd; /lab of the
# guest is DIRECTORY/lab as it was found there, and its lab/run is run at the end of
# each boot.
#
# Maintainer scripts run here, and programs of that root: so this is for root, or sudo
# is asked. What mmdebstrap has installed is kept in the cache.
. "$(dirname "$0")/common.sh"
export LAB_SUITES=trixie LAB_PROBE=linux-source
. "$(dirname "$0")/apt.sh"

# Raise it when this script installs something else from the same input.
recipe=1
list=$LAB_DIR/packages/debian
as_root=()
[ "$(id -u)" = 0 ] || as_root=(sudo)

"$LAB_DIR/host/deps.sh" debian
mapfile -t packages < <(grep -v '^#' "$list")
apt_setup
versions=()
for package in "${packages[@]}"; do
	versions+=("$package=$(apt_version "$package")")
done
base=$CACHE_DIR/debian-$(key "$recipe" "${versions[@]}")

install_debian()
{
	local dir=$1

	# Without recommended packages, as all of the lab's.
	watch "installing Debian 13 (${#packages[@]} packages and what they need)" 0 "$dir/log" \
		"${as_root[@]}" mmdebstrap --variant=minbase --mode=root \
		--aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' \
		--include="$(IFS=,; echo "${packages[*]}")" trixie "$dir/root.tar" "$APT_DIR/sources.list"
	"${as_root[@]}" chown "$(id -u)" "$dir/root.tar"
}

# It is nearly all download: so it belongs to the downloads.
cached "$base" install_debian
[ -z "${LAB_FETCH:-}" ] || exit 0

out=$1
headers=$("$LAB_DIR/host/debian-headers.sh" trixie)
"${MAKE:-make}" -s -C "$TOP_DIR" modules KDIR="$headers" >"$out/modules.out" 2>&1 ||
	{ tail -n 20 "$out/modules.out" >&2; die "make modules failed"; }

# customize ROOT: as root, in a mount namespace of its own
customize()
{
	local root=$1 release

	tar -C "$root" -xpf "$base/root.tar" --numeric-owner
	release=$(basename "$root"/usr/lib/modules/*)
	install -D -m 644 -t "$root/usr/lib/modules/$release/updates" \
		"$("$TOP_DIR/tools/modules.sh" --where "$headers")"/*.ko
	depmod -b "$root" "$release"
	install -D -m 755 "$TOP_DIR/tools/virtio-argo/initramfs/initramfs-tools" \
		"$root/etc/initramfs-tools/hooks/virtio-argo"
	echo 'LABEL=root / ext4 errors=remount-ro 0 1' >"$root/etc/fstab"
	echo debian >"$root/etc/hostname"
	cp -r "$out/lab" "$root/lab"
	cat >"$root/etc/systemd/system/lab.service" <<-'UNIT'
	[Unit]
	Description=The lab's part of this guest
	After=multi-user.target
	[Service]
	Type=simple
	ExecStart=/bin/bash /lab/run
	[Install]
	WantedBy=multi-user.target
	UNIT
	chroot "$root" systemctl enable lab.service
	# What the first boot would do, which takes the emulator minutes
	chroot "$root" systemd-machine-id-setup
	chroot "$root" ldconfig
	touch "$root/etc/.updated" "$root/var/.updated"
	mount -t proc proc "$root/proc"
	mount -t devtmpfs dev "$root/dev" || mount --bind /dev "$root/dev"
	chroot "$root" update-initramfs -u -k "$release"
	umount "$root/dev" "$root/proc"
	cp "$root/boot/vmlinuz-$release" "$out/vmlinuz"
	cp "$root/boot/initrd.img-$release" "$out/initrd"
	mke2fs -q -t ext4 -L root -d "$root" "$out/root.ext4" 1600M
}

export -f customize
export base out headers TOP_DIR
root=$(mktemp -d "$out/root.XXXX")
# shellcheck disable=SC2016 # the other bash expands it
watch "making the guest's root and its initial RAM disk" 0 "$out/customize.out" \
	"${as_root[@]}" unshare -m bash -euc 'customize "$1"' - "$root"
"${as_root[@]}" rm -rf "$root"
"${as_root[@]}" chown "$(id -u)" "$out/root.ext4" "$out/vmlinuz" "$out/initrd"
