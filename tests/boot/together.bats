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

# tunnels NAME HANDLER: WireGuard made inside, and outside and moved; half of a
# pair whose name the machine has, too; what is mounted outside.
tunnels() {
	cat <<-EOF2
		  - name: $1
		    image: "@pkg:box"
		    net: new
		    runtime: {$2mounts: [{type: tmpfs, source: tmpfs, destination: /var/$1}], bindNS: {net: /run/ns/$1}, interfaces: [{name: wg0, add: wireguard}, {name: wg1, add: wireguard, createInRoot: true}, {name: eth0, peer: v$1}]}
		    command: ["/bin/sh", "-c", "for f in /sys/class/net/*; do echo has \${f##*/} \$(busybox cat \$f/flags) \$(busybox grep DEVTYPE \$f/uevent); done; echo has all; exec busybox sleep 1000"]
	EOF2
}

# Each start mounts once, however many there were; namespaces stay for others.
again() {
	cat <<-'EOF2'
		  - name: again
		    image: "@pkg:box"
		    after: [wires, bare]
		    runtime: {handler: none}
		    pid: host
		    capabilities: [all]
		    binds: ["/:/host"]
		    command: ["/bin/sh", "-c", "until busybox chroot /host /usr/bin/service timeline | busybox grep -q settled; do busybox sleep 0.5; done; for i in 1 2 3; do for n in wires bare; do busybox chroot /host /usr/bin/service -q restart $n && echo $n $i; done; done; echo $(busybox grep -c -E '/(ns|var)/(wires|bare) ' /proc/1/mountinfo) mounts; for n in wires bare; do busybox chroot /host /usr/bin/service -q stop $n; done; echo $(busybox grep -c -E '/var/(wires|bare) ' /proc/1/mountinfo) mounts and $(busybox grep -c -E '/ns/(wires|bare) ' /proc/1/mountinfo) namespaces left; exec busybox sleep 1000"]
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
	again
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
	machine_until " left" 120
	machine_text | sed 's/^\[ *[0-9.]*\] //' >plain
	export MACHINE_LOG=$PWD/plain
	says "^service: all 13 services started$"
	for name in wires bare; do
		says "^$name: has lo 0x9$"
		says "^$name: has wg0 0x[0-9a-f]+ DEVTYPE=wireguard$"
		says "^$name: has wg1 0x[0-9a-f]+ DEVTYPE=wireguard$"
		says "^$name: has eth0 "
		says "^again: $name 3$"
	done
	says "^again: 4 mounts$"
	says "^again: 0 mounts and 2 namespaces left$"
	never_says "service: guest0: started|service: containerd: ready|service: times"
	never_says "init: /etc/init.d|init: module "
}
