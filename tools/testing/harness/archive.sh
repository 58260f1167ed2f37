# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# choose-xen.sh with an archive that lacks one thing or another: an apt-get and an
# apt-cache that take everything from a directory. Sourced by harness.sh.
#
#   $dir/archive/SUITE/Sources    its list of source packages
#   $dir/archive/SUITE/*          the files that can be fetched
#   $dir/archive/SUITE/next/      what the suite has when the lists are fetched again
# shellcheck shell=bash disable=SC2154,SC2317

fake_apt()
{
	mkdir -p "$dir/apt"
	cat >"$dir/apt/apt-get" <<-'APT'
	#!/bin/bash
	if [ "$1" = indextargets ]; then
		printf 'fake:debian trixie\nfake:debian-security trixie-security\n'
		exit
	fi
	while :; do
		case $1 in
		-o) shift 2 ;;
		-*) shift ;;
		*) break ;;
		esac
	done
	suite=$ARCHIVE/$(sed 's|.*/apt-\([^/]*\)/.*|\1|' <<<"$APT_CONFIG")
	case $1 in
	update)
		[ ! -d "$suite/next" ] || { mv "$suite/next"/* "$suite/"; rmdir "$suite/next"; }
		[ -d "$suite" ]
		;;
	source) cp "$suite"/*.tar.* . && cp "$suite"/*.dsc . ;;
	download) cp "$suite/${2%%=*}_${2#*=}.deb" . ;;
	*) exit 1 ;;
	esac
	APT
	cat >"$dir/apt/apt-cache" <<-'APT'
	#!/bin/bash
	case " $* " in
	*" showsrc "*) cat "$ARCHIVE/$(sed 's|.*/apt-\([^/]*\)/.*|\1|' <<<"$APT_CONFIG")/Sources" ;;
	esac
	APT
	chmod +x "$dir/apt"/*
}

# suite NAME SERIES VERSION [WITHOUT...]: a suite that has this Xen, but the files of
# these names
suite()
{
	local at=$dir/archive/$1 series=$2 version=$3 name
	shift 3

	rm -rf "$at"
	mkdir -p "$at"
	echo "dsc" >"$at/xen_$version.dsc"
	echo "orig $version" >"$at/xen_${version%-*}.orig.tar.xz"
	echo "debian $version" >"$at/xen_$version.debian.tar.xz"
	(
		cd "$at" || exit
		printf 'Package: xen\nVersion: %s\nFiles:\n' "$version"
		md5sum xen_* | sed 's/^\([0-9a-f]*\)  / \1 9 /'
		printf 'Checksums-Sha256:\n'
		sha256sum xen_* | sed 's/^\([0-9a-f]*\)  / \1 9 /'
		printf 'Directory: pool\n\n'
	) >"$at/Sources"
	for name in "xen-utils-$series" "libxenmisc$series"; do
		echo "$name" >"$at/${name}_$version.deb"
	done
	for name; do
		rm "$at/$name"
	done
}

# An empty cache, and the archive of today: 4.20 in trixie, 4.17 in bookworm, with
# these files missing from trixie
archive()
{
	rm -rf "$dir/archive" "$dir/cache"
	suite trixie 4.20 4.20.4-1 "$@"
	suite bookworm 4.17 4.17.5-1
}

# chooses VERSION TEXT [VARIABLE=VALUE...]: that Xen, and says so
chooses()
{
	local version=$1 text=$2
	shift 2

	env PATH="$dir/apt:$PATH" ARCHIVE="$dir/archive" VARGO_CACHE="$dir/cache" \
		BUILD_DIR="$dir/build" "$@" tools/testing/xen/host/choose-xen.sh \
		>"$dir/answer" 2>"$dir/out" &&
		[ "$(cut -d' ' -f 2 "$dir/answer")" = "$version" ] &&
		[ -e "$(cut -d' ' -f 3 "$dir/answer")/xen_$version.debian.tar.xz" ] &&
		grep -qF "$text" "$dir/out" && return
	cat "$dir/answer" "$dir/out"
	return 1
}

# refuses TEXT [VARIABLE=VALUE...]: fails, and says so
refuses()
{
	local text=$1
	shift

	! chooses none "$text" "$@" >/dev/null && [ ! -s "$dir/answer" ] &&
		grep -qF "$text" "$dir/out" && return
	cat "$dir/answer" "$dir/out"
	return 1
}

test_choose()
{
	local log=$dir/log now

	fake_apt
	archive
	ktap_check "choose-xen: the first of the list" "$log" \
		chooses 4.20.4-1 "Xen 4.20.4-1 of Debian trixie"
	ktap_check "choose-xen: a series that is asked for" "$log" \
		chooses 4.17.5-1 "Xen 4.17.5-1 of Debian bookworm" LAB_XEN=4.17
	ktap_check "choose-xen: a series that nobody knows" "$log" \
		refuses "the lab knows 4.17 4.20" LAB_XEN=4.19
	rm "$dir/archive/trixie"/*.tar.* "$dir/archive/trixie"/*.deb
	ktap_check "choose-xen: what was fetched once is kept" "$log" \
		chooses 4.20.4-1 "Xen 4.20.4-1 of Debian trixie" LAB_ASK=1 LAB_BEGAN=$(($(date +%s) + 5))
	archive xen_4.20.4-1.dsc
	ktap_check "choose-xen: the .dsc is not needed" "$log" \
		chooses 4.20.4-1 "Xen 4.20.4-1 of Debian trixie"
	archive xen_4.20.4.orig.tar.xz
	ktap_check "choose-xen: a source file is missing: it is named, and the next is taken" "$log" \
		chooses 4.17.5-1 "trixie: xen_4.20.4.orig.tar.xz"
	ktap_check "choose-xen: that series is asked for: an error" "$log" \
		refuses "LAB_SOURCES=DIRECTORY, or leave LAB_XEN out" LAB_XEN=4.20
	mkdir -p "$dir/given"
	echo orig >"$dir/given/xen_4.20.4.orig.tar.xz"
	ktap_check "choose-xen: half of a source that was got elsewhere is not enough" "$log" \
		refuses "missing from Debian trixie: xen_4.20.4.orig.tar.xz" LAB_XEN=4.20 LAB_SOURCES="$dir/given"
	echo debian >"$dir/given/xen_4.20.4-1.debian.tar.xz"
	ktap_check "choose-xen: a source that was got elsewhere" "$log" \
		chooses 4.20.4-1 "the source of xen 4.20.4-1 is from $dir/given" LAB_SOURCES="$dir/given"
	archive
	echo half >"$dir/archive/trixie/xen_4.20.4-1.debian.tar.xz"
	ktap_check "choose-xen: a file is not what the list says: it does not count" "$log" \
		chooses 4.17.5-1 "trixie: xen_4.20.4-1.debian.tar.xz"
	archive xen-utils-4.20_4.20.4-1.deb
	ktap_check "choose-xen: the tools are missing: they are named, and the next is taken" "$log" \
		chooses 4.17.5-1 "trixie: xen-utils-4.20_4.20.4-1"
	now=$(date +%s)
	suite trixie 4.20 4.20.4-1
	ktap_check "choose-xen: a command has one Xen from end to end" "$log" \
		chooses 4.17.5-1 "Xen 4.17.5-1" LAB_BEGAN="$now"
	ktap_check "choose-xen: an answer does not hold for ever" "$log" \
		chooses 4.20.4-1 "Xen 4.20.4-1" LAB_BEGAN=$((now + 7 * 3600))
	archive xen_4.20.4.orig.tar.xz
	chooses 4.17.5-1 "Xen 4.17.5-1" >"$log"
	suite trixie/next 4.20 4.20.5-1
	ktap_check "choose-xen: a version that came after the lists" "$log" \
		chooses 4.20.5-1 "Xen 4.20.5-1 of Debian trixie" LAB_BEGAN=$((now + 7 * 3600))
	rm -rf "$dir/archive" "$dir/cache"
	ktap_check "choose-xen: an archive without any" "$log" \
		refuses "no Xen can be had today"
}
