#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Hostile images in a running system: whatever starts them (runc, crun, the
# launcher itself), the machine around them stays as it is.

load ../lib/kitbuild
load ../lib/guest

setup() {
	guest_folder
	guest_box
	guest_crun
	mkdir exe links devices through
	musl-gcc -std=gnu11 -D_GNU_SOURCE -Os -static -s "$ROOT/tests/guest/hostile.c" -o hostile
	gcc -std=gnu11 -Os -static -nostdlib -fno-stack-protector -s "$ROOT/tests/guest/loader.c" -o exe/loader
	for name in exe links devices through; do
		cp hostile $name/hostile
	done
	# Run itself: the script's interpreter is the runtime, and its own is ours.
	cat >exe/build.yml <<-'EOF2'
		image: test-exe
		contents:
		  files:
		    - {path: bin/hostile, source: hostile, mode: "0755"}
		    - {path: lib64/ld-linux-x86-64.so.2, source: loader, mode: "0755"}
		    - {path: entry, contents: "#!/proc/self/exe\n", mode: "0755"}
	EOF2
	cat >links/build.yml <<-'EOF2'
		image: test-links
		contents:
		  files:
		    - {path: bin/hostile, source: hostile, mode: "0755"}
		    - {path: proc, symlink: elsewhere}
		    - {path: sys, symlink: elsewhere}
		    - {path: elsewhere/self/attr, directory: true, mode: "0755"}
	EOF2
	cat >through/build.yml <<-'EOF2'
		image: test-through
		contents:
		  files:
		    - {path: bin/hostile, source: hostile, mode: "0755"}
		    - {path: var, symlink: /}
	EOF2
	cat >devices/build.yml <<-'EOF2'
		image: test-devices
		contents:
		  files:
		    - {path: bin/hostile, source: hostile, mode: "0755"}
		    - {path: dev/null, symlink: /proc/sys/kernel/core_pattern}
		    - {path: dev/console, symlink: /proc/sys/kernel/core_pattern}
		    - {path: .krun_config.json, symlink: /etc/mark}
	EOF2
}

# attacks RUNTIME HANDLER: services, one for each shape.
attacks() {
	sed "s|NAME|$1|; s|RUNTIME|$2|" <<-'EOF2'
		  - name: exe-NAME
		    image: "@pkg:exe"
		    runtime: {handler: RUNTIME}
		    capabilities: [all]
		    command: ["/entry"]
		  - name: links-NAME
		    image: "@pkg:links"
		    runtime: {handler: RUNTIME}
		    command: ["/bin/hostile", "devices"]
		  - name: devices-NAME
		    image: "@pkg:devices"
		    runtime: {handler: RUNTIME}
		    capabilities: [all]
		    command: ["/bin/hostile", "devices"]
		  - name: victim-NAME
		    image: "@pkg:box"
		    runtime: {handler: RUNTIME}
		    binds: ["shared:/shared"]
		    tmpfs: ["/shared/d/inner"]
		    restart: {policy: always, delay: 100ms, limit: 12}
		    command: ["/bin/sh", "-c", "if [ -e /shared/d/etc/mark ]; then echo victim: in the machine; else echo victim: at home; fi"]
	EOF2
}

@test "an entry point, links for /proc, /sys and devices, and links exchanged in a volume leave the machine as it is" {
	{
		guest_head runc
		cat <<-EOF2
			  - "@pkg:crun"
			onboot:
			  - {name: metadata, image: "@pkg:$ROOT/pkg/metadata"}
		EOF2
		cat <<-'EOF2'
			  - name: before
			    image: "@pkg:box"
			    binds: ["/:/host", "shared:/shared"]
			    command: ["/bin/sh", "-c", "b=/bin/busybox; $b mkdir -p /shared/d/inner; $b ln -s / /shared/e; cd /host/usr; $b sha256sum sbin/runc bin/crun bin/service ../etc/mark >../run/before; $b cat /proc/sys/kernel/core_pattern >../run/pattern"]
			  - name: through
			    image: "@pkg:through"
			    runtime: {mkdir: [var/run/made], mounts: [{type: tmpfs, source: tmpfs, destination: var/run/mounted}]}
			    command: ["/bin/hostile", "devices"]
			onshutdown:
			  - name: after
			    image: "@pkg:box"
			    pid: host
			    binds: ["/:/host"]
			    command: ["/bin/sh", "-c", "b=/bin/busybox; cd /host/usr; $b sha256sum -c ../run/before && $b cmp ../run/pattern /proc/sys/kernel/core_pattern && echo after: as before;
			      [ -e ../run/made ] || [ -e ../run/mounted ] || echo after: nothing was made; $b sed -n \"s|.*/mounted|after: &|p\" /proc/1/mountinfo"]
			services:
			  - name: attacker
			    image: "@pkg:exe"
			    binds: ["shared:/shared"]
			    command: ["/bin/hostile", "exchange", "/shared/d", "/shared/e"]
		EOF2
		attacks runc runc
		attacks crun crun
		attacks none none
		cat <<-'EOF2'
			files:
			  - {path: etc/mark, contents: "the machine's\n", mode: "0644"}
			volumes:
			  - {name: shared}
		EOF2
	} | sed "s|console=ttyS0|& kit.log_kmsg=1|" >evil.yml
	kitbuild build evil.yml
	echo '{"ssh": {"entries": {"../../made": {"content": "x"}}}}' >user.json
	machine_start evil --data-file user.json
	machine_until "init: boot complete" 250
	sleep 15
	says "metadata: 'ssh/../../made' does not end in a name of a file"
	says "attacker: hostile: exchanging"
	for name in runc crun; do
		says "exe-$name: hostile: the runtime's program: (Operation not permitted|Permission denied|Read-only file system)"
		says "service: links-$name: failed: create: .*/proc"
	done
	# The launcher has no loader to be replaced, and resolves links in the root.
	says "service: exe-none: failed: exit status"
	says "service: links-none: done"
	for name in runc crun none; do
		says "devices-$name: hostile: /dev/null is the null device"
		says "victim-$name: victim: at home"
	done
	machine_power_button
	machine_end 90
	assert_equal "$MACHINE_STATUS" 0
	never_says "victim: in the machine"
	never_says "overwritten|something else"
	says "service: onboot: 002-through: done"
	says "after: as before"
	says "after: nothing was made"
	never_says "after: .*mounted"
}
