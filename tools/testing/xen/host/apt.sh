# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# A private apt, for the lab's own packages: it reads another release than the
# machine's, takes mirror and proxy from the machine's configuration, and has
# state, lists and archives of its own below the cache. The machine's sources
# and its dpkg database are neither read for versions nor changed.
#
#   apt_arch ARCH           before all others: packages of this architecture
#   apt_setup               make it usable (lists are fetched the first time)
#   apt_version PACKAGE     the version that this lab uses of a binary package
#   apt_debs DIR PACKAGE... put the .debs of PACKAGE... and all they need in DIR
#   apt_of SUITE COMMAND... COMMAND with the packages of another suite
#   apt_source_version SOURCE      the version that the suite has of a source package
#   apt_source DIR SOURCE VERSION  put its tarballs in DIR, which is kept, or fail;
#                           missing files are named in APT_MISSING
# shellcheck shell=bash

LAB_SUITES=${LAB_SUITES:-trixie}
# A package that tells that a suite is the one wanted.
LAB_PROBE=${LAB_PROBE:-linux-source-6.12}
APT_DIR=
APT_ARCH=

apt_lab()
{
	local cmd=$1
	shift
	APT_CONFIG=$APT_DIR/apt.conf "$cmd" -q -o APT::Get::Assume-Yes=true \
		-o APT::Sandbox::User=root -o Dir::Cache::pkgcache=pkgcache.bin "$@"
}

# apt_mirror SUITE: the mirror that the machine itself uses, from deb822 and
# one-line sources alike: apt lists both in one format. Only a SUITE of the
# security archive is looked for there: a release as it stands is enough for a
# lab that no stranger reaches, its sources are on every mirror, and fewer new
# versions mean fewer rebuilt kernels.
apt_mirror()
{
	local uri release

	while read -r uri release; do
		case $1:$release in
		*-security:*-security) ;;
		*-security:* | *:*-security | *:*/updates | *:*-backports*) continue ;;
		esac
		case $uri in
		*debian*)
			printf '%s\n' "$uri"
			return 0
			;;
		esac
	done < <(apt-get indextargets --format "\$(REPO_URI) \$(RELEASE)" \
			'Created-By: Packages' 2>/dev/null)
	return 1
}

# apt_try SUITE DIR MIRROR: configures DIR for SUITE and fetches its lists.
apt_try()
{
	local suite=$1 dir=$2 mirror=$3 opt='' ring

	for ring in /usr/share/keyrings/debian-archive-keyring.gpg \
		    /usr/share/keyrings/debian-archive-keyring.pgp; do
		[ -r "$ring" ] && opt="[signed-by=$ring]" && break
	done
	mkdir -p "$dir/state/lists/partial" "$dir/cache/archives/partial" "$dir/none"
	: >"$dir/state/status"
	cat >"$dir/apt.conf" <<-CONF
	Dir::State "$dir/state";
	Dir::State::status "$dir/state/status";
	Dir::Cache "$dir/cache";
	Dir::Etc::sourcelist "$dir/sources.list";
	Dir::Etc::sourceparts "$dir/none";
	Dir::Etc::preferences "/dev/null";
	Dir::Etc::preferencesparts "$dir/none";
	APT::Install-Recommends "false";
	${APT_ARCH:+APT::Architecture "$APT_ARCH";}
	${APT_ARCH:+APT::Architectures { "$APT_ARCH"; };}
	Acquire::Languages "none";
	Acquire::Retries "3";
	CONF
	printf '%s %s %s %s main\n' deb "$opt" "$mirror" "$suite" \
		deb-src "$opt" "$mirror" "$suite" >"$dir/sources.list"
	APT_DIR=$dir
	apt_lab apt-get update >"$dir/update.log" 2>&1 &&
		apt_lab apt-cache show "$LAB_PROBE" >/dev/null 2>&1
}

# Foreign packages have lists of their own.
apt_arch()
{
	[ "$1" = "$(dpkg --print-architecture)" ] || APT_ARCH=$1
}

apt_setup()
{
	local suite mirror fd home

	[ -z "$APT_DIR" ] || return 0
	exec {fd}>"$CACHE_DIR/apt.lock"
	flock "$fd"
	for suite in $LAB_SUITES; do
		home=$CACHE_DIR/apt-$suite${APT_ARCH:+-$APT_ARCH}
		if [ -e "$home/ready" ]; then
			APT_DIR=$home
			exec {fd}>&-
			return 0
		fi
	done
	for suite in $LAB_SUITES; do
		mirror=$(apt_mirror "$suite") || continue
		say "fetching the package lists of Debian $suite${APT_ARCH:+ ($APT_ARCH)}"
		home=$CACHE_DIR/apt-$suite${APT_ARCH:+-$APT_ARCH}
		if apt_try "$suite" "$home" "$mirror"; then
			: >"$APT_DIR/ready"
			exec {fd}>&-
			return 0
		fi
	done
	[ -n "$APT_DIR" ] ||
		die "apt on this machine names no Debian mirror for $LAB_SUITES (apt-get indextargets)"
	die "the machine's Debian mirror has none of: $LAB_SUITES (see $APT_DIR/update.log)"
}

