# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# The newest kernel source that Debian has. Sourced behind common.sh and apt.sh,
# with LAB_SUITES=sid.
#
#   sid_there     fails, after saying why, if the mirror offers no sid
#   sid_source    sets package, version, source (its directory in the cache).
#                 Not to be called in a condition: there set -e would not hold, and
#                 what fails halfway would pass for complete
# shellcheck shell=bash

sid_unpack()
{
	local dir=$1

	say "unpacking $package $version"
	dpkg-deb --fsys-tarfile "$dir.fetched"/*.deb |
		tar -xOf - "./usr/src/$package.tar.xz" |
		tar -C "$dir" --strip-components=1 -xJf -
}

sid_fetch()
{
	say "fetching $package $version"
	apt_deb "$1" "$package"
}

sid_there()
{
	(apt_setup)
}

sid_source()
{
	apt_setup
	package=$(apt_lab apt-cache depends linux-source |
		sed -n 's/^ *Depends: \(linux-source-[0-9].*\)/\1/p' | head -n 1)
	version=$(apt_version "$package") || die "no version of $package"
	source=$CACHE_DIR/linux-src-$version
	fetched "$source" sid_fetch
	[ -n "${LAB_FETCH:-}" ] || cached "$source" sid_unpack
}
