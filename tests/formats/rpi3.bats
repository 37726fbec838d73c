#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The card of a Raspberry Pi 3: which files tar finds, and what is in them.

load ../lib/kitbuild
load ../lib/images

setup() {
	export KITBUILD_CACHE="$BATS_TEST_TMPDIR/cache"
	cd "$BATS_TEST_TMPDIR"
	mkdir firmware
	local name
	for name in bootcode.bin start.elf fixup.dat; do
		echo "this is $name" >firmware/$name
	done
	put_image test/init:1 --arch arm64 <<<"file init 0755 init"
	put_kernel "" boot/dtb/broadcom/bcm2837-rpi-3-b.dtb boot/dtb/broadcom/bcm2837-rpi-3-b-plus.dtb \
		boot/dtb/broadcom/bcm2711-rpi-4-b.dtb boot/dtb/acme/bcm2837-rpi-3-b.dtb
	cat >m.yml <<-EOF
		kernel: {image: test/kernel:1, cmdline: "console=ttyS1,115200 quiet"}
		init: [test/init:1]
	EOF
}

# put_kernel MAGIC FILE...: a kernel image with these device trees; without
# MAGIC the kernel begins as one for arm64 does.
put_kernel() {
	python3 - "$@" <<-'EOF'
		import io, sys, tarfile
		def pack(files):
		    out = io.BytesIO()
		    with tarfile.open(fileobj=out, mode="w") as tar:
		        for name, data in files.items():
		            info = tarfile.TarInfo(name)
		            info.size = len(data)
		            tar.addfile(info, io.BytesIO(data))
		    return out.getvalue()
		magic = sys.argv[1].encode() or bytes(0x38) + b"ARM\x64"
		trees = {name: b"tree " + name.encode() for name in sys.argv[2:]}
		open("layer.tar", "wb").write(pack({
		    "kernel": magic.ljust(4096, b"k"), "kernel.tar": pack(trees)}))
	EOF
	put_image test/kernel:1 --arch arm64 --layer layer.tar
}

rpi3() {
	"$KITBUILD" --offline build --arch arm64 -f rpi3 --rpi-firmware firmware "$@" m.yml
}

@test "the card has firmware, its settings, the board's device trees, kernel and initrd" {
	rpi3
	run -0 tar -tf m.tar
	assert_output "bootcode.bin
start.elf
fixup.dat
config.txt
cmdline.txt
bcm2837-rpi-3-b.dtb
bcm2837-rpi-3-b-plus.dtb
kernel8.img
initrd.img"
	mkdir card
	tar -C card -xf m.tar
	assert_equal "$(cat card/start.elf)" "this is start.elf"
	assert_equal "$(cat card/cmdline.txt)" "console=ttyS1,115200 quiet"
	assert_equal "$(cat card/bcm2837-rpi-3-b.dtb)" "tree boot/dtb/broadcom/bcm2837-rpi-3-b.dtb"
	assert_equal "$(stat -c %s card/kernel8.img)" 4096
	run -0 cat card/config.txt
	assert_line "arm_64bit=1"
	assert_line "kernel=kernel8.img"
	assert_line "initramfs initrd.img followkernel"
	build --arch arm64 -f kernel+initrd --name plain m.yml
	cmp plain-kernel card/kernel8.img
	cmp plain-initrd.img card/initrd.img
	# Nothing of the device trees is in memory later.
	run -0 bash -c "zstd -dcq plain-initrd.img | cpio -t 2>/dev/null"
	refute_output --partial "dtb"
}

@test "the card is the same wherever and whenever it is made, and goes to standard output" {
	rpi3
	mkdir again
	(umask 077; TZ=Asia/Tokyo rpi3 --dir again)
	cmp m.tar again/m.tar
	rpi3 -o - | cmp - m.tar
}

@test "what a Raspberry Pi 3 cannot start is refused with one sentence" {
	refused() {
		local message=$1
		shift
		run -2 rpi3 "$@"
		assert_output --partial "$message"
		[ ! -e m.tar ]
	}
	put_image test/pc:1 --arch amd64 <<<"file kernel 0644 kernel"
	echo 'kernel: {image: test/pc:1, tar: none}' >pc.yml
	run -2 build --arch amd64 -f rpi3 pc.yml
	assert_output --partial "a Raspberry Pi 3 needs an image for arm64, and this one is for amd64; --arch says for what"
	refused "there is no firmware nowhere/bootcode.bin; it comes with Debian's package raspi-firmware" --rpi-firmware nowhere
	put_kernel ELF boot/dtb/broadcom/bcm2837-rpi-3-b.dtb
	refused "the kernel is neither an Image for arm64 nor one compressed by gzip"
	put_kernel "" boot/dtb/broadcom/bcm2711-rpi-4-b.dtb
	refused "the kernel's image has no boot/dtb/broadcom/bcm2837-rpi-3-*.dtb"
	refused "unknown format 'rpi'; is it 'rpi3'?" -f rpi
}
