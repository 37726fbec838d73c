#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Looking into images: inspect and diff.

load ../lib/kitbuild
load ../lib/images

setup_file() {
	export KITBUILD_CACHE="$BATS_FILE_TMPDIR/cache"
	put_usual_images
	cd "$BATS_FILE_TMPDIR"
	cat >web.yml <<-EOF
		kernel: {image: test/kernel:1, cmdline: quiet}
		init: [test/init:1, test/odd:1]
		onboot: [{name: tool, image: test/tool:1}]
		services: [{name: web, image: test/web:1}]
		files: [{path: etc/motd, contents: hello}]
	EOF
	"$KITBUILD" --offline build --arch amd64 -f tar,kernel+initrd web.yml
}

setup() {
	export KITBUILD_CACHE="$BATS_FILE_TMPDIR/cache"
	cd "$BATS_FILE_TMPDIR"
}

inspect() {
	"$KITBUILD" --offline inspect --arch amd64 "$@"
}

differ() {
	"$KITBUILD" --offline diff --arch amd64 "$@"
}

@test "a manifest's paths are shown with mode, owner, size and part" {
	run -0 inspect web.yml
	assert_line --regexp '^MODE +OWNER +SIZE +FROM +PATH$'
	assert_line --regexp '^-rwxr-xr-x 0:0 +7  init\[0\] +bin/rc.init$'
	assert_line --regexp '^-rwsr-xr-x 0:0 +5  onboot\[0\] +containers/onboot/000-tool/lower/sbin/tool$'
	assert_line --regexp '^drwxr-x--- 33:33 +5  services\[0\] +containers/services/web/lower/srv$'
	assert_line --regexp '^lrwxrwxrwx 0:0 +0  init\[0\] +init -> bin/rc.init$'
	assert_line --regexp '^crw-rw-rw- 0:0 +0  init\[1\] +dev/null$'
	assert_line --regexp '^-rw------- 0:0 +5  files\[0\] +etc/motd$'
	run -0 ls -A
	refute_output --partial inspect
}

@test "a root archive and its manifest are shown alike" {
	diff <(inspect web.yml | grep -v sbom) <(inspect web.tar | grep -v sbom)
	run -0 inspect --summary web.tar
	assert_line --regexp '^ +[0-9]+ +[0-9]+  init\[1\] +docker.io/test/odd:1$'
}

@test "an initrd holds what the archive holds" {
	run -0 differ web.tar web
	assert_output ""
	run -0 inspect --summary web
	assert_line --regexp '^ +3 +[0-9]+  kernel +web$'
	assert_line --regexp '^ +[0-9]+ +[0-9]+  archive\[0\] +web-initrd.img$'
}

@test "an initrd that begins with microcode is read through" {
	mkdir -p ucode
	echo microcode >ucode/cpu.bin
	(cd ucode && echo cpu.bin | cpio --quiet -o -H newc) >early.img
	(cd ucode && echo cpu.bin | cpio --quiet -o -H newc) | zstd -qc >>early.img
	run -0 inspect --summary early.img
	assert_line --regexp '^ +1 +10  archive\[1\] +early.img$'
}

@test "the initrds of others are read: gzip, hard links, several archives" {
	rm -rf other && mkdir other
	echo content >other/one
	ln other/one other/two
	mkfifo other/pipe
	(cd other && find . | LC_ALL=C sort | cpio --quiet -o -H newc) | gzip >other.img
	(cd other && echo one | cpio --quiet -o -H newc) | gzip >>other.img
	run -0 inspect --json other.img
	assert_equal "$(jq -r '.entries[] | select(.type == "file") | "\(.path) \(.size) \(.from)"' <<<"$output")" \
		"two 8 archive[0]
one 8 archive[1]"
	assert_equal "$(jq -r '.entries[] | select(.path == "pipe").type' <<<"$output")" fifo
}

@test "an image's paths are shown with their layer" {
	run -0 inspect docker.io/test/init:1
	assert_line --regexp ' layer\[1\] +bin/rc.init$'
	assert_line --regexp ' layer\[0\] +tmp$'
	run -0 inspect --summary test/init:1
	assert_line --regexp ' layer\[0\] +sha256:[0-9a-f]{64}$'
}

@test "a depth cuts what is shown and keeps the sizes" {
	run -0 inspect --depth 1 web.yml
	refute_line --regexp 'init\[0\] +bin/rc.init'
	assert_line --regexp '^drwxr-xr-x 0:0 +7  init\[0\] +bin$'
}

@test "as JSON, sizes and parts add up" {
	run -0 inspect --json web.tar
	jq -e '([.parts[].entries] | add) == (.entries | length)' <<<"$output"
	jq -e '.entries[] | select(.path == "etc/motd") == {path: "etc/motd",
		type: "file", mode: "0600", uid: 0, gid: 0, size: 5,
		mtime: 1492533000, from: "files[0]"}' <<<"$output"
}

@test "what steers a terminal is not printed as it is" {
	printf 'files: [{path: "a\\eb", symlink: "x\\ny"}]\n' >odd.yml
	run -0 inspect odd.yml
	assert_line --partial 'a\x1bb -> x\x0ay'
}

@test "two manifests differ by path, kind and content" {
	sed 's/hello/other/; s/quiet/loud/; /onboot/d' web.yml >new.yml
	echo '  - {path: etc/new, symlink: motd}' >>new.yml
	sed -i 's/^files: \[\(.*\)\]$/files:\n  - \1/' new.yml
	run -4 differ web.yml new.yml
	assert_line "+ etc/new -> motd"
	assert_line "- containers/onboot/000-tool"
	assert_line "~ boot/cmdline: content 5 -> 4 bytes"
	assert_line "~ etc/motd: content 5 -> 5 bytes"
	refute_line --partial rc.init
	run -4 differ --json web.yml new.yml
	jq -e '.[] | select(.left.path == "etc/motd").differs == ["content"]' <<<"$output"
}

@test "modes, owners, types and times differ by name" {
	echo 'files: [{path: a, contents: x, mode: "0644"}, {path: b, contents: x}]' >one.yml
	echo 'files: [{path: a, contents: x, uid: 7}, {path: b, directory: true}]' >two.yml
	run -4 differ one.yml two.yml
	assert_line "~ a: mode 0644 -> 0600, owner 0:0 -> 7:0"
	assert_line "~ b: type file -> directory, mode 0600 -> 0700"
	"$KITBUILD" --offline build --arch amd64 --no-sbom -f tar one.yml
	rm -rf l && mkdir l && command tar -C l -xf one.tar --warning=no-unknown-keyword
	command tar -C l -cf late.tar --owner=0 --group=0 --mtime=@9 a b
	run -4 differ one.tar late.tar
	assert_line "~ a: mtime 1492533000 -> 9"
	run -0 differ --ignore-times one.tar late.tar
	assert_output ""
}

@test "what cannot be looked at is told" {
	run -2 inspect none.yml
	assert_output "kitbuild: there is no file none.yml"
	run -2 inspect test/none:1
	assert_output --partial "docker.io/test/none:1"
	head -c 4000 web.tar >cut.tar
	run -2 inspect cut.tar
	assert_output --partial "cut.tar: damaged tar"
	head -c 300 web-initrd.img >cut.img
	run -2 inspect cut.img
	assert_output --partial "cut.img: "
	printf '0707017' >short.img
	run -2 inspect short.img
	assert_output "kitbuild: short.img: damaged cpio archive: it ends in the middle"
}
