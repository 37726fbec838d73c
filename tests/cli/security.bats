#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The safe set and system call filters, as a built image holds them and as runc
# takes them; bundles that share an image.

load ../lib/kitbuild
load ../lib/images
bats_require_minimum_version 1.5.0

setup_file() {
	export KITBUILD_CACHE="$BATS_FILE_TMPDIR/cache"
	put_image test/web:1 --config '{"Entrypoint": ["/bin/web"]}' <<-EOF
		file bin/web 0755 web
	EOF
	put_image test/lab:1 --config '{"Cmd": ["/bin/lab"], "Labels":
		{"org.mobyproject.config": "{\"readonly\": true}"}}' <<-EOF
		file bin/lab 0755 lab
	EOF
}

setup() {
	export KITBUILD_CACHE="$BATS_FILE_TMPDIR/cache"
	cd "$BATS_TEST_TMPDIR"
}

in_tar() {
	tar --warning=no-unknown-keyword --to-stdout -xf "$1" "$2"
}

names_in() {
	tar --warning=no-unknown-keyword -tf "$1"
}

@test "entries that share an image share its directory" {
	manifest lab.yml <<-EOF
		onboot:
		  - {name: lab, image: test/lab:1}
		  - {name: lab2, image: test/lab:1, readonly: false}
	EOF
	build -f tar lab.yml
	run -0 cmp <(in_tar lab.tar containers/onboot/001-lab2/runtime.json) \
		"$ROOT/tests/golden/lab2-runtime.json"
	run -0 names_in lab.tar
	assert_line containers/onboot/000-lab/rootfs/bin/lab
	assert_line containers/onboot/001-lab2/rootfs
	assert_line containers/onboot/001-lab2/tmp
	refute_output --partial lower

	manifest lab.yml <<-EOF
		onboot:
		  - {name: lab, image: test/lab:1, readonly: false}
		  - {name: lab2, image: test/lab:1}
	EOF
	build -f tar lab.yml
	run -0 cmp <(in_tar lab.tar containers/onboot/001-lab2/runtime.json) \
		"$ROOT/tests/golden/lab2-readonly-runtime.json"
	run -0 names_in lab.tar
	assert_line containers/onboot/000-lab/lower/bin/lab
	assert_line containers/onboot/001-lab2/rootfs
	refute_line containers/onboot/001-lab2/rootfs/bin/lab
}

@test "a hardened service differs from LinuxKit's in its specs only" {
	manifest plain.yml <<-EOF
		services:
		  - {name: web, image: test/web:1}
	EOF
	{
		cat plain.yml
		echo "security: hardened"
	} >hardened.yml
	build -f tar hardened.yml
	build -f tar plain.yml
	run -0 diff <(names_in plain.tar) <(names_in hardened.tar)
	run -0 cmp <(in_tar plain.tar containers/services/web/runtime.json) \
		<(in_tar hardened.tar containers/services/web/runtime.json)
	run -0 jq -c '[.linux.seccomp, .linux.maskedPaths, .process.noNewPrivileges,
		.root.readonly]' <(in_tar plain.tar containers/services/web/config.json)
	assert_output '[null,null,null,null]'
	run -0 jq -c '[(.linux.seccomp.syscalls | length > 10),
		(.linux.maskedPaths | length > 10), .process.noNewPrivileges,
		.root.readonly]' <(in_tar hardened.tar containers/services/web/config.json)
	assert_output '[true,true,true,true]'
}

@test "the manual tells the safe set as it is" {
	manifest m.yml <<-EOF
		security: hardened
		services: [{name: web, image: test/web:1}]
	EOF
	build -f tar m.yml
	kitbuild build --print-reference >manual.md
	run -0 jq -r '.linux | .maskedPaths[], .readonlyPaths[], .resources.pids.limit' \
		<(in_tar m.tar containers/services/web/config.json)
	assert_equal "${#lines[@]}" 20
	for word in "${lines[@]}"; do
		run -0 grep -E "[ \`]${word}[,\` ]" manual.md
	done
}

