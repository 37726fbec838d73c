#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# linuxkit.yml, from the manifest to a page fetched from the running service.

load ../lib/kitbuild
load ../lib/machine

setup_file() {
	# The packages of the example, built once for all boots.
	export KITBUILD_CACHE=$ROOT/build/cache
	export IMAGE=$BATS_FILE_TMPDIR/linuxkit
	"$KITBUILD" build --dir "$BATS_FILE_TMPDIR" "$ROOT/linuxkit.yml"
}

setup() {
	export TMPDIR=$BATS_TEST_TMPDIR/tmp
	mkdir "$TMPDIR"
	MACHINE_PID=
}

teardown() {
	machine_kill
}

@test "nginx answers through the published port and SIGTERM powers off cleanly" {
	port=$(free_port)
	machine_start "$IMAGE" --publish "$port:80"
	machine_until "service: all 2 services started" 240
	run -0 curl -fsS --max-time 30 --retry 5 --retry-all-errors "http://127.0.0.1:$port/"
	assert_output --partial "Welcome to nginx!"

	kill -TERM "$MACHINE_PID"
	machine_end 60
	assert_equal "$MACHINE_STATUS" 0
	run -0 grep -a "init: power off" "$MACHINE_LOG"
	run -1 grep -aE "segfault|Kernel panic|not syncing|BUG:|Oops" "$MACHINE_LOG"
	run -1 grep -aE "service: .*failed" "$MACHINE_LOG"

	# Nothing is left: no process with our paths, no temporary file.
	run -1 pgrep -f "$IMAGE"
	run -0 find "$TMPDIR" -mindepth 1
	assert_output ""
	run -1 grep -F "$BATS_FILE_TMPDIR" /proc/mounts
}

@test "the console gives a shell, and SIGUSR2 to PID 1 powers off" {
	# One processor: a guest with two emulated ones on a busy host once ended in
	# kernel traces instead. test_qemu.c proves what --cpus becomes.
	machine_start "$IMAGE" --mem 1024
	machine_until "service: all 2 services started" 240
	machine_ask 'echo answer-$((6*7))' "answer-42" 60

	# What the system promises, seen from inside.
	machine_type 'grep -c . /proc/1/root/proc/modules >/dev/null && echo modules-loaded'
	machine_until "modules-loaded" 30
	machine_type 'touch /proc/1/root/usr/x 2>&1 | grep -q "Read-only" && echo root-is-read-only'
	machine_until "root-is-read-only" 30
	machine_type 'echo "host is $(cat /proc/sys/kernel/hostname)"'
	machine_until "host is kitbuild" 30
	machine_type 'grep -q ^nameserver /etc/resolv.conf && echo dns-"is"-set'
	machine_until "dns-is-set" 30
	machine_type 'test $(cat /proc/sys/kernel/kptr_restrict) = 2 && echo sysctl-"is"-set'
	machine_until "sysctl-is-set" 30

	# What `security: hardened` promises of nginx.
	machine_type 'N=/proc/$(pidof nginx | sed "s/.* //")'
	machine_type 'grep -q "^Seccomp:.2" $N/status && grep -q "^NoNewPrivs:.1" $N/status && echo filter-"is"-set'
	machine_until "filter-is-set" 30
	machine_type 'touch $N/root/x 2>&1 | grep -q "Read-only" && test -c $N/root/proc/kcore && echo nginx-"is"-confined'
	machine_until "nginx-is-confined" 30
	machine_type 'grep -qx 2048 /sys/fs/cgroup$(cut -d: -f3 $N/cgroup)/pids.max && echo pids-"are"-limited'
	machine_until "pids-are-limited" 30

	machine_type 'kill -USR2 1'
	machine_end 60
	assert_equal "$MACHINE_STATUS" 0
	run -0 grep -a "init: power off" "$MACHINE_LOG"
}
