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
	registry_push_index tools/many:1 amd64 arm64
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

# All that is in the cache was last used that long ago.
age() {
	find "$KITBUILD_CACHE" -type f -exec touch -d "$1" {} +
}

blob_count() {
	find "$KITBUILD_CACHE/blobs/sha256" -type f | wc -l
}

@test "gc removes what no name leads to, and says how much that was" {
	local size
	pull_one
	"$KITBUILD" cache pull --arch amd64 "$REGISTRY/tools/many:1"
	"$KITBUILD" cache rm "$REGISTRY/tools/many:1"
	age "2 hours ago"
	"$KITBUILD" --offline cache pull --arch amd64 "$REGISTRY/tools/one:1"
	size=$(find "$KITBUILD_CACHE/blobs/sha256" -type f -mmin +90 \
		-printf '%s\n' | awk '{ sum += $1 } END { print sum }')
	age "2 hours ago"
	run -0 "$KITBUILD" cache gc
	assert_output "$size bytes freed"
	assert_equal "$(blob_count)" 3
	run -0 "$KITBUILD" cache verify
	run -0 "$KITBUILD" cache gc
	assert_output "0 bytes freed"
}

@test "gc keeps all that an index leads to, of every architecture" {
	local arch
	for arch in amd64 arm64; do
		"$KITBUILD" cache pull --arch $arch "$REGISTRY/tools/many:1"
	done
	age "2 hours ago"
	run -0 "$KITBUILD" cache gc
	assert_output "0 bytes freed"
	assert_equal "$(blob_count)" 7
}

@test "gc keeps what other tools put there without a name" {
	pull_one
	jq 'del(.manifests[].annotations)' "$KITBUILD_CACHE/index.json" \
		>"$BATS_TEST_TMPDIR/index"
	cp "$BATS_TEST_TMPDIR/index" "$KITBUILD_CACHE/index.json"
	age "2 hours ago"
	run -0 "$KITBUILD" cache gc
	assert_equal "$(blob_count)" 3
}

@test "gc spares what was fetched or used within the hour" {
	pull_one
	"$KITBUILD" cache rm "$REGISTRY/tools/one:1"
	run -0 "$KITBUILD" cache gc
	assert_output "0 bytes freed"
	assert_equal "$(blob_count)" 3
	age "2 hours ago"
	pull_one
	"$KITBUILD" cache rm "$REGISTRY/tools/one:1"
	run -0 "$KITBUILD" cache gc
	assert_equal "$(blob_count)" 3
	age "2 hours ago"
	run -0 "$KITBUILD" cache gc
	assert_equal "$(blob_count)" 0
}

@test "gc removes nothing when it cannot know what a manifest leads to" {
	local manifest
	pull_one
	manifest=$(jq -r '.manifests[0].digest' "$KITBUILD_CACHE/index.json")
	damage flip "${manifest#sha256:}"
	age "2 hours ago"
	run -3 "$KITBUILD" cache gc
	assert_output --partial "nothing is removed ('kitbuild cache verify' names the image): "
	assert_output --partial "$manifest"
	assert_equal "$(blob_count)" 3
}

@test "gc and clean leave files alone that are not theirs" {
	local blobs="$KITBUILD_CACHE/blobs/sha256"
	pull_one
	mkdir "$KITBUILD_CACHE/packed" "$blobs/$(printf '0%.0s' {1..64})"
	touch "$blobs/note" "$KITBUILD_CACHE/packed/note" \
		"$KITBUILD_CACHE/note" "$blobs/$(printf 'F%.0s' {1..64})"
	age "1 year ago"
	"$KITBUILD" cache gc
	"$KITBUILD" cache clean
	run -0 find "$KITBUILD_CACHE" -name note
	assert_equal "${#lines[@]}" 3
	run -0 ls "$blobs"
	assert_equal "${#lines[@]}" 3
}

@test "gc removes packed segments that no build has used for 30 days" {
	local packed="$KITBUILD_CACHE/packed" used
	cd "$BATS_TEST_TMPDIR"
	echo 'files: [{path: a, contents: a}]' >a.yml
	"$KITBUILD" build --no-sbom -f kernel+initrd a.yml
	used=$(ls "$packed")
	head -c 1000 /dev/zero >"$packed/${used//[0-9a-f]/0}"
	touch "$packed/${used//[0-9a-f]/1}"
	age "40 days ago"
	touch -d "20 days ago" "$packed/${used//[0-9a-f]/1}"
	"$KITBUILD" build --no-sbom -f kernel+initrd a.yml
	run -0 "$KITBUILD" cache gc
	assert_output "1000 bytes freed"
	run -0 ls "$packed"
	assert_line "$used"
	assert_line "${used//[0-9a-f]/1}"
}

@test "clean empties the cache, which works as before" {
	local size
	pull_one
	mkdir "$KITBUILD_CACHE/packed"
	echo 12 >"$KITBUILD_CACHE/packed/$(printf 'a%.0s' {1..64})"
	size=$(find "$KITBUILD_CACHE/blobs/sha256" -type f -printf '%s\n' |
		awk '{ sum += $1 } END { print sum + 3 }')
	run -0 "$KITBUILD" cache clean
	assert_output "$size bytes freed"
	run -0 "$KITBUILD" cache ls
	assert_output ""
	assert_equal "$(blob_count)" 0
	run -0 pull_one
	run -0 "$KITBUILD" cache verify
}

@test "clean touches no folder that is no image layout, and makes none" {
	run -0 "$KITBUILD" cache clean
	assert_output "0 bytes freed"
	[ ! -e "$KITBUILD_CACHE" ]
	mkdir -p "$KITBUILD_CACHE/blobs/sha256"
	touch "$KITBUILD_CACHE/blobs/sha256/$(printf '0%.0s' {1..64})"
	run -2 "$KITBUILD" cache clean
	assert_output --partial "$KITBUILD_CACHE: not an OCI image layout, left alone"
	assert_equal "$(blob_count)" 1
	assert_equal "$(ls -A "$KITBUILD_CACHE")" blobs
}
