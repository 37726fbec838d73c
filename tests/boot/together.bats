#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Services that are started side by side, with network interfaces of their own,
# on a console that shows little.

load ../lib/kitbuild
load ../lib/guest

# Ten services, of which none is ready before all have been started. "other" is
# a runtime whose name nobody knows.
ten() {
	local i=0 handler
	for handler in "" "" "" "" "" "" runc other none none; do
		cat <<-EOF2
			  - name: guest$i
			    image: "@pkg:box"
			    binds: ["/run/table:/run"]
			    runtime: {mkdir: [/run/table]${handler:+, handler: $handler}}
			    readiness: {fd: 3, timeout: 600s}
			    command: ["/bin/sh", "-c", "echo >/run/$i; until set -- /run/[0-9] && [ \$# = 10 ]; do busybox sleep 0.1; done; echo >&3; exec busybox sleep 1000"]
		EOF2
		i=$((i + 1))
	done
}

# tunnels NAME HANDLER: WireGuard made inside, and outside and moved.
tunnels() {
	cat <<-EOF2
		  - name: $1
		    image: "@pkg:box"
		    net: new
		    runtime: {$2interfaces: [{name: wg0, add: wireguard}, {name: wg1, add: wireguard, createInRoot: true}]}
		    command: ["/bin/sh", "-c", "for f in /sys/class/net/*; do echo has \${f##*/} \$(busybox grep DEVTYPE \$f/uevent); done; echo has all; exec busybox sleep 1000"]
	EOF2
}

manifest() {
	guest_head runc containerd | sed "s|console=ttyS0 |&kit.log_kmsg=1 kit.loglevel=$1 |"
	echo "services:"
	shift
	"$@"
}

play() {
	ten
	tunnels wires ""
	tunnels bare "handler: none, "
	cat <<-'EOF2'
		files:
		  - {path: usr/local/bin/other, symlink: ../../bin/runc}
	EOF2
}

@test "ten services are started at once, containers get WireGuard, and kit.loglevel=4 leaves out the steps" {
	manifest 4 play >t.yml
	kitbuild build t.yml
	machine_start t
	machine_until "init: boot complete" 250
	machine_until "wires: has all" 60
	machine_until "bare: has all" 60
	tr -d '\r' <"$MACHINE_LOG" | sed 's/^\[ *[0-9.]*\] //' >plain
	MACHINE_LOG=$PWD/plain
	says "^service: all 12 services started$"
	for name in wires bare; do
		says "^$name: has lo$"
		says "^$name: has wg0 DEVTYPE=wireguard$"
		says "^$name: has wg1 DEVTYPE=wireguard$"
	done
	never_says "service: guest0: started|service: containerd: ready|service: times"
	never_says "init: /etc/init.d|init: module "
}
