#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A root file system started without an initrd, on a machine with PCI and on one
# without, by the kernel that has its drivers built in. To compile that takes
# longer than all other tests: `make kernel` does, and without it this is left
# out.

load ../lib/kitbuild
load ../lib/guest

setup_file() {
	[ -f "$ROOT/kernels/builtin/out/kernel" ] || return 0
	export KITBUILD_CACHE=$ROOT/build/cache
	export GUEST=$BATS_FILE_TMPDIR
	cd "$GUEST"
	guest_box
	write_job >box/job
	write_off >box/off
	sed -i 's|- {path: tmp,|- {path: bin/job, source: job, mode: "0755"}\
    - {path: www/cgi-bin/off, source: off, mode: "0755"}\
    &|' box/build.yml
	{
		guest_head | sed 's|kernels/debian-cloud|kernels/builtin|'
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
	"$KITBUILD" build --name squashfs -f kernel+squashfs g.yml
	"$KITBUILD" build --name erofs -f kernel+erofs g.yml
	"$KITBUILD" build -f raw --root squashfs g.yml
}

setup() {
	[ -f "$ROOT/kernels/builtin/out/kernel" ] ||
		skip "no kernels/builtin/out/kernel: \`make kernel\` compiles it"
	cd "$BATS_TEST_TMPDIR"
	export TMPDIR=$BATS_TEST_TMPDIR
	ln -s "$GUEST"/{squashfs,erofs}-* .
}

# Says what its root is, counts boots on a disk, reads metadata, serves a page.
write_job() {
	cat <<-'EOF2'
		#!/bin/sh
		exec >/host/dev/console 2>&1
		b=/bin/busybox
		set -- $($b grep ' / ' /proc/1/mounts | $b tail -1)
		$b echo "the root is $3, ${4%%,*}"
		if [ -e /dev/vdb ]; then
		  n=$($b dd if=/dev/vdb bs=1 count=1 2>/dev/null | $b tr -cd 0-9)
		  $b echo $((n + 1)) | $b dd of=/dev/vdb conv=notrunc 2>/dev/null
		  $b sync
		  $b echo "boot number $((n + 1))"
		fi
		# Busybox knows no labels of CDs.
		for disk in /dev/sr* /dev/vd*; do
		  [ "$($b dd if=$disk bs=1 skip=32808 count=6 2>/dev/null)" = cidata ] || continue
		  $b mount -t iso9660 -o ro $disk /tmp
		  $b echo "metadata: $($b cat /tmp/user-data)"
		done
		for tag in /sys/bus/virtio/drivers/9pnet_virtio/virtio*/mount_tag; do
		  [ -e "$tag" ] || continue
		  $b mkdir /www/work
		  $b mount -t 9p -o trans=virtio,version=9p2000.L "$($b cat "$tag")" /www/work
		  $b echo "shared: $($b cat /www/work/hello)"
		  $b echo from-the-guest >/www/work/reply
		done
		$b ip link set eth0 up
		$b ip addr add 10.0.2.15/24 dev eth0
		$b echo "a page of $($b uname -r)" >/www/page
		$b echo "the job is up"
		exec $b httpd -f -p 80 -h /www
	EOF2
}

# As a page: process 1 is asked to power off.
write_off() {
	cat <<-'EOF2'
		#!/bin/sh
		echo
		echo going
		/bin/busybox kill -USR2 1
	EOF2
}

# It has what was asked for: nothing was missed, and nobody looked for modules.
nothing_missed() {
	says "service: all 1 services started"
	never_says "modprobe|module [a-z_]+ (is|not)|init: cannot|Kernel panic"
}

# boots KIND OPTION...: until its job is up
boots() {
	local kind=$1
	shift
	machine_start "$kind" --accel tcg --mem 256 --disk file=d.raw,size=8M \
		--data the-word-xyzzy "$@"
	machine_until "the job is up" 100
	says "the root is $kind, ro"
	says "metadata: the-word-xyzzy"
	nothing_missed
}

# ended: well, and after a way down
ended() {
	machine_end 60
	# shellcheck disable=SC2153 # machine_end sets it
	assert_equal "$MACHINE_STATUS" 0
	says "init: power off"
}

@test "a kernel starts with squashfs or erofs as its root, until the power button" {
	boots squashfs
	says "boot number 1"
	machine_power_button
	ended
	boots erofs
	says "boot number 2"
	machine_power_button
	ended
}

@test "it does on a machine without PCI, whose disk keeps and whose port is published" {
	local port number=0 kind
	for kind in squashfs erofs; do
		port=$(free_port)
		boots "$kind" --machine microvm --publish "$port:80"
		says "boot number $((number += 1))"
		run -0 curl -sS --retry 9 --retry-all-errors --max-time 20 "http://127.0.0.1:$port/page"
		assert_output --regexp "^a page of [0-9.]+-kitbuild$"
		run -0 curl -sS --max-time 20 "http://127.0.0.1:$port/cgi-bin/off"
		assert_output going
		ended
	done
}

@test "a disk with a verified root starts, and no module is missed" {
	run -0 timeout 500 "$KITBUILD" run --accel tcg --mem 256 --timeout 450 \
		--expect "the job is up" --state state "$GUEST/g.img" </dev/null
	assert_line --regexp "init: root: squashfs on vda2, verified"
	refute_output --regexp "modprobe|init: cannot"
}

# What stands in for the program is none: that it is there is not seen.
without_virtiofsd() {
	cat >without <<-EOF2
		#!/bin/sh
		for program in /usr/lib/qemu/virtiofsd /usr/libexec/virtiofsd /usr/bin/virtiofsd; do
		  [ ! -e \$program ] || mount --bind /dev/null \$program || exit 99
		done
		exec "$KITBUILD" "\$@"
	EOF2
	cat >alone <<-EOF2
		#!/bin/sh
		exec unshare --mount "$PWD/without" "\$@"
	EOF2
	chmod +x without alone
	KITBUILD=$PWD/alone
}

@test "without virtiofsd a folder is shared by 9p, and the guest mounts it by its tag" {
	unshare --mount true 2>/dev/null || skip "mounts cannot be unshared here"
	mkdir work
	echo from-the-host >work/hello
	without_virtiofsd
	boots squashfs --share work:work
	says "shared: from-the-host"
	assert_equal "$(<work/reply)" from-the-guest
	machine_power_button
	ended
}
