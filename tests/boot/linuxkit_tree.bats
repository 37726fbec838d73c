#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A tree as LinuxKit's builder makes it, written without ours, starts with our
# process 1 and launcher.

load ../lib/kitbuild
load ../lib/guest

setup() {
	guest_folder
}

@test "LinuxKit's tree boots: scripts, volumes, bundles with all their keys, services, and the way down" {
	guest_head runc containerd >m.yml
	kitbuild build -f tar m.yml
	kitbuild build m.yml
	"$ROOT/tests/lib/linuxkit-tree" m.tar "$(command -v busybox)" tree-initrd.img
	ln m-kernel tree-kernel
	cp m-cmdline tree-cmdline
	machine_start tree
	machine_until "all-looked" 250
	says "^Welcome to LinuxKit's tree"
	for script in 000-issue 005-volumes 010-onboot 020-containerd; do
		says "init: /etc/init.d/$script"
	done
	says "service: volume data: mounted"
	says "^first: well"
	says "^from the volume"
	says "^second: well"
	says "^net: well"
	says "^moved: well"
	# Namespaces (nsfs), bound; and nothing of containers that are over.
	assert_equal "$(machine_text | grep -ac "^kept of type 6e736673$")" 3
	says "^left of onboot:$"
	# As there, a container that fails does not end the boot.
	says "service: onboot: 003-fails: failed: exit status 3"
	says "service: onboot: 4 of 5 done"
	says "service: all 3 services started"
	for line in "web: read-only" "web: sees the peer" "web: well" "work: well" \
		/host/sys/fs/cgroup/made/by/first /host/sys/fs/cgroup/named/work \
		/host/run/netns/kept; do
		says "^$line\$"
	done
	# What runtime-config.toml asked of containerd.
	says "^its own log: [1-9][0-9]* lines"
	machine_power_button
	machine_end 100
	assert_equal "$MACHINE_STATUS" 0
	says "^bye: well"
	says "init: power off"
}
