#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What process 1 has made of the machine, seen from inside, and how little it
# takes for it.

load ../lib/kitbuild
load ../lib/guest

setup() {
	guest_folder
	guest_box
	odd_files
	printf '# %16380s\n' long >long.conf
}

# looker RUNTIME PACKAGE...: a manifest whose only service runs look.sh.
looker() {
	local runtime=$1
	shift
	{
		guest_head "$@"
		sed "s|RUNTIME|$runtime|" <<-'EOF2'
			  - oci:layout:odd
			services:
			  - name: look
			    image: "@pkg:box"
			    RUNTIME
			    pid: host
			    net: host
			    capabilities: [all]
			    rlimits: []
			    binds: ["/:/host"]
			    command: ["/bin/sh", "/host/look.sh"]
			files:
			  - {path: look.sh, source: look.sh}
			  - {path: odd.sh, source: odd.sh}
			  - {path: etc/sysctl.d/20-b.conf, contents: "kernel.domainname = second\n-net.nobody.knows=1\nno setting\nvm/max_map_count=262144"}
			  - {path: etc/sysctl.d/10-a.conf, contents: "# first\nkernel.domainname = first\nnet.core.somaxconn = 8192\nkernel.nobody.knows = 1\n"}
			  - {path: etc/sysctl.d/30-c.txt, contents: "net.core.somaxconn = 1\n"}
			  - {path: etc/sysctl.conf, contents: "vm.max_map_count = 300000\n"}
			  - {path: etc/modprobe.d/long.conf, source: long.conf}
			  - {path: etc/modprobe.d/kit.conf, contents: "# ours\noptions loop max_loop=3 \\\n max_part=7\nblacklist ata-generic\n"}
		EOF2
	}
}

wait_for_look() {
	machine_until "all-looked" 200
	machine_text >plain
}

# A machine of the old kind, into which devices can be plugged.
start_pluggable() {
	MACHINE_LOG=$BATS_TEST_TMPDIR/console.log
	: >"$MACHINE_LOG"
	qemu-system-x86_64 -machine pc,accel=tcg -m 512 -display none -nodefaults \
		-no-reboot -serial stdio -qmp unix:qmp.sock,server=on,wait=off \
		-kernel look-kernel -initrd look-initrd.img \
		-append "$(cat look-cmdline)" >"$MACHINE_LOG" 2>&1 </dev/null 3>&- &
	export MACHINE_PID=$!
}

# device_add DRIVER: QEMU plugs it into the running machine.
device_add() {
	python3 - qmp.sock "$1" <<-'EOF2'
		import json, socket, sys
		talk = socket.socket(socket.AF_UNIX)
		talk.settimeout(30)
		talk.connect(sys.argv[1])
		lines = talk.makefile("rw")
		lines.readline()
		for command in (
		    {"execute": "qmp_capabilities"},
		    {"execute": "device_add", "arguments": {"driver": sys.argv[2], "id": "new"}},
		):
		    lines.write(json.dumps(command) + "\n")
		    lines.flush()
		    while '"return"' not in (line := lines.readline()):
		        assert line and '"error"' not in line, line
	EOF2
}

