#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# lint.sh [--fast]: what tools can say about the sources without running them,
# one result for each tool and group of files. --fast leaves out what needs a
# built kernel (W=1, sparse). Results in build/ktap/lint.ktap; what a tool
# said in build/lint/.
# shellcheck disable=SC2317 # functions that ktap_check calls
. "$(dirname "$0")/../xen/host/common.sh"
. "$TOP_DIR/tools/testing/ktap.sh"

out=$BUILD_DIR/lint
fast=0
[ "${1:-}" != --fast ] || fast=1

# Debian's own Python: that is where its packages are found.
python=/usr/bin/python3

# --- which files ----------------------------------------------------------------

# What would be committed. A source archive has no git: everything but build/.
if git -C "$TOP_DIR" rev-parse --is-inside-work-tree >/dev/null 2>&1; then
	mapfile -t all < <(cd "$TOP_DIR" && git ls-files -co --exclude-standard | sort |
		while IFS= read -r f; do [ -f "$f" ] && printf '%s\n' "$f"; done)
else
	mapfile -t all < <(cd "$TOP_DIR" && find . -path ./build -prune -o -type f -print |
		sed 's|^\./||' | sort)
fi

# files REGEX: those whose path matches, one a line.
files()
{
	printf '%s\n' "${all[@]}" | grep -E "$1" || true
}

# --- checks that are functions of ours -------------------------------------------

