#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# Put the drivers into a kernel tree.
#
# usage: tools/overlay.sh <kernel source tree>
#
# Copies the files and adds the lines that the tree's Kconfig and Makefiles need
# between a pair of marks, so that it can be run again after every change. The
# code is written for current mainline; compat/ has no place in a kernel tree.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
ksrc=${1:?usage: make overlay KSRC=<kernel source tree>}
if [ ! -e "$ksrc/drivers/virtio/Kconfig" ] || [ ! -e "$ksrc/drivers/xen/Kconfig" ]; then
	echo "overlay: $ksrc is not the source of a kernel" >&2
	exit 1
fi
ksrc=$(cd "$ksrc" && pwd)
begin='# virtio-argo: begin (tools/overlay.sh)'
end='# virtio-argo: end'

# put FILE [AS]: by renaming, for the tree may share its files with another one.
put()
{
	to=$ksrc/${2:-$1}
	cmp -s "$top/$1" "$to" && return 0
	mkdir -p "${to%/*}"
	cp -p "$top/$1" "$to.new"
	mv "$to.new" "$to"
}

# lines FILE [REGEX]: the marked lines of FILE become what comes on stdin, before
# the last line that matches REGEX, or at the end.
lines()
{
	{
		echo "$begin"
		cat
		echo "$end"
	} >"$ksrc/$1.lines"
	awk -v begin="$begin" -v end="$end" -v before="${2:-}" -v new="$ksrc/$1.lines" '
		$0 == begin { skip = 1 }
		!skip { line[++n] = $0; if (before != "" && $0 ~ before) at = n }
		$0 == end { skip = 0 }
		END {
			for (i = 1; i <= n + 1; i++) {
				if (i == (at ? at : n + 1))
					while ((getline text < new) > 0)
						print text
				if (i <= n)
					print line[i]
			}
		}' "$ksrc/$1" >"$ksrc/$1.new"
	rm -f "$ksrc/$1.lines"
	if cmp -s "$ksrc/$1.new" "$ksrc/$1"; then
		rm -f "$ksrc/$1.new"
	else
		mv "$ksrc/$1.new" "$ksrc/$1"
	fi
}

# What is gone from here must go from there.
for f in "$ksrc"/drivers/xen/argo/* "$ksrc"/drivers/virtio/virtio_argo*; do
	case $f in
	*.[ch])
		[ -e "$top/${f#"$ksrc"/}" ] || rm -f "$f"
		;;
	esac
done

cd "$top"
for f in drivers/xen/argo/*.[ch] drivers/xen/argo/Makefile drivers/xen/argo/Kconfig \
	drivers/virtio/virtio_argo*.[ch] drivers/virtio/Kconfig.argo \
	include/xen/argo*.h include/xen/interface/argo.h \
	include/uapi/xen/argo.h include/uapi/linux/virtio_argo.h; do
	put "$f"
done
for f in Documentation/virtio/*.rst; do
	put "$f" "Documentation/driver-api/virtio/${f##*/}"
done
for f in Documentation/ABI/testing/* Documentation/devicetree/bindings/virtio/*; do
	[ ! -e "$f" ] || put "$f"
done

echo 'source "drivers/xen/argo/Kconfig"' | lines drivers/xen/Kconfig '^endmenu'
# shellcheck disable=SC2016
echo 'obj-$(CONFIG_XEN_ARGO) += argo/' | lines drivers/xen/Makefile
echo 'source "drivers/virtio/Kconfig.argo"' | lines drivers/virtio/Kconfig '^endif # VIRTIO_MENU'
sed '/^#/d' drivers/virtio/Makefile | lines drivers/virtio/Makefile
echo "overlay: done in $ksrc"
