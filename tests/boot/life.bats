#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What may happen to services, to containers at boot and to the machine: a
# table of cases. Each has its state and its line; nothing stays behind, and the
# disk that was written to all the while is clean.

load ../lib/kitbuild
load ../lib/guest

CONSOLE='devices: [{allow: true, type: c, major: 5, minor: 1, access: rw}]'

# WHERE | NAME | KEYS of the manifest | its state afterwards | its line. The
# latter two are patterns; the state is what `service ls` prints behind the
# name. Signals come as such, or as a shim's exit status. "own" are cases of the
# launcher itself; "all" may go otherwise with each runtime.
#
# cases WHERE: those rows.
cases() {
	grep -E "^($1) " <<-'EOF2' | cut -d'|' -f2-
		all | crash | restart: {policy: on-failure, limit: 2, delay: 100ms}, command: [/bin/sh, -c, exit 3] | failed +restarts 2 \(exit status 3; restarted 2 times in a row\) | crash: exit status 3; restart 2 in [0-9]+ ms
		all | killed | pid: host, restart: {policy: on-failure, limit: 1, delay: 100ms}, command: [/bin/sh, -c, kill -9 $$] | failed +restarts 1 \((killed by signal 9\|exit status 137); restarted 1 times in a row\) | killed: (killed by signal 9\|exit status 137); restart 1 in
		all | well | restart: {policy: on-failure}, command: [/bin/sh, -c, exit 0] | done +\(exit status 0\) | well: done
		own | again | restart: {policy: always, delay: 10m, maxDelay: 10m}, command: [/bin/sh, -c, exit 0] | backoff +restarts 1 \(exit status 0\) | again: exit status 0; restart 1 in
		all | slow | readiness: {fd: 3, timeout: 600s}, command: [/bin/sh, -c, busybox sleep 2; echo >&3; exec busybox sleep 1000] | ready +pid [0-9]+ | slow: ready
		all | tooslow | readiness: {command: [/bin/busybox, "false"], timeout: 1s}, command: [/bin/busybox, sleep, "1000"] | failed +\(not ready within 1000 ms\) | tooslow: not ready within 1000 ms; stopping it
		own | lost | requires: [tooslow], command: [/bin/busybox, sleep, "1000"] | failed +\(requires tooslow, which has failed\) | lost: failed: requires tooslow, which has failed
		all | hang | healthcheck: {command: [/bin/busybox, sleep, "100"], interval: 500ms, timeout: 500ms, retries: 2}, command: [/bin/busybox, sleep, "1000"] | failed +\(healthcheck failed 2 times in a row\) | hang: healthcheck failed 2 times in a row; stopping it
		all | bomb | resources: {pids: {limit: 30}, cpu: {quota: 20000, period: 100000}}, command: [/bin/sh, -c, "b() { b \| b & }; b 2>/dev/null & exec busybox sleep 1000"] | ready +pid [0-9]+ | bomb: started
		all | oom | resources: {memory: {limit: 16777216}}, command: [/bin/busybox, dd, if=/dev/zero, of=/dev/null, bs=64M, count=1] | failed +\((killed by signal 9\|exit status 137) \(out of memory\)\) | oom: failed: .*out of memory
		all | missing | command: [/bin/nothing] | failed +\(.*/bin/nothing.*\) | missing: failed: .*/bin/nothing
		own | circle | command: [/bin/busybox, "true"] | failed +\(.*square.*\) | circle: failed
		own | square | command: [/bin/busybox, "true"] | failed +\(.*circle.*\) | square: failed
		own | broken | command: [/bin/busybox, "true"] | failed +\(runtime.json: .*\) | broken: failed: runtime.json
		all | orphan | pid: host, command: [/bin/sh, -c, busybox sleep 4321 & exit 0] | done +\(exit status 0\) | orphan: done
		own | flood | command: [/bin/sh, -c, "busybox dd if=/dev/zero bs=64k count=100 2>/dev/null; exec busybox sleep 1000"] | ready +pid [0-9]+ | flood: write /var/log/flood.out.log: No space left on device; its log is lost for now
		all | stubborn | stopTimeout: 500ms, command: [/bin/sh, -c, "trap : TERM; while :; do busybox sleep 0.1; done"] | stopped | stubborn: still there after 500 ms, killing it
		own | db | command: [/bin/sh, -c, "trap 'exit 0' TERM; while :; do busybox sleep 0.1; done"] | stopped | db: stopped
		own | web | requires: [db], command: [/bin/sh, -c, "trap 'busybox sleep 1; exit 0' TERM; while :; do busybox sleep 0.1; done"] | waiting +\(waits for db\) | web: waiting
		all | struck | restart: {policy: on-failure, delay: 100ms}, command: [/bin/busybox, sleep, "1000"] | ready +pid [0-9]+ restarts 1 | struck: (killed by signal 9\|exit status 137); restart 1 in
	EOF2
}

