#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Volumes in a running system: what may be written to, and what may not.

load ../lib/kitbuild
load ../lib/guest

setup() {
	guest_folder
	guest_box
	mkdir data
	cat >data/build.yml <<-'EOF2'
		image: test-data
		contents:
		  files: [{path: hello, contents: "from the volume\n", mode: "0644"}]
	EOF2
}

@test "a read-only volume refuses writes, however it is bound; a blank one takes them" {
	cat >v.yml <<-EOF2
		kernel:
		  image: "@pkg:$ROOT/kernels/debian-cloud"
		  cmdline: "console=ttyS0 panic=10"
		init: ["@pkg:$ROOT/pkg/init", "@pkg:$ROOT/pkg/runc"]
		volumes:
		  - {name: fixed, image: "@pkg:data", readonly: true}
		  - {name: free}
		onboot:
		  - name: probe
		    image: "@pkg:box"
		    binds: ["fixed:/fixed:ro", "free:/free", "/containers/volumes/fixed/merged:/merged"]
		    command: ["/bin/busybox", "sh", "-c", "cd /bin; ./busybox cat /fixed/hello;
		      for d in fixed merged free; do if ./busybox touch /\$d/x; then ./busybox echo \$d: taken; else ./busybox echo \$d: refused; fi; done"]
	EOF2
	kitbuild build v.yml
	machine_start v
	machine_until "init: boot complete" 200
	machine_until "Power Button as" 60
	sleep 1
	kill -TERM "$MACHINE_PID"
	machine_end 60
	assert_equal "$MACHINE_STATUS" 0
	run -0 machine_text
	assert_line "from the volume"
	assert_line "fixed: refused"
	assert_line "merged: refused"
	assert_line "free: taken"
}
