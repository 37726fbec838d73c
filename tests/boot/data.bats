#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What a machine keeps on its own disk: over boots, and as the disk grows.

load ../lib/kitbuild
load ../lib/guest

setup() {
	guest_folder
	guest_box
	head -c 300000 /dev/urandom >blob
	odd_files
	{
		guest_head
		cat <<-'EOF'
			  - oci:layout:odd
			onboot:
			  - name: capable
			    image: "@pkg:box"
			    runtime: {handler: none}
			    uid: 1000
			    gid: 1000
			    capabilities: [CAP_NET_RAW]
			    binds: ["/:/host"]
			    command: ["/bin/sh", "-c", "for b in /bin/busybox /host/odd/busybox; do $b echo $b $($b grep CapEff /proc/self/status); done"]
			services:
			  - name: keeper
			    image: "@pkg:box"
			    runtime: {handler: none}
			    binds: ["/var/external:/run", "/:/host"]
			    command: ["/bin/sh", "-c", "b=/bin/busybox; $b echo boot >>/run/boots; $b sync; exec >/host/dev/console 2>&1; $b echo kept: $($b wc -l </run/boots) boots; $b df -m /run | $b tail -1; $b cat /host/blob | $b wc -c; $b sh /host/odd.sh; $b echo all told; $b sleep 1000"]
			files:
			  - {path: blob, source: blob}
			  - {path: odd.sh, source: odd.sh}
		EOF
	} >m.yml
}

# data_partition: the file data.ext4.
data_partition() {
	local start size
	read -r start size < <(sfdisk -J m.img | jq -r '.partitiontable.partitions[] | select(.name == "data") | "\(.start) \(.size)"')
	dd if=m.img iflag=skip_bytes,count_bytes skip=$((start * 512)) count=$((size * 512)) bs=64k of=data.ext4 status=none
}

@test "data outlives a reboot, and takes the room that a larger disk has" {
	kitbuild build -f raw --root squashfs --data 32M m.yml
	truncate -s +200M m.img
	machine_start m.img
	machine_until "all told" 200
	says "init: data: vda3 has 23[0-9] MiB now"
	says "init: data: vda3 on /var/external"
	says "^kept: 1 boots"
	says "^/dev/vda3 +2[0-9][0-9] "
	# What a root may hold besides files and folders is there, attributes too.
	odd_files_are_there
	says "^/bin/busybox CapEff: 0000000000000000"
	says "^/host/odd/busybox CapEff: 0000000000002000"
	never_says "init: random seed"
	machine_power_button
	machine_end 120
	data_partition
	run -0 debugfs -R "stat /.random-seed" data.ext4
	assert_output --regexp "Type: regular +Mode: +0600 .*Size: 32"
	debugfs -R "cat /.random-seed" data.ext4 >first-seed
	run -0 sgdisk -v m.img
	assert_output --partial "No problems found"
	# Larger again, and everything is there still.
	truncate -s +100M m.img
	machine_start m.img
	machine_until "all told" 200
	says "init: data: vda3 has 33[0-9] MiB now"
	says "^kept: 2 boots"
	says "^/dev/vda3 +3[0-9][0-9] "
	machine_power_button
	machine_end 120
	run -0 sgdisk -v m.img
	assert_output --partial "No problems found"
	# Chance of the boot before was believed, and is another now.
	says "init: random seed: 256 bits"
	data_partition
	debugfs -R "cat /.random-seed" data.ext4 >second-seed
	assert_equal "$(stat -c %s first-seed second-seed)" $'32\n32'
	refute cmp -s first-seed second-seed
	run -0 e2fsck -fn data.ext4
	refute_output --partial "Fix"
	run -0 debugfs -R "cat /boots" data.ext4
	assert_line --index 1 boot
}

@test "a byte of the root that changes on the disk reads as an error, and an MBR grows, too" {
	kitbuild build -f raw-bios --root squashfs --data 16M m.yml
	mv m-bios.img m.img
	truncate -s +64M m.img
	python3 - <<-'EOF'
		import mmap, os
		disk = os.open("m.img", os.O_RDWR)
		# What chance made does not get smaller, and lies on the disk as it is.
		at = mmap.mmap(disk, 0).find(open("blob", "rb").read()[150000:150064])
		assert at > 0
		os.pwrite(disk, bytes([os.pread(disk, 1, at)[0] ^ 1]), at)
	EOF
	machine_start m.img
	machine_until "all told" 200
	says "cat: read error: Input/output error"
	says "device-mapper: verity: .*data block [0-9]+ is corrupted"
	never_says "^300000"
	says "init: data: vda3 has 80 MiB now"
	machine_power_button
	machine_end 120
	run -0 sfdisk -V m.img
}

@test "a machine whose data cannot be found does not boot, and says what it looked for" {
	guest_head >none.yml
	kitbuild build none.yml
	echo "console=ttyS0 panic=10 kit.data=/dev/vdb:/var/external" >none-cmdline
	machine_start none
	machine_until "init: cannot boot: kit.data=/dev/vdb:/var/external is not PARTUUID=, a partition's name, : and a folder" 60
	machine_kill
	echo "console=ttyS0 panic=10 kit.data=PARTUUID=11111111-2222-3333-4444-555555555555:/var/external" >none-cmdline
	machine_start none
	machine_until "init: waiting for the partition 11111111-2222-3333-4444-555555555555" 60
	machine_until "init: cannot boot: no disk has the partition 11111111-2222-3333-4444-555555555555" 120
	never_says "etc/init.d"
}
