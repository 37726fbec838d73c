#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Every format twice, by somebody else somewhere else: same bytes. And what the
# formats that are archives hold.

load ../lib/kitbuild
load ../lib/images
load ../lib/media

setup() {
	export KITBUILD_CACHE="$BATS_TEST_TMPDIR/cache"
	cd "$BATS_TEST_TMPDIR"
	put_usual_images
	make_stub stub.efi
	manifest m.yml <<-EOF
		kernel: {image: test/kernel:1, cmdline: "console=ttyS0", ucode: cpu.cpio}
		init: [test/init:1, test/odd:1]
		services: [{name: web, image: test/web:1}]
	EOF
}

# All but that for another architecture, which has tests of its own.
formats() {
	"$KITBUILD" build --list-formats | sed -n 's/^\([^ ]\+\) .*/\1/p' | grep -vx rpi3
}

# digests FORMAT...: a line a file, of one build for each
digests() {
	local format
	for format in "$@"; do
		rm -rf one
		mkdir one
		"$program" -q --offline build --arch amd64 --efi-stub stub.efi \
			--dir one -f "$format" m.yml || return 1
		(cd one && sha256sum -- * | sed "s|^|$format |")
	done
}

@test "every format has the same bytes for another user, folder, zone, umask, clock and number of processors" {
	local as="$BATS_TEST_TMPDIR/else where" list
	mapfile -t list < <(formats)
	[ "${#list[@]}" -ge 16 ]
	program=$KITBUILD
	digests "${list[@]}" >first
	[ "$(wc -l <first)" -ge "${#list[@]}" ]

	mkdir -p "$as/tmp"
	cp -r m.yml stub.efi cache "$as"
	cp "$KITBUILD" "$as/kitbuild"
	local user=()
	if [ "$(id -u)" -eq 0 ]; then
		chown -R 65534:65534 "$as"
		chmod 755 "$BATS_TEST_TMPDIR" "$BATS_RUN_TMPDIR"
		user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	fi
	export -f digests
	(
		umask 077
		cd "$as"
		# What sanitizers there are want to be loaded first.
		env TZ=Asia/Tokyo LC_ALL=C.UTF-8 TMPDIR="$as/tmp" HOME="$as" \
			KITBUILD_CACHE="$as/cache" program=./kitbuild \
			ASAN_OPTIONS=verify_asan_link_order=0 \
			"${user[@]}" faketime -f '@2031-02-03 04:05:06' taskset -c 0 \
			bash -c 'digests "$@"' - "${list[@]}"
	) >second
	diff first second
	run -0 find "$as/tmp" -mindepth 1
	assert_output ""
}

# What other tools say is where on a medium.
layouts() {
	local file
	for file in m.img m-efi.img m-bios.img; do
		echo "== $file"
		sfdisk -d "$file" | grep -v '^device'
	done
	for file in m.iso m-efi.iso; do
		echo "== $file"
		xorriso -indev "$file" -report_system_area plain -report_el_torito plain \
			-find / -exec report_lba -- 2>/dev/null
	done
	echo "== m.efi"
	objdump -h m.efi | grep -A 1 -E '^ +[0-9]+ '
	for file in m.qcow2 m.vhd m.vhdx m.vdi m.vmdk; do
		echo "== $file"
		qemu-img info --output=json "$file" | jq -r '"\(.format) \(."virtual-size")"'
	done
}

@test "the bytes of every format are those that they were" {
	local list
	mapfile -t list < <(formats)
	program=$KITBUILD
	digests "${list[@]}" >all.sha256
	build --efi-stub stub.efi -f raw,raw-efi,raw-bios,iso,iso-efi,uki,qcow2,vhd,vhdx,vdi,vmdk m.yml
	layouts >all.list
	if [ -n "${UPDATE_GOLDEN:-}" ]; then
		cp all.list "$ROOT/tests/golden/formats.list"
		cp all.sha256 "$ROOT/tests/golden/formats.sha256"
	fi
	diff -u "$ROOT/tests/golden/formats.list" all.list
	diff -u "$ROOT/tests/golden/formats.sha256" all.sha256
}

@test "a build without a cache of packed parts has the same bytes" {
	build --efi-stub stub.efi -f raw m.yml
	sha256sum <m.img >first
	build --efi-stub stub.efi -f raw m.yml
	sha256sum <m.img | diff first -
	rm -r cache/packed
	build --efi-stub stub.efi -f raw m.yml
	sha256sum <m.img | diff first -
}

