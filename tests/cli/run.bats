#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Running images. The guests are boot sectors: they are there in a second.

load ../lib/kitbuild
load ../lib/bootsector
bats_require_minimum_version 1.5.0

setup() {
	export KITBUILD_CACHE=$BATS_TEST_TMPDIR/cache
	cd "$BATS_TEST_TMPDIR" || return 1
}

@test "a machine runs until its guest powers off" {
	guest_disk disk.img "$POWER_OFF"
	run -0 --separate-stderr run_guest disk.img
	assert_output --partial "guest is up"
}

@test "MAC address and UUID stay the same at every start" {
	guest_disk disk.img "$POWER_OFF"
	run_guest disk.img
	cp -r disk.img-state first
	run_guest disk.img
	run -0 cmp first/uuid disk.img-state/uuid
	run -0 cmp first/mac-addr disk.img-state/mac-addr
	run -0 grep -cE '^02(:[0-9a-f]{2}){5}$' first/mac-addr
}

@test "a disk is made, sparse, and kept" {
	guest_disk disk.img "$POWER_OFF"
	run_guest --disk size=64M --disk data.raw,size=1G disk.img
	assert_equal "$(stat -c %s disk.img-state/disk.raw)" $((64 << 20))
	assert_equal "$(stat -c %s data.raw)" $((1 << 30))
	assert [ "$(stat -c %b data.raw)" -lt 100 ]
	echo kept >data.raw
	run_guest --disk data.raw,size=1G disk.img
	assert_equal "$(<data.raw)" kept
}

@test "SIGTERM presses the power button" {
	guest_disk disk.img "$BUTTON$POWER_OFF"
	start_guest disk.img
	kill -TERM "$GUEST"
	wait "$GUEST"
	assert_ended "$QEMU"
}

@test "a second SIGTERM kills a machine that does not listen" {
	guest_disk disk.img "$STAY"
	start_guest disk.img
	kill -TERM "$GUEST"
	sleep 1
	kill -TERM "$GUEST"
	local ended=0
	wait "$GUEST" || ended=$?
	assert_equal "$ended" 1
	assert_ended "$QEMU"
	run -0 cat messages
	assert_output --partial "did not power off and was killed"
	assert [ ! -e disk.img-state/qmp.sock ]
}

@test "SIGTERM to a process and to its group at once is one wish: what timeout sends" {
	guest_disk disk.img "$BUTTON$POWER_OFF"
	start_guest disk.img
	python3 - "$GUEST" <<-'EOF2'
		import os, signal, sys, time
		try:
		    for _ in range(3):
		        os.kill(int(sys.argv[1]), signal.SIGTERM)
		        time.sleep(0.001)
		except ProcessLookupError:
		    pass  # the guest was quicker
	EOF2
	wait "$GUEST"
	assert_ended "$QEMU"
}

@test "QEMU does not outlive kitbuild, even when that is killed" {
	guest_disk disk.img "$STAY"
	start_guest disk.img
	kill -KILL "$GUEST"
	assert_ended "$QEMU"
}

@test "a missing part is named with the cure" {
	run -2 "$KITBUILD" run web
	assert_output "kitbuild: web-kernel is not there; \`kitbuild build web.yml\` makes it"
	touch web-kernel web-initrd.img
	run -2 "$KITBUILD" run web
	assert_output --partial "web-cmdline is not there"
}

@test "wrong options are told" {
	guest_disk disk.img "$POWER_OFF"
	run -2 "$KITBUILD" run --publish 80 disk.img
	assert_output --partial "port '80': write HOST:GUEST"
	run -2 "$KITBUILD" run --publish 1:70000 disk.img
	run -2 "$KITBUILD" run --disk size=x disk.img
	assert_output --partial "disk 'size=x'"
	run -2 "$KITBUILD" run --disk none.raw disk.img
	assert_output --partial "disk none.raw: there is no such file"
	run -2 "$KITBUILD" run --arch s390x disk.img
	assert_output --partial "no machine for architecture 's390x'"
	run -2 "$KITBUILD" run --networking token-ring disk.img
	assert_output --partial "network 'token-ring': there are none, user, "
	run -2 "$KITBUILD" run --accel magic disk.img
}