# table RUNTIME WHERE: the services of the cases, one that writes to the disk, and
# one that asks for what became of them.
table() {
	local name keys where=$2
	echo "services:"
	while IFS='|' read -r name keys; do
		echo "  - {name: ${name// /}, image: \"@pkg:box\", ${1:+$1, }$keys}"
	done < <(cases "$where" | sed 's/\\|/\x01/g' | cut -d'|' -f1,2 | sed 's/\x01/|/g; s/ | / |/')
	sed "s|RUNTIME|${1:-resources: {$CONSOLE\}}|" <<-'EOF2'
		  - name: watch
		    image: "@pkg:box"
		    RUNTIME
		    pid: host
		    capabilities: [all]
		    binds: ["/:/host"]
		    after: [crash, killed, well, slow, tooslow, hang, bomb, oom, missing, orphan, stubborn, struck]
		    command: ["/bin/sh", "/host/watch.sh"]
		  - name: writer
		    image: "@pkg:box"
		    RUNTIME
		    binds: ["/var/data:/data"]
		    command: ["/bin/sh", "-c", "i=0; while :; do i=$((i+1)); echo $i >/data/$((i%50)); busybox sync; done"]
	EOF2
}

# files WHERE: what makes some cases what they are, and the questions.
files() {
	echo "files:"
	[ "$1" = all ] || cat <<-'EOF2'
		  - {path: containers/services/circle/runtime.json, contents: '{"kitbuild": {"after": ["square"]}}'}
		  - {path: containers/services/square/runtime.json, contents: '{"kitbuild": {"after": ["circle"]}}'}
		  - {path: containers/services/broken/runtime.json, contents: '{"kitbuild": {"restart": 7}}'}
	EOF2
	cat <<-'EOF2'
		  - path: watch.sh
		    contents: |
		      exec >/host/dev/console 2>&1
		      b=/bin/busybox
		      s="$b chroot /host /usr/bin/service"
		      until $s timeline | $b grep -q settled; do $b sleep 0.2; done
		      for row in crash:failed killed:failed slow:ready tooslow:failed hang:failed oom:failed; do
		        until $s status ${row%:*} | $b grep -q " ${row#*:} "; do $b sleep 0.3; done
		      done
		      $b kill -9 $($s -json status struck | $b sed 's/.*"pid":\([0-9]*\).*/\1/')
		      until $s status struck | $b grep -q 'ready.*restarts 1'; do $b sleep 0.2; done
		      $s stop stubborn; $s stop db
		      $s ls
		      for g in /host/sys/fs/cgroup/bomb /host/sys/fs/cgroup/*/bomb; do [ -e $g ] && echo processes of the bomb: $($b cat $g/pids.current); done
		      $s stop bomb; $s stop flood
		      echo left groups: $($b find /host/sys/fs/cgroup -type d | $b grep -E '/(crash|killed|well|tooslow|lost|hang|bomb|oom|missing|orphan|flood|stubborn|db)$')
		      echo left mounts: $($b grep -E ' /containers/services/(crash|killed|well|tooslow|lost|hang|bomb|oom|missing|orphan|flood|stubborn|db)/' /proc/1/mounts)
		      echo left processes: $($b grep -l '4[3]21' /proc/[0-9]*/cmdline)
		      echo scores: $($b cat /proc/$($b head -n 1 /host/run/kitbuild/supervisor)/oom_score_adj /proc/self/oom_score_adj)
		      until [ "$($b ls /host/var/data | $b grep -c '^[0-9]')" -ge 50 ]; do $b sleep 0.3; done
		      echo written files: $($b ls /host/var/data | $b grep -c '^[0-9]') $($b head -n 3 /host/var/log/writer.log)
		      echo all-seen
		      $b sleep 1000
	EOF2
}

