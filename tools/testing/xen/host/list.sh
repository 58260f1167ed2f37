#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# list.sh: the scenarios, each with the first sentence of its header.
cd "$(dirname "$0")/../scenarios" || exit
for file in *.sh; do
	awk -v name="${file%.sh}" '
		/^# (SPDX|Copyright|shellcheck)/ { next }
		/^#$/ { next }
		/^# / { text = text " " substr($0, 3); next }
		{ exit }
		END {
			sub(/[.:] .*/, ".", text)
			printf "%-18s%s\n", name, text
		}' "$file"
done
