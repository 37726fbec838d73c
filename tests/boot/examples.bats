#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Every example builds; those that make a promise of their own keep it.

load ../lib/kitbuild
load ../lib/machine

setup() {
	export KITBUILD_CACHE=$ROOT/build/cache
	MACHINE_PID=
}

teardown() {
	machine_kill
}

@test "every example builds" {
	for example in "$ROOT"/examples/*.yml; do
		run -0 kitbuild build --dir "$BATS_TEST_TMPDIR" "$example"
		name=$(basename "$example" .yml)
		[ -s "$BATS_TEST_TMPDIR/$name-initrd.img" ]
	done
}

@test "an image without containerd runs its containers at boot and at shutdown" {
	kitbuild build --dir "$BATS_TEST_TMPDIR" "$ROOT/examples/onboot.yml"
	machine_start "$BATS_TEST_TMPDIR/onboot"
	machine_until "report: address 10.0.2.15/24" 200
	machine_until "init: boot complete" 60
	machine_until "Power Button as" 60
	sleep 1
	kill -TERM "$MACHINE_PID"
	machine_until "farewell: shutting down" 60
	machine_end 60
	assert_equal "$MACHINE_STATUS" 0
	run -0 grep -a "init: power off" "$MACHINE_LOG"
}
