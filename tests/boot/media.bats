#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Disks and CDs, started by real firmware from what machines have: SeaBIOS and
# OVMF. The machines of one test run side by side.

load ../lib/kitbuild
load ../lib/guest

FIRMWARE=/usr/share/OVMF

setup_file() {
	export IMAGES=$BATS_FILE_TMPDIR
	export KITBUILD_CACHE=$ROOT/build/cache
	cd "$IMAGES" || return 1
	guest_box
	{
		guest_head
		cat <<-'EOF'
			services:
			  - name: hello
			    image: "@pkg:box"
			    runtime: {handler: none}
			    command: ["/bin/busybox", "sleep", "1000"]
		EOF
	} >m.yml
	# So small that its boot partition is FAT16.
	guest_head | sed '/cmdline/a\  tar: none' >small.yml
	mkdir "$IMAGES/bios" "$IMAGES/initrd"
	"$KITBUILD" build --dir "$IMAGES/initrd" --root initrd -f qcow2 "$IMAGES/m.yml"
	"$KITBUILD" build --dir "$IMAGES" -f raw,raw-efi,raw-bios,iso,qcow2 "$IMAGES/m.yml"
	"$KITBUILD" build --dir "$IMAGES" -f vhd,vhdx,vdi,vmdk "$IMAGES/m.yml"
	"$KITBUILD" build --dir "$IMAGES/bios" -f iso-bios "$IMAGES/m.yml"
	"$KITBUILD" build --dir "$IMAGES" -f iso "$IMAGES/small.yml"
	local kind
	for kind in squashfs erofs; do
		mkdir "$IMAGES/$kind"
		"$KITBUILD" build --dir "$IMAGES/$kind" --root "$kind" -f raw,raw-bios "$IMAGES/m.yml"
	done
}

setup() {
	MACHINES=()
}

teardown() {
	local machine
	for machine in "${MACHINES[@]}"; do
		kill -KILL "${machine%% *}" 2>/dev/null || true
	done
}

# start NAME OPTION...: a machine whose console is in NAME.log
start() {
	local name=$1
	shift
	qemu-system-x86_64 -machine q35 -cpu max -m 512 -net none -display none \
		-monitor none -no-reboot -serial "file:$BATS_TEST_TMPDIR/$name.log" \
		"$@" >"$BATS_TEST_TMPDIR/$name.said" 2>&1 3>&- &
	MACHINES+=("$! $name")
}

# start_uefi NAME OPTION...
start_uefi() {
	local name=$1
	shift
	start "$name" "$@" \
		-drive "if=pflash,unit=0,format=raw,readonly=on,file=$FIRMWARE/OVMF_CODE_4M.fd" \
		-drive "if=pflash,unit=1,format=raw,snapshot=on,file=$FIRMWARE/OVMF_VARS_4M.fd"
}

# disk FILE DEVICE...: options for a disk that is not written to
disk() {
	local file=$1 format=raw
	case $file in
	*.qcow2 | *.vhdx | *.vdi | *.vmdk) format=${file##*.} ;;
	*.vhd) format=vpc ;;
	esac
	shift
	options=(-drive "if=none,id=d,snapshot=on,format=$format,file=$(cd "$IMAGES" && realpath "$file")")
	while [ $# -gt 1 ]; do
		options+=(-device "$1")
		shift
	done
	options+=(-device "$1,drive=d")
}

cd_drive() {
	options=(-drive "if=ide,media=cdrom,readonly=on,format=raw,file=$IMAGES/$1")
}

# look_at NAME: what is asked next is asked of this machine.
look_at() {
	local machine
	MACHINE_LOG=$BATS_TEST_TMPDIR/$1.log
	for machine in "${MACHINES[@]}"; do
		[ "${machine#* }" != "$1" ] || MACHINE_PID=${machine%% *}
	done
}

# until_booted SECONDS: the services of all machines run, and nothing is left to
# be started
until_booted() {
	local machine
	for machine in "${MACHINES[@]}"; do
		look_at "${machine#* }"
		machine_shows_within -F "init: boot complete after" "$1" || {
			tail -5 "$MACHINE_LOG" "${MACHINE_LOG%.log}.said"
			echo "${machine#* } did not boot"
			return 1
		}
		says "init: boot complete.*[)]"
		says "Command line: console=ttyS0 panic=10"
		# That without modules has no service: there is no overlay for it.
		[ "${machine#* }" = small ] || says "service: all 1 services started"
		kill "$MACHINE_PID"
	done
}

# until_said NAME SECONDS TEXT
until_said() {
	look_at "$1"
	machine_until "$3" "$2"
}

@test "a BIOS starts the hybrid disk from virtio, NVMe, AHCI and USB" {
	disk m.img virtio-blk-pci
	start virtio "${options[@]}"
	disk m.img nvme,serial=1
	start nvme "${options[@]}"
	# Debian's cloud kernel has no driver for it: only what the BIOS reads.
	disk initrd/m.qcow2 ide-hd
	start ahci "${options[@]}"
	disk initrd/m.qcow2 usb-ehci usb-storage
	start usb "${options[@]}"
	until_booted 400
}

@test "a BIOS starts the hybrid disk out of every container, and UEFI too" {
	local container
	for container in vhd vhdx vdi vmdk; do
		disk "m.$container" virtio-blk-pci
		start "$container" "${options[@]}"
	done
	disk m.vmdk nvme,serial=1
	start_uefi uefi "${options[@]}"
	until_booted 500
}