# What is set for one suite is not meant for another.
apt_of()
{
	local LAB_SUITES=$1 LAB_PROBE=base-files APT_DIR='' APT_ARCH=$APT_ARCH

	case $1 in
	*-security) LAB_PROBE=xenstore-utils ;;
	esac
	shift
	"$@"
}

apt_version()
{
	apt_setup
	apt_lab apt-cache show --no-all-versions "$1" 2>/dev/null |
		sed -n 's/^Version: //p' | head -n 1 | grep .
}

# The versions of several packages, one line each; for a key.
apt_versions()
{
	apt_setup
	apt_lab apt-cache policy "$@" | awk '/^[^ ]/ { name = $1 } /Candidate:/ { print name, $2 }'
}

# The lists may name a version that the mirror has replaced since: fetch the
# lists once more and try again.
apt_again()
{
	if ! "$@"; then
		say "fetching the package lists again"
		apt_lab apt-get update >"$APT_DIR/update.log" 2>&1 || true
		"$@"
	fi
}

apt_debs_once()
{
	local dir=$1
	shift
	rm -rf "$APT_DIR/cache/archives"
	mkdir -p "$APT_DIR/cache/archives/partial"
	apt_lab apt-get --download-only install "$@" >"$APT_DIR/fetch.log" 2>&1 || {
		tail -n 5 "$APT_DIR/fetch.log" >&2
		return 1
	}
	mv "$APT_DIR"/cache/archives/*.deb "$dir/"
}

apt_debs()
{
	local dir=$1

	apt_setup
	mkdir -p "$dir"
	exec {aptfd}>"$CACHE_DIR/apt.lock"
	flock "$aptfd"
	apt_again apt_debs_once "$@" || die "cannot fetch: ${*:2}"
	exec {aptfd}>&-
}

# One package alone, without what it depends on.
apt_deb()
{
	apt_setup
	mkdir -p "$1"
	apt_again apt_lab_in "$1" apt-get download "$2" || die "cannot fetch $2"
}

apt_lab_in()
{
	local dir=$1
	shift
	(cd "$dir" && apt_lab "$@" >"$APT_DIR/fetch.log" 2>&1) || {
		tail -n 5 "$APT_DIR/fetch.log" >&2
		return 1
	}
}

apt_source_version()
{
	apt_setup
	apt_lab apt-cache showsrc --only-source "$1" 2>/dev/null |
		sed -n 's/^Version: //p' | sort -V | tail -n 1 | grep .
}

# source_parts SOURCE VERSION: its tarballs as the signed list has them, for sha256sum.
source_parts()
{
	apt_lab apt-cache showsrc --only-source "$1" 2>/dev/null | awk -v version="$2" '
		/^Version: / { this = $2 }
		/^[^ ]/ { sums = $1 == "Checksums-Sha256:" }
		sums && this == version && $3 ~ /[.]tar[.][a-z0-9]*$/ { print $1 "  " $3 }'
}

# A mirror was seen to answer 404 for a .dsc whose tarballs were there, and for
# all three. The tarballs are all that is needed.
source_from_suite()
{
	local dir=$1 source=$2 version=$3 parts part

	apt_lab_in "$dir" apt-get --download-only source "$source=$version" 2>/dev/null || true
	parts=$(source_parts "$source" "$version" | grep .) || return
	APT_MISSING=
	while read -r part; do
		(cd "$dir" && sha256sum --status -c - 2>/dev/null <<<"$part") ||
			APT_MISSING+="${APT_MISSING:+ }${part#*  }"
	done <<<"$parts"
	[ -z "$APT_MISSING" ]
}

# LAB_SOURCES=DIR: source packages that were got elsewhere, as
# DIR/<source>_<upstream version>.orig.tar.* and DIR/<source>_<version>.debian.tar.*
source_from_user()
{
	local dir=$1 source=$2 version=$3 part

	[ -n "${LAB_SOURCES:-}" ] || return
	for part in "${source}_${version%-*}.orig.tar" "${source}_$version.debian.tar"; do
		cp "$LAB_SOURCES/$part".[gx]z "$dir/" 2>/dev/null || return
	done
	say "the source of $source $version is from $LAB_SOURCES"
}

apt_source()
{
	apt_setup
	[ ! -e "$1/.complete" ] || return 0
	rm -rf "$1"
	mkdir -p "$1"
	source_from_user "$@" || source_from_suite "$@" || return
	: >"$1/.complete"
}

# apt_unpack SRCDIR OUTDIR: what dpkg-source -x does, without the .dsc.
apt_unpack()
{
	local dir=$1 out=$2 patch

	mkdir -p "$out"
	tar -C "$out" --strip-components=1 -xf "$dir"/*.orig.tar.*
	tar -C "$out" -xf "$dir"/*.debian.tar.*
	[ -e "$out/debian/patches/series" ] || return 0
	while read -r patch; do
		patch -d "$out" -s -p1 -f <"$out/debian/patches/$patch"
	done < <(sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$out/debian/patches/series" | awk '{print $1}')
}
