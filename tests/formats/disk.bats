#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Disks: what other hands' tools say of them, and what a firmware would load.

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
	manifest m.yml <<-EOF
		kernel: {image: test/kernel:1, cmdline: "console=ttyS0 panic=1", ucode: cpu.cpio}
		init: [test/init:1]
		files: [{path: etc/large, source: large}]
	EOF
	head -c 3000000 /dev/zero | tr '\0' 'x' >large
}

# What does not hang on how well the initrd packs.
table_of() {
	sfdisk -J "$1" | jq -r '.partitiontable | .label, (.partitions[] |
		"\(.start) \(.size) \(.type) \(.name // "") \(.bootable // "")")'
}

assert_fat() {
	run -0 fsck.vfat -n -v esp
	assert_output --partial "$1"
	refute_output --partial "differ"
	refute_output --partial "Perhaps"
}

@test "a hybrid disk holds the kernel once, where both firmwares find it" {
	build --efi-stub "$STUB" -f raw,kernel+initrd m.yml
	run -0 sgdisk -v m.img
	assert_output --partial "No problems found"
	run -0 sfdisk -V m.img
	assert_output --partial "No errors detected"
	run -0 table_of m.img
	assert_line --index 0 gpt
	assert_line --index 1 "2048 69632 C12A7328-F81F-11D2-BA4B-00A0C93EC93B EFI System "
	assert_line --index 2 "34 2014 21686148-6449-6E6F-744E-656564454649 BIOS boot "

	boot_partition m.img
	assert_fat "32 bit entries"
	run -0 mdir -/ -b -i esp ::
	assert_output "$(printf '::/EFI/\n::/EFI/BOOT/\n::/EFI/BOOT/BOOTX64.EFI')"
	mcopy -i esp ::/EFI/BOOT/BOOTX64.EFI uki
	uki_parts uki from-uefi
	assert_parts from-uefi
	assert_equal "$(loader_lba m.img)" 34
	loader_parts m.img 34 from-bios
	assert_parts from-bios
}

@test "a disk for UEFI has no boot code" {
	build --efi-stub "$STUB" -f raw-efi,kernel+initrd m.yml
	run -0 sgdisk -v m-efi.img
	assert_output --partial "No problems found"
	run -0 table_of m-efi.img
	assert_equal "${#lines[@]}" 2
	assert_equal "$(part m-efi.img 0 440 | tr -d '\0')" ""
	boot_partition m-efi.img
	assert_fat "32 bit entries"
	mcopy -i esp ::/EFI/BOOT/BOOTX64.EFI uki
	uki_parts uki from-uefi
	assert_parts from-uefi
}

@test "a disk for BIOS has an active FAT partition with the three files" {
	build --efi-stub /nonexistent -f raw-bios,kernel+initrd m.yml
	run -0 sfdisk -V m-bios.img
	assert_output --partial "No errors detected"
	run -0 table_of m-bios.img
	assert_line --index 0 dos
	assert_line --index 1 "2048 69632 c  true"
	boot_partition m-bios.img
	assert_fat "32 bit entries"
	mkdir from-fat
	mcopy -i esp ::/kernel ::/cmdline from-fat
	mcopy -i esp ::/initrd.img from-fat/initrd
	assert_parts from-fat
	assert_equal "$(loader_lba m-bios.img)" 1
	loader_parts m-bios.img 1 from-bios
	assert_parts from-bios
}

@test "a unified kernel image is the stub with sections behind it" {
	build --efi-stub "$STUB" -f uki,kernel+initrd m.yml
	uki_parts m.efi parts
	assert_parts parts
	run -0 objdump -h m.efi
	assert_output --regexp '0 .text .*1 .osrel .*2 .cmdline .*3 .initrd .*4 .linux'
	objcopy -O binary --only-section=.osrel m.efi osrel
	run -0 grep -c '^ID=linuxkit$' osrel
	cmp <(part m.efi 1024 512) <(part "$STUB" 1024 512)
}

@test "systemd's stub takes the sections, too" {
	build -f uki,kernel+initrd m.yml
	uki_parts m.efi parts
	assert_parts parts
	run -0 objdump -p m.efi
	assert_output --partial "pei-x86-64"
}

