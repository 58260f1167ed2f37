#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Build the modules out of tree.
#
# usage: tools/modules.sh <prepared kernel build directory> [<tag>]
#
# The sources are copied to build/modules/<tag>/src and built there, so the
# source tree stays clean and builds for several kernels do not meet. The
# modules end up in build/modules/<tag>/. KMAKE adds arguments for kbuild
# (W=1, C=1, ARCH=...).
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
kdir=${1:?usage: tools/modules.sh <kernel build directory> [<tag>]}
kdir=$(cd "$kdir" && pwd)

if [ ! -e "$kdir/include/generated/autoconf.h" ]; then
	echo "modules: $kdir is not a prepared kernel build directory" >&2
	exit 1
fi
release=$(cat "$kdir/include/config/kernel.release")
tag=${2:-$release}
out=$top/build/modules/$tag
src=$out/src
mkdir -p "$src"

command -v rsync >/dev/null || { echo "modules: rsync is missing" >&2; exit 1; }
(cd "$top" && rsync -rtR --delete-missing-args Kbuild compat include drivers \
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
config="CONFIG_XEN_ARGO=m CONFIG_XEN_ARGO_DEV=m CONFIG_VIRTIO_ARGO=m"
if grep -q '^CONFIG_KUNIT=[ym]' "$kdir/include/config/auto.conf"; then
	config="$config CONFIG_XEN_ARGO_FAKE=m CONFIG_XEN_ARGO_KUNIT_TEST=m"
	config="$config CONFIG_VIRTIO_ARGO_KUNIT_TEST=m"
fi

# shellcheck disable=SC2086
make -C "$kdir" M="$src" -j"$(nproc)" $config ${KMAKE:-} modules

rm -f "$out"/*.ko
find "$src" -name '*.ko' -exec cp -p {} "$out/" \;
cp -p "$src/Module.symvers" "$out/" 2>/dev/null || true
echo "modules: $(cd "$out" && ls ./*.ko | wc -l) modules in build/modules/$tag"
