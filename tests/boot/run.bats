#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What `kitbuild run` gives a guest: disks that keep, folders, metadata, ports;
# and what it tells of it. Every medium through its own boot.

load ../lib/kitbuild
load ../lib/guest

setup_file() {
	export KITBUILD_CACHE=$ROOT/build/cache
	export GUEST=$BATS_FILE_TMPDIR
	cd "$GUEST"
	guest_box
	write_job >box/job
	sed -i 's|- {path: tmp,|- {path: bin/job, source: job, mode: "0755"}\n    &|' box/build.yml
	{
		guest_head
		cat <<-'EOF2'
			services:
			  - name: job
			    image: "@pkg:box"
			    runtime: {handler: none}
			    capabilities: [all]
			    pid: host
			    binds: ["/:/host", "/dev:/dev"]
			    command: ["/bin/job"]
		EOF2
	} >g.yml
	"$KITBUILD" build -f kernel+initrd,raw,qcow2,iso,uki g.yml
}

setup() {
	cd "$BATS_TEST_TMPDIR"
	export TMPDIR=$BATS_TEST_TMPDIR
	cp "$GUEST"/g-* "$GUEST"/g.* .
}

# Counts boots on the disk, reads metadata, serves the folder, and ends when a
# file in it says so.
write_job() {
	cat <<-'EOF2'
		#!/bin/sh
		exec >/host/dev/console 2>&1
		b=/bin/busybox
		case "$($b cat /proc/cmdline)" in
		*job=poweroff*) $b echo "the job powers off"; $b poweroff -f ;;
		*job=quick*) $b echo "the job is up"; exit 6 ;;
		*job=answer*)
		  address=$($b sed 's/.*job=answer,//' /proc/cmdline)
		  $b mkdir -p /tmp/work
		  $b echo "this is $address" >/tmp/work/hello
		  $b ip link set eth0 up
		  $b ip addr add "$address/24" dev eth0
		  $b ip route add default via "${address%.*}.254"
		  exec $b httpd -f -p 80 -h /tmp/work ;;
		esac
		wait_for() { i=0; until [ -e "$1" ] || [ $i = 50 ]; do i=$((i+1)); $b sleep 0.2; done; [ -e "$1" ]; }
		if wait_for /dev/vda; then
		  n=$($b dd if=/dev/vda bs=1 count=1 2>/dev/null | $b tr -cd 0-9)
		  $b echo $((n + 1)) | $b dd of=/dev/vda conv=notrunc 2>/dev/null
		  $b sync
		  $b echo "boot number $((n + 1))"
		fi
		wait_for /dev/sr0
		# Busybox knows no labels of CDs.
		for disk in /dev/sr*; do
		  [ "$($b dd if=$disk bs=1 skip=32808 count=6 2>/dev/null)" = cidata ] || continue
		  $b mkdir -p /tmp/data
		  $b mount -t iso9660 -o ro $disk /tmp/data
		  $b echo "metadata: $($b cat /tmp/data/user-data), $($b cut -d: -f1 /tmp/data/meta-data)"
		done
		$b mkdir -p /tmp/work
		if $b mount -t virtiofs work /tmp/work; then
		  $b echo "shared: $($b cat /tmp/work/hello)"
		  $b echo from-the-guest >/tmp/work/reply
		  $b ip link set lo up
		  $b ip link set eth0 up
		  $b ip addr add 10.0.2.15/24 dev eth0
		  $b httpd -p 80 -h /tmp/work
		  $b echo "the job serves"
		  until [ -e /tmp/work/go ]; do $b sleep 0.2; done
		  exit 5
		fi
		$b echo "the job is up"
		exit 6
	EOF2
}

has_virtiofsd() {
	command -v virtiofsd >/dev/null ||
		{ [ -x /usr/lib/qemu/virtiofsd ] && [ "$(id -u)" = 0 ]; }
}

@test "a guest has a disk that keeps, a folder, metadata and ports, and its service's status is ours" {
	has_virtiofsd || skip "no virtiofsd for this user"
	mkdir work
	echo from-the-host >work/hello
	local port
	port=$(free_port)
	timeout 500 "$KITBUILD" run --accel tcg --mem 512 --disk file=d.qcow2,size=1G \
		--share work:work --data the-word-xyzzy --publish "$port:80" \
		--exit-with job --timeline=boot.svg --timeout 450 g </dev/null >console 2>&1 3>&- &
	local run=$! i
	for ((i = 0; i < 2000; i++)); do
		! grep -aq "the job serves" console || break
		sleep 0.2
	done
	run -0 curl -sS --max-time 20 "http://127.0.0.1:$port/hello"
	assert_output from-the-host
	assert_equal "$(<work/reply)" from-the-guest
	touch work/go
	local ended=0
	wait "$run" || ended=$?
	assert_equal "$ended" 5
	run -0 tr -d '\r' <console
	assert_line --partial "boot number 1"
	assert_line --partial "metadata: the-word-xyzzy, instance-id"
	assert_line --partial "shared: from-the-host"
	run -0 python3 -c 'import sys, xml.dom.minidom as d; print([t.firstChild.data for t in d.parse("boot.svg").getElementsByTagName("text")])'
	assert_output --partial "'kernel'"
	assert_output --partial "'030-services'"
	assert_output --partial "'job'"
	run pgrep -af "$BATS_TEST_TMPDIR.*virtiofs|virtiofs0.sock"
	assert_output ""

	# The disk is as the first boot left it.
	run -5 timeout 500 "$KITBUILD" run --accel tcg --mem 512 --disk d.qcow2 \
		--share work:work --exit-with job --timeline --timeout 450 g </dev/null
	assert_line --partial "boot number 2"
	assert_line --regexp "^ +[0-9]+\.[0-9]{3} +[0-9]+\.[0-9]{3}  kernel$"
	run find . -type s
	assert_output ""
}

