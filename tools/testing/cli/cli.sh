#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# cli.sh: virtio-argo(1): its tables and trees compile, and hold what was asked
# for; what is wrong is refused with a line that says what; attach and detach: see
# links.sh. Results in build/ktap/cli.ktap.
# shellcheck disable=SC2317 # functions that ktap_check calls
. "$(dirname "$0")/../xen/host/common.sh"
. "$TOP_DIR/tools/testing/ktap.sh"
export PYTHONDONTWRITEBYTECODE=1

work=$BUILD_DIR/cli
log=$work/log
. "$(dirname "$0")/links.sh"
page=$TOP_DIR/tools/virtio-argo/man/virtio-argo.1

vargo()
{
	"$TOP_DIR/tools/virtio-argo/cli/virtio-argo.py" "$@" 2>"$log"
}

# writes WHAT PATTERN ARGS...: what comes out has a line that matches PATTERN.
writes()
{
	local what=$1 pattern=$2
	shift 2
	written()
	{
		vargo "$@" >"$work/out" || return
		grep -qE -e "$pattern" "$work/out" || { cp "$work/out" "$log"; return 1; }
	}
	ktap_check "$what" "$log" written "$@"
}

# refuses WHAT PATTERN ARGS...: status 2, one line that matches PATTERN (besides
# how to use it), nothing written.
refuses()
{
	local what=$1 pattern=$2
	shift 2
	refused()
	{
		local rc=0

		vargo "$@" >"$work/out" || rc=$?
		[ "$rc" = 2 ] && [ ! -s "$work/out" ] && grep -qE -e "^virtio-argo[^:]*: .*$pattern" "$log"
	}
	ktap_check "refused: $what" "$log" refused "$@"
}

# The table, compiled and taken apart again.
table()
{
	vargo acpi --backend 2 --backend 5 --port 0x10 --ring-size 64K --outage-timeout 90 \
		-o "$work/links.aml" &&
		(cd "$work" && iasl -d -p "$work/again" links.aml) >"$log" 2>&1 &&
		[ "$(grep -c 'PRP0001' "$work/again.dsl")" = 2 ] &&
		[ "$(grep -c '"xen,virtio-argo"' "$work/again.dsl")" = 2 ] &&
		grep -A1 '"xen,backend-domid"' "$work/again.dsl" | grep -qE '^ *(0x)?0?5' &&
		grep -A1 '"xen,argo-port"' "$work/again.dsl" | grep -qE '^ *0x10' &&
		grep -A1 '"xen,ring-size"' "$work/again.dsl" | grep -qi '0xffc0' &&
		grep -A1 '"xen,outage-timeout"' "$work/again.dsl" | grep -qi '0x5a'
}

# Every remark of the compiler, at its strictest.
no_remark()
{
	vargo acpi --backend 0 -o "$work/one.asl" || return
	(cd "$work" && iasl -vs -p "$work/one" one.asl) >"$log" 2>&1 || return
	# A table without an I/O resource is remarked upon nowhere else.
	grep -qE ' 0 Errors, 0 Warnings, 0 Remarks' "$log"
}

tree()
{
	vargo dt --backend 2 --backend 5 --port 0x10 --ring-size 64K --outage-timeout 90 \
		-o "$work/links.dtb" &&
		[ "$(fdtget -t u "$work/links.dtb" /passthrough/virtio-argo-1 xen,backend-domid)" = 5 ] &&
		[ "$(fdtget -t u "$work/links.dtb" /passthrough/virtio-argo-1 xen,argo-port)" = 16 ] &&
		[ "$(fdtget -t u "$work/links.dtb" /passthrough/virtio-argo-1 xen,ring-size)" = 65472 ] &&
		[ "$(fdtget -t u "$work/links.dtb" /passthrough/virtio-argo-1 xen,outage-timeout)" = 90 ] &&
		[ "$(fdtget -t u "$work/links.dtb" /passthrough/virtio-argo-0 xen,backend-domid)" = 2 ] &&
		! fdtget -t u "$work/links.dtb" /passthrough/virtio-argo-0 xen,argo-port 2>"$log"
}

# The driver's own limits and numbers.
constants()
{
	local name value

	while read -r name value; do
		[ "$(printf '%d' $((value)))" = "$(python3 -c "
import re, sys
text = open('$TOP_DIR/tools/virtio-argo/cli/virtio-argo.py', encoding='utf-8').read()
print(eval(re.search(r'^$name = (.*?)(\t|#|$)', text, re.M)[1]))")" ] ||
			{ echo "$name is not $value" >"$log"; return 1; }
	done <<-LIST
	PORT_BASE $(sed -n 's/^#define VIRTIO_ARGO_PORT_BASE[[:space:]]*\(0x[0-9a-f]*\).*/\1/p' "$TOP_DIR/include/uapi/linux/virtio_argo.h")
	RING_MIN $(sed -n 's/^#define VARGO_RING_MIN[[:space:]]*(\(.*\))/\1/p' "$TOP_DIR/drivers/virtio/virtio_argo.h" | tr -d ' ')
	RING_MAX $(sed -n 's/^#define VARGO_RING_MAX[[:space:]]*(\(.*\))/\1/p' "$TOP_DIR/drivers/virtio/virtio_argo.h" | tr -d ' ')
	LIST
}