@test "a profile is looked for beside its manifest, and a wrong one is told" {
	mkdir conf
	echo '{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrno": "EACCES",
		"syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW"}]}' >conf/web.json
	echo 'services: [{name: web, image: test/web:1, seccomp: web.json}]' |
		manifest conf/web.yml
	build -f tar conf/web.yml
	run -0 jq -c .linux.seccomp <(in_tar web.tar containers/services/web/config.json)
	assert_output '{"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":13,"syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW"}]}'

	echo '{"defaultAction": "SCMP_ACT_ERRNO", "syscals": []}' >conf/web.json
	run -2 build --dry-run conf/web.yml
	assert_output "kitbuild: conf/web.yml:1:52: web.json: the profile has an unknown member 'syscals'"
	echo '{"defaultAction": }' >conf/web.json
	run -2 build -f tar conf/web.yml
	assert_output --partial "kitbuild: conf/web.yml:1:52: web.json:1:"
	head -c 2000000 /dev/zero | tr '\0' ' ' >conf/web.json
	run -2 build -f tar conf/web.yml
	assert_output --partial "kitbuild: conf/web.yml:1:52: "
}

@test "the filter of an entry follows the architecture of the build" {
	manifest web.yml <<-EOF
		services: [{name: web, image: "@pkg:package", seccomp: default}]
	EOF
	mkdir package
	printf 'image: tool\narches: [amd64, arm64, riscv64]\ncontents: {files: [{path: x, contents: x}]}\n' \
		>package/build.yml
	for arch in amd64:X86_64 arm64:AARCH64 riscv64:RISCV64; do
		run -0 "$KITBUILD" -q --offline build --arch "${arch%:*}" -f tar web.yml
		run -0 jq -r '.linux.seccomp.architectures[0]' \
			<(in_tar web.tar containers/services/web/config.json)
		assert_output "SCMP_ARCH_${arch#*:}"
	done
}

# Its exit status is the container's, if there was one.
runc_bundle() {
	runc --root "$PWD/state" run --bundle bundle "$1-$$" </dev/null
}

@test "runc runs a hardened container, which is as hard as it says" {
	put_image test/busybox:1 <<-EOF
		file bin/sh 0755 x
	EOF
	cat >m.yml <<-'EOF'
		security: hardened
		services:
		  - name: box
		    image: test/busybox:1
		    command: [/bin/busybox, sh, -c, "cd /bin; ./busybox grep -E '^(NoNewPrivs|Seccomp|CapInh|CapBnd):' /proc/self/status;
		      ./busybox touch /x; ./busybox touch /tmp/x && ./busybox echo tmp is writable;
		      ./busybox echo 1 >/proc/sys/kernel/domainname; exit 7"]
	EOF
	build -f tar m.yml
	mkdir -p bundle/rootfs/bin
	cp "$(command -v busybox)" bundle/rootfs/bin/busybox
	# The system around the container is this machine, not one of ours.
	in_tar m.tar containers/services/box/config.json |
		jq '.linux.resources = {} |
		.mounts |= map(select(.destination != "/sys/fs/cgroup"))' >hardened.json
	# The same without what hardens it says whether containers run here at all.
	jq 'del(.linux.seccomp, .linux.maskedPaths, .linux.readonlyPaths,
		.process.noNewPrivileges, .root.readonly)' hardened.json >bundle/config.json
	runc_status=0
	runc_bundle plain >plain.out 2>&1 || runc_status=$?
	[ "$runc_status" -eq 7 ] || skip "this machine runs no containers"
	run -0 grep "^NoNewPrivs:.0$" plain.out

	cp hardened.json bundle/config.json
	runc_status=0
	runc_bundle hardened >hardened.out 2>errors.out || runc_status=$?
	assert_equal "$runc_status" 7
	run -0 cat hardened.out errors.out
	assert_line --regexp '^CapInh:.0000000000000000$'
	assert_line --regexp '^CapBnd:.0000000000000000$'
	assert_line --regexp '^NoNewPrivs:.1$'
	assert_line --regexp '^Seccomp:.2$'
	assert_line "touch: /x: Read-only file system"
	assert_line "tmp is writable"
	assert_line --partial "domainname: Read-only file system"
}
