#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# An image for arm64, built on another machine: our programs in it, started by
# QEMU directly and by UEFI from a disk.

load ../lib/kitbuild

setup_file() {
	export GUEST=$BATS_FILE_TMPDIR KITBUILD_CACHE=$ROOT/build/cache
	cd "$GUEST"
	mkdir box
	cat >box/build.yml <<-'EOF2'
		image: test-box-arm64
		contents:
		  debian: {packages: [busybox-static], unpack: [busybox-static]}
		  files:
		    - {path: host, directory: true, mode: "0755"}
	EOF2
	# The modules are twice as much as all else, and nothing here needs one.
	cat >g.yml <<-EOF2
		kernel:
		  image: "@pkg:$ROOT/kernels/debian-arm64"
		  tar: none
		  cmdline: "console=ttyAMA0 panic=10"
		init:
		  - "@pkg:$ROOT/pkg/init"
		services:
		  - name: job
		    image: "@pkg:box"
		    runtime: {handler: none}
		    readonly: true
		    capabilities: [all]
		    pid: host
		    binds: ["/:/host"]
		    command: ["/bin/busybox", "sh", "-c", "busybox echo \"the job runs on \$(busybox uname -m)\" >/host/dev/console; until busybox chroot /host /usr/bin/service timeline | busybox grep -q complete; do busybox sleep 0.2; done; busybox kill -USR2 1; exec busybox sleep 100"]
	EOF2
	local stub=lib/systemd/boot/efi/linuxaa64.efi.stub
	local stubs=$ROOT/build/guest/arm64/usr
	[ -d "$stubs" ] || stubs=/usr # this machine is an arm64
	"$KITBUILD" build --arch arm64 -f kernel+initrd g.yml
	"$KITBUILD" build --arch arm64 -f raw --root initrd \
		--efi-stub "$stubs/$stub" g.yml
}

setup() {
	cd "$BATS_TEST_TMPDIR"
	export TMPDIR=$BATS_TEST_TMPDIR
}

# runs WORD...: to the service's line and a way down
runs() {
	run -0 timeout 500 "$KITBUILD" run qemu --arch arm64 --accel tcg --mem 512 \
		--timeout 450 --state state "$@" </dev/null
	assert_line --regexp "^service: all 1 services started"
	assert_line --partial "the job runs on aarch64"
	assert_line --partial "init: power off"
}

@test "init, launcher and a service run on arm64" {
	runs "$GUEST/g"
}

@test "a disk for arm64 starts by UEFI, which nobody has to ask for" {
	runs "$GUEST/g.img"
	assert_line --regexp "efi: EFI v2\.[0-9]+ by EDK II"
}