@test "the format docker is the tar with a Dockerfile" {
	build -f tar,docker m.yml
	diff <(tar -tf m.tar) <(tar -tf m.docker | grep -vx Dockerfile)
	tar -xOf m.docker Dockerfile >found
	printf '\nFROM scratch\n\nCOPY . ./\n\nENTRYPOINT ["/bin/rc.init"]\n' | cmp - found
	run -0 tar_listing m.docker
	assert_line --regexp '^-rw-r--r-- 0/0 +54 Dockerfile$'
}

@test "the format docker changes nothing for the formats after it" {
	manifest n.yml <<-EOF
		init: [test/init:1]
		files: [{path: Dockerfile, contents: "FROM mine"}]
	EOF
	build -f docker,tar n.yml
	assert_equal "$(tar -xOf n.tar Dockerfile)" "FROM mine"
	run -0 tar -xOf n.docker Dockerfile
	assert_line --index 0 "FROM scratch"
}

@test "the format tar-kernel-initrd holds what kernel+initrd writes" {
	build -f kernel+initrd,tar-kernel-initrd m.yml
	run -0 tar -tf m-initrd.tar
	assert_output "$(printf 'kernel\ninitrd.img\ncmdline\nucode.cpio')"
	tar -xOf m-initrd.tar kernel | cmp - m-kernel
	tar -xOf m-initrd.tar cmdline | cmp - m-cmdline
	# kernel+initrd has the microcode before the initrd, in units of four bytes.
	tar -xOf m-initrd.tar initrd.img ucode.cpio >/dev/null
	cmp <(tar -xOf m-initrd.tar ucode.cpio; head -c 2 /dev/zero; tar -xOf m-initrd.tar initrd.img) \
		m-initrd.img
	manifest n.yml <<<"init: [test/init:1]"
	build -f tar-kernel-initrd n.yml
	assert_equal "$(tar -tf n-initrd.tar)" initrd.img
}

@test "the manual names every format with its files" {
	"$KITBUILD" build --list-formats | paste - - | while read -r name rest; do
		row=$(grep -E "^\\| .*\`${name//+/.}\`" "$ROOT/docs/formats.md")
		for file in $(grep -o 'NAME[^, ]*' <<<"${rest#*writes}"); do
			grep -qF "\`$file\`" <<<"$row" || {
				echo "$name: $file is not in docs/formats.md"
				exit 1
			}
		done
	done
}

@test "boot media for arm64 are for its UEFI, and those of others are refused" {
	put_image test/arm:1 --arch arm64 <<-EOF
		file kernel 0644 a kernel
		tar kernel.tar lib/x module
	EOF
	manifest a.yml <<<"kernel: {image: test/arm:1}"
	run -0 "$KITBUILD" -q --offline build --arch arm64 -f kernel+iso,docker a.yml
	make_stub arm.efi 0xaa64
	build --arch arm64 --efi-stub arm.efi -f raw,iso,uki --data 16M a.yml
	run -0 sgdisk -v a.img
	assert_output --partial "No problems found"
	# No BIOS, so no loader for one.
	assert_equal "$(sfdisk -J a.img | jq -r '.partitiontable.partitions | map(.name) | join(" ")')" "EFI System data"
	part a.img $((2048 * 512)) 36000000 >esp.fat
	mcopy -i esp.fat ::EFI/BOOT/BOOTAA64.EFI boot.efi
	run -0 file boot.efi
	assert_output --partial "Aarch64"
	run -0 xorriso -indev a.iso -report_el_torito plain
	assert_output --partial "UEFI"
	refute_output --partial "BIOS"
	run -2 build --arch arm64 --efi-stub stub.efi -f raw a.yml
	assert_output --partial "kitbuild: format raw: stub.efi is not a UEFI stub for arm64"
	run -2 build -q --arch arm64 -f raw-bios a.yml
	assert_output "kitbuild: format raw-bios: arm64 has no BIOS, only UEFI"
	put_image test/risc:1 --arch riscv64 <<<"file kernel 0644 a kernel"
	manifest r.yml <<<"kernel: {image: test/risc:1, tar: none}"
	run -2 "$KITBUILD" -q --offline build --arch riscv64 -f raw r.yml
	assert_output "kitbuild: format raw: boot media are made for amd64 and arm64, and this image is for riscv64"
}
