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

# limited COMMAND...: in at most 60 seconds, and, unless the program is
# instrumented, 64 MiB of memory beyond the 14 that it takes for itself
limited() {
	local status=0
	"$ROOT/tests/lib/peak" peak "$@" || status=$?
	if ! grep -q __asan_init "$KITBUILD" && [ "$(<peak)" -ge 78 ]; then
		echo "$(<peak) MiB of memory"
		return 99
	fi
	return "$status"
}

# Builds from one layer.
build_hostile() {
	"$ROOT/tests/lib/hostile-tar" "$1" >layer
	put_image test/evil:1 --layer layer
	limited "$KITBUILD" -q --offline build --arch amd64 -f tar m.yml
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

@test "of extensions out of order the last file is meant" {
	assert_refused pax-twice "damaged tar"
	assert_contained pax-size-before-long-name
	assert_line "-rw-r--r-- 0/0 2048 $(printf 'n%.0s' {1..199})"
}

@test "attributes of a link are not its target's, and one without a name is none" {
	assert_contained acl-on-link
	assert_line "-rw-r--r-- 0/0 1 t"
	assert_line --partial "s -> t"
	assert_contained xattr-without-name
	assert_line "-rw-r--r-- 0/0 0 n"
}

@test "dots and empty parts of names are no names" {
	assert_contained names-of-dots
	assert_line "-rw-r--r-- 0/0 1 a/b/c"
	assert_line "-rw-r--r-- 0/0 1 d"
}

@test "times that are none do no harm" {
	assert_contained time-without-digits
	assert_line "-rw-r--r-- 0/0 0 n"
	assert_refused time-of-letters "damaged tar"
}

@test "no program is started for a layer, however it is packed" {
	assert_refused packed-twice "a layer packed with gzip or zstd, twice; gzip, zstd or nothing is possible"
	"$ROOT/tests/lib/hostile-tar" device | gzip -d | xz >layer
	put_image test/evil:1 --layer layer
	if [ -z "${ASAN_OPTIONS:-}" ] || ! grep -q __asan_init "$KITBUILD"; then
		run -2 strace -f -qq -e trace=execve -e signal=none -o calls \
			"$KITBUILD" -q --offline build --arch amd64 -f tar m.yml
		assert_equal "$(wc -l <calls)" 1
	else
		run -2 "$KITBUILD" -q --offline build --arch amd64 -f tar m.yml
	fi
	assert_output "kitbuild: docker.io/test/evil:1: a layer packed with xz; gzip, zstd or nothing is possible"
}

@test "a later layer writes through an earlier one's link inside the tree only" {
	put_image test/evil:1 <<-EOF
		dir etc 0755
		dir real 0755
		link up ../../../real
		link out /etc
		layer
		file up/canary 0644 inside
		file out/passwd 0644 inside
	EOF
	run -0 "$KITBUILD" -q --offline build --arch amd64 -f tar m.yml
	assert_equal "$(cat canary)" untouched
	run -0 tar_listing m.tar
	assert_line "-rw-r--r-- 0/0 7 real/canary"
	assert_line "-rw-r--r-- 0/0 7 etc/passwd"
}

# The same files by every dialect that tars are written in.
@test "every dialect of tar makes the same tree" {
	mkdir -p in/d
	printf 'text\n' >in/d/file
	truncate -s 3M in/sparse
	printf 'middle' | dd of=in/sparse bs=1 seek=1500000 conv=notrunc status=none
	ln -s d/file in/link
	ln in/d/file in/hard
	local dialect first=""
	for dialect in --format={v7,oldgnu,gnu,ustar,posix} --sparse\ --format=gnu \
		--sparse\ --format=posix\ --sparse-version={0.0,0.1,1.0}; do
		# shellcheck disable=SC2086 # several options
		command tar $dialect --sort=name --owner=:12345 --group=:54321 \
			--mtime=@1000000007 -C in -cf layer .
		put_image test/evil:1 --layer layer
		run -0 "$KITBUILD" -q --offline build --arch amd64 --no-sbom -f tar m.yml
		run -0 tar_listing m.tar
		assert_line --regexp "^-rw-r--r-- 12345/54321 5 d/file$"
		assert_line --regexp "^-rw-r--r-- 12345/54321 3145728 sparse$"
		[ -n "$first" ] || first=$output
		assert_equal "$output" "$first"
		assert_equal "$(command tar -xOf m.tar --warning=no-unknown-keyword sparse | sha256sum)" "$(sha256sum <in/sparse)"
	done
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

# refused_with MESSAGE LIMIT...: the honest image is refused with these limits
refused_with() {
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
	refused_with "more than 1 entries (--limit entries)" entries=1
	run -0 "$KITBUILD" --offline --limit entries=2 --limit layer=64K build \
		--arch amd64 --no-sbom -f tar honest.yml
	run -2 "$KITBUILD" --limit speed=9 build honest.yml
	assert_output "kitbuild: 'speed=9' is no limit: NAME=VALUE, where NAME is one of manifest, config, json, header, path, xattr, entries, layer, ratio"
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

@test "an archive of images is no way around the limits" {
	local shape
	for shape in sparse-regions sparse-chain pax-without-end \
		long-name-without-end size-negative size-enormous; do
		"$ROOT/tests/lib/hostile-tar" "$shape" >archive.tar.gz
		run -2 limited "$KITBUILD" -q cache pull oci-archive:archive.tar.gz
		assert_output --partial "archive.tar.gz: no archive that can be read:"
		run -2 limited "$KITBUILD" -q cache pull docker-archive:archive.tar.gz
		run -2 limited "$KITBUILD" -q cache import archive.tar.gz
		assert_output --partial "archive.tar.gz: no archive that can be read:"
	done
	truncate -s 300M zeros
	command tar -cf - zeros | zstd -qc >bomb.tar.zst
	run -2 limited "$KITBUILD" -q cache pull oci-archive:bomb.tar.zst
	assert_output --partial "inflates to too many times its size (--limit ratio)"
}

@test "a config of millions of values is refused before it is parsed" {
	local kind
	for kind in '[]' '{}' 0; do
		{
			printf '{"x": ['
			yes "$kind," | head -3000000 | tr -d '\n'
			printf '0]}'
		} >config.json
		"$ROOT/tests/lib/put-image" "$KITBUILD_CACHE" docker.io/test/evil:1 \
			--config "@config.json" <<<"file a 0644 x"
		run -2 limited "$KITBUILD" -q --offline build --arch amd64 -f tar m.yml
		assert_output --partial "more values than allowed (--limit json)"
	done
}

# service CONFIG: builds a service from an image with that config
service() {
	put_image test/service:1 --config "$1" <<<"file bin/x 0755 x"
	manifest s.yml <<<"services: [{name: s, image: test/service:1}]"
	run "$KITBUILD" -q --offline build --arch amd64 --no-sbom -f tar s.yml
}

config() {
	command tar -xOf s.tar --warning=no-unknown-keyword containers/services/s/config.json | jq -c "$1"
}

@test "a working directory that leads out is refused" {
	local cwd
	for cwd in /proc/self/fd/8 //./proc/1/root /a/../proc/1 /../../etc a/../../b; do
		service "{\"WorkingDir\": \"$cwd\", \"Cmd\": [\"x\"]}"
		assert_equal "$status" 2
		assert_output "kitbuild: image test/service:1: its working directory '$cwd' may lead out of the container"
		[ ! -e s.tar ]
	done
	service '{"WorkingDir": "/procedures/..a", "Cmd": ["x"]}'
	assert_equal "$status" 0
	run -0 config .process.cwd
	assert_output '"/procedures/..a"'
}

@test "users and volumes that an image asks for change nothing" {
	service '{"User": "4294967296:0", "Volumes": {"/../../etc": {}}, "Cmd": ["x"]}'
	assert_equal "$status" 0
	run -0 config '[.process.user.uid, ([.mounts[] | select(.destination | contains(".."))] | length)]'
	assert_output '[0,0]'
}
