#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# CDs: what other hands' tools say of them, and what a firmware would load.

load ../lib/kitbuild
load ../lib/images
load ../lib/media

setup_file() {
	export KITBUILD_CACHE="$BATS_FILE_TMPDIR/cache"
	export STUB="$BATS_FILE_TMPDIR/stub.efi"
	put_usual_images
	make_stub "$STUB"
	put_image test/links:1 <<-EOF
		link plain target
		link absolute /usr/bin/x
		link up ../../a/./b/../c
		link slash /
		link long $(printf 'd%.0s' {1..200})/$(printf 'e%.0s' {1..250})/$(printf 'f%.0s' {1..255})
		link longest $(printf 'part/%.0s' {1..150})end
		file $(printf 'n%.0s' {1..255}) 0644 long name
		file Same.txt 0644 one
		file same.TXT 0644 two
		file libsomething-with-a-long-name.so.1 0644 first
		file libsomething-with-a-long-name.so.1.2.3 0644 second
		file a/b/c/d/e/f/g/h/i/j/k 0600 deep
		file empty 0644
		file "sp 0640 ace
	EOF
}

setup() {
	export KITBUILD_CACHE="$BATS_FILE_TMPDIR/cache"
	cd "$BATS_TEST_TMPDIR"
	manifest m.yml <<-EOF
		kernel: {image: test/kernel:1, cmdline: "console=ttyS0 panic=1", ucode: cpu.cpio}
		init: [test/init:1]
	EOF
}

# What xorriso says on standard output, without its notes.
xorriso() {
	command xorriso -report_about SORRY "$@" 2>/dev/null
}

# el_torito FILE WORD: "sector size-in-512" of the boot image for BIOS or UEFI
el_torito() {
	xorriso -indev "$1" -report_el_torito plain |
		awk -v platform="$2" '/boot img/ && $7 == platform { print $13, $12 }'
}

@test "a hybrid CD starts by El Torito for BIOS and UEFI, and as a disk" {
	build --efi-stub "$STUB" -f iso,kernel+initrd m.yml
	read -r sector size < <(el_torito m.iso BIOS)
	# Behind the stub of 1024 bytes.
	loader_parts m.iso $((sector * 4 + 2)) from-cd
	assert_parts from-cd
	assert_equal "$(loader_lba m.iso)" $((sector * 4 + 2))
	[ "$size" -le 60 ]

	run -0 sgdisk -v m.iso
	assert_output --partial "No problems found"
	boot_partition m.iso
	run -0 fsck.vfat -n esp
	mcopy -i esp ::/EFI/BOOT/BOOTX64.EFI uki
	uki_parts uki from-uefi
	assert_parts from-uefi
	read -r sector size < <(el_torito m.iso UEFI)
	assert_equal "$((sector * 4))" "$(sfdisk -J m.iso | jq '.partitiontable.partitions[0].start')"
	run -0 xorriso -osirrox on -indev m.iso -extract /boot/efi.img efi.img
	cmp efi.img esp
	run -0 xorriso -osirrox on -indev m.iso -extract /boot/cmdline cmdline
	cmp cmdline m-cmdline
}

@test "a CD for BIOS has kernel and initrd as files" {
	build --efi-stub /nonexistent -f iso-bios,kernel+initrd m.yml
	read -r sector _ < <(el_torito m.iso BIOS)
	loader_parts m.iso $((sector * 4 + 2)) from-cd
	assert_parts from-cd
	assert_equal "$(loader_lba m.iso)" $((sector * 4 + 2))
	assert_equal "$(el_torito m.iso UEFI)" ""
	mkdir files
	xorriso -osirrox on -indev m.iso -extract /boot/kernel files/kernel \
		-extract /boot/initrd.img files/initrd -extract /boot/cmdline files/cmdline
	assert_parts files
	run -0 sfdisk -J m.iso
	assert_equal "$(jq -c '.partitiontable.partitions[0] | [.start, .type, .bootable]' <<<"$output")" \
		'[0,"17",true]'
}

@test "a CD for UEFI has no boot code, and both of LinuxKit's names for it give the same" {
	build --efi-stub "$STUB" -f iso-efi,iso-efi-initrd,kernel+initrd m.yml
	cmp m-efi.iso m-efi-initrd.iso
	assert_equal "$(el_torito m-efi.iso BIOS)" ""
	[ -n "$(el_torito m-efi.iso UEFI)" ]
	assert_equal "$(part m-efi.iso 0 440 | tr -d '\0')" ""
	run -0 sgdisk -v m-efi.iso
	assert_output --partial "No problems found"
	boot_partition m-efi.iso
	mcopy -i esp ::/EFI/BOOT/BOOTX64.EFI uki
	uki_parts uki from-uefi
	assert_parts from-uefi
}

