#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Media that cannot be right: one sentence, and no file.

load ../lib/kitbuild
load ../lib/images
load ../lib/media

setup_file() {
	export KITBUILD_CACHE="$BATS_FILE_TMPDIR/cache"
	export STUB="$BATS_FILE_TMPDIR/stub.efi"
	put_usual_images
	make_stub "$STUB"
}

setup() {
	export KITBUILD_CACHE="$BATS_FILE_TMPDIR/cache"
	cd "$BATS_TEST_TMPDIR"
	mkdir out
	manifest m.yml <<-EOF
		kernel: {image: test/kernel:1, cmdline: "console=ttyS0"}
		init: [test/init:1]
		files: [{path: etc/large, source: large}]
	EOF
	head -c 3000000 /dev/urandom >large
}

# refused STATUS MESSAGE OPTION...
refused() {
	local status=$1 message=$2
	shift 2
	run "-$status" build -q --dir out "$@"
	assert_output "kitbuild: $message"
	assert_equal "$(ls -A out)" ""
}

# -q is a global option.
build() {
	shift
	(cd "$BATS_TEST_TMPDIR" && "$KITBUILD" -q --offline build --arch amd64 "$@")
}

@test "a medium without a kernel is refused" {
	manifest m.yml <<<"init: [test/init:1]"
	for format in uki raw raw-efi raw-bios iso iso-efi iso-efi-initrd iso-bios \
		qcow2 qcow2-efi qcow2-bios; do
		refused 2 "format $format: the manifest has no kernel, and without one nothing can start" \
			--efi-stub "$STUB" -f "$format" m.yml
	done
}

@test "a stub that is missing is named, with where it comes from" {
	for format in uki raw raw-efi iso iso-efi qcow2 qcow2-efi; do
		refused 2 "format $format: there is no UEFI stub /nonexistent; it comes with Debian's package systemd-boot-efi, and --efi-stub names another place" \
			--efi-stub /nonexistent -f "$format" m.yml
	done
}

@test "a stub that is none is refused" {
	echo "no program" >none.efi
	refused 2 "format uki: none.efi is not a UEFI stub for amd64" --efi-stub none.efi -f uki m.yml
	cp "$STUB" arm.efi
	printf '\x64\xaa' | dd of=arm.efi bs=1 seek=68 conv=notrunc status=none
	refused 2 "format uki: arm.efi is not a UEFI stub for amd64" --efi-stub arm.efi -f uki m.yml
	head -c 1100 "$STUB" >cut.efi
	refused 2 "format uki: cut.efi is not a UEFI stub for amd64" --efi-stub cut.efi -f uki m.yml
}

@test "a disk that is too small is refused with the size it needs" {
	refused 2 "format raw: the image needs a disk of 36 MiB, and --size gives 20 MiB" \
		--efi-stub "$STUB" --size 20M -f raw m.yml
	refused 2 "format raw-bios: the image needs a disk of 35 MiB, and --size gives 34 MiB" \
		--size 34M -f raw-bios m.yml
	refused 2 "format qcow2-efi: the image needs a disk of 36 MiB, and --size gives 0 MiB" \
		--efi-stub "$STUB" --size 1K -f qcow2-efi m.yml
	run -2 build -q --size 12X -f raw m.yml
	assert_output "kitbuild: --size: '12X' is not a size such as 512M"
}

@test "a command line that no kernel takes is refused where a BIOS would pass it" {
	manifest m.yml <<-EOF
		kernel: {image: test/kernel:1, cmdline: "$(printf 'x%.0s' {1..2048})"}
		init: [test/init:1]
	EOF
	for format in raw-bios iso-bios; do
		refused 2 "format $format: the kernel's command line has 2048 characters, and a kernel for a PC takes at most 2047" \
			-f "$format" m.yml
	done
	sed -i s/xx/x/ m.yml
	run -0 build -q --dir out -f raw-bios m.yml
}

@test "an unknown format is refused with the likely one" {
	run -2 build -q --dir out -f raw-boot m.yml
	assert_output "kitbuild: unknown format 'raw-boot'; is it 'raw-bios'?"
	run -2 build -q --dir out -f qcow m.yml
	assert_output "kitbuild: unknown format 'qcow'; is it 'qcow2'?"
	assert_equal "$(ls -A out)" ""
}

@test "two formats that would write one file are refused" {
	run -2 build -q --dir out --efi-stub "$STUB" -f iso,iso-bios m.yml
	assert_output "kitbuild: format iso-bios: two formats would both write out/m.iso"
	assert_equal "$(ls -A out)" ""
}

@test "a full disk is told for every medium and nothing is left" {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	unshare -m true 2>/dev/null || skip "cannot unshare mounts"
	for format in uki raw raw-efi raw-bios iso iso-efi qcow2 kernel+iso docker tar-kernel-initrd; do
		run -1 unshare -m bash -c 'mount -t tmpfs -o size=2M none out || exit 99
			"$@"; status=$?; ls -A out; exit $status' - "$KITBUILD" -q --offline build \
			--arch amd64 --dir out --efi-stub "$STUB" -f "$format" m.yml
		assert_output --regexp "^kitbuild: format ${format//+/.}: write out/m[^ ]*: No space left on device$"
	done
}

@test "a file size limit is told and nothing is left" {
	run -1 bash -c 'ulimit -f 8000; "$@"' - "$KITBUILD" -q --offline build \
		--arch amd64 --efi-stub "$STUB" --dir out -f raw m.yml
	assert_output "kitbuild: format raw: write out/m.img: File too large"
	assert_equal "$(ls -A out)" ""
}
