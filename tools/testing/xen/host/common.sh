# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# Sourced by every host script of the lab: where things are, how progress is
# shown, and how a slow result is built once and kept.
#
# The cache lives outside the tree. Every entry is a directory whose name ends
# in a hash of all that went into it, so that nothing in it is ever stale; its
# file .complete is written last.
# shellcheck shell=bash

set -euo pipefail
umask 022
export LC_ALL=C
# mke2fs, debugfs, depmod: Debian's users have them, but not on their path.
PATH=$PATH:/usr/sbin:/sbin

LAB_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
TOP_DIR=$(cd "$LAB_DIR/../../.." && pwd -P)
BUILD_DIR=${BUILD_DIR:-$TOP_DIR/build}
CACHE_DIR=${VARGO_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/virtio-argo}
JOBS=${JOBS:-$(nproc)}
# Make's own variables must not reach the builds of other projects.
unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL ARCH CROSS_COMPILE KCONFIG_CONFIG
mkdir -p "$BUILD_DIR" "$CACHE_DIR"

# set_arch NAME: what the machine in QEMU is, x86 or arm64. Scripts call each
# other, so the environment carries it. In the cache only names of arm64's
# entries say what they are for.
# shellcheck disable=SC2034 # those who source this use them
set_arch()
{
	export LAB_ARCH=$1
	case $LAB_ARCH in
	x86) ARCH_TAG='' CROSS='' DEB_ARCH=amd64 DEB_TRIPLET=x86_64-linux-gnu ;;
	arm64) ARCH_TAG=arm64- CROSS=aarch64-linux-gnu- DEB_ARCH=arm64 DEB_TRIPLET=aarch64-linux-gnu ;;
	*) echo "the lab knows no architecture '$LAB_ARCH'" >&2; exit 1 ;;
	esac
}
set_arch "${LAB_ARCH:-x86}"

# One clock for the whole command, also when scripts call each other.
export LAB_T0=${LAB_T0:-$(date +%s)}
# When the command began, also for the many that make check is: what it has found
# out holds to its end.
export LAB_BEGAN=${LAB_BEGAN:-$LAB_T0}

# say TEXT...: one line of progress with the elapsed time, on stderr so that
# stdout stays free for the path that a script answers with.
say()
{
	local t=$(($(date +%s) - LAB_T0))

	printf '[%2d:%02d] %s\n' $((t / 60)) $((t % 60)) "$*" >&2
}

die()
{
	say "error: $*"
	exit 1
}

# watch LABEL TOTAL LOG COMMAND...: runs a long command with its output in LOG
# and tells every few seconds how far it is: LOG's lines against TOTAL, the
# usual number of them (0 if it is not known).
watch()
{
	local label=$1 total=$2 log=$3 pid n rc=0 start last=0 now
	shift 3

	mkdir -p "$(dirname "$log")"
	start=$(date +%s)
	say "$label ..."
	"$@" >"$log" 2>&1 </dev/null &
	pid=$!
	while kill -0 "$pid" 2>/dev/null; do
		sleep 1
		now=$(date +%s)
		if ((now - start - last >= 15)); then
			last=$((now - start))
			n=$(wc -l <"$log")
			if ((total > 0)); then
				n=$((n * 100 / total))
				say "$label: $((n > 99 ? 99 : n)) %"
			else
				say "$label: ${last} s"
			fi
		fi
	done
	wait "$pid" || rc=$?
	if ((rc)); then
		tail -n 25 "$log" >&2
		die "$label failed; the whole output is in $log"
	fi
	say "$label: done in $(($(date +%s) - start)) s"
}

# key INPUT...: a short hash over strings; use file_key for files' contents.
key()
{
	printf '%s\0' "$@" | sha256sum | cut -c1-16
}

file_key()
{
	cat -- "$@" | sha256sum | cut -c1-16
}

# cached DIR FUNCTION ARGS...: makes DIR by calling FUNCTION ARGS... DIR with
# DIR empty, unless it is there and complete. It is built in its final place,
# because kernel build directories know their own path. Two commands that want
# the same thing wait for each other.
cached()
{
	local dir=$1 fn=$2 fd
	shift 2

	[ -e "$dir/.complete" ] && return 0
	exec {fd}>"$dir.lock"
	if ! flock -n "$fd"; then
		say "waiting for another command that makes ${dir##*/}"
		flock "$fd"
	fi
	if [ ! -e "$dir/.complete" ]; then
		rm -rf "$dir"
		mkdir -p "$dir"
		"$fn" "$@" "$dir"
		: >"$dir/.complete"
		rm -rf "$dir.fetched"
	fi
	exec {fd}>&-
}

# fetched DIR FUNCTION ARGS...: downloads what the making of DIR takes, by calling
# FUNCTION ARGS... DIR.fetched, where it stays until DIR is there. All downloads of
# a command come before its first build, so that what cannot be had is told soon:
# for that every script is called with LAB_FETCH=1 first, and ends behind its last
# fetched (fetched_all).
fetched()
{
	[ -e "$1/.complete" ] || (cached "$1.fetched" "${@:2}")
}

fetched_all()
{
	[ -z "${LAB_FETCH:-}" ] || exit 0
}
