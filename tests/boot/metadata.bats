#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# User data in a running system: from a CD to files that a service reads.

load ../lib/kitbuild
load ../lib/guest

@test "user data becomes files of its modes and the host's name; a service reads them" {
	{
		guest_head runc
		cat <<-EOF2
			onboot:
			  - {name: metadata, image: "@pkg:$ROOT/pkg/metadata", command: ["/usr/bin/metadata", "-v"]}
			services:
			  - name: reader
			    image: "@pkg:box"
			    binds: ["/run/config:/config:ro"]
			    command: ["/bin/sh", "-c", "cd /config; busybox find . -type f -exec busybox stat -c 'read: %n %a %s' {} \\\\;; busybox cat app/key; busybox hostname"]
		EOF2
	} | sed "s|console=ttyS0|& kit.log_kmsg=1|" >u.yml
	cat >user.json <<-'EOF2'
		{"hostname": {"content": "from-the-cd\n"},
		 "app": {"perm": "0750", "entries": {"key": {"content": "a secret word\n", "perm": "0400"}}}}
	EOF2
	kitbuild build u.yml
	machine_start u --data-file user.json
	machine_until "init: boot complete" 200
	machine_until "reader: from-the-cd" 60
	machine_power_button
	machine_end 90
	assert_equal "$MACHINE_STATUS" 0
	says "metadata: 1[0-9][0-9] bytes from CDROM /dev/sr0"
	says "reader: read: ./app/key 400 14"
	says "reader: read: ./hostname 644 12"
	says "reader: read: ./userdata 600 1[0-9][0-9]"
	says "reader: read: ./provider 644 14"
	says "reader: a secret word"
	says "reader: from-the-cd"
}
