#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The supervisor of services dies: process 1 starts it again, and it goes on
# with what runs.

load ../lib/kitbuild
load ../lib/guest

# A runtime lets nobody at the console and the disk who does not ask for them.
DEVICES='resources: {devices: [{allow: true, type: c, major: 5, minor: 1, access: rw}, {allow: true, type: b, access: rwm}]}'

# murder RUNTIME: services, and one outside their supervisor's care that kills
# it twice, then once too often.
murder() {
	disk_head "$1"
	sed "s|RUNTIME|$1|" <<-'EOF2'
		services:
		  - name: asks
		    image: "@pkg:box"
		    after: [crash, keeps, waits]
		    pid: host
		    capabilities: [all]
		    binds: ["/:/host"]
		    RUNTIME
		    command: ["/bin/sh", "/host/murder.sh"]
		  - name: brief
		    image: "@pkg:box"
		    RUNTIME
		    pid: host
		    command: ["/bin/sh", "-c", "until busybox test -e /run/end; do busybox sleep 0.1; done; exit 0"]
		    binds: ["/run:/run"]
		    restart: {policy: on-failure}
		  - name: crash
		    image: "@pkg:box"
		    RUNTIME
		    command: ["/bin/sh", "-c", "trap 'exit 5' USR1; echo crash-begins; while :; do busybox sleep 0.1; done"]
		    restart: {policy: on-failure, delay: 100ms}
		  - name: keeps
		    image: "@pkg:box"
		    RUNTIME
		    binds: ["/var/data:/data"]
		    command: ["/bin/sh", "-c", "i=0; while :; do i=$((i+1)); echo beat $i; echo $i >/data/$((i%50)); busybox sync; busybox sleep 0.1; done"]
		  - name: waits
		    image: "@pkg:box"
		    RUNTIME
		    requires: [keeps]
		    stopTimeout: 2s
		    command: ["/bin/sh", "-c", "trap 'exit 0' TERM; while :; do busybox sleep 0.1; done"]
		files:
		  - path: murder.sh
		    contents: |
		      exec >/host/dev/console 2>&1
		      b=/bin/busybox
		      s="$b chroot /host /usr/bin/service"
		      victim() { $b head -n 1 /host/run/kitbuild/supervisor; }
		      pids() { $s -json ls | $b sed -n 's/.*"name":"\([a-z]*\)".*"pid":\([0-9]*\).*/\1=\2/p' | $b tr '\n' ' '; }
		      until $s timeline | $b grep -q settled; do $b sleep 0.2; done
		      echo "before: $(pids)"
		      v=$(victim); $b kill -SEGV $v
		      until [ "$(victim)" != $v ]; do $b sleep 0.02; done
		      echo "after: $(pids)"
		      $s ls
		      p=$($s -json status crash | $b sed 's/.*"pid":\([0-9]*\).*/\1/'); $b kill -USR1 $p
		      until $s status crash | $b grep -q 'ready.*restarts 1'; do $b sleep 0.1; done
		      $b touch /host/run/end
		      until $s status brief | $b grep done; do $b sleep 0.1; done
		      v=$(victim); $b kill -KILL $v; $s restart waits
		      n=$($s -n 1 logs keeps); until [ "$n" != "$($s -n 1 logs keeps)" ]; do $b sleep 0.2; done; echo "the log goes on"
		      $s ls
		      for i in 1 2 3 4 5; do
		        v=$(victim)
		        [ "$v" ] && $b kill -KILL $v
		        while [ "$v" ] && [ "$(victim 2>/dev/null)" = "$v" ]; do $b sleep 0.05; done
		      done
		      $b kill -0 $(echo "$(pids)" | $b sed 's/.*keeps=\([0-9]*\).*/\1/') 2>/dev/null
		      echo all-killed
		      $b sleep 1000
	EOF2
}

check_murder() {
	machine_until "all-killed" 200
	machine_text >plain
	says "init: supervisor \(pid [0-9]+\): killed by signal 11; restart 1 in 0 ms"
	says "service: supervisor: went on with 5 services"
	# All have the processes that they had.
	run -0 sed -n 's/^before: //p' plain
	assert_output --regexp 'brief=[1-9].* crash=[1-9].* keeps=[1-9].* waits=[1-9]'
	assert_equal "$(sed -n 's/^after: //p' plain)" "$output"
	says "service: crash: exit status 5; restart 1 in [0-9]+ ms"
	# One that ended well is known to have done so, though it was no child.
	says "^brief +done"
	never_says "service: brief: .*restart"
	says "init: supervisor \(pid [0-9]+\): killed by signal 9; restart 2 in 100 ms"
	says "service: waits: stopped|service: waits: started"
	says "^the log goes on"
	says "^crash +ready +pid [0-9]+ restarts 1"
	says "init: supervisor \(pid [0-9]+\): killed by signal 9; restarted 5 times in a row, services run on without it"
	machine_power_button
	machine_end 60
	assert_equal "$MACHINE_STATUS" 0
	assert_clean_disk
}

@test "services through containerd outlive their supervisor" {
	{ guest_head runc containerd; murder "$DEVICES"; } >c.yml
	kitbuild build c.yml
	data_disk
	machine_start c --disk data.img
	check_murder
}

@test "without containerd they do so, too" {
	{ guest_head runc; murder "$DEVICES"; } >r.yml
	kitbuild build r.yml
	data_disk
	machine_start r --disk data.img
	check_murder
}

@test "and so they do without any runtime" {
	{ guest_head; murder "runtime: {handler: none}"; } >n.yml
	kitbuild build n.yml
	data_disk
	machine_start n --disk data.img
	check_murder
}
