#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Services in a running system: order, readiness, health, restarts, stops; the
# same through containerd, through runc alone, and without any runtime.

load ../lib/kitbuild
load ../lib/guest

# The play: each service shows one promise, in lines on the console. RUNTIME is
# a line of YAML, or empty.
cast() {
	sed "s|RUNTIME|$1|" <<-'EOF2'
		services:
		  - name: crash
		    image: "@pkg:box"
		    RUNTIME
		    command: ["/bin/sh", "-c", "exit 3"]
		    restart: {policy: on-failure, limit: 2, delay: 100ms}
		  - name: eternal
		    image: "@pkg:box"
		    RUNTIME
		    command: ["/bin/sh", "-c", "busybox sleep 0.2"]
		    restart: {policy: always, delay: 3s}
		  - name: fd
		    image: "@pkg:box"
		    RUNTIME
		    readiness: {fd: 5, timeout: 600s}
		    command: ["/bin/sh", "-c", "busybox sleep 0.3; trap 'busybox sleep 0.3; exit 0' TERM; echo >&5; while :; do busybox sleep 0.1; done"]
		  - name: ill
		    image: "@pkg:box"
		    RUNTIME
		    requires: [fd]
		    restart: {policy: on-failure, delay: 100ms, limit: 1}
		    healthcheck: {command: ["/bin/sh", "-c", "exit 1"], interval: 300ms, timeout: 30s, retries: 2}
		    command: ["/bin/busybox", "sleep", "1000"]
		  - name: last
		    image: "@pkg:box"
		    RUNTIME
		    after: [wants, port]
		    stopTimeout: 1s
		    readiness: {fd: 3, timeout: 600s}
		    command: ["/bin/sh", "-c", "trap : TERM; echo >&3; while :; do busybox sleep 1; done"]
		  - name: never
		    image: "@pkg:box"
		    RUNTIME
		    readiness: {command: ["/bin/busybox", "false"], timeout: 1s}
		    command: ["/bin/busybox", "sleep", "1000"]
		  - name: oom
		    image: "@pkg:box"
		    RUNTIME
		    resources: {memory: {limit: 16777216}}
		    command: ["/bin/busybox", "dd", "if=/dev/zero", "of=/dev/null", "bs=64M", "count=1"]
		  - name: port
		    image: "@pkg:box"
		    RUNTIME
		    readiness: {socket: "tcp:8080", timeout: 600s}
		    command: ["/bin/busybox", "httpd", "-f", "-p", "8080"]
		  - name: wants
		    image: "@pkg:box"
		    RUNTIME
		    requires: [never]
		    command: ["/bin/busybox", "sleep", "1000"]
	EOF2
}

# Everything the cast promises, whatever carries it out.
check_play() {
	machine_until "service: crash: failed: exit status 3; restarted 2 times in a row" 200
	machine_until "service: ill: failed: healthcheck failed 2 times in a row; restarted 1 times in a row" 120
	machine_until "service: last: started" 60
	machine_until "init: boot complete" 120
	# What is left of 100 and 200 ms when it is told.
	says "service: crash: exit status 3; restart 1 in (100|[0-9]{1,2}) ms"
	says "service: crash: exit status 3; restart 2 in (200|1?[0-9]{1,2}) ms"
	says "service: eternal: exit status 0; restart 1 in"
	comes_before "service: fd: started" "service: fd: ready"
	comes_before "service: fd: ready" "service: ill: started"
	comes_before "service: port: ready" "service: last: started"
	comes_before "service: wants: failed: requires never, which has failed" "service: last: started"
	says "service: never: failed: not ready within 1000 ms"
	says "service: oom: failed: killed by signal 9 \(out of memory\)|service: oom: failed: exit status 137 \(out of memory\)"
	# Of those that fail only these two must have done so when the first round
	# ends. One that is always restarted never fails, whatever it waits for.
	says "service: [0-9] of 9 services failed: .*never, .*wants"
	never_says "services failed: .*eternal"
}

# What comes last goes first, with its grace; then the machine is off.
check_way_down() {
	machine_power_button
	machine_end 120
	assert_equal "$MACHINE_STATUS" 0
	comes_before "service: last: still there after 1000 ms, killing it" "service: last: stopped"
	comes_before "service: last: stopped" "service: port: stopped"
	says "service: fd: stopped"
	says "init: power off"
}

@test "containerd's services start in order, get ready, are checked, restarted and stopped" {
	{ guest_head runc containerd; cast ""; } >c.yml
	kitbuild build c.yml
	machine_start c
	check_play
	check_way_down
}

@test "without containerd, runc does the same" {
	{ guest_head runc; cast ""; } >r.yml
	kitbuild build r.yml
	machine_start r
	check_play
	check_way_down
}

@test "without any runtime, the launcher does the same itself" {
	{ guest_head; cast "runtime: {handler: none}"; } >n.yml
	kitbuild build n.yml
	machine_start n
	check_play
	check_way_down
}

@test "a process without a runtime has the walls its configuration names" {
	{
		guest_head
		cat <<-'EOF2'
			onboot:
			  - name: first
			    image: "@pkg:box"
			    runtime: {handler: none}
			    command: ["/bin/busybox", "echo", "onboot without a runtime"]
			services:
			  - name: refused
			    image: "@pkg:box"
			    security: hardened
			    runtime: {handler: none}
			    command: ["/bin/busybox", "sleep", "1000"]
			  - name: show
			    image: "@pkg:box"
			    runtime: {handler: none}
			    after: [walls]
			    binds: ["/:/host"]
			    command: ["/bin/sh", "-c", "until busybox grep -q end-of-walls /host/var/log/walls.out.log; do busybox sleep 0.2; done; busybox cat /host/var/log/walls.out.log >/host/dev/console"]
			  - name: walls
			    image: "@pkg:box"
			    runtime: {handler: none}
			    readonly: true
			    tmpfs: ["/tmp"]
			    uid: 1000
			    gid: 1000
			    capabilities: [CAP_NET_BIND_SERVICE]
			    noNewPrivileges: true
			    landlock: auto
			    hostname: walled
			    uts: new
			    ipc: new
			    net: new
			    rlimits: ["nofile,100,200"]
			    resources: {pids: {limit: 50}}
			    command: ["/bin/sh", "-c", "b=/bin/busybox; cd /tmp; exec 2>&1; $b id; $b hostname; $b grep -E 'CapEff|CapBnd|NoNew' /proc/self/status; $b echo processes $($b ls /proc | $b grep -c '^[0-9]'); $b touch /x; $b touch /tmp/x && $b echo tmp is writable; $b echo files $(ulimit -n); $b cat /proc/self/cgroup; $b echo links $($b ls /sys/class/net); $b mknod /tmp/n b 8 0; $b echo end-of-walls; $b sleep 1000"]
		EOF2
	} >w.yml
	kitbuild build w.yml
	machine_start w
	machine_until "end-of-walls" 200
	says "onboot without a runtime"
	says "service: onboot: 1 of 1 done"
	says "service: refused: failed: config.json: linux.seccomp needs an OCI runtime, and handler is none"
	says "^uid=1000 gid=1000"
	says "^walled"
	says "CapEff:.0000000000000000"
	says "CapBnd:.0000000000000400"
	says "NoNewPrivs:.1"
	# One carriage return, as the guest's terminal sends it.
	says "^processes [1-9].$"
	says "touch: /x: (Read-only file system|Permission denied)"
	says "^tmp is writable"
	says "^files 100"
	says "^0::/walls"
	says "^links lo.$"
	says "mknod: /tmp/n: Operation not permitted"
}
