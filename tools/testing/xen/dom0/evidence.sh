# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# What Xen and dom0 themselves say about memory that two domains share. Sourced
# by scenarios in dom0.
#
#   active_grants DOMID    grant entries of DOMID that somebody has mapped, from
#                          Xen's debug key 'g'
#   foreign_maps           processes of dom0 that map /dev/xen/privcmd or gntdev
#   watch_maps             watch_calls of the functions of dom0's kernel that map
#                          a page of another domain
#   xen_calls NAME         Xen's own count of a hypercall (argo_op,
#                          grant_table_op), of all domains together
# shellcheck shell=bash

active_grants()
{
	xl debug-keys g
	# The last dump in Xen's log; "remote dN" opens the table of domain N and
	# each line "[0x...] ..." of it is an entry that is mapped.
	xl dmesg | awk -v id="d$1" '
		/gnttab_usage_print_all \[/ { n = 0; mine = 0 }
		/grant-table for remote/ {
			mine = 0
			for (i = 1; i <= NF; i++)
				if ($i == id)
					mine = 1
		}
		mine && /\[0x[0-9a-f]+\]/ { n++ }
		END { print n + 0 }'
}

foreign_maps()
{
	local file

	grep -slE '/dev/xen/(privcmd|gntdev)|xen:(privcmd|gntdev)' /proc/[0-9]*/maps |
		while read -r file; do
			cat "${file%/maps}/comm"
		done | sort | paste -sd ' '
}

watch_maps()
{
	watch_calls gnttab_map_refs xen_remap_domain_mfn_array xen_remap_domain_gfn_range \
		xen_xlate_remap_gfn_array
}

xen_calls()
{
	xenperf -p 2>/dev/null | awk -v name="$1" '$1 == name { n = $2 } END { print n + 0 }'
}
