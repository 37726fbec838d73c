#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What each hypervisor is told. tests/golden/run/NAME.cases has a line for each
# case: what is started, and options. NAME.golden holds the commands of the
# first case, and for the others the lines in which they differ, or why they are
# refused. UPDATE_GOLDEN=1 writes them anew, ONLY=NAME looks at one.

load ../lib/kitbuild

GOLDEN=$ROOT/tests/golden/run

# Media by their first bytes, and a state folder whose identity is known.
setup() {
	export KITBUILD_CACHE=$BATS_TEST_TMPDIR/cache
	cd "$BATS_TEST_TMPDIR" || return 1
	truncate -s 64K m-kernel m-initrd.img disk.img disk.qcow2 disk.vmdk \
		cd.iso uki.efi r-kernel r-squashfs.img "odd,name-kernel" \
		"odd,name-initrd.img" "odd,name.img" q-kernel q-initrd.img
	put_bytes m-kernel '\177ELF'
	put_bytes r-kernel '\177ELF'
	put_bytes odd,name-kernel '\177ELF'
	put_bytes q-kernel '\177ELF'
	put_bytes disk.qcow2 'QFI\xfb'
	put_bytes disk.vmdk 'KDMV'
	put_bytes uki.efi 'MZ'
	printf CD001 | dd of=cd.iso bs=1 seek=32769 conv=notrunc status=none
	echo 'console=ttyS0 a,b=c' | tee m-cmdline r-cmdline >odd,name-cmdline
	echo 'console=ttyS0 a="b c"' >q-cmdline
	truncate -s 1M FW_CODE.fd FW_VARS.fd fw.fd b.raw
	mkdir -p folder s
	echo 00112233-4455-8677-8899-aabbccddeeff >s/uuid
	echo 02:00:00:00:00:01 >s/mac-addr
}

# put_bytes FILE BYTES: at its beginning
put_bytes() {
	printf '%b' "$2" | dd of="$1" conv=notrunc status=none
}

# told HYPERVISOR WORD...: what is printed, or the sentence
told() {
	local hypervisor=$1
	shift
	"$KITBUILD" run "$hypervisor" --print --arch amd64 --state s \
		--virtiofsd virtiofsd "$@" 2>&1 | sed "s|$PWD|/here|g"
}

# golden HYPERVISOR: its cases, in the form of the golden file
golden() {
	local hypervisor=$1 line words text first=
	while IFS= read -r line; do
		eval "words=($line)"
		text=$(told "$hypervisor" "${words[@]}")
		echo "## $line"
		if [ -z "$first" ]; then
			first=$text
			echo "$text"
		elif [[ $text == "kitbuild: "* ]]; then
			echo "$text"
		else
			diff <(echo "$first") <(echo "$text") | grep '^[<>]' ||
				echo "the same"
		fi
	done <"$GOLDEN/$hypervisor.cases"
}

# check HYPERVISOR
check() {
	[ "${ONLY:-$1}" = "$1" ] || return 0
	golden "$1" >"$1.golden"
	if [ -n "${UPDATE_GOLDEN:-}" ]; then
		cp "$1.golden" "$GOLDEN"
	fi
	diff -u "$GOLDEN/$1.golden" "$1.golden"
}

@test "QEMU is told of every option" {
	check qemu
}

@test "vfkit is told of every option" {
	check vz
}

@test "HyperKit is told of every option" {
	check hyperkit
}

@test "Firecracker is told of every option" {
	check firecracker
}

@test "Cloud Hypervisor is told of every option" {
	check cloud-hypervisor
}

@test "crosvm is told of every option" {
	check crosvm
}

@test "VirtualBox is told of every option, and to undo all of it" {
	check vbox
}

@test "VMware is told of every option" {
	check vmware
}

@test "a hypervisor that is not there is named, with how to get it" {
	local name
	for name in vz hyperkit firecracker cloud-hypervisor crosvm; do
		PATH=/nowhere run -1 "$KITBUILD" run "$name" m
		assert_line --regexp "the program (vfkit|$name) is needed and not in PATH: .{15,}"
	done
	for name in vbox vmware; do
		PATH=/nowhere run -1 "$KITBUILD" run "$name" disk.vmdk
		assert_line --regexp "the program (VBoxManage|vmrun) is needed and not in PATH: install "
	done
}

@test "an unknown hypervisor is answered with those there are" {
	run -2 "$KITBUILD" run xen m
	assert_output "kitbuild: unknown hypervisor 'xen'; there are qemu, vz, hyperkit, firecracker, cloud-hypervisor, crosvm, vbox and vmware"
}
