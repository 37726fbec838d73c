#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Running images. The guests are boot sectors: they are there in a second.

load ../lib/kitbuild
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
}

# guest_disk FILE CODE: a disk that writes "guest is up" to the serial port and
# then runs the code, given in hexadecimal.
guest_disk() {
	local code="$2" message=6775657374206973207570 print length
	# xor ax,ax; mov ds,ax; mov si,MESSAGE; mov dx,0x3f8;
	# next: lodsb; test al,al; jz CODE; out dx,al; jmp next
	length=$((18 + ${#code} / 2))
	print=31c08ed8be$(printf %02x "$length")7cbaf803ac84c07403eeebf8
	# shellcheck disable=SC2001 # no & in bash's own replacement
	printf '%b' "$(sed 's/../\\x&/g' <<<"$print$code${message}0d0a00")" \
		>"$1"
	truncate -s 510 "$1"
	printf '\x55\xaa' >>"$1"
	truncate -s 1M "$1"
}

# mov dx,0x604; mov ax,0x2000; out dx,ax; stop: hlt; jmp stop
POWER_OFF=ba0406b80020eff4ebfd
# stop: hlt; jmp stop
STAY=f4ebfd
# Enables the power button and waits for it, by the ACPI registers:
# mov dx,0x602; mov ax,0x100; out dx,ax; mov dx,0x600;
# wait: in ax,dx; test ah,1; jz wait
BUTTON=ba0206b80001efba0006edf6c40174fa

run_guest() {
	timeout 60 "$KITBUILD" run --accel tcg --mem 64 "$@" </dev/null
}

# Starts a guest; sets GUEST to the process of kitbuild, QEMU to that of QEMU.
start_guest() {
	"$KITBUILD" run --accel tcg --mem 64 "$@" </dev/null >console \
		2>messages 3>&- &
	GUEST=$!
	local i
	for ((i = 0; i < 300; i++)); do
		! grep -q "guest is up" console || break
		sleep 0.1
	done
	QEMU=$(<"${!#}-state/qemu.pid")
}

is_running() {
	local state
	state=$(ps -o stat= -p "$1") && [[ $state != Z* ]]
}

assert_ended() {
	local i
	for ((i = 0; i < 50; i++)); do
		is_running "$1" || return 0
		sleep 0.1
	done
	return 1
}

@test "a machine runs until its guest powers off" {
	guest_disk disk.img $POWER_OFF
	run -0 --separate-stderr run_guest disk.img
	assert_output --partial "guest is up"
}

@test "MAC address and UUID stay the same at every start" {
	guest_disk disk.img $POWER_OFF
	run_guest disk.img
	cp -r disk.img-state first
	run_guest disk.img
	run -0 cmp first/uuid disk.img-state/uuid
	run -0 cmp first/mac-addr disk.img-state/mac-addr
	run -0 grep -cE '^02(:[0-9a-f]{2}){5}$' first/mac-addr
}

@test "a disk is made, sparse, and kept" {
	guest_disk disk.img $POWER_OFF
	run_guest --disk size=64M --disk data.raw,size=1G disk.img
	assert_equal "$(stat -c %s disk.img-state/disk.raw)" $((64 << 20))
	assert_equal "$(stat -c %s data.raw)" $((1 << 30))
	assert [ "$(stat -c %b data.raw)" -lt 100 ]
	echo kept >data.raw
	run_guest --disk data.raw,size=1G disk.img
	assert_equal "$(<data.raw)" kept
}

@test "SIGTERM presses the power button" {
	guest_disk disk.img $BUTTON$POWER_OFF
	start_guest disk.img
	kill -TERM "$GUEST"
	wait "$GUEST"
	assert_ended "$QEMU"
}

@test "a second SIGTERM kills a machine that does not listen" {
	guest_disk disk.img $STAY
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

@test "QEMU does not outlive kitbuild, even when that is killed" {
	guest_disk disk.img $STAY
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
	guest_disk disk.img $POWER_OFF
	run -2 "$KITBUILD" run --publish 80 disk.img
	assert_output --partial "port '80': write HOST:GUEST"
	run -2 "$KITBUILD" run --publish 1:70000 disk.img
	run -2 "$KITBUILD" run --disk size=x disk.img
	assert_output --partial "disk 'size=x'"
	run -2 "$KITBUILD" run --disk none.raw disk.img
	assert_output --partial "disk none.raw: there is no such file"
	run -2 "$KITBUILD" run --arch s390x disk.img
	assert_output --partial "no machine for architecture 's390x'"
	run -2 "$KITBUILD" run --networking tap disk.img
	run -2 "$KITBUILD" run --accel magic disk.img
	run -2 "$KITBUILD" run hyperkit disk.img
	assert_output --partial "machines run on qemu"
}

@test "a QEMU that fails, or is not there, is told" {
	guest_disk disk.img $POWER_OFF
	run -1 run_guest --qemu /bin/false disk.img
	assert_output --partial "/bin/false failed with status 1"
	run -1 run_guest --qemu no-such-qemu disk.img
	assert_output --partial "no-such-qemu is needed and not in PATH"
}