# over LOG COMMAND...: COMMAND over the files on stdin; fails also if there are none.
over()
{
	local log=$1 list
	shift
	mapfile -t list
	if [ ${#list[@]} = 0 ]; then
		echo "no file to look at" >"$log"
		return 1
	fi
	(cd "$TOP_DIR" && "$@" "${list[@]}") >"$log" 2>&1 </dev/null
}

# nothing LOG COMMAND...: ok if COMMAND finds nothing (grep's sense turned round).
nothing()
{
	local log=$1 rc=0
	shift
	over "$log" "$@" || rc=$?
	[ "$rc" = 1 ] && [ ! -s "$log" ]
}

# The licence that each part of the tree has, see COPYING.
spdx()
{
	local f line want bad=0

	for f; do
		case $f in
		LICENSES/* | COPYING | MAINTAINERS | Documentation/ABI/* | *.txt | *.patch) continue ;;
		include/uapi/*) want='((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)' ;;
		include/xen/interface/*) want=MIT ;;
		drivers/virtio/virtio_argo_codec.[ch] | drivers/virtio/virtio_argo_layout.h | \
		drivers/virtio/virtio_argo_talk.h | \
		drivers/virtio/virtio_argo_session.[ch] | drivers/virtio/virtio_argo_session_cases.h | \
		tools/virtio-argo/lib/* | Documentation/virtio/*) want='(GPL-2.0 OR BSD-3-Clause)' ;;
		Documentation/devicetree/*) want='(GPL-2.0-only OR BSD-2-Clause)' ;;
		*) want='GPL-2.0' ;;
		esac
		line=$(head -n 1 "$f")
		case $line in
		'#!'*) line=$(sed -n 2p "$f") ;;
		esac
		line=${line##*SPDX-License-Identifier: }
		line=${line%% \*/}
		if [ "${line%% -->}" != "$want" ]; then
			echo "$f: its first line should have: SPDX-License-Identifier: $want"
			bad=1
		fi
	done
	return "$bad"
}

# Every licence that is named has its text.
licences()
{
	local id bad=0

	cat -- "$@" | sed -n 's/.*SPDX-License-Identifier: *\([^*<]*\).*/\1/p' | tr -d '()' |
		sed -e 's/ \(OR\|AND\|WITH\) /\n/g' -e 's/ *-->//' | sed 's/ *$//' | grep -E '^[A-Z][A-Za-z0-9.-]*$' | sort -u |
		{
			while read -r id; do
				if ! grep -qsE "^(SPDX-Exception-Identifier|Valid-License-Identifier): $id\$" \
					LICENSES/*/*; then
					echo "$id: no text in LICENSES/"
					bad=1
				fi
			done
			exit "$bad"
		}
}

# What checkpatch minds and we do not, besides:
#   CAMELCASE         the names of others: XenbusStateConnected, _Static_assert
#   LONG_LINE_STRING  a message is not broken, so that it can be searched for
#   ENOSYS            Xen answers it
#   MACRO_ARG_*       what it takes for trouble in a macro that must be one
#   COMPLEX_MACRO     a list of names that other macros expand
checkpatch()
{
	local ignore=FILE_PATH_CHANGES,SPDX_LICENSE_TAG,CONFIG_DESCRIPTION rc=0

	ignore+=,CAMELCASE,LONG_LINE_STRING,ENOSYS,MACRO_ARG_REUSE,MACRO_ARG_UNUSED,COMPLEX_MACRO,$1
	shift
	perl "$source/scripts/checkpatch.pl" --strict --no-tree --no-summary --terse \
		--show-types --ignore "$ignore" -f "$@" || rc=$?
	rm -f .checkpatch-camelcase.*
	return "$rc"
}

# kernel-doc of functions must be whole. A structure's members may have theirs
# beside them instead.
kernel_doc()
{
	"$source/scripts/kernel-doc" -none -Wall "$@" >"$out/kernel-doc.all" 2>&1 || true
	cat -- "$@" | sed -n 's/^ \* struct \([a-z0-9_]*\) -.*/\1/p' >"$out/kernel-doc.structs"
	! awk -v structs="$out/kernel-doc.structs" '
		BEGIN { while ((getline name < structs) > 0) is[name] = 1 }
		/struct member .* not described in / {
			split($0, part, "not described in .")
			sub(/.$/, "", part[2])
			if (part[2] in is)
				next
		}
		/(warning|error):/' "$out/kernel-doc.all" | grep .
}

# What a module exports and what the library offers has its kernel-doc, or a
# comment above its prototype, which may be common to a few.
documented()
{
	local bad=0

	cat -- "$@" >"$out/documented.src"
	{
		sed -n 's/^EXPORT_SYMBOL_GPL(\(.*\));/\1/p' "$out/documented.src"
		sed -n 's/^[a-z].*[ *]\(va_[a-z0-9_]*\)(.*/\1/p' tools/virtio-argo/lib/virtio-argo.h
	} | sort -u >"$out/documented.names"
	{
		sed -n 's/^ \* \([a-z0-9_]*\)() - .*/\1/p' "$out/documented.src"
		awk '
			/^[[:space:]]*$/ { commented = 0 }
			/\*\/$/ && !/^[a-z]/ { commented = 1; next }
			commented && /^[a-z].*[ *][a-z0-9_]+\(/ {
				sub(/\(.*/, "")
				sub(/.*[ *]/, "")
				print
			}' "$out/documented.src"
		sed -n 's/^const [a-z].*[ *]\([a-z0-9_]*\)\[.*/\1/p' "$out/documented.src"
	} | sort -u >"$out/documented.have"
	comm -23 "$out/documented.names" "$out/documented.have" |
		sed 's/$/: public, and nothing says what it does/' | grep . && bad=1
	[ -s "$out/documented.names" ] || bad=1
	return "$bad"
}

# Syntax of every file, then pyflakes.
python_check()
{
	"$python" - "$@" <<-'PY' || return
	import ast, sys
	for path in sys.argv[1:]:
	    with open(path, encoding="utf-8") as f:
	        ast.parse(f.read(), path)
	PY
	"$python" -m pyflakes "$@"
}

man_pages()
{
	mandoc -T lint -W warning "$@"
}

# modules LOG TAG ARGS...: the out-of-tree module build with ARGS for kbuild; no
# message about our files. What KUnit's macros do to bitwise types in tests
# (sparse: __poll_t) is not ours to mend.
modules()
{
	local log=$1 tag=$2 rc=0
	shift 2

	rm -rf "$BUILD_DIR/modules/$tag"
	KMAKE="$*" "$TOP_DIR/tools/modules.sh" "$kdir" "$tag" >"$log.all" 2>&1 </dev/null || rc=$?
	if [ "$rc" != 0 ]; then
		cp "$log.all" "$log"
		return 1
	fi
	# The lab takes what it finds there.
	rm -f "$BUILD_DIR/modules/$tag"/*.ko
	# Remarks about the kernel's own headers are not ours to mend: what counts is
	# the file that a remark names.
	! grep -E "^($BUILD_DIR/modules/$tag/src/)?(drivers|include|compat)/[^ ]*:[0-9]+(:[0-9]+)?: (warning|error)" \
		"$log.all" | grep -vE '_test\.c:.*(restricted [a-z_0-9]+ degrades|different base types)' >"$log"
}

user_space()
{
	make -s -C "$TOP_DIR/tools/virtio-argo" O="$out/tools" &&
		make -s -C "$TOP_DIR/tools/virtio-argo" O="$out/tools-san" SAN=1
}

# How many sources an object was made of
sources_in()
{
	readelf -sW "$1" | grep -c ' FILE .*\.c$' || true
}

# circles DIRECTORY...: no circle of files among the objects of each, which are a
# component. Tests stand apart: their suite knows them all. So does what the
# linker made of several objects.
circles()
{
	local dir o objects bad=0

	for dir; do
		echo "$dir:"
		objects=()
		for o in "$dir"/*.o; do
			case $o in
			*_test.o | *.mod.o) ;;
			*) [ "$(sources_in "$o")" -gt 1 ] || objects+=("$o") ;;
			esac
		done
		"$python" "$TOP_DIR/tools/testing/lint/circles.py" "${objects[@]}" || bad=1
	done
	return "$bad"
}

# --- run --------------------------------------------------------------------------

"$LAB_DIR/host/deps.sh" lint build tools
rm -rf "$out"
mkdir -p "$out"
ktap_start lint

# lint WHAT LOG FILES-REGEX COMMAND...
lint()
{
	local what=$1 log=$out/$2.log regex=$3
	shift 3
	lint_over()
	{
		files "$regex" | over "$log" "$@"
	}
	ktap_check "$what" "$log" lint_over "$@"
}

lint_not()
{
	local what=$1 log=$out/$2.log regex=$3
	shift 3
	lint_nothing()
	{
		files "$regex" | nothing "$log" "$@"
	}
	ktap_check "$what" "$log" lint_nothing "$@"
}

c_code='\.[ch]$'

lint "spdx: every file says its licence in the first line" spdx . spdx
lint "licences: the text of each is in LICENSES/" licences '^(drivers|include|compat|tools|Documentation|Makefile|Kbuild)' licences
lint_not "kernel version: no LINUX_VERSION_CODE outside compat/" version \
	"^(drivers|include|tools/virtio-argo)/.*$c_code" grep -nE 'LINUX_VERSION_CODE|KERNEL_VERSION\('
lint_not "kernel version: drivers/ and include/ know nothing of compat/" compat \
	'^(drivers|include)/' grep -nE '(^|[^_a-z])compat/'
lint_not "portable: no path of one machine, no address of a host" paths \
	'^(drivers|include|compat|tools|Makefile|Kbuild|\.ci)' \
	grep -nE '(^|[^A-Za-z0-9_}])/(root|home|work)/[a-z]|https?://[A-Za-z0-9]' --exclude=lint.sh
lint_not "white space: no line ends with a blank" blanks \
	'^(drivers|include|compat|tools|Documentation|Makefile|Kbuild|\.ci|README|MAINTAINERS)' grep -nIE '[[:blank:]]+$'
lint "shellcheck: the host's scripts" shellcheck-host \
	"^(tools/([a-z-]+/)?[^/]*\.sh|tools/testing/.*/[^/]*\.sh|\.ci/run)$" shellcheck -x -e SC1091,SC2016
lint "shellcheck: dom0's and the guest's scripts" shellcheck-lab \
	'^tools/testing/xen/(dom0|guest)/' shellcheck -x -e SC1091
lint "python: pyflakes" python '\.py$' python_check
lint "rst: docutils remarks nothing" rst '^Documentation/.*\.rst$' \
	"$python" tools/testing/codec/check_rst.py
lint "man pages: mandoc -T lint" man '\.[1-9]$' man_pages

source=$("$LAB_DIR/host/build-linux.sh" fast --source)

# In user space, and in what user space compiles too, the kernel's ARRAY_SIZE(),
# __packed, BIT(), u32 ... are not there.
user=ARRAY_SIZE,PREFER_DEFINED_ATTRIBUTE_MACRO,STRCPY,PREFER_KERNEL_TYPES,BIT_MACRO,CONST_STRUCT
for group in drivers/xen/argo drivers/virtio include compat tools/virtio-argo/lib \
	     tools/virtio-argo/bridge tools/testing; do
	case $group in
	drivers/virtio | include) ignore=PREFER_KERNEL_TYPES,BIT_MACRO ;;
	compat) ignore=LINUX_VERSION_CODE,CONSTANT_COMPARISON,MACRO_WITH_FLOW_CONTROL ;;
	tools/testing)
		# SPACING minds compound literals; a test may be laid out as a table.
		ignore=$user,MULTIPLE_ASSIGNMENTS,ASSIGN_IN_IF,SPACING,TRAILING_STATEMENTS
		ignore+=,MACRO_WITH_FLOW_CONTROL,EMBEDDED_FUNCTION_NAME
		;;
	tools/*) ignore=$user,MULTIPLE_ASSIGNMENTS,ASSIGN_IN_IF ;;
	drivers/xen/argo) ignore=SUSPECT_COMMA_SEMICOLON ;;	# tests: one change, one line
	esac
	lint "checkpatch --strict: $group" "checkpatch-${group//\//-}" \
		"^$group/.*($c_code|Makefile|Kconfig[^/]*)" checkpatch "$ignore"
	lint "kernel-doc: $group" "kernel-doc-${group//\//-}" "^$group/.*$c_code" kernel_doc
done
lint "kernel-doc: every public function has one" documented \
	'^(drivers|include|tools/virtio-argo/lib)/.*\.[ch]$' documented

user_space_build()
{
	user_space >"$out/user-space.log" 2>&1 </dev/null
}
ktap_check "user space: -Wall -Wextra -Werror, plain and with sanitizers" "$out/user-space.log" \
	user_space_build
user_space_circles()
{
	circles "$out/tools/lib" "$out/tools/bridge" >"$out/circles-user-space.log" 2>&1
}
ktap_check "circles: no circle of files in the library and the bridge" \
	"$out/circles-user-space.log" user_space_circles

if [ $fast = 0 ]; then
	kdir=$("$LAB_DIR/host/build-linux.sh" fast)
	release=$(cat "$kdir/include/config/kernel.release")
	ktap_check "W=1: modules for $release, no warning in a file of ours" "$out/w1.log" \
		modules "$out/w1.log" lint-w1 W=1
	ktap_check "sparse: modules for $release, no remark on a file of ours" "$out/sparse.log" \
		modules "$out/sparse.log" lint-sparse C=2
	driver_circles()
	{
		circles "$BUILD_DIR/modules/lint-w1/src/drivers/xen/argo" \
			>"$out/circles-drivers.log" 2>&1
	}
	ktap_check "circles: no circle of files in drivers/xen/argo" "$out/circles-drivers.log" \
		driver_circles
	sparse_ran()
	{
		[ "$(grep -c '^  CHECK ' "$out/sparse.log.all")" -ge 10 ]
	}
	ktap_check "sparse: it looked at the drivers" "$out/sparse.log.all" sparse_ran
fi
ktap_finish
