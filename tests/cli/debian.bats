#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Packages made of Debian packages, from an archive on this machine's disk.

load ../lib/kitbuild
load ../lib/archive

# A file of a test package: at $1, with the mode $2 and the text $3.
put() {
	mkdir -p "$ARCHIVE_TREE/$(dirname "$1")"
	printf '%s\n' "$3" >"$ARCHIVE_TREE/$1"
	chmod "$2" "$ARCHIVE_TREE/$1"
}

# A kernel module: its name, then C text.
put_module() {
	local folder=$ARCHIVE_TREE/lib/modules/6.0.0-test/kernel
	mkdir -p "$folder"
	printf '%s\n' "$2" | gcc -x c -c -o "$folder/$1.ko" -
}

setup_file() {
	archive_start "$BATS_FILE_TMPDIR"
	export ARCHIVE_SOURCE
	for version in 1.0 2.0; do
		put usr/bin/tool 4755 "tool $version"
		ln "$ARCHIVE_TREE/usr/bin/tool" "$ARCHIVE_TREE/usr/bin/tool-too"
		put usr/share/doc/tool/copyright 644 mine
		put usr/share/doc/tool/README 644 read
		put usr/share/man/man1/tool.1 644 page
		archive_package tool $version "Depends: helper"
	done
	put usr/lib/helper 644 helper
	ln -s helper "$ARCHIVE_TREE/usr/lib/helper-link"
	archive_package helper 1.0
	put boot/vmlinuz-6.0.0-test 644 kernel
	put_module kb_a 'const char e[] __attribute__((section("__ksymtab_strings"), used)) = "kb_answer";
		const char i[] __attribute__((section(".modinfo"), used)) = "license=none\0name=kb_a";'
	put_module kb_b 'extern int kb_answer; int *p = &kb_answer;
		const char i[] __attribute__((section(".modinfo"), used)) = "license=none\0depends=kb_a\0alias=pci:v00001234d*\0name=kb_b";'
	put lib/modules/6.0.0-test/modules.order 644 "kernel/kb_a.ko
kernel/kb_b.ko"
	put lib/modules/6.0.0-test/modules.builtin 644 ""
	put usr/lib/linux-image-6.0.0-test/acme/board.dtb 644 tree
	put usr/lib/linux-image-6.0.0-test/acme/board.txt 644 text
	ln -s /usr/src/linux "$ARCHIVE_TREE/lib/modules/6.0.0-test/build"
	archive_package linux-image-test 6.0
	archive_finish
}

setup() {
	export KITBUILD_CACHE=$BATS_TEST_TMPDIR/cache
	export TMPDIR=$BATS_TEST_TMPDIR/tmp
	mkdir -p "$TMPDIR" "$BATS_TEST_TMPDIR/package"
	cd "$BATS_TEST_TMPDIR"
}

# package TEXT: writes package/build.yml with `contents.debian` as given.
package() {
	{
		printf 'image: test\narches: [amd64]\ncontents:\n  debian:\n'
		printf '    mirrors: ["%s"]\n' "$ARCHIVE_SOURCE"
		printf '%s\n' "$1"
	} >package/build.yml
}

