#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# How runs begin and end: on terminals, in the background, side by side, and
# what is left behind. The guests are boot sectors.

load ../lib/kitbuild
load ../lib/bootsector

setup() {
	export KITBUILD_CACHE=$BATS_TEST_TMPDIR/cache
	cd "$BATS_TEST_TMPDIR" || return 1
	export TMPDIR=$BATS_TEST_TMPDIR
}

teardown() {
	[ -z "${GUEST:-}" ] || kill -KILL "$GUEST" 2>/dev/null || true
}

# Neither process nor socket nor lock holder.
nothing_left() {
	assert_none_runs "qemu.*$1"
	run find "$1-state" -type s -o -name '*.pid' -o -name pid
	assert_output ""
}

# on_terminal KEYS WORD...: runs it on a terminal of its own, types the keys
# when the guest is up, prints what comes, and ends with its status; 99 when the
# terminal is not as it was.
on_terminal() {
	python3 - "$@" <<-'EOF2'
		import os, pty, subprocess, sys, termios, time
		master, slave = pty.openpty()
		before = termios.tcgetattr(slave)
		run = subprocess.Popen(sys.argv[2:], stdin=slave, stdout=slave,
		                       stderr=slave, start_new_session=True,
		                       preexec_fn=lambda: __import__("fcntl").ioctl(0, termios.TIOCSCTTY, 0))
		seen = b""
		typed = False
		end = time.time() + 120
		os.set_blocking(master, False)
		while run.poll() is None and time.time() < end:
		    try:
		        seen += os.read(master, 4096)
		    except BlockingIOError:
		        time.sleep(0.05)
		    if not typed and b"guest is up" in seen:
		        typed = True
		        if termios.tcgetattr(slave)[3] & termios.ICANON:
		            print("the terminal is not raw")
		        for key in sys.argv[1].encode().decode("unicode_escape"):
		            os.write(master, key.encode())
		            time.sleep(0.7)
		# What was written before comes before this.
		os.write(slave, b"END")
		while not seen.endswith(b"END") and time.time() < end:
		    try:
		        seen += os.read(master, 4096)
		    except BlockingIOError:
		        time.sleep(0.05)
		seen = seen.removesuffix(b"END")
		sys.stdout.write(seen.decode(errors="replace"))
		sys.exit(99 if termios.tcgetattr(slave) != before else run.wait(5))
	EOF2
}

@test "Ctrl-] on a terminal powers the guest off, and the terminal is as it was" {
	guest_disk disk.img "$BUTTON$POWER_OFF"
	run -0 on_terminal '\x1d' "$KITBUILD" run --accel tcg --mem 64 disk.img
	assert_output --partial "Ctrl-] asks the machine to power off"
	assert_output --partial "asking the machine to power off"
	refute_output --partial "not raw"
	nothing_left disk.img
}

@test "Ctrl-] twice kills a guest that does not listen" {
	guest_disk disk.img "$STAY"
	run -1 on_terminal '\x1d\x1d' "$KITBUILD" run --accel tcg --mem 64 disk.img
	assert_output --partial "did not power off and was killed"
	nothing_left disk.img
}

@test "Ctrl-C on a terminal is a key for the guest" {
	# Reads the serial port until there is a Ctrl-C, then powers off:
	# mov dx,0x3fd; wait: in al,dx; test al,1; jz wait; mov dx,0x3f8; in al,dx;
	# cmp al,3; jne begin
	guest_disk disk.img "bafd03eca80174fbbaf803ec3c0375f0$POWER_OFF"
	run -0 on_terminal '\x03' "$KITBUILD" run --accel tcg --mem 64 disk.img
	refute_output --partial "asking the machine"
	nothing_left disk.img
}

@test "a QEMU that is killed is told, and leaves terminal and folder as they were" {
	guest_disk disk.img "$STAY"
	cat >qemu <<-'EOF2'
		#!/bin/bash
		qemu-system-x86_64 "$@" & sleep 2; kill -KILL $!; kill -KILL $$
	EOF2
	chmod +x qemu
	run -1 on_terminal x "$KITBUILD" run --accel tcg --mem 64 --program ./qemu disk.img
	assert_output --partial "./qemu was killed by signal 9"
	nothing_left disk.img
}

@test "a terminal that hangs up asks the guest to power off" {
	guest_disk disk.img "$BUTTON$POWER_OFF"
	start_guest disk.img
	kill -HUP "$GUEST"
	wait "$GUEST"
	nothing_left disk.img
}

