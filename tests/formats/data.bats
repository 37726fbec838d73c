#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A partition for what a machine keeps: where it is, and what e2fsprogs, sfdisk
# and sgdisk say of it.

load ../lib/kitbuild
load ../lib/images
load ../lib/media

setup_file() {
	export KITBUILD_CACHE="$BATS_FILE_TMPDIR/cache"
	put_usual_images
	cat >"$BATS_FILE_TMPDIR/m.yml" <<-EOF
		kernel: {image: test/kernel:1, cmdline: "quiet"}
		init: [test/init:1]
	EOF
	make_stub "$BATS_FILE_TMPDIR/stub.efi"
}

setup() {
	export KITBUILD_CACHE="$BATS_FILE_TMPDIR/cache"
	cd "$BATS_TEST_TMPDIR"
	cp "$BATS_FILE_TMPDIR/m.yml" "$BATS_FILE_TMPDIR/stub.efi" .
}

build() {
	"$KITBUILD" --offline build --arch amd64 --efi-stub stub.efi "$@"
}

# data_part DISK FIELD: of the last partition, as sfdisk tells it.
data_part() {
	sfdisk -J "$1" | jq -r ".partitiontable.partitions | max_by(.start) | .$2"
}

# take_data DISK FILE
take_data() {
	part "$1" $(($(data_part "$1" start) * 512)) $(($(data_part "$1" size) * 512)) >"$2"
}

@test "the data is the last partition of a GPT, an ext4 without faults" {
	build --data 64M -f raw,raw-efi m.yml
	local disk
	for disk in m.img m-efi.img; do
		run -0 sgdisk -v "$disk"
		assert_output --partial "No problems found"
		assert_equal "$(data_part "$disk" type)" 0FC63DAF-8483-4772-8E79-3D69D8477DE4
		assert_equal "$(data_part "$disk" name)" data
		assert_equal "$(data_part "$disk" attrs)" GUID:59
		assert_equal "$(data_part "$disk" size)" $((64 << 11))
		take_data "$disk" data.ext4
		run -0 e2fsck -fn data.ext4
		refute_output --partial "Fix"
		run -0 dumpe2fs -h data.ext4
		assert_output --partial "Filesystem volume name:   data"
		assert_output --partial "Total journal size:       4096k"
		run -0 debugfs -R "ls -p /" data.ext4
		assert_output --partial "/11/040700/0/0/lost+found/"
	done
}

@test "an MBR has it, too" {
	build --data 1 -f raw-bios m.yml
	run -0 sfdisk -V m-bios.img
	assert_equal "$(data_part m-bios.img type)" 83
	assert_equal "$(data_part m-bios.img size)" $((1 << 21))
	take_data m-bios.img data.ext4
	e2fsck -fn data.ext4
	# A GiB that holds nothing takes next to none.
	[ "$(du -k m-bios.img | cut -f1)" -lt 60000 ]
}

@test "the command line names the partition and the folder" {
	build --data 16M:/var/lib/keep -f raw-efi,raw-bios m.yml
	part m-efi.img $((2048 * 512)) 60000000 >esp.fat || true
	mcopy -i esp.fat ::EFI/BOOT/BOOTX64.EFI boot.efi
	uki_parts boot.efi uki
	assert_equal "$(cat uki/cmdline)" \
		"quiet kit.data=PARTUUID=$(data_part m-efi.img uuid | tr A-F a-f):/var/lib/keep"
	loader_parts m-bios.img "$(loader_lba m-bios.img)" bios
	local id
	id=$(sfdisk -J m-bios.img | jq -r .partitiontable.id)
	assert_equal "$(cat bios/cmdline)" "quiet kit.data=PARTUUID=${id#0x}-02:/var/lib/keep"
}

@test "a disk with data is the same wherever and whenever it is made, in every container" {
	build --data 32M -f raw,qcow2,qcow2-zstd,vmdk,vhd m.yml
	mkdir again
	sleep 1.1
	(umask 077; TZ=Asia/Tokyo build --data 32M --dir again -f raw,qcow2,qcow2-zstd,vmdk,vhd m.yml)
	local file
	for file in m.img m.qcow2 m-zstd.qcow2 m.vmdk m.vhd; do
		cmp "$file" "again/$file"
	done
	qemu-img compare -q -f raw -F qcow2 m.img m.qcow2
	qemu-img compare -q -f raw -F vmdk m.img m.vmdk
	qemu-img check -q m.qcow2
	# Frames share clusters, and reach from one into the next.
	qemu-img compare -q -f raw -F qcow2 m.img m-zstd.qcow2
	run -0 qemu-img check --output=json m-zstd.qcow2
	assert_equal "$(jq '."compressed-clusters" > 5' <<<"$output")" true
	[ "$(stat -c %s m-zstd.qcow2)" -lt "$(stat -c %s m.qcow2)" ]
}

@test "a data partition of terabytes costs neither time nor space" {
	build --data 2T -f qcow2 m.yml
	qemu-img check -q m.qcow2
	assert_equal "$(qemu-img info --output json m.qcow2 | jq '."virtual-size" > 2199023255552')" true
	[ "$(du -k m.qcow2 | cut -f1)" -lt 200000 ]
}

@test "what cannot be a data partition is refused with one sentence" {
	refused() {
		local message=$1
		shift
		run -2 build "$@" m.yml
		assert_output --partial "$message"
		run -0 find . -name 'm?*' ! -name m.yml
		refute_output
	}
	refused "--data 8M: it can be 16M to 16T" -f raw --data 8M
	refused "--data: 'much' is not a size such as 512M" -f raw --data much
	refused "--data 17T: it can be 16M to 16T" -f raw --data 17T
	refused "'var' is no folder to mount at" -f raw --data 1:var
	refused "'/a b' is no folder to mount at" -f raw --data "1:/a b"
	refused "--data is for disk images, such as raw and qcow2" --data 1
	refused "--data is for disk images, such as raw and qcow2" -f iso,uki --data 1
	refused "--size gives 100 MiB" -f raw --data 1 --size 100M
}
