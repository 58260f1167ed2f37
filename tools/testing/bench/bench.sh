#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# bench.sh [--quick]: runs the scenario bench in virtual time and leaves
# build/bench.json and build/bench.png.
. "$(dirname "$0")/../xen/host/common.sh"

[ "${1:-}" != --quick ] || export BENCH_QUICK=1
"$LAB_DIR/host/deps.sh" lab build bench
rm -f "$BUILD_DIR/bench.json" "$BUILD_DIR/bench.png"
rc=0
"$LAB_DIR/host/run.sh" bench --ktap bench || rc=$?
bench=$TOP_DIR/tools/testing/bench
python3 "$bench/report.py" "$BUILD_DIR/xen/bench/facts" "$BUILD_DIR/bench.json" \
	"$BUILD_DIR/bench.dat"
gnuplot -e "data='$BUILD_DIR/bench.dat'; out='$BUILD_DIR/bench.png'" "$bench/plot.gp"
say "build/bench.json and build/bench.png are written"
exit "$rc"
