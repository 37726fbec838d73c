#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Containers that run once: time limits, and what becomes of a boot when one
# fails.

load ../lib/kitbuild
load ../lib/guest

setup() {
	guest_folder
	guest_box
	guest_head runc >head.yml
}

@test "a time limit ends a container, continue goes on, stop leaves out the rest and all services" {
	{ cat head.yml; disk_head "runtime: {handler: none}"; cat; } >s.yml <<-'EOF2'
		  - {name: hang, image: "@pkg:box", timeout: 1s, command: ["/bin/busybox", "sleep", "1000"]}
		  - {name: hang-bare, image: "@pkg:box", timeout: 1s, runtime: {handler: none}, command: ["/bin/busybox", "sleep", "1000"]}
		  - {name: odd, image: "@pkg:box", runtime: {handler: youki}, command: ["/bin/busybox", "true"]}
		  - {name: shell, image: "@pkg:box", onfail: shell, command: ["/bin/busybox", "false"]}
		  - name: lock
		    image: "@pkg:box"
		    readonly: true
		    landlock: auto
		    binds: ["/run:/run"]
		    command: ["/bin/sh", "-c", "b=/bin/busybox; $b touch /run/x && $b echo run is writable; $b grep NoNewPrivs /proc/self/status"]
		  - {name: bad, image: "@pkg:box", onfail: stop, binds: ["/var/data:/data"], command: ["/bin/sh", "-c", "echo x >/data/1; exit 1"]}
		  - {name: later, image: "@pkg:box", command: ["/bin/busybox", "echo", "too far"]}
		services:
		  - {name: web, image: "@pkg:box", command: ["/bin/busybox", "sleep", "1000"]}
	EOF2
	kitbuild build s.yml
	data_disk
	machine_start s --disk data.img
	machine_until "init: boot complete" 200
	says "service: onboot: 001-hang: failed: not done within 1000 ms"
	says "service: onboot: 002-hang-bare: failed: not done within 1000 ms"
	says "service: onboot: 003-odd: failed: no runtime youki in the image"
	says "service: onboot: 004-shell: onfail is shell, but the image has none"
	says "run is writable"
	says "NoNewPrivs:.1"
	says "service: onboot: 005-lock: done"
	says "service: onboot: 006-bad: failed: exit status 1"
	says "service: onboot: 006-bad: onfail is stop: no later container, no services"
	says "service: onboot: 2 of 8 done"
	says "service: no services: onboot container 006-bad failed"
	never_says "too far"
	never_says "service: web"
	# What was mounted before the failure is left as after any boot.
	machine_until "Power Button as" 60
	sleep 1
	machine_power_button
	machine_end 60
	assert_clean_disk
}

@test "a failure whose onfail is reboot reboots the machine, and the way down has its own limits" {
	{ cat head.yml; disk_head "runtime: {handler: none}"; cat; } >b.yml <<-'EOF2'
		  - {name: bad, image: "@pkg:box", onfail: reboot, binds: ["/var/data:/data"], command: ["/bin/sh", "-c", "echo x >/data/1; exit 1"]}
		  - {name: later, image: "@pkg:box", command: ["/bin/busybox", "echo", "too far"]}
		onshutdown:
		  - {name: slow, image: "@pkg:box", timeout: 1s, command: ["/bin/busybox", "sleep", "1000"]}
		  - {name: farewell, image: "@pkg:box", command: ["/bin/busybox", "echo", "fare", "well"]}
	EOF2
	kitbuild build b.yml
	data_disk
	machine_start b --disk data.img
	# QEMU ends where the machine would begin anew, and mount the disk again.
	machine_qmp '{"execute":"set-action","arguments":{"reboot":"shutdown"}}'
	machine_until "init: reboot" 200
	machine_end 60
	says "service: shutdown: 000-slow: failed: not done within 1000 ms"
	says "fare well"
	says "service: onboot: 001-bad: onfail is reboot"
	never_says "too far"
	assert_clean_disk
}
