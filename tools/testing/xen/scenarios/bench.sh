# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# fio in virtual time, virtio-argo and xen-blkfront side by side in one guest.
# One instruction is 2 ns (QEMU -icount), so the figures do not depend on the
# machine that runs this. Both disks are RAM disks of dom0. Run by make bench,
# which turns the figures into build/bench.json.
# shellcheck shell=bash disable=SC2034,SC2154

NEEDS="argo bridge fio"
TIMEOUT=3000
ICOUNT=1

# BENCH_QUICK=1: a few jobs; BENCH_PEERS: which of the two.
host_prepare()
{
	printf 'BENCH_QUICK=%s\nBENCH_PEERS="%s"\n' "${BENCH_QUICK:-0}" \
		"${BENCH_PEERS:-virtio-argo xen-blkfront}" >>"$run/tar/env"
}

# name                rw        bs   jobs
JOBS_QUICK="
randread-4k-d1        randread  4k   1
randread-4k-d16       randread  4k   16
randwrite-4k-d16      randwrite 4k   16
read-1m-d4            read      1m   4
"
JOBS_FULL="$JOBS_QUICK
randwrite-4k-d1       randwrite 4k   1
randread-64k-d8       randread  64k  8
randwrite-64k-d8      randwrite 64k  8
write-1m-d4           write     1m   4
"

jobs()
{
	if [ "$BENCH_QUICK" = 1 ]; then
		printf '%s' "$JOBS_QUICK"
	else
		printf '%s' "$JOBS_FULL"
	fi | awk 'NF'
}

# --- dom0 ---------------------------------------------------------------------

BRIDGE="virtio-argo-bridge --guest %d --device type=block,socket=%s"

# The hypercalls that carry data, the interrupts of the disks, and what the
# bridge's kernel sent and received through Argo.
counters()
{
	printf '%s %s %s\n' \
		$(($(xen_calls argo_op) + $(xen_calls grant_table_op) + $(xen_calls event_channel_op))) \
		"$(interrupts)" \
		"$(argo_bytes)"
}

argo_bytes()
{
	local stats=/sys/kernel/debug/xen-argo/stats

	[ -r $stats ] || stats=/dev/null
	awk '$1 ~ /^[rt]x_bytes$/ { n += $2 } END { print n + 0 }' $stats
}

interrupts()
{
	awk '/argo|blkif|blkback/ { for (i = 2; i <= NF && $i ~ /^[0-9]+$/; i++) n += $i }
	     END { print n + 0 }' /proc/interrupts
}

dom0_main()
{
	local peer job cfg=() image=/dev/ram1 socket=/run/lab/bench.sock before after

	. /lab/dom0/evidence.sh
	dd if=/dev/zero of=/dev/ram0 bs=1M 2>/dev/null
	dd if=/dev/zero of=/dev/ram1 bs=1M 2>/dev/null
	case $BENCH_PEERS in
	*virtio-argo*)
		check "dom0's modules load" load_argo || return
		cfg+=("cfg=virtio = [ 'type=virtio,device2,backend=0' ]")
		daemon storage qemu-storage-daemon \
			--blockdev "driver=host_device,node-name=disk,filename=$image,cache.direct=on" \
			--export "type=vhost-user-blk,id=export,node-name=disk,writable=on,num-queues=1,addr.type=unix,addr.path=$socket"
		wait_for 30 test -S $socket || return
		;;
	esac
	cfg+=("cfg=disk = [ 'format=raw, vdev=xvda, access=rw, backendtype=phy, script=/lab/dom0/block, target=/dev/ram0' ]")
	start_guest bench mem=384 vcpus=1 "${cfg[@]}" || return
	case $BENCH_PEERS in
	*virtio-argo*)
		# shellcheck disable=SC2059,SC2046
		daemon bridge $(printf "$BRIDGE" "$(guest_id bench)" "$socket")
		;;
	esac
	for peer in $BENCH_PEERS; do
		while read -r job _; do
			wait_mark bench "ready-$peer-$job" 600
			before=$(counters)
			tell bench "run-$peer-$job"
			wait_mark bench "done-$peer-$job" 600
			after=$(counters)
			# shellcheck disable=SC2086
			set -- $before $after
			fact "$peer.$job" "hypercalls=$(($4 - $1)) interrupts=$(($5 - $2)) argo=$(($6 - $3))"
			tell bench "next-$peer-$job"
		done < <(jobs)
	done
	check "the guest powers off" wait_gone bench 60
	case $BENCH_PEERS in
	*virtio-argo*)
		stop_daemon bridge
		stop_daemon storage
		;;
	esac
}

# --- guest --------------------------------------------------------------------

# Bytes that the disk DEVICE has read and written so far.
moved()
{
	awk '{ print ($3 + $7) * 512 }' "/sys/block/${1##*/}/stat"
}

# With persistent grants xen-blkfront copies each byte into or out of them.
persistent()
{
	xenstore-read "$(xenstore-read device/vbd/51712/backend)/feature-persistent" 2>/dev/null || echo 0
}

# run_job PEER DEVICE NAME RW BS JOBS
run_job()
{
	local peer=$1 dev=$2 name=$3 rw=$4 bs=$5 jobs=$6 before bytes out

	mark "ready-$peer-$name"
	wait_told "run-$peer-$name" 600
	before=$(interrupts)
	bytes=$(moved "$dev")
	# Processes that wait, not a queue: the block layer's cost is the same
	# for both and the depth is exactly the number of processes.
	out=$(fio --name="$name" --filename="$dev" --rw="$rw" --bs="$bs" --direct=1 \
		--ioengine=psync --numjobs="$jobs" --group_reporting --thread \
		--randrepeat=1 --norandommap --size=96m --time_based \
		--ramp_time=100ms --runtime=1s --output-format=terse --terse-version=3 2>&1)
	mark "done-$peer-$name"
	wait_told "next-$peer-$name" 600
	bytes=$(($(moved "$dev") - bytes))
	# Terse version 3: read and write each have KB, KB/s, IOPS, ms.
	fact "$peer.$name" "$(awk -F';' -v irqs=$(($(interrupts) - before)) \
		-v moved="$bytes" -v persistent="$(persistent)" '
		$1 == 3 { kb = $6 + $47; ms = $9 > $50 ? $9 : $50; error = $5 }
		END { printf "kb=%d ms=%d error=%s interrupts=%d moved=%d persistent=%d",
			kb, ms, error, irqs, moved, persistent }' <<<"$out")"
	check "fio $peer $name" test "$(awk -F';' '$1 == 3 { print $5 }' <<<"$out")" = 0 ||
		printf '%s\n' "$out"
}

guest_bench()
{
	local peer dev

	case $BENCH_PEERS in
	*virtio-argo*) check "the guest's modules load" load_argo || return ;;
	esac
	for peer in $BENCH_PEERS; do
		case $peer in
		virtio-argo) dev=/dev/vda ;;
		xen-blkfront) dev=/dev/xvda ;;
		esac
		check "$dev appears" wait_for 60 test -b $dev || return
		while read -r name rw bs jobs; do
			run_job "$peer" "$dev" "$name" "$rw" "$bs" "$jobs"
		done < <(jobs)
	done
}
