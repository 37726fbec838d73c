#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Hostile layers: each ends up inside the tree or is refused with a sentence,
# in bounded memory and time, and never touches a file of this machine.

load ../lib/kitbuild
load ../lib/images
bats_require_minimum_version 1.5.0

setup() {
	export KITBUILD_CACHE="$BATS_TEST_TMPDIR/cache"
	cd "$BATS_TEST_TMPDIR"
	manifest m.yml <<<"init: [test/evil:1]"
	echo untouched >canary
}

# Builds from one layer, in at most 20 seconds and, unless the program is
# instrumented, half a gigabyte of address space.
build_hostile() {
	local limit=524288
	! grep -q __asan_init "$KITBUILD" || limit=unlimited
	"$ROOT/tests/lib/hostile-tar" "$1" >layer
	put_image test/evil:1 --layer layer
	(
		ulimit -v "$limit"
		timeout 20 "$KITBUILD" -q --offline build --arch amd64 -f tar m.yml
	)
}

assert_contained() {
	run -0 --separate-stderr build_hostile "$1"
	assert_equal "$(cat canary)" untouched
	run -0 tar_listing m.tar
}

assert_refused() {
	rm -f m.tar
	run -2 build_hostile "$1"
	assert_output --partial "$2"
	assert_equal "$(grep -c ^kitbuild: <<<"$output")" 1
	assert_equal "$(cat canary)" untouched
	[ ! -e m.tar ]
}

@test "links are followed inside the tree" {
	assert_contained file-through-link
	assert_line "-rw-r--r-- 0/0 6 etc/x"
	assert_contained link-climbs
	assert_line "-rw-r--r-- 0/0 6 canary"
	assert_contained parents-through-link
	assert_line "-rw-r--r-- 0/0 1 exploit/foo/bar"
	assert_contained hard-link-through-link
	assert_line "-rw-r--r-- 0/0 4 t"
	assert_line "-rw-r--r-- 0/0 5 h"
	assert_refused file-through-dead-link "leads nowhere"
}

@test "names and links that climb are refused" {
	assert_refused name-climbs "holds '..'"
	assert_refused name-climbs-inside "holds '..'"
	assert_refused hard-link-climbs "holds '..'"
	assert_refused hard-link-outside "a hard link to what is not there"
}

@test "the root stays a directory, and links keep their targets' modes" {
	assert_refused root-is-a-link "the root can only be a directory"
	assert_contained link-becomes-directory
	assert_line "drwxr-xr-x 0/0 0 dir"
	assert_line "drwx------ 0/0 0 foo"
}

@test "names, paths and attributes have limits" {
	assert_refused name-too-long "longer than 255 bytes"
	assert_refused path-too-deep "the path is too long (--limit path)"
	assert_refused links-too-deep "leads nowhere"
	assert_refused xattr-too-large "too large (--limit xattr)"
	assert_refused xattr-name-too-long "empty, too long"
}

@test "extensions mean one thing or are refused" {
	assert_contained pax-size
	assert_line "-rw-r--r-- 0/0 512 outer"
	refute_line --partial smuggled
	assert_contained global-header
	assert_line "-rw-r--r-- 0/0 1 n"
	assert_refused pax-malformed "damaged tar"
}

@test "headers that claim gigabytes are refused" {
	assert_refused pax-without-end "damaged tar"
	assert_refused long-name-without-end "damaged tar"
	assert_refused size-negative "test/evil:1"
	assert_refused size-enormous "test/evil:1"
}

@test "archives that break off are refused" {
	assert_refused truncated "damaged tar"
	assert_refused long-name-truncated "damaged tar"
	assert_refused not-a-tar "damaged tar"
	assert_refused cut-in-content "damaged tar: it ends within n"
}

@test "zeros that are left out behind the last content are not missed" {
	assert_contained cut-before-padding
	assert_line "-rw-r--r-- 0/0 1000 n"
	assert_equal "$(tar -xOf m.tar n | tr -d x | wc -c)" 0
}

@test "sparse files stay small" {
	assert_refused sparse-regions "a header without end"
	assert_refused sparse-chain "a header without end"
	assert_refused sparse-holes "holes add up to more than 1 GiB"
	run build_hostile solaris-holes
	[ "$status" -eq 0 ] || [ "$status" -eq 2 ]
}

@test "whiteouts act inside the tree" {
	assert_contained whiteout-through-link
	assert_line "-rw-r--r-- 0/0 1 real/kept"
}

@test "repetition costs no more than its length" {
	assert_contained opaque-many
	assert_contained duplicates-many
	assert_line "drwxr-xr-x 0/0 0 d"
}

@test "a device becomes a name, and no device on this machine" {
	assert_contained device
	assert_line "brw------- 0/0 0,0 disk"
	[ -z "$(find . -type b)" ]
}

# limited MESSAGE LIMIT...: the honest image is refused with these limits
limited() {
	local message=$1 limit arguments=()
	shift
	for limit; do
		arguments+=(--limit "$limit")
	done
	run -2 "$KITBUILD" --offline "${arguments[@]}" build --arch amd64 --no-sbom -f tar honest.yml
	assert_output --partial "$message"
	[ ! -e honest.tar ]
}

@test "each limit can be moved, and is told by its name" {
	put_image test/honest:1 <<-EOF
		file a/name 0644 text
		file b 0644 text
	EOF
	manifest honest.yml <<<"init: [test/honest:1]"
	limited "more than 1 entries (--limit entries)" entries=1
	run -0 "$KITBUILD" --offline --limit entries=2 --limit layer=64K build \
		--arch amd64 --no-sbom -f tar honest.yml
	run -2 "$KITBUILD" --limit speed=9 build honest.yml
	assert_output "kitbuild: 'speed=9' is no limit: NAME=VALUE, where NAME is one of manifest, config, header, path, xattr, entries, layer, ratio"
	run -2 "$KITBUILD" --limit path=1G build honest.yml
	assert_output "kitbuild: --limit path: between 16 and 4096 is possible"
	run -2 "$KITBUILD" --limit path=long build honest.yml
	assert_output "kitbuild: --limit path: 'long' is not a size such as 512M"
}

@test "a layer that inflates to thousands of times its size is refused" {
	truncate -s 300M zeros
	command tar -cf - zeros | zstd -qc >bomb
	put_image test/bomb:1 --layer bomb
	manifest bomb.yml <<<"init: [test/bomb:1]"
	run -2 "$KITBUILD" --offline build --arch amd64 --no-sbom -f tar bomb.yml
	assert_output --partial "inflates to more than 1100 times its size (--limit ratio)"
	run -0 "$KITBUILD" --offline --limit ratio=1M build --arch amd64 --no-sbom -f tar bomb.yml
	run -2 "$KITBUILD" --offline --limit ratio=1M --limit layer=1M build --arch amd64 --no-sbom -f tar bomb.yml
	assert_output --partial "inflates to more than the 1048576 bytes allowed"
}