# mode uid gid size path target: what both tools can tell, without boot/
cd_listing() {
	xorriso -indev "$1" -find / -exec lsdl -- |
		sed -E "s/^([^ ]+) +[0-9]+ +([^ ]+) +([^ ]+) +([0-9]+|[0-9]+,[0-9]+) +[A-Z][a-z]{2} +[0-9]+ +[0-9:]+ '\/?(.*)'$/\1 \2 \3 \4 \5/; s/' -> '/ /" |
		sed -E 's/^([dlbcp].{9} [0-9]+ [0-9]+) [0-9,]+ /\1 - /; s/ +$//' | LC_ALL=C sort
}

root_listing() {
	python3 - "$1" <<-'EOF'
		import sys, tarfile
		kinds = {tarfile.DIRTYPE: "d", tarfile.SYMTYPE: "l", tarfile.CHRTYPE: "c",
		         tarfile.BLKTYPE: "b", tarfile.FIFOTYPE: "p"}
		lines = ["drwxr-xr-x 0 0 -"]
		with tarfile.open(sys.argv[1]) as tar:
		    for m in tar:
		        name = m.name.rstrip("/")
		        if name.startswith("boot/"):
		            continue
		        of = tar.getmember(m.linkname) if m.islnk() else m
		        mode = tarfile.stat.filemode(of.mode)[1:]
		        kind = kinds.get(of.type, "-")
		        size = of.size if kind == "-" else "-"
		        target = of.linkname if kind == "l" else ""
		        lines.append(f"{kind}{mode} {of.uid} {of.gid} {size} {name} {target}".rstrip())
		sys.stdout.reconfigure(encoding="utf-8", errors="surrogateescape")
		print("\n".join(sorted(lines, key=lambda l: l.encode(errors="surrogateescape"))))
	EOF
}

@test "the root as a CD lists and reads as the root as a tar" {
	manifest m.yml <<-EOF
		kernel: {image: test/kernel:1, cmdline: "root=/dev/sr0"}
		init: [test/init:1, test/odd:1, test/links:1]
	EOF
	build -f kernel+iso,tar m.yml
	assert_equal "$(cat m-kernel)" "not really a kernel"
	assert_equal "$(cat m-cmdline)" "root=/dev/sr0"
	cd_listing m.iso >from-cd
	root_listing m.tar >from-tar
	[ "$(wc -l <from-tar)" -gt 30 ]
	diff -u from-tar from-cd
	# The contents: all regular files.
	mkdir cd tar
	xorriso -osirrox on -indev m.iso -extract / cd
	tar -C tar --exclude='boot/*' --exclude=dev -xf m.tar
	chmod -R u+rwX cd tar
	diff -r --no-dereference --exclude=dev --exclude=pipe tar cd
}

@test "the root as a CD keeps devices and hard links" {
	manifest m.yml <<<"init: [test/odd:1]"
	build -f kernel+iso m.yml
	run -0 xorriso -indev m.iso -find / -type c -o -type b -exec lsdl --
	assert_output --regexp "crw-rw-rw- .* 1,3 .*'/dev/null'"
	assert_output --regexp "brw-rw---- .* 8,0 .*'/dev/disk'"
	# Two names of one file are one extent.
	run -0 xorriso -indev m.iso -find / -name first -exec report_lba -- \
		-find / -name 'k*se' -exec report_lba --
	assert_equal "$(awk '/File data lba/ { print $6 }' <<<"$output" | sort -u | wc -l)" 1
}

@test "names that are alike on a plain CD are told apart" {
	manifest m.yml <<<"init: [test/links:1]"
	build -f kernel+iso m.yml
	run -0 xorriso -read_fs norock -indev m.iso -find / -maxdepth 1 -exec echo --
	assert_equal "$(sort <<<"$output" | uniq -d)" ""
	run -0 xorriso -indev m.iso -check_media use=indev --
}

@test "a CD may go to standard output and is the same there" {
	build --efi-stub "$STUB" -f iso m.yml
	build --efi-stub "$STUB" -f iso -o - m.yml | cmp - m.iso
}