# check_cases WHERE: the state and the line of each.
check_cases() {
	local name state line where=$1
	machine_until "all-seen" 280
	while IFS='|' read -r name state line; do
		says "^${name// /} +$(tr '\001' '|' <<<"$state" | sed 's/^ *//; s/ *$//') *\$"
		[ "${name// /}" = web ] || says "service: $(tr '\001' '|' <<<"$line" | sed 's/^ *//; s/ *$//')"
	done < <(cases "$where" | sed 's/\\|/\x01/g' | cut -d'|' -f1,3,4)
	says "^processes of the bomb: ([1-9]|[12][0-9]|30)\$"
	says "^left groups:\$"
	says "^left mounts:\$"
	says "^left processes:\$"
	# When memory is short the supervisor goes last; a shim has one point more.
	says "^scores: -900 [01]\$"
	says "^written files: 50\$"
	machine_power_button
	machine_end 100
	assert_equal "$MACHINE_STATUS" 0
	assert_clean_disk
}

# play WHERE RUNTIME PACKAGE...
play() {
	local where=$1 runtime=$2
	shift 2
	{
		guest_head "$@" | sed "s|console=ttyS0 |&kit.var_size=4m kit.log_size=16m |"
		disk_head "${runtime:-resources: {devices: [{allow: true, type: b, access: rwm\}]\}}"
		table "$runtime" "$where"
		files "$where"
	} >life.yml
	kitbuild build life.yml
	data_disk
	machine_start life --disk data.img
	check_cases "$where"
}

@test "20 cases of services have their states and lines, without any runtime" {
	play "all|own" "runtime: {handler: none}"
}

@test "12 of them are the same through runc" {
	play all "" runc
}

@test "12 of them are the same through containerd" {
	play all "" runc containerd
}

# stage WORDS [PACKAGE...] <MANIFEST: stage.yml, with the disk and the rest.
stage() {
	local words=$1
	shift
	{
		guest_head "$@" | sed "s|console=ttyS0 |&$words |"
		disk_head "runtime: {handler: none}"
		cat
		cat <<-'EOF2'
			  - {path: bin/busybox, source: box/busybox, mode: "0755"}
			  - {path: bin/sh, symlink: busybox}
		EOF2
	} >stage.yml
}

stage_start() {
	kitbuild build stage.yml
	data_disk
	machine_start stage --disk data.img
}

writer() {
	cat <<-'EOF2'
		services:
		  - {name: writer, image: "@pkg:box", runtime: {handler: none}, binds: ["/var/data:/data"], command: ["/bin/sh", "-c", "i=0; while :; do i=$((i+1)); echo $i >/data/$((i%50)); busybox sync; done"]}
	EOF2
}

# The button works from two seconds on; each press is answered at once.
press_when() {
	machine_until "$1" 120
	machine_until "Power Button as" 60
	sleep 1
	machine_power_button
}

assert_off() {
	machine_end 60
	assert_equal "$MACHINE_STATUS" 0
	says "init: power off"
	never_says "Kernel panic|cannot be killed"
}

@test "power-off is answered before anything was started" {
	{ writer; echo "files:"; } | stage "kit.debug=shell"
	stage_start
	press_when "init: kit.debug=shell: /bin/sh"
	assert_off
	never_says "service: "
}

@test "a failed container gives a shell and the boot goes on; power-off ends one that hangs" {
	{
		cat <<-'EOF2'
			  - {name: bad, image: "@pkg:box", runtime: {handler: none}, onfail: shell, command: ["/bin/sh", "-c", "exit 7"]}
			  - {name: ill, image: "@pkg:box", runtime: {handler: none}, onfail: continue, command: ["/bin/sh", "-c", "exit 8"]}
			  - {name: hang, image: "@pkg:box", runtime: {handler: none}, binds: ["/var/data:/data"], command: ["/bin/sh", "-c", "echo 1 >/data/1; exec busybox sleep 1000"]}
		EOF2
		writer
		echo "files:"
	} | stage ""
	stage_start
	machine_until "service: onboot: 001-bad: onfail is shell" 120
	machine_ask 'echo i-"am" $((6*7)) $(busybox id -u)' "i-am 42 0" 60
	never_says "002-ill"
	machine_type 'exit'
	press_when "service: onboot: 003-hang: started"
	assert_off
	says "service: onboot: 001-bad: failed: exit status 7"
	says "service: onboot: 002-ill: failed: exit status 8"
	never_says "service: writer"
	assert_clean_disk
}