# The one layer of the image that was built, as GNU tar lists it.
layer() {
	local blob
	for blob in cache/blobs/sha256/*; do
		if zstd -tq "$blob" 2>/dev/null; then
			zstd -dcq "$blob" >layer.tar
			tar --numeric-owner -tvf layer.tar | awk '{ print $1, $2, $6, $7, $8, $9 }' | sed 's/ *$//'
		fi
	done
}

@test "files come with the owners, modes and hard links their packages state" {
	package '    packages: [tool]'
	run -0 --separate-stderr kitbuild pkg build package
	assert_output --regexp '^docker.io/kitbuild/test:[0-9a-f]{40}$'
	run -0 layer
	assert_line "-rwsr-xr-x 0/0 usr/bin/tool"
	assert_line "hrwsr-xr-x 0/0 usr/bin/tool-too link to usr/bin/tool"
	assert_line "lrwxrwxrwx 0/0 usr/lib/helper-link -> helper"
	assert_line "-rw-r--r-- 0/0 usr/share/doc/tool/copyright"
	run -0 tar -xOf layer.tar usr/bin/tool
	assert_output "tool 2.0"
}

@test "manual pages and the like stay out, and what is excluded" {
	package '    packages: [tool]
  exclude: ["usr/lib/*"]'
	kitbuild pkg build package
	run -0 layer
	refute_output --partial "man1"
	refute_output --partial "README"
	refute_output --partial "usr/lib/helper"
}

@test "each package leaves its control file where scanners look for it" {
	package '    packages: [tool]
    unpack: [tool]
  exclude: ["usr/*"]'
	kitbuild pkg build package
	run -0 layer
	assert_line "-rw-r--r-- 0/0 var/lib/dpkg/status.d/tool"
	refute_output --partial "status.d/helper"
	tar -xf layer.tar
	run -0 cat var/lib/dpkg/status.d/tool
	assert_line "Package: tool"
	assert_line "Version: 2.0"
	assert_line "Depends: helper"
}

@test "a version can be pinned, and the label says which versions went in" {
	package '    packages: [tool=1.0]'
	kitbuild pkg build package
	layer
	run -0 tar -xOf layer.tar usr/bin/tool
	assert_output "tool 1.0"
	run -0 grep -ho '"org.kitbuild.debian.packages":"[^"]*"' -r cache/blobs
	assert_output '"org.kitbuild.debian.packages":"helper=1.0 tool=1.0"'
}

@test "only the packages that unpack names leave their files" {
	package '    packages: [tool]
    unpack: ["hel*"]'
	kitbuild pkg build package
	run -0 layer
	assert_line "-rw-r--r-- 0/0 usr/lib/helper"
	refute_output --partial "usr/bin/tool"
}

@test "a kernel package becomes kernel and kernel.tar with its dependencies" {
	package '    packages: [linux-image-test]
  kernel: true'
	kitbuild pkg build package
	run -0 layer
	assert_line "-rw-r--r-- 0/0 kernel"
	assert_line "-rw-r--r-- 0/0 kernel.tar"
	assert_line "-rw-r--r-- 0/0 var/lib/dpkg/status.d/linux-image-test"
	assert_equal "$(grep -c ^- <<<"$output")" 3
	tar -xf layer.tar
	run -0 tar -xOf kernel.tar lib/modules/6.0.0-test/modules.dep
	assert_line "kernel/kb_a.ko:"
	assert_line "kernel/kb_b.ko: kernel/kb_a.ko"
	run -0 tar -xOf kernel.tar lib/modules/6.0.0-test/modules.alias
	assert_line "alias pci:v00001234d* kb_b"
	run -0 tar -tf kernel.tar
	refute_output --partial "/build"
	assert_line "boot/dtb/acme/board.dtb"
	refute_output --partial "board.txt"
	refute_output --partial "vmlinuz"
	run -0 grep -ho '"org.kitbuild.kernel.version":"[^"]*"' -r cache/blobs
	assert_output '"org.kitbuild.kernel.version":"6.0.0-test"'
}

@test "the same package built twice is the same image" {
	package '    packages: [tool]'
	kitbuild pkg build package
	mv cache first
	kitbuild pkg build package
	run -0 diff -r first/blobs cache/blobs
}

@test "a package that the archive does not have is named, and nothing stays behind" {
	package '    packages: [no-such-package]'
	run -1 kitbuild pkg build package
	assert_output --partial "kitbuild: package package: fetch Debian packages: mmdebstrap failed"
	assert_output --partial "no-such-package"
	run -0 find "$TMPDIR" -mindepth 1
	assert_output ""
}

@test "packages without a kernel cannot become a kernel image" {
	package '    packages: [tool]
  kernel: true'
	run -2 kitbuild pkg build package
	assert_line "kitbuild: package package: there is no boot/vmlinuz-* in the packages"
}

@test "without mmdebstrap the message names it" {
	package '    packages: [tool]'
	mkdir bin
	PATH=$PWD/bin run -1 "$KITBUILD" pkg build package
	assert_line "kitbuild: package package: fetch Debian packages: the program mmdebstrap is needed and not in PATH"
}
