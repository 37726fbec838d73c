#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Rough treatment by root and by people: process 1 goes on, goes off when it is
# told to, and leaves the disk clean.

load ../lib/kitbuild
load ../lib/guest

# More programs than anybody has, what is none, and one that kills all others.
odd_scripts() {
	for i in $(seq 100 169); do
		sed "s/NUMBER/$i/" <<-'EOF2'
			  - {path: etc/init.d/NUMBER-count, mode: "0755", contents: "#!/bin/sh\necho $0 >>/run/ran\n"}
		EOF2
	done
	cat <<-'EOF2'
		  - {path: etc/init.d/050-folder, directory: true, mode: "0755"}
		  - {path: etc/init.d/051-dangling, symlink: nowhere}
		  - {path: etc/init.d/052-text, mode: "0644", contents: "no program"}
		  - {path: etc/init.d/053-strange, mode: "0755", contents: "no program either"}
		  - {path: etc/init.d/060-kill, mode: "0755", contents: "#!/bin/sh\nkill -9 -1\n"}
		  - {path: etc/init.d/900-rough, source: rough.sh, mode: "0755"}
	EOF2
}

# The disk holds a disk and swap; /run is full, /proc and /sys are gone; orphans
# come without end; nobody reads the console.
rough_script() {
	cat <<-'EOF2'
		#!/bin/sh
		exec >/dev/console 2>&1
		b=/bin/busybox
		echo "ran: $($b wc -l </run/ran) $($b head -n 1 /run/ran) $($b tail -n 1 /run/ran)"
		echo "unwanted: $($b grep -c -E '^(virtio_balloon|softdog) ' /proc/modules)"
		/sbin/modprobe loop max_loop=3
		/sbin/modprobe ext4
		echo "loops: $($b cat /sys/module/loop/parameters/max_loop)"
		$b mkdir -p /var/data /var/inner
		$b mount -t ext4 /dev/vda /var/data
		$b dd if=/dev/zero of=/var/data/disk bs=1M count=16 2>/dev/null
		$b mke2fs -F /var/data/disk >/dev/null
		$b losetup /dev/loop0 /var/data/disk
		$b mount -t ext4 /dev/loop0 /var/inner
		$b dd if=/dev/zero of=/var/data/swap bs=1M count=4 2>/dev/null
		$b mkswap /var/data/swap >/dev/null
		$b swapon /var/data/swap && echo "swap: on"
		$b grep -q "loop0 .var.inner" /proc/mounts && echo inner >/var/inner/f && echo 1 >/var/data/1
		echo "inner: $($b cat /var/inner/f)"
		$b stty ixon </dev/console
		$b setsid /bin/sh /usr/rough2 >/run/rough2.log 2>&1 &
		echo rough-ready
	EOF2
}

second_script() {
	cat <<-'EOF2'
		b=/bin/busybox
		restarts() { $b wc -l </var/log/again.out.log; }
		$b dd if=/dev/zero of=/run/fill bs=1M 2>/dev/null
		for i in 1 2 3; do
			until p=$($b pidof service); do $b sleep 0.2; done
			$b kill -9 $p
			$b sleep 1
		done
		$b rm /run/fill
		before=$(restarts)
		until [ "$(restarts)" -gt $((before + 5)) ]; do $b sleep 0.5; done
		echo "from $before on to $(restarts)" >/var/data/mark
		for i in 1 2 3; do
			(trap '' TERM HUP; while :; do ( ( : ) & ); done) &
		done
		$b umount -l /sys
		$b umount -l /proc
		kill -USR2 1
	EOF2
}

@test "root's worst and a stopped console do not keep the machine from going off, cleanly" {
	rough_script >rough.sh
	second_script >rough2.sh
	{
		guest_head | sed "s|console=ttyS0 |&quiet modprobe.blacklist=virtio-balloon modprobe.blacklist=softdog,x |"
		cat <<-'EOF2'
			services:
			  - {name: again, image: "@pkg:box", runtime: {handler: none}, restart: {policy: always, delay: 50ms, maxDelay: 50ms}, command: ["/bin/busybox", "echo", "again"]}
			files:
			  - {path: bin/busybox, source: box/busybox, mode: "0755"}
			  - {path: bin/sh, symlink: busybox}
			  - {path: usr/rough2, source: rough2.sh}
		EOF2
		odd_scripts
	} >rough.yml
	kitbuild build rough.yml
	data_disk
	machine_start rough --disk data.img
	machine_until "rough-ready" 120
	says "^ran: 70 /etc/init.d/100-count /etc/init.d/169-count"
	says "^unwanted: 0"
	says "^loops: 3"
	says "^swap: on"
	says "^inner: inner"
	says "init: supervisor .pid [0-9]+.: killed by signal 9; restart 1 in 0 ms"
	printf '\023' >&7
	machine_end 150
	assert_equal "$MACHINE_STATUS" 0
	# The row of two or three that died while /run was full, with or without the one
	# before them: that is up to the machine's speed.
	says "init: supervisor .pid [0-9]+.: killed by signal 9; restart 3 in"
	says "init: going down: power off"
	says "init: power off"
	never_says "Kernel panic|cannot be killed"
	assert_clean_disk
	# Services went on while the console stood still.
	run -0 /sbin/debugfs -R "cat /mark" data.img
	assert_output --regexp "from [0-9]+ on to [0-9]+"
	# The disk on the disk, too, is clean.
	/sbin/debugfs -R "dump /disk disk.img" data.img
	run -0 /sbin/e2fsck -fn disk.img
	refute_output --partial "ecover"
}