@test "a BIOS starts the hybrid CD from a drive, a disk and a USB stick" {
	cd_drive m.iso
	start cd "${options[@]}"
	disk m.iso virtio-blk-pci
	start disk "${options[@]}"
	disk m.iso qemu-xhci usb-storage
	start usb "${options[@]}"
	until_booted 400
}

@test "a BIOS starts what is made for it alone" {
	disk m-bios.img virtio-blk-pci
	start disk "${options[@]}"
	cd_drive bios/m.iso
	start cd "${options[@]}"
	until_booted 400
}

@test "UEFI starts the hybrid disk, and what is made for it alone" {
	disk m.img virtio-blk-pci
	start_uefi hybrid "${options[@]}"
	disk m-efi.img nvme,serial=1
	start_uefi efi "${options[@]}"
	until_booted 400
}

@test "UEFI starts the hybrid CD from a drive, a disk and a USB stick" {
	cd_drive m.iso
	start_uefi cd "${options[@]}"
	disk m.iso ide-hd
	start_uefi disk "${options[@]}"
	disk m.iso qemu-xhci usb-storage
	start_uefi usb "${options[@]}"
	cd_drive small.iso
	start_uefi small "${options[@]}"
	until_booted 500
}

@test "a disk without room for the initrd says so on the screen" {
	"$KITBUILD" build --dir "$BATS_TEST_TMPDIR" --root initrd -f raw "$IMAGES/m.yml"
	disk "$BATS_TEST_TMPDIR/m.img" virtio-blk-pci
	# Without a screen SeaBIOS writes what goes there to the serial line.
	start small "${options[@]}" -m 40 -machine graphics=off
	until_said small 60 "not enough memory for the initrd"
}

@test "a BIOS starts disks whose root is a file system in a partition" {
	disk squashfs/m.img virtio-blk-pci
	start squashfs "${options[@]}"
	disk erofs/m.img nvme,serial=1
	start erofs "${options[@]}"
	disk squashfs/m-bios.img virtio-scsi-pci scsi-hd
	start mbr "${options[@]}"
	until_booted 400
	run -0 grep -a "init: root: squashfs on vda2, verified" "$BATS_TEST_TMPDIR/squashfs.log"
	run -0 grep -a "init: root: erofs on nvme0n1p2, verified" "$BATS_TEST_TMPDIR/erofs.log"
	run -0 grep -a "init: root: squashfs on sda2, verified" "$BATS_TEST_TMPDIR/mbr.log"
	run -0 grep -aE "boot complete after .*[(]kernel [0-9.]+, root [0-9.]+, init " "$BATS_TEST_TMPDIR/squashfs.log"
}

@test "UEFI starts a disk whose root is a file system in a partition" {
	disk squashfs/m.img virtio-blk-pci
	start_uefi squashfs "${options[@]}"
	disk erofs/m.img nvme,serial=1
	start_uefi erofs "${options[@]}"
	until_booted 500
}

# flipped FILE BYTE: a copy of the disk with this byte of its root changed
flipped() {
	local start byte
	start=$(sfdisk -J "$IMAGES/$1" | jq '.partitiontable.partitions[1].start')
	start=$((start * 512 + $2))
	cp --sparse=always "$IMAGES/$1" "$BATS_TEST_TMPDIR/flipped-$2.img"
	byte=$(od -An -tu1 -j $start -N 1 "$IMAGES/$1")
	printf '%b' "\\x$(printf %x $((byte ^ 1)))" |
		dd of="$BATS_TEST_TMPDIR/flipped-$2.img" bs=1 seek=$start conv=notrunc status=none
}

@test "one changed byte in a verified root is an error, never data" {
	# In the super block, which the mount reads; in a time, which would be told.
	flipped squashfs/m.img 9
	disk "$BATS_TEST_TMPDIR/flipped-9.img" virtio-blk-pci
	start super "${options[@]}"
	flipped erofs/m.img 1100
	disk "$BATS_TEST_TMPDIR/flipped-1100.img" virtio-blk-pci
	start erofs "${options[@]}"
	until_said super 200 "init: cannot boot: mount the root on vda2: "
	until_said erofs 200 "init: cannot boot: mount the root on vda2: "
	local name
	for name in super erofs; do
		look_at $name
		says "device-mapper: verity: .*data block 0 is corrupted"
	done
}

@test "a root whose disk is not there is waited for, and then named" {
	boot=$(sfdisk -J "$IMAGES/squashfs/m.img" | jq '.partitiontable.partitions[1].start')
	head -c $((boot * 512)) "$IMAGES/squashfs/m.img" >"$BATS_TEST_TMPDIR/cut.img"
	truncate -s 64M "$BATS_TEST_TMPDIR/cut.img"
	# The name is gone from the table, too.
	dd if=/dev/zero of="$BATS_TEST_TMPDIR/cut.img" bs=128 seek=9 count=1 conv=notrunc status=none
	disk "$BATS_TEST_TMPDIR/cut.img" virtio-blk-pci
	start cut "${options[@]}"
	until_said cut 300 "init: cannot boot: no disk has the partition "
	run -0 grep -a "init: waiting for the partition" "$BATS_TEST_TMPDIR/cut.log"
}
