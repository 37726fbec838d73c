#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The root tree: which names, in which order, with which metadata and origin.

load ../lib/kitbuild
load ../lib/images

setup_file() {
	export KITBUILD_CACHE="$BATS_FILE_TMPDIR/cache"
	put_usual_images
}

setup() {
	export KITBUILD_CACHE="$BATS_FILE_TMPDIR/cache"
	cd "$BATS_TEST_TMPDIR"
}

origins() {
	"$ROOT/tests/lib/tar-origins" "$1"
}

# tar_image NAME OPTION...: a tar that GNU tar made of the folder l is the layer
tar_image() {
	local name=$1
	shift
	command tar -C l -cf layer.tar --sort=name --owner=0 --group=0 \
		--mtime=@7 "$@" .
	put_image "$name" --layer layer.tar
}

@test "a build with every part is in LinuxKit's order and names each origin" {
	put_image demo/kernel:1 <<-EOF
		file kernel 0644 kernel
		tar kernel.tar lib/modules/m.ko module
		file cpu.cpio 0644 microcode
	EOF
	put_image demo/init:1 <<-EOF
		dir bin 0755
		file bin/rc.init 0755 rc
		link init bin/rc.init
		dir etc 0755
	EOF
	put_image demo/netcfg:v1 <<-EOF
		dir sbin 0755
		file sbin/netcfg 0755 netcfg
		dir etc 0755
		file etc/netcfg.conf 0644 conf
	EOF
	put_image demo/web:v1 <<-EOF
		dir bin 0755
		file bin/web 0755 web
		dir srv 0755
	EOF
	manifest w.yml <<-EOF
		kernel: {image: "demo/kernel:1", cmdline: quiet, ucode: cpu.cpio}
		init: ["demo/init:1"]
		volumes: [{name: data, readonly: false}]
		onboot: [{name: netcfg, image: "demo/netcfg:v1"}]
		services: [{name: web, image: "demo/web:v1", readonly: true}]
		files: [{path: etc/build.yml, metadata: yaml, mode: "0644"}]
	EOF
	build --no-sbom -f tar w.yml
	origins w.tar >list
	assert_golden worked-example list w.tar
}

@test "the members of upper layers come first, parents before them" {
	put_image test/order:1 <<-EOF
		dir low 0755
		file low/a 0644
		file low/b 0644
		dir both 0755
		layer
		file low/z 0644
		dir both 0700
		file top 0644
	EOF
	manifest o.yml <<<"init: [test/order:1]"
	build -f tar o.yml
	run -0 tar -tf o.tar
	assert_equal "$(head -6 <<<"$output" | tr '\n' ' ')" \
		"low low/z both top low/a low/b "
}

@test "owner names and fractions of a second stay" {
	mkdir l
	echo x >l/named
	tar_image test/named:1 --owner=somebody:5 --group=käse:7 --format=pax \
		--mtime=@1000000000.25 \
		--pax-option=exthdr.name=%d/PaxHeaders/%f
	manifest n.yml <<<"init: [test/named:1]"
	build -f tar n.yml
	run -0 origins n.tar
	assert_line "0 0644 5:7 2 1000000000.25 init[0] named (somebody/käse)"
}

@test "times before 1970 stay" {
	mkdir l
	touch l/old
	tar_image test/old:1 --format=pax --mtime=@-3
	manifest n.yml <<<"init: [test/old:1]"
	build -f tar n.yml
	run -0 origins n.tar
	assert_line "0 0644 0:0 0 -3 init[0] old (root/root)"
}

@test "times of access and change stay where a layer tells them" {
	mkdir l
	touch l/seen
	tar_image test/seen:1 --format=pax \
		--pax-option=atime:=8.5,ctime:=9
	manifest n.yml <<<"init: [test/seen:1]"
	build -f tar n.yml
	run -0 origins n.tar
	assert_line "    atime=b'8.5'"
	assert_line "    ctime=b'9'"
}

@test "a read-only volume is marked, a writable one is not" {
	manifest v.yml <<-EOF
		volumes:
		  - {name: fixed, image: test/web:1, readonly: true}
		  - {name: free}
	EOF
	build -f tar v.yml
	run -0 origins v.tar
	assert_line "0 0644 0:0 0 T0 volume[0] containers/volumes/fixed/readonly"
	assert_line "5 0755 0:0 0 T0 volume[0] containers/volumes/fixed/tmp/"
	refute_line --partial free/readonly
}

# bzimage FILE PAYLOAD SETUP_SECTS: as the kernel's build lays it out
bzimage() {
	python3 - "$@" <<-'EOF'
		import struct, sys
		name, payload, setup = sys.argv[1], open(sys.argv[2], "rb").read(), int(sys.argv[3])
		head = bytearray(((setup or 4) + 1) * 512)
		head[0x1f1] = setup
		head[0x1fe:0x200] = b"\x55\xaa"
		head[0x202:0x206] = b"HdrS"
		head[0x206:0x208] = struct.pack("<H", 0x20f)
		head[0x248:0x250] = struct.pack("<II", 64, len(payload))
		open(name, "wb").write(bytes(head) + bytes(64) + payload + b"tail")
	EOF
}

# kernel_manifest: l/kernel as a kernel image
kernel_manifest() {
	tar_image test/packed:1
	manifest k.yml <<<"kernel: {image: test/packed:1, tar: none}"
}

plain_size() {
	python3 -c 'import os,struct,sys; sys.stdout.buffer.write(struct.pack("<I", os.path.getsize("plain")))'
}

@test "a kernel is decompressed however it was compressed" {
	mkdir l
	seq 100000 >plain
	for tool in "gzip -n" "bzip2" "xz --check=crc32" "xz --format=lzma" zstd "lz4 -l"; do
		$tool -qc plain >payload
		[[ $tool = gzip* ]] || plain_size >>payload
		bzimage l/kernel payload 4
		kernel_manifest
		build --decompress-kernel k.yml
		cmp plain k-kernel
	done
}

@test "a kernel's setup of 0 sectors stands for 4" {
	mkdir l
	seq 1000 >plain
	gzip -nc plain >payload
	bzimage l/kernel payload 0
	kernel_manifest
	build --decompress-kernel k.yml
	cmp plain k-kernel
}

@test "a kernel compressed as a whole is decompressed" {
	mkdir l
	seq 1000 >plain
	gzip -nc plain >l/kernel
	kernel_manifest
	build --decompress-kernel k.yml
	cmp plain k-kernel
	build k.yml
	cmp l/kernel k-kernel
}

@test "a kernel that cannot be decompressed is refused" {
	mkdir l
	echo plain >l/kernel
	kernel_manifest
	run -2 build --decompress-kernel k.yml
	assert_output --partial "docker.io/test/packed:1: the kernel is not compressed"

	seq 100000 >plain
	xz -qc plain >payload
	printf '\1\0\0\0' >>payload
	bzimage l/kernel payload 4
	kernel_manifest
	run -2 build --decompress-kernel k.yml
	assert_output --partial "damaged compressed kernel: 588895 bytes came out instead of 1"

	truncate -s 3000 l/kernel
	kernel_manifest
	run -2 build --decompress-kernel k.yml
	assert_output --partial "its compressed part lies outside of the file"
	run -0 find . -name 'k-*'
	assert_output ""
}
