#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# choose-xen.sh: the Xen of this lab: the first of packages/xen-releases whose
# source package and tools can both be had, because an archive may lack any source
# file on any day. Puts both into the cache and answers with one line:
#
#	<series> <version> <directory of the source's parts> <directory of the tools' .debs>
#
#   LAB_XEN=4.17      only that series
#   LAB_SOURCES=DIR   source packages that were got elsewhere, see apt.sh
#   LAB_ASK=1         ask the archive again, whatever was answered before
#
# What is in the cache is not asked for again; what was missing is, after some
# hours, and never in the middle of a command: it needs one Xen from end to end.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/apt.sh"

HOURS=6
list=$LAB_DIR/packages/xen-releases
missing=()

get_tools()
{
	local dir=$1 version=$2 package
	shift 2

	[ ! -e "$dir/.complete" ] || return 0
	rm -rf "$dir"
	mkdir -p "$dir"
	for package; do
		if ! apt_lab_in "$dir" apt-get download "$package=$version" 2>/dev/null; then
			APT_MISSING=${package}_$version
			return 1
		fi
	done
	: >"$dir/.complete"
}

# Status 1: not to be had, and what is missing on stdout.
try_once()
{
	local series=$1 version source tools
	shift

	version=$(apt_source_version xen) || { echo "(no source package xen)"; return 1; }
	source=$CACHE_DIR/source-xen-$version
	tools=$CACHE_DIR/tools-xen-$ARCH_TAG$version
	if ! apt_source "$source" xen "$version" || ! get_tools "$tools" "$version" "$@"; then
		printf '%s\n' "${APT_MISSING:-xen $version}"
		return 1
	fi
	printf '%s %s %s %s\n' "$series" "$version" "$source" "$tools"
}

# For apt_of.
try()
{
	apt_arch "$DEB_ARCH"
	(apt_setup) 2>/dev/null || { echo "(no such archive)"; return 1; }
	apt_setup
	apt_again try_once "$@"
}

# MEMO: the answer, what it is in words, and what was missing.
choose()
{
	local suite series packages answer version

	while read -r suite series packages; do
		[ -z "${LAB_XEN:-}" ] || [ "$LAB_XEN" = "$series" ] || continue
		# shellcheck disable=SC2086 # several words
		if answer=$(apt_of "$suite" try "$series" $packages); then
			read -r _ version _ <<<"${answer##*$'\n'}"
			# One file of each is enough to look for.
			printf '%s\n' "${answer##*$'\n'}" "Xen $version of Debian $suite" \
				"$(printf '%s\n' "${missing[@]}" | sed 's/\(: [^( ]*\) .*/\1/' | paste -sd ,)" >"$1"
			return 0
		fi
		missing+=("$suite: ${answer##*$'\n'}")
	done < <(grep -v '^#' "$list")
	return 1
}

# What the memo says is still there, and is not to be asked for again.
still()
{
	local source tools since=$((LAB_BEGAN - HOURS * 3600))

	[ -z "${LAB_ASK:-}" ] || since=$LAB_BEGAN
	[ -n "$(find "$1" -newermt "@$since" 2>/dev/null)" ] || return
	read -r _ _ source tools <"$1"
	[ -e "$source/.complete" ] && [ -e "$tools/.complete" ]
}

case ${LAB_XEN:-4.0} in
4.[0-9]*) ;;
*) die "LAB_XEN=$LAB_XEN: a series like 4.17 is expected" ;;
esac
[ -z "${LAB_XEN:-}" ] || grep -q "^[a-z].* $LAB_XEN " "$list" ||
	die "LAB_XEN=$LAB_XEN: the lab knows $(awk '!/^#/ { print $2 }' "$list" | sort -u | paste -sd ' ')"
[ -z "${LAB_SOURCES:-}" ] || [ -d "$LAB_SOURCES" ] || die "LAB_SOURCES=$LAB_SOURCES is no directory"

memo=$CACHE_DIR/xen-chosen-$ARCH_TAG$(key "${LAB_XEN:-}" "$(cd "${LAB_SOURCES:-/dev/null}" 2>/dev/null && ls)" \
	"$(file_key "$list" "$0")")
exec {lock}>"$CACHE_DIR/choose-xen.lock"
flock "$lock"
if ! still "$memo"; then
	choose "$memo" || {
		for line in "${missing[@]}"; do
			say "missing from Debian $line"
		done
		die "no Xen${LAB_XEN:+ $LAB_XEN} can be had today: try again later, or put the two files of one of these source packages (.orig.tar, .debian.tar) into a directory and say LAB_SOURCES=DIRECTORY${LAB_XEN:+, or leave LAB_XEN out}"
	}
fi
{
	read -r answer
	read -r text
	read -r without
} <"$memo"
[ -n "${LAB_CHOSEN:-}" ] ||
	say "$text${without:+; missing at $(date -r "$memo" +%H:%M) (LAB_ASK=1 asks again): ${without//,/, }}"
printf '%s\n' "$answer"