@test "process 1 mounts, names, numbers and limits as promised, without a heap" {
	cat >look.sh <<-'EOF2'
		exec >/host/dev/console 2>&1
		b=/bin/busybox
		until $b chroot /host /usr/bin/service timeline | $b grep -q complete; do $b sleep 0.2; done
		$b awk '{print "mount", $5, $6, $(NF - 2), $NF}' /proc/1/mountinfo
		for n in console null tty tty1 kmsg zero full random urandom ptmx shm mqueue; do
			$b stat -c "node %n %F %a %t:%T" /host/dev/$n
		done
		for n in fd stdin stdout stderr; do echo "link $n $($b readlink /host/dev/$n)"; done
		for d in cache empty lib local lock log opt spool tmp; do $b stat -c "folder %n %a" /host/var/$d; done
		echo "link run $($b readlink /host/var/run)"
		echo "controllers: $($b cat /host/sys/fs/cgroup/cgroup.subtree_control)"
		echo "hostname: $($b hostname)"
		echo "machine-id: $($b cat /host/etc/machine-id)"
		$b stat -c "machine-id mode %a" /host/run/machine-id
		echo "year: $($b date +%Y)"
		$b ip -o addr show lo
		$b grep -E 'open files|processes' /proc/1/limits
		$b grep -E 'VmRSS|VmData|Threads' /proc/1/status
		echo "heap: $($b grep -c '\[heap\]' /proc/1/maps)"
		echo "resolver: $($b stat -c '%a %s' /host/run/resolvconf/resolv.conf)"
		echo "virtio_rng before: $($b grep -c virtio_rng /proc/modules)"
		. /host/odd.sh
		for k in kernel/domainname net/core/somaxconn vm/max_map_count; do echo "setting $k $($b cat /host/proc/sys/$k)"; done
		$b chroot /host /sbin/modprobe loop
		echo "loop: $($b cat /sys/module/loop/parameters/max_loop) $($b cat /sys/module/loop/parameters/max_part)"
		echo "unwanted: $($b grep -c '^ata_generic ' /proc/modules)"
		echo all-looked
		until [ "$($b cat /host/sys/class/misc/hw_random/rng_current)" = virtio_rng.0 ]; do $b sleep 0.2; done
		echo plugged-in
		$b sleep 1000
	EOF2
	looker "runtime: {handler: none}" |
		sed "s|console=ttyS0 |&hostname=from-the-line systemd.machine_id=0123456789ABCDEF0123456789abcdef kit.tmp_size=7m loop.max_part=15 kit.loglevel=loud |" >look.yml
	kitbuild build look.yml
	start_pluggable
	wait_for_look
	# The root is the kernel's own, moved: nothing was copied.
	says "^mount / ro(,relatime)? (rootfs|tmpfs|ramfs) rw"
	says "^mount /run rw,nosuid,nodev,noexec,relatime tmpfs rw,.*mode=755"
	says "^mount /tmp rw,nosuid,nodev,noexec,relatime tmpfs rw,size=7168k"
	says "^mount /var rw,nosuid,nodev,relatime tmpfs"
	says "^mount /dev rw,nosuid,noexec,relatime devtmpfs"
	says "^mount /dev/pts rw,nosuid,noexec,relatime devpts rw,gid=5,mode=620,ptmxmode=666"
	for m in /proc /sys /dev/shm /dev/mqueue; do
		says "^mount $m rw,nosuid,nodev,noexec,relatime"
	done
	for m in /sys/kernel/security /sys/kernel/debug /sys/kernel/tracing \
		/sys/fs/pstore /sys/fs/bpf /proc/sys/fs/binfmt_misc; do
		says "^mount $m "
	done
	says "^mount /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime cgroup2 rw,nsdelegate,memory_recursiveprot"
	says "^node /host/dev/console character special file 600 5:1"
	says "^node /host/dev/null character special file 666 1:3"
	says "^node /host/dev/tty character special file 666 5:0"
	says "^node /host/dev/kmsg character special file 660 1:b"
	says "^node /host/dev/shm directory 1777"
	says "^link fd /proc/self/fd"
	says "^link stderr /proc/self/fd/2"
	says "^folder /host/var/empty 555"
	says "^folder /host/var/tmp 1777"
	says "^link run /run"
	for c in cpu memory pids io; do says "^controllers: (.* )?$c( |\$)"; done
	says "^hostname: from-the-line"
	says "^machine-id: 0123456789abcdef0123456789abcdef"
	says "^machine-id mode 444"
	says "^year: 20[2-9][0-9]"
	says "lo +inet 127.0.0.1/8"
	says "lo +inet6 ::1/128"
	says "^Max open files +1048576 +1048576"
	says "^Max processes +unlimited +unlimited"
	says "^resolver: 644 0"
	# Links, devices and modes came along.
	odd_files_are_there
	# Settings, the last of them in force, before anything was started.
	says "^setting kernel/domainname second"
	says "^setting net/core/somaxconn 8192"
	says "^setting vm/max_map_count 300000"
	# The command line goes before the files.
	says "^loop: 3 15"
	says "^unwanted: 0"
	says "init: /etc/modprobe.d/long.conf: its end is left out: /etc/modprobe.d has 16 KiB at most"
	says "init: kit.loglevel=loud: must be 3 to 7"
	says "init: /etc/sysctl.d/10-a.conf: /proc/sys/kernel/nobody/knows: No such file or directory"
	says "init: /etc/sysctl.d/20-b.conf: not KEY = VALUE: no setting"
	never_says "net/nobody"
	# Small, one thread, and no heap at all.
	says "^heap: 0"
	says "^Threads:.1"
	run -0 awk '$1 == "VmRSS:" {print ($2 < 1024 ? "small" : "large: " $2)}' plain
	assert_output "small"
	# A device that comes later gets its module.
	says "^virtio_rng before: 0"
	device_add virtio-rng-pci
	machine_until "plugged-in" 60
}