@test "a second run in one state folder or on one disk is refused with a sentence" {
	guest_disk disk.img "$STAY"
	guest_disk other.img "$POWER_OFF"
	truncate -s 1M data.raw
	start_guest --disk data.raw disk.img
	run -2 run_guest disk.img
	assert_output "kitbuild: state folder disk.img-state: another machine runs in it; give this one its own by --state"
	run -2 run_guest --state second disk.img
	assert_output "kitbuild: disk disk.img: another machine that runs is writing to it"
	run -2 run_guest --disk data.raw other.img
	assert_output "kitbuild: disk data.raw: another machine that runs is writing to it"
	run -0 "$KITBUILD" run --print --accel tcg --disk data.raw other.img
	# However it ends, the locks end with it.
	kill -KILL "$GUEST"
	assert_ended "$QEMU"
	run -0 run_guest --disk data.raw other.img
}

@test "a detached machine goes on, its console in a file, until its process is asked to end" {
	guest_disk disk.img "$BUTTON$POWER_OFF"
	run -0 run_guest --detach disk.img
	assert_output --partial 'kill $(cat disk.img-state/pid)'
	local i
	for ((i = 0; i < 300; i++)); do
		! grep -q "guest is up" disk.img-state/console.log || break
		sleep 0.1
	done
	run -0 grep "guest is up" disk.img-state/console.log
	GUEST=$(<disk.img-state/pid)
	run -2 run_guest disk.img
	kill -TERM "$GUEST"
	assert_ended "$GUEST"
	nothing_left disk.img
}

@test "a detached machine that does not start is told at once" {
	guest_disk disk.img "$POWER_OFF"
	run -1 run_guest --detach --program no-such-qemu disk.img
	assert_output --partial "the program no-such-qemu is needed and not in PATH"
	nothing_left disk.img
	run -2 run_guest --detach --expect x disk.img
	assert_output "kitbuild: --detach does not wait: not with --expect or --exit-with"
}

@test "disks are made as what their names say, and other tools read them" {
	guest_disk disk.img "$POWER_OFF"
	run_guest --disk file=a.qcow2,size=3G --disk file=b.vdi,size=1M --disk file=c.vhd,size=4M --disk size=1G,format=qcow2 disk.img
	run -0 qemu-img info a.qcow2
	assert_line "file format: qcow2"
	assert_line --partial "virtual size: 3 GiB"
	run -0 qemu-img check -q a.qcow2
	run -0 qemu-img info b.vdi
	assert_line "file format: vdi"
	run -0 qemu-img info c.vhd
	assert_line "file format: vpc"
	run -0 qemu-img info disk.img-state/disk3.qcow2
	assert_equal "$(stat -c %a a.qcow2)" 644
}

@test "UEFI has code in one file, and each machine its own variables" {
	guest_disk disk.img "$POWER_OFF"
	printf code >X_CODE.fd
	printf vars >X_VARS.fd
	run -0 run_guest --print --fw X_CODE.fd disk.img
	assert_line --partial "unit=0,format=raw,file=X_CODE.fd,readonly=on"
	assert_line --partial "unit=1,format=raw,file=disk.img-state/firmware-variables"
	run -0 cmp X_VARS.fd disk.img-state/firmware-variables
	printf kept >disk.img-state/firmware-variables
	run -0 run_guest --print --fw X_CODE.fd disk.img
	assert_equal "$(<disk.img-state/firmware-variables)" kept
}

@test "a helper that does not come up is named, and nothing stays" {
	guest_disk disk.img "$POWER_OFF"
	mkdir folder
	run -1 run_guest --share folder:work --virtiofsd /bin/false disk.img
	assert_output --partial "/bin/false ended before it was ready"
	nothing_left disk.img
	run -1 run_guest --net gvproxy disk.img
	assert_output --partial "the program gvproxy is needed and not in PATH: install gvisor-tap-vsock"
	nothing_left disk.img
}

@test "vsock without the host's device is refused with the module's name" {
	guest_disk disk.img "$POWER_OFF"
	[ ! -e /dev/vhost-vsock ] || skip "this host has /dev/vhost-vsock"
	run -1 run_guest --vsock disk.img
	assert_output --partial "--vsock needs /dev/vhost-vsock (module vhost_vsock)"
}

@test "whether KVM runs a guest is tried once" {
	truncate -s 1M disk.img
	cat >qemu <<-'EOF'
		#!/bin/sh
		echo "$*" >>tried
		exit 33 # as the guest of three instructions ends
	EOF
	chmod +x qemu
	local expected=0
	if [ -r /dev/kvm ] && [ -w /dev/kvm ]; then
		expected=1
	fi
	: >tried
	run -0 "$KITBUILD" run --print --arch amd64 --program ./qemu disk.img
	run -0 "$KITBUILD" run --print --arch amd64 --program ./qemu disk.img
	assert_equal "$(wc -l <tried)" "$expected"
	# Another program is another verdict.
	cp qemu other
	run -0 "$KITBUILD" run --print --arch amd64 --program ./other disk.img
	assert_equal "$(wc -l <tried)" $((expected * 2))
}
