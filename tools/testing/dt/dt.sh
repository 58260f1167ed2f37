#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# dt.sh: the device-tree binding in the newest kernel tree of Debian: passes
# dt_binding_check; what virtio-argo(1) writes is valid by it, and what is wrong
# is not. Results in build/ktap/dt.ktap.
# shellcheck disable=SC2317,SC2154 # functions that ktap_check calls; sid_source's names
. "$(dirname "$0")/../xen/host/common.sh"
export LAB_SUITES=sid LAB_PROBE=linux-source
. "$LAB_DIR/host/apt.sh"
. "$LAB_DIR/host/sid-source.sh"
. "$TOP_DIR/tools/testing/ktap.sh"

binding=virtio/xen,virtio-argo.yaml
cli=$TOP_DIR/tools/virtio-argo/cli/virtio-argo.py
work=$BUILD_DIR/dt
tree=$work/linux
log=$work/log

# Linux asks for a newer dt-schema than Debian 12 has: so sid's runs, beside the
# machine's programs, with the Python and the libraries that it was made for.
dtschema_fetch()
{
	say "fetching dt-schema $schema_version"
	apt_debs "$1" base-files dt-schema
}

dtschema()
{
	local dir=$1 deb program

	for deb in "$dir.fetched"/base-files_*.deb "$dir.fetched"/*.deb; do
		dpkg-deb --fsys-tarfile "$deb" |
			tar -C "$dir" -x --keep-directory-symlink --no-same-owner -f - \
				--exclude='./usr/share/doc/*' --exclude='./usr/share/locale/*'
	done
	mkdir -p "$dir/wrap"
	for program in dt-doc-validate dt-extract-example dt-mk-schema dt-validate dt-check-compatible; do
		cat >"$dir/wrap/$program" <<-'WRAP'
		#!/bin/sh
		root=$(cd "${0%/*}/.." && pwd)
		export PYTHONHOME="$root/usr" PYTHONPATH="$root/usr/lib/python3/dist-packages"
		exec "$root"/usr/lib64/ld-linux-x86-64.so.2 --library-path \
			"$root/usr/lib/x86_64-linux-gnu" "$root/usr/bin/python3" \
			"$root/usr/bin/${0##*/}" "$@"
		WRAP
		chmod +x "$dir/wrap/$program"
	done
}

binding_check()
{
	make -C "$tree" O="$work/out" -j"$JOBS" dt_binding_check DT_SCHEMA_FILES="$binding" \
		>"$log.all" 2>&1 </dev/null || { cp "$log.all" "$log"; return 1; }
	# It ends with status 0 whatever it thinks of a schema.
	! grep -E "^[^ ]*$binding:|xen,virtio-argo.*(rror|arning)" "$log.all" >"$log"
}

example_made()
{
	[ -s "$work/out/Documentation/devicetree/bindings/${binding%.yaml}.example.dtb" ]
}

# valid FILE.dtb: it said nothing about our nodes, and looked at them.
valid()
{
	dt-validate -v -s "$work/out/Documentation/devicetree/bindings/processed-schema.json" \
		-l "${binding%.yaml}" "$1" >"$log" 2>&1 || return
	! grep -q "${binding##*/}" "$log"
}

invalid()
{
	dtc -q -I dts -O dtb -o "$work/bad.dtb" "$1" || return
	! valid "$work/bad.dtb" && grep -q "$2" "$log"
}

# bad WHAT SED-EXPRESSION WORD: the tool's tree, spoiled, is refused with WORD.
bad()
{
	sed "$2" "$work/links.dts" >"$work/bad.dts"
	ktap_check "refused: $1" "$log" invalid "$work/bad.dts" "$3"
}

"$LAB_DIR/host/deps.sh" build dt
rm -rf "$work"
mkdir -p "$work"
ktap_start dt
sid_there || { ktap_skip "the machine's Debian mirror offers no sid" "binding"; ktap_finish; }
sid_source
schema_version=$(apt_version dt-schema) || die "no dt-schema in sid"
schema=$CACHE_DIR/dtschema-$(key "$schema_version" "recipe 1")
fetched "$schema" dtschema_fetch
fetched_all
cached "$schema" dtschema
PATH=$schema/wrap:$PATH

cp -al "$source" "$tree" 2>/dev/null || { rm -rf "$tree"; cp -a "$source" "$tree"; }
make -s -C "$TOP_DIR" overlay KSRC="$tree" >"$log"
make -s -C "$tree" O="$work/out" allnoconfig >"$log" 2>&1 </dev/null || die "allnoconfig: see $log"
say "dt_binding_check, with the schemas of all of Linux"
ktap_check "dt_binding_check ($package $version): $binding" "$log" binding_check
ktap_check "its example was compiled" "$log.all" example_made

"$cli" dt --backend 0 --backend 3 --port 0x10 --ring-size 64K -o "$work/links.dts"
"$cli" dt --backend 0 --backend 3 --port 0x10 --ring-size 64K -o "$work/links.dtb"
ktap_check "what virtio-argo dt writes is valid" "$log" valid "$work/links.dtb"
bad "a property that nobody knows" 's/xen,argo-port/xen,argo-prt/' xen,argo-prt
bad "a link without a backend" '/xen,backend-domid/d' xen,backend-domid
bad "a reserved domain id" 's/domid = <3>/domid = <32752>/' 32752
bad "a ring of one byte" 's/ring-size = <.*>/ring-size = <1>/' minimum
bad "a port of 0" 's/argo-port = <.*>/argo-port = <0>/' minimum
ktap_finish
