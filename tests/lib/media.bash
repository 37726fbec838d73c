# SPDX-License-Identifier: Apache-2.0
# Disks and CDs that a build made, taken apart by tools that are not ours.
#
#   make_stub FILE [MACHINE]     a UEFI program with nothing in it, always the same
#   part FILE OFFSET SIZE        these bytes
#   number FILE OFFSET BYTES     a little-endian number
#   loader_parts FILE LBA DIR    what the BIOS loader at this sector would load:
#                                DIR/kernel, DIR/initrd and DIR/cmdline
#   uki_parts FILE DIR           the same of a unified kernel image
#   memory_of COMMAND...         runs it; the most memory it had, in KiB

make_stub() {
	python3 - "$1" "${2:-0x8664}" <<-'EOF'
		import struct, sys
		head = bytearray(1024)
		head[0:2] = b"MZ"
		head[60:64] = struct.pack("<I", 64)
		head[64:88] = b"PE\0\0" + struct.pack("<HHIIIHH", int(sys.argv[2], 0), 1, 0, 0, 0, 240, 0x22)
		head[88:90] = struct.pack("<H", 0x20b)
		struct.pack_into("<II", head, 88 + 32, 512, 512)
		struct.pack_into("<II", head, 88 + 56, 8192, 1024)
		struct.pack_into("<H", head, 88 + 68, 10)
		struct.pack_into("<I", head, 88 + 108, 16)
		struct.pack_into("<8sIIII", head, 328, b".text", 16, 4096, 512, 1024)
		struct.pack_into("<I", head, 364, 0x60000020)
		open(sys.argv[1], "wb").write(bytes(head) + b"\xc3" * 512)
	EOF
}

part() {
	dd if="$1" iflag=skip_bytes,count_bytes skip="$2" count="$3" bs=64k status=none
}

number() {
	od -An -v -t "u$3" -j "$2" -N "$3" "$1" | tr -d ' '
}

loader_parts() {
	local disk=$1 start=$(($2 * 512)) dir=$3
	mkdir -p "$dir"
	assert_equal "$(part "$disk" $((start + 4)) 4)" KBG2
	part "$disk" "$(number "$disk" $((start + 8)) 8)" \
		"$(number "$disk" $((start + 24)) 4)" >"$dir/kernel"
	part "$disk" "$(number "$disk" $((start + 16)) 8)" \
		"$(number "$disk" $((start + 28)) 4)" >"$dir/initrd"
	part "$disk" $((start + 32)) 2048 | tr -d '\0' >"$dir/cmdline"
}

# The sector that the boot code of a disk begins to load at.
loader_lba() {
	number "$1" 424 8
}

uki_parts() {
	mkdir -p "$2"
	objcopy -O binary --only-section=.linux "$1" "$2/kernel"
	objcopy -O binary --only-section=.initrd "$1" "$2/initrd"
	objcopy -O binary --only-section=.cmdline "$1" "$2/cmdline"
}

# assert_parts DIR: they are those that kernel+initrd wrote as m-*.
assert_parts() {
	run -0 cmp "$1/kernel" m-kernel
	run -0 cmp "$1/initrd" m-initrd.img
	run -0 cmp "$1/cmdline" m-cmdline
}

# boot_partition FILE: its bytes, into a file esp.
boot_partition() {
	local start size
	read -r start size < <(sfdisk -J "$1" |
		jq -r '.partitiontable.partitions[0] | "\(.start) \(.size)"')
	part "$1" $((start * 512)) $((size * 512)) >esp
}

memory_of() {
	python3 - "$@" <<-'EOF'
		import resource, subprocess, sys
		subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
		print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
	EOF
}
