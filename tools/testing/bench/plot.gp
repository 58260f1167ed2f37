# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# gnuplot -e "data='bench.dat'; out='bench.png'" plot.gp
set terminal png size 1000,500
set output out
set title "Block I/O in virtual time (one instruction = 2 ns), x86 PVH guest"
set ylabel "requests per second"
set logscale y
set grid ytics
set style data histograms
set style histogram clustered gap 1
set style fill solid 0.8 border -1
set xtics rotate by -30
set key top right
plot data using 2:xtic(1) title columnheader, '' using 3 title columnheader
