#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Build the modules out of tree.
#
# usage: tools/modules.sh [--where] <prepared kernel build directory> [<tag>]
#
# The sources are copied to build/modules/<tag>/src and built there, so the
# source tree stays clean and builds for several kernels do not meet. They are
# compared by content: an older file that comes back must be compiled again. The
# modules end up in build/modules/<tag>/, which --where only prints. The tag is
# the kernel's release and a hash of its configuration, if none is given.
# KMAKE adds arguments for kbuild (W=1, C=1, ARCH=...).
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
where=
if [ "${1:-}" = --where ]; then
	where=1
	shift
fi
kdir=${1:?usage: tools/modules.sh [--where] <kernel build directory> [<tag>]}
kdir=$(cd "$kdir" && pwd)

if [ ! -e "$kdir/include/generated/autoconf.h" ]; then
	echo "modules: $kdir is not a prepared kernel build directory" >&2
	exit 1
fi
release=$(sed -n 's/^#define UTS_RELEASE "\(.*\)"$/\1/p' "$kdir/include/generated/utsrelease.h")
tag=${2:-$release-$(sha256sum "$kdir/.config" | cut -c1-8)}
out=$top/build/modules/$tag
src=$out/src
if [ -n "$where" ]; then
	echo "$out"
	exit 0
fi
mkdir -p "$src"
# Two builds for the same kernel take turns
if [ "${MODULES_LOCKED:-}" != "$out" ]; then
	MODULES_LOCKED=$out exec flock "$out/lock" "$0" "$kdir" "$tag"
fi

command -v rsync >/dev/null || { echo "modules: rsync is missing" >&2; exit 1; }
(cd "$top" && rsync -rcR --delete-missing-args Kbuild compat include drivers \
	--exclude='*.sw?' "$src/")
# What is gone from the tree must go from the copy, kbuild's products must stay
(cd "$src" && find drivers include compat -type f \
	\( -name '*.[ch]' -o -name Makefile -o -name 'Kconfig*' \) ! -name '*.mod.c') |
while read -r f; do
	[ -e "$top/$f" ] || rm -f "$src/$f"
done

# A room that an older kernel needs in another form
grep -q '[[:space:]]vring_create_virtqueue_map[[:space:]]' "$kdir/Module.symvers" ||
	cp -p "$top/compat/virtio_argo_map.c" "$src/drivers/virtio/virtio_argo_map.c"

# The kernel's .config does not know our symbols; those that are modules at
# most are given on the command line.
config="CONFIG_XEN_ARGO=m CONFIG_XEN_ARGO_DEV=m CONFIG_VIRTIO_ARGO_CORE=m CONFIG_VIRTIO_ARGO=m"
grep -q '[[:space:]]disable_work_sync[[:space:]]' "$kdir/Module.symvers" ||
	config="$config CONFIG_VIRTIO_ARGO_COMPAT=m"
# The suites need KUnit as it is since 6.8, which exports this. Debian's kernels
# have none.
if grep -q '[[:space:]]kunit_device_register[[:space:]]' "$kdir/Module.symvers"; then
	config="$config CONFIG_XEN_ARGO_FAKE=m CONFIG_XEN_ARGO_KUNIT_TEST=m"
	config="$config CONFIG_VIRTIO_ARGO_KUNIT_TEST=m"
fi

# shellcheck disable=SC2086
make -C "$kdir" M="$src" -j"$(nproc)" $config ${KMAKE:-} modules

# Only what this build has made: order files name it, by its object since 6.2
rm -f "$out"/*.ko
sed 's,\.o$,.ko,' "$src/modules.order" | while read -r ko; do
	[ -e "$ko" ] || ko=$src/$ko
	cp -p "$ko" "$out/"
done
cp -p "$src/Module.symvers" "$out/" 2>/dev/null || true
set -- "$out"/*.ko
echo "modules: $# modules in build/modules/$tag"
