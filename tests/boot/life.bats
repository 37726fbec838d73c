#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What services may do to the machine, and what is left of them: each has its
# state and its line, and nothing stays behind.

load ../lib/kitbuild
load ../lib/machine
load ../lib/guest

setup() {
	export KITBUILD_CACHE=$ROOT/build/cache
	cd "$BATS_TEST_TMPDIR"
	guest_box
}

teardown() {
	machine_kill
}

@test "bombs, floods, hangs and orphans end in their states and leave nothing" {
	{
		guest_head | sed "s|console=ttyS0 |&kit.var_size=4m kit.log_size=16m |"
		cat <<-'EOF2'
			services:
			  - {name: bomb, image: "@pkg:box", runtime: {handler: none}, resources: {pids: {limit: 30}}, command: ["/bin/sh", "-c", "b() { b | b & }; b 2>/dev/null & exec busybox sleep 1000"]}
			  - {name: flood, image: "@pkg:box", runtime: {handler: none}, command: ["/bin/sh", "-c", "busybox dd if=/dev/zero bs=64k count=100 2>/dev/null; trap 'exit 0' TERM; while :; do busybox sleep 0.2; done"]}
			  - {name: hang, image: "@pkg:box", runtime: {handler: none}, healthcheck: {command: ["/bin/busybox", "sleep", "100"], interval: 500ms, timeout: 500ms, retries: 2}, command: ["/bin/busybox", "sleep", "1000"]}
			  - {name: missing, image: "@pkg:box", runtime: {handler: none}, command: ["/bin/nothing"]}
			  - {name: orphan, image: "@pkg:box", runtime: {handler: none}, pid: host, command: ["/bin/sh", "-c", "busybox sleep 4321 & exit 0"]}
			  - name: watch
			    image: "@pkg:box"
			    runtime: {handler: none}
			    after: [bomb, flood, hang, missing, orphan]
			    pid: host
			    capabilities: [all]
			    binds: ["/:/host"]
			    command: ["/bin/sh", "-c", "exec >/host/dev/console 2>&1; b=/bin/busybox; s='/bin/busybox chroot /host /usr/bin/service';
			      until $s status hang | $b grep failed; do $b sleep 0.3; done; $s ls;
			      echo processes of the bomb: $($b cat /host/sys/fs/cgroup/bomb/pids.current); $s stop bomb; $s stop flood;
			      echo groups: $(cd /host/sys/fs/cgroup; $b ls -d bomb flood hang missing orphan 2>/dev/null);
			      echo mounts: $($b grep -E ' /containers/services/(bomb|flood|hang|missing|orphan)/' /proc/1/mounts); $b rm /host/var/log/flood.out.log; $s start flood; echo all-seen; $b sleep 1000"]
		EOF2
	} >l.yml
	kitbuild build l.yml
	machine_start l
	machine_until "all-seen" 200
	tr -d '\r' <"$MACHINE_LOG" >plain
	MACHINE_LOG=$PWD/plain
	for row in 'bomb +ready +pid [0-9]+' 'flood +ready +pid [0-9]+' \
		'hang +failed +\(healthcheck failed 2 times in a row\)' \
		'missing +failed +\(.*/bin/nothing: No such file or directory\)' \
		'orphan +done +\(exit status 0\)'; do
		says "^$row\$"
	done
	says "service: flood: write /var/log/flood.out.log: No space left on device; its log is lost for now"
	says "^processes of the bomb: ([1-9]|[12][0-9]|30)\$"
	says "service: bomb: stopped"
	says "^groups:\$"
	says "^mounts:\$"
	says "service: hang: healthcheck failed 2 times in a row; stopping it"
	says "service: 1 of 6 services failed: missing"
	machine_power_button
	machine_end 60
	assert_equal "$MACHINE_STATUS" 0
}
