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
#   LAB_SOURCES=DIR   files of source packages that were got elsewhere:
#                     DIR/xen_<version>.orig.tar.* and DIR/xen_<version>-*.debian.tar.*
#
# What is in the cache is not asked for again; what was missing is, after some
# hours, or with LAB_ASK=1 now.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/apt.sh"

HOURS=6
list=$LAB_DIR/packages/xen-releases
missing=()

# get_source DIR VERSION: in the cache, from LAB_SOURCES, or from the suite.
get_source()
{
	local dir=$1 version=$2 upstream=${2%-*} part

	[ ! -e "$dir/.complete" ] || return 0
	rm -rf "$dir"
	mkdir -p "$dir"
	if [ -n "${LAB_SOURCES:-}" ] &&
	   compgen -G "$LAB_SOURCES/xen_$upstream.orig.tar.*" >/dev/null &&
	   compgen -G "$LAB_SOURCES/xen_$version.debian.tar.*" >/dev/null; then
		for part in "$LAB_SOURCES/xen_$upstream".orig.tar.* "$LAB_SOURCES/xen_$version".debian.tar.*; do
			cp "$part" "$dir/"
		done
	elif ! apt_source "$dir" xen "$version"; then
		APT_MISSING=${APT_MISSING:-xen_$upstream.orig.tar.xz xen_$version.debian.tar.xz}
		return 1
	fi
	: >"$dir/.complete"
}

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

# For apt_of. Status 1: not to be had, and what is missing on stdout.
try()
{
	local series=$1 version source tools
	shift

	apt_arch "$DEB_ARCH"
	(apt_setup) 2>/dev/null || { echo "(no such archive)"; return 1; }
	apt_setup
	version=$(apt_source_version xen) || { echo "(no source package xen)"; return 1; }
	source=$CACHE_DIR/source-xen-$version
	tools=$CACHE_DIR/tools-xen-$ARCH_TAG$version
	if ! get_source "$source" "$version" || ! get_tools "$tools" "$version" "$@"; then
		# One of them is enough to look for.
		# shellcheck disable=SC2086 # several words
		printf '%s\n' $APT_MISSING | sort | grep -m 1 '.*_.*'
		return 1
	fi
	printf '%s %s %s %s\n' "$series" "$version" "$source" "$tools"
}

choose()
{
	local suite series packages answer

	while read -r suite series packages; do
		[ -z "${LAB_XEN:-}" ] || [ "$LAB_XEN" = "$series" ] || continue
		# shellcheck disable=SC2086 # several words
		if answer=$(apt_of "$suite" try "$series" $packages); then
			set -- $answer
			[ ${#missing[@]} = 0 ] || missing=("; missing: $(printf '%s, ' "${missing[@]}")")
			printf '%s\n' "$answer" "Xen $2 of Debian $suite${missing[*]%, }" >"$memo"
			return 0
		fi
		missing+=("$suite: ${answer##*$'\n'}")
	done < <(grep -v '^#' "$list")
	return 1
}

case ${LAB_XEN:-4.0} in
4.[0-9]*) ;;
*) die "LAB_XEN=$LAB_XEN: a series like 4.17 is expected" ;;
esac
[ -z "${LAB_XEN:-}" ] || grep -q "^[a-z].* $LAB_XEN " "$list" ||
	die "LAB_XEN=$LAB_XEN: the lab knows $(awk '!/^#/ { print $2 }' "$list" | sort -u | paste -sd ' ')"

memo=$CACHE_DIR/xen-chosen-$ARCH_TAG$(key "${LAB_XEN:-}" "${LAB_SOURCES:-}" "$(file_key "$list")")
exec {lock}>"$CACHE_DIR/choose-xen.lock"
flock "$lock"
if [ -n "${LAB_ASK:-}" ] || [ -z "$(find "$memo" -mmin -$((HOURS * 60)) 2>/dev/null)" ]; then
	choose || {
		for line in "${missing[@]}"; do
			say "missing from Debian $line"
		done
		die "no Xen${LAB_XEN:+ $LAB_XEN} can be had today: try again later, or put the files of its source package (xen_*.orig.tar.*, xen_*.debian.tar.*) into a directory and say LAB_SOURCES=DIRECTORY${LAB_XEN:+, or leave LAB_XEN out}"
	}
fi
{
	read -r answer
	read -r text
} <"$memo"
read -r _ _ source tools <<<"$answer"
[ -e "$source/.complete" ] && [ -e "$tools/.complete" ] || {
	rm -f "$memo"
	exec "$0"
}
say "$text"
printf '%s\n' "$answer"
