#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# deps.sh PURPOSE...: installs the Debian packages that packages/host lists for
# these purposes, after saying which; does nothing when all are there.
. "$(dirname "$0")/common.sh"

want=$(awk -v purposes=" $* " '$1 !~ /^#/ && NF == 2 && index(purposes, " " $1 " ") { print $2 }' \
	"$LAB_DIR/packages/host")
have=$(dpkg-query -W -f '${db:Status-Status} ${binary:Package}\n' 2>/dev/null |
	sed -n 's/^installed \([^:]*\).*/\1/p')
missing=$(comm -23 <(sort -u <<<"$want") <(sort -u <<<"$have"))
[ -n "$missing" ] || exit 0
mapfile -t missing <<<"$missing"

say "installing Debian packages: ${missing[*]}"
as_root=()
if [ "$(id -u)" != 0 ]; then
	command -v sudo >/dev/null ||
		die "root or sudo is needed once, for: apt-get install ${missing[*]}"
	as_root=(sudo)
fi
apt_get()
{
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
		-o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 "$@"
}
log=$BUILD_DIR/log/deps.log
install=(install --no-install-recommends "${missing[@]}")
mkdir -p "${log%/*}"
if ! apt_get --simulate "${install[@]}" >"$log" 2>&1; then
	watch "apt-get update" 0 "$log" apt_get update
fi
watch "apt-get install" 0 "$log" apt_get "${install[@]}"
