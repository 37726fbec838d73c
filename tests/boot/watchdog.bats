#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The watchdog: fed as long as process 1 comes round, and not longer.

load ../lib/kitbuild
load ../lib/guest

# The second boot, which finds no mark on the console, does not freeze it.
@test "a machine whose process 1 hangs is reset, and one that powers off is not" {
	{
		guest_head | sed "s|console=ttyS0 |&kit.watchdog=12 |"
		cat <<-'EOF2'
			services:
			  - name: ice
			    image: "@pkg:box"
			    runtime: {handler: none}
			    pid: host
			    capabilities: [all]
			    binds: ["/:/host"]
			    command: ["/bin/sh", "-c", "exec >/host/dev/console 2>&1; d=/host/sys/class/watchdog/watchdog0;
			      for f in identity state timeout; do echo watchdog $f: $(busybox cat $d/$f); done; echo looked;
			      read freeze </host/dev/console; [ \"$freeze\" = freeze ] || busybox sleep 1000;
			      busybox mkdir /host/sys/fs/cgroup/ice1; echo 1 >/host/sys/fs/cgroup/ice1/cgroup.procs; echo 1 >/host/sys/fs/cgroup/ice1/cgroup.freeze; echo frozen; busybox sleep 1000"]
		EOF2
	} >w.yml
	kitbuild build w.yml
	machine_start w
	machine_until "looked" 200
	says "init: watchdog: Software Watchdog, resets the machine after 12 s"
	says "^watchdog identity: Software Watchdog"
	says "^watchdog state: active"
	says "^watchdog timeout: 12"
	# It is fed: its time is over twice since it was armed.
	sleep 25
	never_says "Initiating system reboot"
	machine_type freeze
	machine_until "softdog: Initiating system reboot" 60
	# The same machine boots again.
	: >"$MACHINE_LOG"
	machine_until "looked" 200
	machine_power_button
	machine_end 60
	assert_equal "$MACHINE_STATUS" 0
	says "init: watchdog: inactive"
	never_says "did not stop"
	says "init: power off"
}