@test "power-off does not wait for a containerd that never answers" {
	{
		writer
		cat <<-'EOF2'
			files:
			  - {path: etc/init.d/020-containerd, symlink: ../../usr/bin/service}
			  - {path: usr/bin/containerd, mode: "0755", contents: "#!/bin/sh\nexec busybox sleep 1000\n"}
		EOF2
	} | stage ""
	stage_start
	press_when "service: writer: started"
	assert_off
	never_says "containerd: ready"
	assert_clean_disk
}

@test "power-off does not wait for services that are being started" {
	{
		writer
		cat <<-'EOF2'
			  - {name: never, image: "@pkg:box", runtime: {handler: none}, readiness: {command: ["/bin/busybox", "false"], timeout: 300s}, command: ["/bin/busybox", "sleep", "1000"]}
			  - {name: after, image: "@pkg:box", runtime: {handler: none}, after: [never], command: ["/bin/busybox", "sleep", "1000"]}
			  - {name: stuck, image: "@pkg:box", runtime: {handler: hangs}, stopTimeout: 1s, command: ["/bin/busybox", "true"]}
			files:
			  - {path: usr/bin/hangs, mode: "0755", contents: "#!/bin/sh\ncase \"$*\" in *create*) busybox sleep 1000 ;; esac\n"}
		EOF2
	} | stage ""
	stage_start
	press_when "service: never: started"
	assert_off
	says "service: writer: stopped"
	says "service: never: stopped"
	never_says "service: after: started"
	# Nor for a runtime that hangs.
	says "service: stuck: still being started after 1000 ms, giving up"
	says "service: stuck: stopped"
	assert_clean_disk
}

@test "a second press ends the waiting for a service that does not stop" {
	{
		writer
		cat <<-'EOF2'
			  - {name: stubborn, image: "@pkg:box", runtime: {handler: none}, stopTimeout: 300s, command: ["/bin/sh", "-c", "trap : TERM; while :; do busybox sleep 0.1; done"]}
			files:
		EOF2
	} | stage ""
	stage_start
	press_when "init: boot complete"
	machine_until "service: writer: stopped" 60
	# At first it is not heard: hosts press it until they see an effect.
	machine_power_button
	sleep 12
	never_says "cut short"
	machine_power_button
	assert_off
	says "init: shutdown scripts cut short"
	assert_clean_disk
}

# assassin HOW: told to stop, it kills the supervisor that told it.
assassin() {
	sed "s|HOW|$1|" <<-'EOF2'
		services:
		  - {name: writer, image: "@pkg:box", runtime: {handler: none}, binds: ["/var/data:/data"], command: ["/bin/sh", "-c", "i=0; while :; do i=$((i+1)); echo $i >/data/$((i%50)); busybox sync; done"]}
		  - name: assassin
		    image: "@pkg:box"
		    after: [writer]
		    runtime: {handler: none}
		    pid: host
		    capabilities: [all]
		    binds: ["/run:/run"]
		    stopTimeout: 300s
		    command: ["/bin/sh", "-c", "strike() { busybox kill -9 $(busybox head -n 1 /run/kitbuild/supervisor); }; trap 'HOW' TERM; while :; do busybox sleep 0.1; done"]
		files:
	EOF2
}

@test "a supervisor that dies on the way down is started again, and ends what it had begun" {
	assassin "strike; exit 0" | stage ""
	stage_start
	press_when "init: boot complete"
	assert_off
	says "init: supervisor .pid [0-9]+.: killed by signal 9; restart 1 in"
	says "service: supervisor: went on with 2 services"
	says "service: writer: stopped"
	never_says "020-services: exit status|cut short|killing what is left"
	assert_clean_disk
}

@test "one that dies again and again does not keep the machine from going off" {
	assassin "while :; do strike 2>/dev/null; busybox sleep 0.05; done" | stage ""
	stage_start
	press_when "init: boot complete"
	assert_off
	says "init: supervisor .pid [0-9]+.: killed by signal 9; restarted 5 times in a row, services run on without it"
	says "init: killing what is left"
	assert_clean_disk
}
