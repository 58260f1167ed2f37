#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# ktap.sh RESULTS FILE [TOLD]: turns lines "<ok|not ok|skip>\t<who>\t<what>" into a KTAP
# file, and ends with the line "N passed, N failed" (", N skipped" if there are
# any). Fails if something failed, or if nothing passed. TOLD are results that were
# shown besides, by a run that was begun again, see monitor.py.
results=$1 file=$2
mkdir -p "$(dirname "$file")"
awk -F'\t' '
	{ verdict[NR] = $1; what[NR] = $2 ": " $3 }
	END {
		print "KTAP version 1"
		print "1.." NR
		for (i = 1; i <= NR; i++) {
			n[verdict[i]]++
			if (verdict[i] == "skip")
				print "ok " i " " what[i] " # SKIP"
			else
				print verdict[i] " " i " " what[i]
		}
		line = (n["ok"] + 0) " passed, " (n["not ok"] + 0) " failed"
		if (n["skip"])
			line = line ", " n["skip"] " skipped"
		print line
		exit n["not ok"] > 0 || n["ok"] == 0
	}' "$results" >"$file.part"
rc=$?
mv "$file.part" "$file"
echo "1..$(cat "$results" ${3:+"$3"} | wc -l)"
tail -n 1 "$file"
exit $rc
