#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Every hypervisor from start to power-off. Those that cannot run here have a
# stand-in, which reads their arguments and boots the same machine in QEMU.

load ../lib/kitbuild
load ../lib/guest

setup_file() {
	export KITBUILD_CACHE=$ROOT/build/cache
	export GUEST=$BATS_FILE_TMPDIR
	cd "$GUEST"
	guest_box
	{
		guest_head
		cat <<-'EOF2'
			services:
			  - name: job
			    image: "@pkg:box"
			    runtime: {handler: none}
			    binds: ["/:/host"]
			    command: ["/bin/sh", "-c", "echo the job is up >/host/dev/console; busybox sleep 1; exit 7"]
		EOF2
	} >g.yml
	"$KITBUILD" build -f kernel+initrd,raw,vmdk,iso g.yml
}

setup() {
	export STANDIN_HOME=$BATS_TEST_TMPDIR
	export TMPDIR=$BATS_TEST_TMPDIR
	PATH=$ROOT/tests/lib/standins:$PATH
	cd "$BATS_TEST_TMPDIR"
	ln -s "$GUEST"/g-* "$GUEST"/g.* .
}

# up HYPERVISOR OPTION...: it starts, shows the job's line, and powers off.
up() {
	run -0 timeout 500 "$KITBUILD" run "$@" --mem 512 --expect "the job is up" --timeout 450 </dev/null
	refute_output --partial "did not power off"
	nothing_left
}

# No process, no socket; nothing in the state folder but what is to stay.
nothing_left() {
	assert_none_runs "qemu-system|tests/lib/standins|kitbuild run"
	run find . -type s
	assert_output ""
	run find . -name '*.pid' -o -name pid
	assert_output ""
}

@test "vz starts kernel and initrd, its console the virtio console" {
	up vz --net none g
}

@test "hyperkit starts kernel and initrd, in spite of a stale file" {
	mkdir g-state
	echo 1 >g-state/hyperkit.pid
	up hyperkit --publish 8080:80 g
	run -0 cat exposed
	assert_output '{"local":"127.0.0.1:8080","remote":"192.168.127.2:80","protocol":"tcp"}'
}

@test "hyperkit's console may be a terminal for others" {
	timeout 500 "$KITBUILD" run hyperkit --mem 512 --net none --console-file g </dev/null >said 2>&1 3>&- &
	local run=$! i
	for ((i = 0; i < 1200; i++)); do
		[ ! -e g-state/tty ] || break
		sleep 0.1
	done
	# What came before it was opened is lost.
	run -0 timeout 300 grep -aE -m1 "init: |service: |the job is up" <g-state/tty
	kill -TERM "$run"
	wait "$run" || { cat said && return 1; }
	run -1 grep -aE "Linux version|init: |the job is up" said
	[ ! -L g-state/tty ]
	nothing_left
}

@test "firecracker starts the kernel that was inside, and ends by a reboot" {
	up firecracker g
	run -0 od -An -c -N4 g-state/vmlinux
	assert_output --partial "E   L   F"
}

@test "cloud-hypervisor starts kernel and initrd" {
	up cloud-hypervisor g
}

@test "crosvm starts kernel and initrd" {
	up crosvm g
}

@test "vbox starts a disk, and nothing of it stays registered" {
	cp --remove-destination "$GUEST/g.vmdk" .
	up vbox --disk size=10M,format=vdi g.vmdk
	run -1 compgen -G '*.json'
	[ -f g.vmdk ] && [ -f g.vmdk-state/disk.vdi ]
}

@test "vmware starts a CD" {
	up vmware g.iso
}

@test "the status of a service is that of the run, on any hypervisor" {
	run -7 timeout 500 "$KITBUILD" run cloud-hypervisor --mem 512 --exit-with job --timeout 450 g </dev/null
	nothing_left
}

@test "a hypervisor that is killed leaves nothing behind, and is told" {
	timeout 500 "$KITBUILD" run crosvm --mem 512 g </dev/null >console 2>messages 3>&- &
	local run=$! i
	for ((i = 0; i < 1200; i++)); do
		! grep -aqs "Linux version" console || break
		sleep 0.1
	done
	kill -KILL "$(pgrep -f "$ROOT/tests/lib/standins/crosvm run")"
	local ended=0
	wait "$run" || ended=$?
	assert_equal "$ended" 1
	run -0 cat messages
	assert_output --partial "crosvm was killed by signal 9"
	rm -r standin-* # what a kill left is the stand-in's own
	nothing_left
}

@test "what a stand-in does not know is refused: they prove something" {
	run -64 vfkit --cpus 1 --memory 1 --magic
	run -64 crosvm run --magic
	run -64 cloud-hypervisor --magic x
	run -64 VBoxManage modifyvm x --magic
	run -64 vmrun -T ws start x.vmx magic
	run -64 gvproxy --magic
}
