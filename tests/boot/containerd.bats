#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# containerd itself is supervised, and `service` asks the supervisor.

load ../lib/kitbuild
load ../lib/guest

@test "a killed containerd comes back, its services live on and obey" {
	{
		guest_head runc containerd
		disk_head "resources: {devices: [{allow: true, type: b, access: rwm}]}"
		cat <<-'EOF2'
			onshutdown:
			  - {name: show, image: "@pkg:box", binds: ["/:/host"], command: ["/bin/busybox", "cat", "/host/var/log/killer.out.log"]}
			services:
			  - name: brief
			    image: "@pkg:box"
			    restart: {policy: always, delay: 100ms}
			    command: ["/bin/sh", "-c", "busybox sleep 3; exit 9"]
			  - name: checked
			    image: "@pkg:box"
			    healthcheck: {command: ["/bin/busybox", "true"], interval: 200ms, timeout: 30s, retries: 1}
			    command: ["/bin/busybox", "sleep", "1000"]
			  - name: killer
			    image: "@pkg:box"
			    after: [brief, checked, steady]
			    pid: host
			    capabilities: [all]
			    binds: ["/:/host"]
			    command: ["/bin/sh", "-c", "b=/bin/busybox; exec 2>&1; echo has $($b tr '\\0' '\\n' </proc/$($b pidof containerd)/environ | $b grep GOGC); $b kill -9 $($b pidof containerd); $b sleep 6; $b chroot /host /usr/bin/service ls; $b chroot /host /usr/bin/service stop steady; $b chroot /host /usr/bin/service -json status steady; $b chroot /host /usr/bin/service start steady; $b chroot /host /usr/bin/service start nobody; $b rm /host/run/containerd/containerd.sock; $b chroot /host /usr/bin/service restart steady; $b chroot /host /usr/bin/service status checked; $b kill -USR2 1"]
			  - name: steady
			    image: "@pkg:box"
			    binds: ["/var/data:/data"]
		    command: ["/bin/sh", "-c", "trap 'exit 4' TERM; i=0; while :; do i=$((i+1)); echo $i >/data/$((i%50)); busybox sync; busybox sleep 0.2; done"]
		EOF2
	} >k.yml
	kitbuild build k.yml
	data_disk
	machine_start k --disk data.img
	machine_until "init: power off" 300
	says "service: containerd: ended: killed by signal 9"
	assert_equal "$(machine_text | grep -ac "service: containerd: ready")" 3
	says "service: brief: .*; restart 1"

	# Its collector of garbage runs less often than it would by itself.
	says "^has GOGC=200"
	# The killer's own words, shown on the way down.
	says "^steady +ready +pid"
	says "^service: steady: stopped"
	says '^.?"name":"steady","state":"stopped","engine":"containerd","pid":0,"restarts":0,"reason":"","exit":.?"status":4,"signal":0,"oom":false'
	says "^service: steady: started"
	says "^service: nobody: start failed: no such service"
	# A socket that is gone is a containerd that is gone: nobody is to blame.
	says "service: containerd: takes no connections"
	never_says "steady: .*(failed|restart 1)"
	# Nor is a service whose healthcheck could not be asked for.
	says "^checked +ready +pid [0-9]+ *.?\$"
	never_says "checked: healthcheck failed"
	never_says "clean up|stale|already exists"
	machine_end 60
	assert_equal "$MACHINE_STATUS" 0
	assert_clean_disk
}