# up NAME OPTION...: in the background; ends well when the job has come up
up() {
	local name=$1
	shift
	timeout 500 "$KITBUILD" run --accel tcg --mem 512 --expect "the job is up" \
		--state "state-$name" --timeout 450 "$@" </dev/null >"$name.log" 2>&1 3>&- &
	RUNS+=("$! $name")
}

# all_up: since they were started; says which did not
all_up() {
	local run bad=0
	for run in "${RUNS[@]}"; do
		wait "${run%% *}" || {
			echo "${run#* } did not come up"
			tail -5 "${run#* }.log"
			bad=1
		}
	done
	RUNS=()
	return $bad
}

@test "disks and CDs start by BIOS" {
	RUNS=()
	up raw g.img
	up qcow2 g.qcow2
	all_up
	up iso g.iso
	up microvm --machine microvm g
	all_up
}

@test "a guest that powers itself off ends the run, where the board knows no power-off, too" {
	local name
	for name in initrd.img kernel; do
		ln -s "g-$name" "p-$name"
	done
	sed 's/$/ job=poweroff/' g-cmdline >p-cmdline
	run -0 timeout 300 "$KITBUILD" run --accel tcg --mem 512 --machine microvm --timeout 270 p </dev/null
	assert_line --partial "the job powers off"
	run -0 timeout 300 "$KITBUILD" run --accel tcg --mem 512 --timeout 270 p </dev/null
	assert_line --partial "the job powers off"
}

@test "disks, CDs and unified kernel images start by UEFI, with variables of their own" {
	RUNS=()
	up uefi-qcow2 --uefi g.qcow2
	up uefi-iso --uefi g.iso
	all_up
	up uki ./*.efi
	all_up
	cmp -s state-uefi-qcow2/firmware-variables state-uefi-iso/firmware-variables && return 1
	[ -s state-uki/firmware-variables ]
}

# In namespaces of its own: a tap and a bridge of the host, and the permission
# that QEMU's helper for bridges wants.
write_networks() {
	cat <<-'EOF2'
		#!/bin/bash
		set -eu
		mkdir upper work
		mount -t overlay -o "lowerdir=/etc,upperdir=$PWD/upper,workdir=$PWD/work" none /etc
		mkdir -p /etc/qemu
		echo "allow kit0" >/etc/qemu/bridge.conf
		ip link set lo up
		ip tuntap add vm0 mode tap
		ip link add kit0 type bridge
		ip addr add 10.9.0.1/24 dev vm0
		ip addr add 10.9.1.1/24 dev kit0
		ip link set vm0 up
		ip link set kit0 up
		runs=()
		for net in tap,vm0 bridge,kit0; do
		  name=${net%,*}
		  "$KITBUILD" run --accel tcg --mem 512 --net "$net" --timeout 450 "$name" \
		    </dev/null >"$name.log" 2>&1 &
		  runs+=($!)
		done
		curl -sS --retry 300 --retry-delay 1 --retry-all-errors --connect-timeout 2 \
		  http://10.9.0.2/hello http://10.9.1.2/hello 2>curl.log || tail -n 5 tap.log bridge.log
		kill -TERM "${runs[@]}"
		for run in "${runs[@]}"; do
		  wait "$run"
		  echo "ended with $?"
		done
	EOF2
}

@test "a guest answers through a tap, and through a bridge" {
	unshare -nm true 2>/dev/null || skip "no network namespaces for this user"
	[ -x /usr/lib/qemu/qemu-bridge-helper ] || skip "no qemu-bridge-helper"
	local part name number=0
	for name in tap bridge; do
		for part in kernel initrd.img; do
			ln -s "g-$part" "$name-$part"
		done
		sed "s/\$/ job=answer,10.9.$((number++)).2/" g-cmdline >"$name-cmdline"
	done
	write_networks >networks
	run -0 timeout 500 unshare -nm bash networks
	assert_output "$(printf '%s\n' "this is 10.9.0.2" "this is 10.9.1.2" "ended with 0" "ended with 0")"
}

# As root in namespaces of its own, which passt takes for no root at all. What
# it gives the guest is the address of the interface that leads outside.
write_passt() {
	cat <<-'EOF2'
		#!/bin/bash
		set -eu
		ip link set lo up
		ip tuntap add out0 mode tap
		ip addr add 10.9.2.1/24 dev out0
		ip link set out0 up
		ip route add default via 10.9.2.254
		"$KITBUILD" run --accel tcg --mem 512 --net passt --publish 8080:80 \
		  --timeout 450 passt </dev/null >passt.log 2>&1 &
		curl -sS --retry 300 --retry-delay 1 --retry-all-errors --max-time 3 \
		  http://127.0.0.1:8080/hello 2>curl.log || tail -n 5 passt.log
		kill -TERM $!
		wait $!
		echo "ended with $?"
		pgrep passt || true
	EOF2
}

@test "a guest answers through passt" {
	command -v passt >/dev/null || skip "no passt"
	unshare -rn true 2>/dev/null || skip "no network namespaces for this user"
	ln -s g-kernel passt-kernel
	ln -s g-initrd.img passt-initrd.img
	sed "s/\$/ job=answer,10.9.2.1/" g-cmdline >passt-cmdline
	write_passt >outside
	run -0 timeout 500 unshare -rn --pid --fork --mount-proc bash outside
	assert_output "$(printf '%s\n' "this is 10.9.2.1" "ended with 0")"
}