@test "without words, the host name and the machine-id come from the machine" {
	cat >look.sh <<-'EOF2'
		exec >/host/dev/console 2>&1
		b=/bin/busybox
		loaded() { $b dmesg | $b grep -c "init: module $1: loaded"; }
		for n in /sys/class/net/*; do [ -e $n/device ] && echo "address: $($b cat $n/address | $b tr -d :)"; done
		echo "firmware: $($b cat /host/sys/class/dmi/id/product_uuid | $b tr -d -)"
		echo "hostname: $($b hostname)"
		echo "machine-id: $($b cat /host/run/machine-id)"
		$b awk '$5 ~ "^/sys/fs/cgroup" {print "mount", $5, $(NF - 2), $NF}' /proc/1/mountinfo
		until [ "$(loaded button)" -ge 1 ]; do $b sleep 0.2; done
		$b sleep 3
		for m in button qemu_fw_cfg virtio_net; do echo "loaded $m $(loaded $m)"; done
		echo all-looked
		$b sleep 1000
	EOF2
	looker "resources: {devices: [{allow: true, type: c, major: 5, minor: 1, access: rw}]}" runc |
		sed "s|console=ttyS0 |&kit.loglevel=7 linuxkit.unified_cgroup_hierarchy=0 |" >look.yml
	kitbuild build look.yml
	machine_start look
	wait_for_look
	says "^machine-id: [0-9a-f]{32}\$"
	firmware=$(sed -n 's/^firmware: //p' plain)
	[[ $firmware =~ ^0*$ ]] || says "^machine-id: $firmware"
	address=$(sed -n 's/^address: //p' plain | head -1)
	[ -n "$address" ]
	says "^hostname: linuxkit-$address"
	# By process 1 itself, and each once, however many devices want it.
	for m in button qemu_fw_cfg virtio_net; do says "^loaded $m 1\$"; done
	# LinuxKit's word for control groups version 1, one hierarchy each.
	says "^mount /sys/fs/cgroup tmpfs"
	for c in cpu cpuacct memory pids devices freezer; do
		says "^mount /sys/fs/cgroup/$c cgroup rw,$c"
	done
	says "^mount /sys/fs/cgroup/systemd cgroup rw,name=systemd"
}

@test "without network and a firmware's UUID, chance tells a machine from others" {
	cat >look.sh <<-'EOF2'
		exec >/host/dev/console 2>&1
		b=/bin/busybox
		echo "hostname: $($b hostname)"
		echo "machine-id: $($b cat /host/run/machine-id)"
		echo all-looked
		$b sleep 1000
	EOF2
	looker "runtime: {handler: none}" >look.yml
	kitbuild build look.yml
	machine_start look --net none --uuid 00000000-0000-0000-0000-000000000000
	wait_for_look
	says "^machine-id: [0-9a-f]{32}\$"
	id=$(sed -n 's/^machine-id: //p' plain)
	refute [ "$id" = 00000000000000000000000000000000 ]
	says "^hostname: linuxkit-${id:0:12}\$"
}

# A line of its own in modules.alias makes disks of which none answers serve a
# device; to look for them takes a day.
@test "a driver that does not come back is named and passed by" {
	guest_head >all.yml
	kitbuild build -f tar all.yml
	index=$(tar tf all.tar 2>/dev/null | grep -m1 "^lib/modules/[^/]*/modules.alias$")
	{
		echo "alias virtio:d00000004v* scsi_debug"
		tar xOf all.tar "$index" 2>/dev/null
	} >modules.alias
	{
		guest_head | sed "s|console=ttyS0 |&kit.loglevel=7 udev.event_timeout=8 scsi_mod.scan=sync scsi_debug.every_nth=1 scsi_debug.opts=4 scsi_debug.add_host=1000 |"
		cat <<-EOF2
			services:
			  - {name: well, image: "@pkg:box", runtime: {handler: none}, capabilities: [all], binds: ["/:/host"], command: ["/bin/sh", "-c", "busybox dmesg | busybox grep -o 'init: module.*' >/host/dev/console; echo all-shown >/host/dev/console; exec busybox sleep 1000"]}
			files:
			  - {path: $index, source: modules.alias}
		EOF2
	} >hang.yml
	kitbuild build hang.yml
	machine_start hang
	machine_until "all-shown" 200
	says "init: module scsi_debug: still loading"
	says "init: module scsi_debug: does not come back; the boot goes on without it"
	says "service: well: started"
	# Those that come after it are loaded all the same.
	comes_before "module scsi_debug: does not come back" "module virtio_net: loaded"
	machine_power_button
	machine_end 100
	assert_equal "$MACHINE_STATUS" 0
	says "init: power off"
}

# The kernel goes on with the files that fit, and boots them if it can.
@test "a machine of too little memory is told so, and starts nothing" {
	guest_head >low.yml
	kitbuild build low.yml
	machine_start low --mem 176
	machine_until "init: cannot boot: " 60
	says "Initramfs unpacking failed: write error"
	says "init: cannot boot: the root is not whole: it does not fit into [0-9]+ MiB, half of the memory; give the machine more"
	never_says "Kernel panic|init: /etc/init.d"
}
