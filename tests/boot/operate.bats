#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Operating a running system: logs, commands inside services, words on the
# kernel command line.

load ../lib/kitbuild
load ../lib/guest

# cmdline WORDS: added to the kernel command line of the manifest on stdin.
cmdline() {
	sed "s|console=ttyS0 |&$1 |"
}

# desk RUNTIME: services that write and sleep, and one that asks `service`.
desk() {
	sed "s|RUNTIME|$1|" <<-'EOF2'
		services:
		  - name: asks
		    image: "@pkg:box"
		    after: [chatty, quiet]
		    pid: host
		    capabilities: [all]
		    binds: ["/:/host"]
		    RUNTIME
		    command: ["/bin/sh", "-c", "exec 2>&1; b=/bin/busybox; s='/bin/busybox chroot /host /usr/bin/service';
		      until $b grep -q written /host/var/log/chatty.log && $b grep -q line-8999 /host/var/log/chatty.out.log; do $b sleep 0.2; done;
		      $b ls -l /host/var/log/;
		      $s -n 2 logs chatty; echo end-of-logs; $s -n 1 logs quiet;
		      $s exec quiet /bin/sh -c 'echo from-inside $(busybox hostname) $(busybox id -u); busybox cat; exit 7' </host/etc/issue; echo exec-status $?;
		      $s exec nobody /bin/true; echo exec-status $?; $s exec chatty /bin/nothing; echo exec-status $?;
		      $s stop quiet; $s exec quiet /bin/true; echo exec-status $?; echo all-asked; $b sleep 1000"]
		  - name: chatty
		    image: "@pkg:box"
		    RUNTIME
		    command: ["/bin/sh", "-c", "i=0; while [ $i -lt 9000 ]; do echo line-$i; i=$((i+1)); done; echo all written >&2; busybox sleep 1000"]
		  - name: quiet
		    image: "@pkg:box"
		    uid: 1000
		    uts: new
		    hostname: silence
		    RUNTIME
		    command: ["/bin/sh", "-c", "echo hush; trap 'exit 0' TERM; while :; do busybox sleep 0.2; done"]
	EOF2
}

check_desk() {
	machine_until "all-asked" 200
	# What it wrote comes by the mirror: each line has time and name in front.
	machine_text | sed -E 's/^\[[^]]*\] asks: //' >plain
	MACHINE_LOG=$PWD/plain
	# 90 kB were written; a file and the one before it have 20 kB at most, and
	# what one read took.
	run -0 awk '/chatty.out.log/ {print $NF, $5 <= 20480 + 65536}' plain
	assert_line "chatty.out.log 1"
	assert_line "chatty.out.log.1 1"
	run -0 grep -A1 -x "line-8998" plain
	assert_line --index 1 "line-8999"
	says "^==> /var/log/chatty.log <=="
	says "^all written"
	says "^hush"
	says "chatty: line-8999"
	says "^from-inside silence 1000"
	run -0 grep exec-status plain
	assert_output "$(printf 'exec-status %s\n' 7 126 "$1" 126)"
	says "service: nobody: exec failed: no such service"
	says "service: quiet: exec failed: does not run"
}

@test "without any runtime, logs are bounded and mirrored, and exec runs inside" {
	{ guest_head; desk "runtime: {handler: none}"; } | cmdline "kit.log_size=20k kit.log_kmsg=1" >n.yml
	kitbuild build n.yml
	machine_start n
	check_desk 126
}

@test "with containerd the same holds" {
	{ guest_head runc containerd; desk ""; } | cmdline "kit.log_size=20k kit.log_kmsg=1" >c.yml
	kitbuild build c.yml
	machine_start c
	check_desk 255
}

@test "through runc alone the same holds" {
	{ guest_head runc; desk ""; } | cmdline "kit.log_size=20k kit.log_kmsg=1" >r.yml
	kitbuild build r.yml
	machine_start r
	check_desk 255
}

@test "a shell comes before all else, what is to be skipped is, and nothing is restarted; a collector gets all logs" {
	musl-gcc -std=gnu11 -D_GNU_SOURCE -Os -static -s "$ROOT/tests/guest/collector.c" -o collector
	{
		guest_head
		cat <<-'EOF2'
			onboot:
			  - {name: left-out, image: "@pkg:box", runtime: {handler: none}, command: ["/bin/busybox", "echo", "too far"]}
			  - {name: taken, image: "@pkg:box", runtime: {handler: none}, command: ["/bin/busybox", "echo", "went on"]}
			services:
			  - {name: brief, image: "@pkg:box", runtime: {handler: none}, restart: {policy: always}, command: ["/bin/busybox", "true"]}
			  - {name: later, image: "@pkg:box", runtime: {handler: none}, after: [skipped], command: ["/bin/sh", "-c", "echo handed over; exec busybox sleep 1000"]}
			  - name: shows
			    image: "@pkg:box"
			    runtime: {handler: none}
			    after: [later, brief]
			    pid: host
			    capabilities: [all]
			    binds: ["/:/host"]
			    command: ["/bin/sh", "-c", "exec >/host/dev/console 2>&1; s='/bin/busybox chroot /host /usr/bin/service';
			      until $s timeline | busybox grep complete; do busybox sleep 0.2; done; $s timeline; $s -json timeline; $s ls; $s start skipped; busybox dmesg | busybox grep -m 1 'init: module'; echo files of later: $(busybox ls /host/var/log | busybox grep -c later); echo all-shown; busybox sleep 1000"]
			  - {name: skipped, image: "@pkg:box", runtime: {handler: none}, command: ["/bin/busybox", "sleep", "1000"]}
			files:
			  - {path: bin/busybox, source: box/busybox, mode: "0755"}
			  - {path: bin/sh, symlink: busybox}
			  - {path: etc/init.d/002-logging, source: collector, mode: "0755"}
		EOF2
	} | cmdline "kit.debug=shell kit.skip=skipped,left-out kit.once kit.loglevel=7" >w.yml
	kitbuild build w.yml
	machine_start w
	machine_until "init: kit.debug=shell: /bin/sh; the boot goes on after exit" 200
	machine_ask 'busybox test -e /run/log || echo nothing-has-"run"-yet $((6*7))' "nothing-has-run-yet 42" 60
	never_says "service: "
	machine_type 'exit'
	machine_until "all-shown" 200
	says "service: onboot: 000-left-out: skipped by kit.skip"
	says "^went on"
	# What memlogd would get: its own names, and no file beside.
	says "^collected onboot.001-taken.out: went on"
	says "^collected later.out: handed over"
	says "^files of later: 0"
	never_says "too far"
	says "service: onboot: 1 of 1 done"
	says "service: brief: done"
	never_says "service: brief: .*restart"
	says "service: skipped: skipped by kit.skip"
	says "service: all 3 services started"
	says "^skipped +stopped"
	says "service: skipped: started"
	# The boot's steps, in order of time.
	for step in 'kernel +done' 'root +entered' 'init +mounts' '001-taken +started' '001-taken +done' \
		'later +starting' 'later +ready' 'brief +done' 'services +settled' 'init +complete'; do
		says "^ +[0-9]+ ms +[+][0-9]+  $step"
	done
	says '^[{]"ms":[0-9]+,"who":"001-taken","what":"done"[}]'
	says "service: times: 001-taken [0-9]+\.[0-9]{3}, .*brief [0-9.]+.* s"
	says "init: module .*: loaded"
	says "init: boot complete after [0-9.]+ s \(kernel [0-9.]+, .*shell [0-9.]+, .*012-onboot [0-9.]+, 030-services [0-9.]+\)"
	run -1 grep -aE "^ +[0-9]+ ms +[+]-" "$MACHINE_LOG"
	machine_power_button
	machine_end 60
	assert_equal "$MACHINE_STATUS" 0
}

@test "logs are objects, go to syslog, and are followed" {
	# The server comes once lines were lost for sure.
	{
		guest_head
		cat <<-'EOF2'
			services:
			  - {name: ticks, image: "@pkg:box", runtime: {handler: none}, command: ["/bin/sh", "-c", "i=0; while :; do i=$((i+1)); echo '\"tick\"' $i; busybox sleep 0.5; done"]}
			  - {name: syslogd, image: "@pkg:box", after: [ticks], runtime: {handler: none}, binds: ["/dev:/dev", "/:/host"], command: ["/bin/sh", "-c", "until busybox grep -q 'tick.* 2' /host/var/log/ticks.out.log; do busybox sleep 0.1; done; exec busybox syslogd -n -O /dev/console"]}
			  - name: follows
			    image: "@pkg:box"
			    runtime: {handler: none}
			    after: [syslogd]
			    pid: host
			    capabilities: [all]
			    binds: ["/:/host"]
			    command: ["/bin/sh", "-c", "exec >/host/dev/console 2>&1; busybox chroot /host /usr/bin/service -n 1 -f logs ticks | busybox head -n 8; echo all-followed; busybox sleep 1000"]
		EOF2
	} | cmdline "kit.log_format=json kit.log_syslog=/dev/log" >j.yml
	kitbuild build j.yml
	machine_start j
	machine_until "all-followed" 200
	machine_until "works again" 60
	machine_until ' ticks - - - "tick"' 60
	machine_text >plain
	says "service: syslog: .*; lines are lost for now"
	says "service: syslog: works again; [0-9]+ lines are lost"
	says ' daemon.info 1 [0-9T:.Z-]+ [^ ]+ ticks - - - "tick" [0-9]+$'
	# The lines that came while it was followed are objects, each the next.
	grep -ao '^{"time":.*}$' plain | jq -r 'select(.service == "ticks" and .stream == "stdout") | .msg' >messages
	run -0 awk '$1 != "\"tick\"" || (NR > 1 && $2 != n + 1) {print "not the next:", $0; bad = 1} {n = $2} END {exit bad || NR < 4}' messages
	assert_output ""
}
