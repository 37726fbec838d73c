#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The cache: an OCI image layout, its names, and what is damaged in it.

load ../lib/kitbuild
load ../lib/registry
bats_require_minimum_version 1.5.0

setup_file() {
	registry_start
	registry_push_fixture tools/one:1
	registry_push_fixture tools/two:1
}

teardown_file() {
	registry_stop
}

setup() {
	export KITBUILD_CACHE="$BATS_TEST_TMPDIR/cache"
}

pull_one() {
	"$KITBUILD" cache pull --arch amd64 "$REGISTRY/tools/one:1"
}

# The largest blob is the layer or the config; any will do.
some_blob() {
	find "$KITBUILD_CACHE/blobs/sha256" -type f | sort | head -n 1
}

@test "an empty cache lists nothing" {
	run -0 "$KITBUILD" cache ls
	assert_output ""
}

@test "names are listed in order with their digests" {
	"$KITBUILD" cache pull --arch amd64 "$REGISTRY/tools/two:1" \
		"$REGISTRY/tools/one:1"
	run -0 --separate-stderr "$KITBUILD" cache ls
	assert_line --index 0 --regexp "^$REGISTRY/tools/one:1 sha256:[0-9a-f]{64}$"
	assert_line --index 1 --regexp "^$REGISTRY/tools/two:1 sha256:[0-9a-f]{64}$"
	assert_equal "${#lines[@]}" 2
}

@test "other tools read the cache" {
	pull_one
	run -0 skopeo inspect --raw "oci:$KITBUILD_CACHE:$REGISTRY/tools/one:1"
	assert_output --partial '"schemaVersion":2'
	run -0 umoci ls --layout "$KITBUILD_CACHE"
	assert_output "$REGISTRY/tools/one:1"
}

@test "a name that is removed is gone, and unknown names are told" {
	pull_one
	run -0 "$KITBUILD" cache rm "$REGISTRY/tools/one:1"
	run -0 "$KITBUILD" cache ls
	assert_output ""
	run -2 "$KITBUILD" cache rm "$REGISTRY/tools/one:1"
	assert_output --partial "$REGISTRY/tools/one:1: not in the cache"
}

@test "a whole cache is verified" {
	pull_one
	run -0 "$KITBUILD" cache verify
	assert_output --partial "1 images, 3 blobs"
}

@test "each blob in turn is found when it is truncated, extended or changed" {
	local blob change
	pull_one
	cp -r "$KITBUILD_CACHE" "$BATS_TEST_TMPDIR/good"
	for blob in "$BATS_TEST_TMPDIR"/good/blobs/sha256/*; do
		for change in truncate extend flip; do
			damage "$change" "$(basename "$blob")"
			run -3 "$KITBUILD" cache verify
			assert_output --partial "image $REGISTRY/tools/one:1:"
			assert_output --partial "$(basename "$blob")"
			rm -r "$KITBUILD_CACHE"
			cp -r "$BATS_TEST_TMPDIR/good" "$KITBUILD_CACHE"
		done
	done
}

damage() {
	local blob="$KITBUILD_CACHE/blobs/sha256/$2"
	case $1 in
	truncate) truncate -s -1 "$blob" ;;
	extend) echo >>"$blob" ;;
	flip) printf '\001' | dd of="$blob" bs=1 seek=5 conv=notrunc status=none ;;
	esac
}

@test "a missing blob is found" {
	pull_one
	rm "$(some_blob)"
	run -3 "$KITBUILD" cache verify
	assert_output --partial "1 blobs are damaged or missing"
}

@test "a damaged blob is fetched again by the next pull" {
	local blob
	pull_one
	for blob in "$KITBUILD_CACHE"/blobs/sha256/*; do
		damage flip "$(basename "$blob")"
	done
	run -0 pull_one
	run -0 "$KITBUILD" cache verify
}

@test "a blob that is a link is refused" {
	local blob
	pull_one
	blob=$(some_blob)
	mv "$blob" "$BATS_TEST_TMPDIR/elsewhere"
	ln -s "$BATS_TEST_TMPDIR/elsewhere" "$blob"
	run -3 "$KITBUILD" cache verify
}

@test "a folder that is no image layout is left alone" {
	mkdir "$KITBUILD_CACHE"
	echo '{"imageLayoutVersion": "9"}' >"$KITBUILD_CACHE/oci-layout"
	run -2 "$KITBUILD" cache ls
	assert_output --partial "not an OCI image layout of version 1"
}

@test "what a killed pull left behind is cleaned up" {
	pull_one
	echo rest >"$KITBUILD_CACHE/tmp/leftover"
	run -0 "$KITBUILD" cache ls
	[ ! -e "$KITBUILD_CACHE/tmp/leftover" ]
}