options_documented()
{
	local format

	{
		COLUMNS=200 vargo --help
		for format in acpi dt xl attach detach; do
			COLUMNS=200 vargo "$format" --help
		done
	} | grep -oE -- '--[a-z][a-z-]+' | sort -u >"$work/offered"
	sed -n 's/^\.It Fl -\([a-z-]*\).*/--\1/p; s/^\.It Fl [a-z] Ar [a-z]* , Fl -\([a-z-]*\).*/--\1/p' "$page" |
		sort -u >"$work/documented"
	[ -s "$work/offered" ] && diff "$work/offered" "$work/documented" >"$log"
}

# The ACPI page shows the table as the tool writes it.
page_shows_table()
{
	local doc=$TOP_DIR/Documentation/admin-guide/virtio-argo-acpi.rst

	vargo acpi --backend 0 --ring-size 64K >"$work/shown" || return
	sed 's/^\(.\)/    \1/' "$work/shown" >"$work/indented"
	python3 - "$doc" "$work/indented" >"$log" 2>&1 <<-'PY'
	import sys
	page, shown = (open(p, encoding="utf-8").read() for p in sys.argv[1:3])
	sys.exit(0 if shown in page else "the page does not show this table")
	PY
}

"$LAB_DIR/host/deps.sh" cli
rm -rf "$work"
mkdir -p "$work"
ktap_start cli
ktap_check "acpi: the table holds what was asked for" "$log" table
ktap_check "acpi: iasl remarks nothing" "$log" no_remark
ktap_check "dt: the tree holds what was asked for" "$log" tree
writes "xl: one line" '^virtio = \[ "type=virtio,device2,backend=0", "type=virtio,device2,backend=7" \]$' \
	xl --backend 0 --backend 7
writes "acpi: a number in another base is the same" '"xen,argo-port", 0x10 ' acpi --backend 0 --port 16
writes "--version" '^virtio-argo [0-9]' --version
writes "--help" '^ +dt .*device tree' --help
refuses "no command" 'required: COMMAND'
refuses "an unknown command" "invalid choice: 'pci'" pci --backend 0
refuses "no backend" 'required: --backend' acpi
refuses "a name for a domain id" "'dom0' is not a domain id" acpi --backend dom0
refuses "a negative domain id" 'domain id|expected one argument' acpi --backend=-1
refuses "a reserved domain id" 'not a domain id .0 to 32751' acpi --backend 32752
refuses "port 0" "'0' is not a port" acpi --backend 0 --port 0
refuses "a port of 33 bits" 'is not a port' acpi --backend 0 --port 0x100000000
refuses "a port before the backend" 'belongs to a link' acpi --port 1 --backend 0
refuses "two ports of one link" 'given twice' acpi --backend 0 --port 1 --port 2
refuses "a ring of 0 bytes" 'ring of 0 bytes is not possible' acpi --backend 0 --ring-size 0
refuses "a ring of 1 byte" 'ring of 1 bytes is not possible' acpi --backend 0 --ring-size 1
refuses "a ring of 1 GB" 'is not a size' acpi --backend 0 --ring-size 1G
refuses "a ring of 1024 MB" 'is not possible' acpi --backend 0 --ring-size 1024M
refuses "two links that are one" 'two links to domain 3 have port 0x56410000' dt --backend 3 --backend 3
refuses "the same, one port said" 'two links' dt --backend 3 --backend 3 --port 0x56410000
refuses "xl with a port" 'xl cannot say a port' xl --backend 0 --port 5
refuses "a timeout that is none" 'is not a number of seconds' acpi --backend 0 --outage-timeout x
refuses "a timeout of 32 bits and more" 'is not a number of seconds' dt --backend 0 --outage-timeout 4294967296
refuses "xl with an outage timeout" 'xl cannot say an outage timeout' xl --backend 0 --outage-timeout 9
refuses "xl with a ring size" 'xl cannot say a ring size' xl --backend 0 --ring-size 64K
refuses "a file that cannot be written" 'cannot write .*: No such file' dt --backend 0 -o "$work/none/x"
refuses "a compiled file that cannot be written" 'cannot write' dt --backend 0 -o "$work/none/x.dtb"
no_compiler()
{
	local rc=0

	PATH=/nonexistent /usr/bin/python3 "$TOP_DIR/tools/virtio-argo/cli/virtio-argo.py" acpi \
		--backend 0 -o "$work/x.aml" 2>"$log" || rc=$?
	[ "$rc" = 2 ] && grep -q 'iasl is needed .*acpica-tools' "$log" && [ ! -e "$work/x.aml" ]
}
archive()
{
	"${MAKE:-make}" -s -C "$TOP_DIR/tools/virtio-argo" O="$work/tools" "$work/tools/virtio-argo" >"$log" 2>&1 &&
		(cd / && "$work/tools/virtio-argo" xl --backend 0) >"$work/out" 2>"$log" &&
		grep -q '^virtio = ' "$work/out" && ! ls "$TOP_DIR"/tools/virtio-argo/cli/__pycache__ 2>/dev/null
}
ktap_check "it is one program when it is built" "$log" archive
ktap_check "refused: a compiled table without iasl, with the package's name" "$log" no_compiler
check_links
ktap_check "its numbers are the driver's" "$log" constants
ktap_check "its man page has its options" "$log" options_documented
ktap_check "the guide shows the table that it writes" "$log" page_shows_table
ktap_finish