@test "a QEMU that fails, or is not there, is told" {
	guest_disk disk.img "$POWER_OFF"
	run -1 run_guest --qemu /bin/false disk.img
	assert_output --partial "/bin/false failed with status 1"
	run -1 run_guest --qemu no-such-qemu disk.img
	assert_output --partial "no-such-qemu is needed and not in PATH"
}

@test "a text on the console can be waited for" {
	guest_disk disk.img "$POWER_OFF"
	run -0 run_guest --expect "guest is up" disk.img
	assert_line --partial "guest is up"
	[ ! -e disk.img-state/qemu.pid ]
}

@test "a machine that never shows the text fails, whether it ends or not" {
	guest_disk off.img "$POWER_OFF"
	run -1 run_guest --expect "never" off.img
	assert_line "kitbuild: the machine ended, and its console had not shown 'never'"
	guest_disk stay.img "$STAY"
	run -1 run_guest --expect "never" --timeout 3 stay.img
	assert_line "kitbuild: the console did not show 'never' within 3 seconds"
	run -1 run_guest --timeout 3 stay.img
	assert_line "kitbuild: the machine did not end within 3 seconds and was killed"
	assert_none_runs "stay.img-state"
}

@test "the text may come in pieces, and is looked for as it is" {
	guest_disk disk.img "$POWER_OFF"
	run -0 run_guest --expect "$(printf 'up\r')" disk.img
	run -1 run_guest --expect "guest.is" disk.img
}

@test "disks boot out of every container, whatever their names" {
	guest_disk disk.img "$POWER_OFF"
	local format
	for format in qcow2 vmdk vdi vhdx vpc; do
		qemu-img convert -q -O "$format" disk.img "disk-$format"
		run -0 run_guest "disk-$format"
		assert_line --partial "guest is up"
	done
}

@test "--print tells the command, quoted for a shell, and starts nothing" {
	guest_disk "it's, a disk" "$POWER_OFF"
	run -0 run_guest --print --publish 8080:80 --uuid 12345678-1234-1234-1234-123456789abc "it's, a disk"
	assert_line --partial "-uuid 12345678-1234-1234-1234-123456789abc"
	assert_line --partial "hostfwd=tcp:127.0.0.1:8080-:80"
	assert_line --partial "'if=none,id=boot,file=it'\\''s,, a disk,format=raw"
	bash -n <<<"$output"
	# It is the very command.
	run -0 timeout 180 bash -c "$output"
	assert_output --partial "guest is up"
}

@test "microvm has devices without PCI" {
	printf x | tee m-kernel m-initrd.img m-cmdline >/dev/null
	run -0 run_guest --print --arch amd64 --machine microvm --disk file=d,size=1M m
	assert_line --partial "-machine microvm,rtc=on,acpi=off,accel=tcg"
	assert_line --partial "virtio-blk-device,drive=disk0,serial=disk0"
	assert_line --partial "virtio-net-device,netdev=net0"
	refute_output --partial "-pci"
	guest_disk disk.img "$POWER_OFF"
	run -2 run_guest --machine microvm disk.img
	assert_output "kitbuild: --machine microvm starts a kernel for amd64 only"
	run -2 run_guest --machine pc disk.img
	assert_output "kitbuild: --machine pc: there are q35 and microvm"
}

@test "metadata is a CD that cloud-init and LinuxKit's package find" {
	guest_disk disk.img "$POWER_OFF"
	printf '#cloud-config\n{}\n' >user
	run -0 run_guest --data-file user disk.img
	run -0 xorriso -indev disk.img-state/data.iso -pvd_info
	assert_output --regexp "Volume [Ii]d *: *'?cidata"
	xorriso -osirrox on -indev disk.img-state/data.iso -extract / out 2>/dev/null
	cmp out/user-data user
	cmp out/config user
	assert_equal "$(cat out/meta-data)" "instance-id: $(cat disk.img-state/uuid)"
	run -0 run_guest --print --data text disk.img
	assert_line --partial "media=cdrom,readonly=on"
	run -0 stat -c %a disk.img-state/data.iso
	assert_output 600
	run -2 run_guest --data text --data-file user disk.img
	assert_output "kitbuild: --data and --data-file exclude each other"
	run -1 run_guest --data-file nothing disk.img
	assert_output --partial "nothing"
	run -2 run_guest --uuid 1234 disk.img
	assert_output "kitbuild: --uuid 1234: not a UUID"
}
