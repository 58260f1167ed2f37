#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# build-policy.sh: builds a Flask policy from the example in Xen's Debian source
# package and hypervisor/lab.te. Answers with the directory that holds it, as
# xenpolicy.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/apt.sh"

# Raise it when this script builds something else from the same input.
recipe=1
module=$LAB_DIR/hypervisor/lab.te

build()
{
	local dir=$1 tmp=$1/tmp src=$1/tmp/src policy=$1/tmp/src/tools/flask/policy

	apt_unpack "$source" "$src"
	# Xen's example lets every domain use Argo; lab.te says who may.
	[ "$(grep -c '^allow domain_type .*:argo ' "$policy/modules/guest_features.te")" = 2 ] ||
		die "Xen's example policy has other rules for Argo than lab.te is written for"
	sed -i '/^allow domain_type .*:argo /d' "$policy/modules/guest_features.te"
	cp "$module" "$policy/modules/lab.te"
	echo "lab = on" >>"$policy/modules/modules.conf"
	mkdir "$tmp/out"
	make -C "$policy" -f Makefile.common FLASK_BUILD_DIR="$tmp/out" \
		POLICY_FILENAME="$dir/xenpolicy" >"$tmp/out/log" 2>&1 </dev/null ||
		die "the Flask policy does not build: $(tail -n 5 "$tmp/out/log")"
	rm -rf "$tmp"
}

chosen=$("$LAB_DIR/host/choose-xen.sh" 2>/dev/null) || exec "$LAB_DIR/host/choose-xen.sh"
read -r _ version source _ <<<"$chosen"
out=$CACHE_DIR/xenpolicy-$(key "$version" "$(file_key "$module")" "recipe $recipe" \
	"$(checkpolicy -V)")
fetched_all
cached "$out" build
printf '%s\n' "$out"
