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

	say "fetching $package $version"
	apt_deb "$dir/deb" "$package"
	dpkg-deb --fsys-tarfile "$dir"/deb/*.deb |
		tar -C "$dir/deb" -xf - "./usr/src/$package.tar.xz"
	say "unpacking it"
	tar -C "$dir" --strip-components=1 -xf "$dir/deb/usr/src/$package.tar.xz"
	rm -rf "$dir/deb"
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
	cached "$source" sid_unpack
}