@test "ukify inspects a unified kernel image and finds what was put in" {
	run "$ROOT/tests/lib/from-suite" trixie systemd-ukify "$ROOT/build/ukify"
	[ "$status" -eq 0 ] || skip "no ukify: $output"
	build -f uki,kernel+initrd m.yml
	/usr/bin/python3 "$ROOT/build/ukify/usr/lib/systemd/ukify" --json=short inspect m.efi >found.json
	local pair file
	for pair in .linux=m-kernel .initrd=m-initrd.img; do
		file=${pair#*=}
		run -0 jq -r --arg name "${pair%=*}" '.[$name] | "\(.size) \(.sha256)"' found.json
		assert_output "$(stat -c %s "$file") $(sha256sum <"$file" | cut -d ' ' -f 1)"
	done
	run -0 jq -r '.".cmdline".text' found.json
	assert_output "$(<m-cmdline)"
	run -0 jq -r '.".osrel".text' found.json
	assert_line ID=linuxkit
}

@test "qcow2 holds the same disk, and QEMU finds no fault in it" {
	build --efi-stub "$STUB" -f raw,qcow2,qcow2-zstd,raw-efi,qcow2-efi,raw-bios m.yml
	mkdir bios
	build --dir bios -f qcow2-bios m.yml
	for pair in "m.qcow2 m.img" "m-zstd.qcow2 m.img" "m-efi.qcow2 m-efi.img" "bios/m.qcow2 m-bios.img"; do
		read -r image disk <<<"$pair"
		run -0 qemu-img check "$image"
		assert_output --partial "No errors were found"
		run -0 qemu-img compare -f qcow2 -F raw "$image" "$disk"
		assert_output "Images are identical."
		# Zeros are left out.
		[ "$(stat -c %s "$image")" -lt 2000000 ]
	done
}

@test "a disk has the size that is asked for, with its table at the end" {
	build --efi-stub "$STUB" -f raw,raw-bios,qcow2 --size 3 m.yml
	assert_equal "$(stat -c %s m.img m-bios.img)" "$(printf '3221225472\n3221225472')"
	[ "$(du -k m.img | cut -f 1)" -lt 4096 ]
	run -0 sgdisk -v m.img
	assert_output --partial "No problems found"
	run -0 qemu-img info --output=json m.qcow2
	assert_equal "$(jq '."virtual-size"' <<<"$output")" 3221225472
	run -0 qemu-img check m.qcow2
	build --efi-stub "$STUB" -f raw --size auto m.yml
	assert_equal "$(stat -c %s m.img)" 37748736
	build --efi-stub "$STUB" -f raw --size 36M m.yml
	assert_equal "$(stat -c %s m.img)" 37748736
}

@test "a disk may go to standard output and is the same there" {
	build --efi-stub "$STUB" -f raw,qcow2 m.yml
	build --efi-stub "$STUB" -f raw -o - m.yml | cmp - m.img
	build --efi-stub "$STUB" -f qcow2 -o - m.yml | cmp - m.qcow2
	build --efi-stub "$STUB" -f raw -o named.raw m.yml
	cmp named.raw m.img
}

@test "the identifiers of two images differ, those of one do not" {
	build --efi-stub "$STUB" -f raw-efi,raw-bios m.yml
	sed s/panic=1/panic=2/ m.yml >n.yml
	build --efi-stub "$STUB" -f raw-efi,raw-bios n.yml
	local ids='.partitiontable | .id, .partitions[].uuid'
	assert_equal "$(sfdisk -J m-efi.img | jq -r "$ids" | sort -u | wc -l)" 2
	run -1 cmp <(sfdisk -J m-efi.img | jq "$ids") <(sfdisk -J n-efi.img | jq "$ids")
	run -1 cmp <(sfdisk -J m-bios.img | jq .partitiontable.id) \
		<(sfdisk -J n-bios.img | jq .partitiontable.id)
	boot_partition m-efi.img && mv esp one
	boot_partition n-efi.img
	run -1 cmp <(part one 67 4) <(part esp 67 4)
}

@test "a disk of a TiB costs no more memory than a small one" {
	[[ $KITBUILD != */san/* ]] || skip "sanitizers have memory of their own"
	head -c 200000000 /dev/urandom >large
	run -0 memory_of "$KITBUILD" --offline build --arch amd64 --efi-stub "$STUB" \
		-f raw,qcow2 --size 1T m.yml
	[ "$(tail -n 1 <<<"$output")" -lt 65536 ]
	assert_equal "$(stat -c %s m.img)" $((1 << 40))
	run -0 qemu-img check m.qcow2
}

@test "no other program is started for any format" {
	ASAN_OPTIONS=detect_leaks=0 run -0 strace -qq -f -e trace=execve -o calls \
		"$KITBUILD" --offline build --arch amd64 --efi-stub "$STUB" \
		-f uki,raw,raw-efi,raw-bios,iso,iso-efi,qcow2,docker m.yml
	assert_equal "$(grep -c execve calls)" 1
}
