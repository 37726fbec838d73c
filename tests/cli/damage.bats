#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Damage in the cache: builds repair it by themselves, or name image, blob and
# cure.

load ../lib/kitbuild
load ../lib/images
load ../lib/registry
bats_require_minimum_version 1.5.0

setup_file() {
	registry_start
	registry_push_index tools/many:1 amd64 arm64
}

teardown_file() {
	registry_stop
}

setup() {
	export KITBUILD_CACHE="$BATS_TEST_TMPDIR/cache"
	cd "$BATS_TEST_TMPDIR"
	manifest m.yml <<<"init: [$REGISTRY/tools/many:1]"
	"$KITBUILD" cache pull --arch amd64 "$REGISTRY/tools/many:1"
	online >/dev/null
	mv m.tar good.tar
}

online() {
	"$KITBUILD" build --arch amd64 -f tar m.yml
}

blob() {
	echo "$KITBUILD_CACHE/blobs/sha256/${1#sha256:}"
}

# The digest of the image's index, manifest, config or layer.
digest_of() {
	local index manifest
	index=$(jq -r '.manifests[0].digest' "$KITBUILD_CACHE/index.json")
	manifest=$(jq -r '.manifests[] |
		select(.platform.architecture == "amd64").digest' \
		"$(blob "$index")")
	case $1 in
	index) echo "$index" ;;
	manifest) echo "$manifest" ;;
	config) jq -r .config.digest "$(blob "$manifest")" ;;
	layer) jq -r '.layers[0].digest' "$(blob "$manifest")" ;;
	esac
}

flip() {
	printf '\001' | dd of="$1" bs=1 seek=20 conv=notrunc status=none
}

damage() {
	case $1 in
	flip) flip "$(blob "$2")" ;;
	cut) truncate -s -1 "$(blob "$2")" ;;
	link) ln -sf /etc/passwd "$(blob "$2")" ;;
	esac
}

# check_repaired KIND CHANGE
check_repaired() {
	local digest
	digest=$(digest_of "$1")
	damage "$2" "$digest"
	run -0 online
	assert_output --partial "image $REGISTRY/tools/many:1: blob $digest is damaged in the cache; fetching it again"
	cmp good.tar m.tar
	run -0 "$KITBUILD" cache verify
	rm m.tar
}

# check_told KIND CHANGE: twice, since telling must not change anything.
check_told() {
	local digest
	digest=$(digest_of "$1")
	damage "$2" "$digest"
	for _ in 1 2; do
		run -3 build -f tar m.yml
		assert_output "kitbuild: image $REGISTRY/tools/many:1: blob $digest is damaged in the cache $KITBUILD_CACHE; without --offline it is fetched again"
		[ ! -e m.tar ]
	done
}

@test "a build fetches a damaged layer again and succeeds" {
	check_repaired layer flip
	check_repaired layer cut
	check_repaired layer link
}

@test "a build fetches a damaged config again and succeeds" {
	check_repaired config flip
	check_repaired config cut
}

@test "a build fetches a damaged manifest again and succeeds" {
	check_repaired manifest flip
	check_repaired manifest cut
}

@test "a build fetches a damaged index again and succeeds" {
	check_repaired index flip
	check_repaired index cut
}

@test "offline, a damaged layer is told with its cure" {
	check_told layer flip
}

@test "offline, a shortened layer is told with its cure" {
	check_told layer cut
}

@test "offline, a damaged config is told with its cure" {
	check_told config flip
}

@test "offline, a damaged manifest is told with its cure" {
	check_told manifest flip
}

@test "offline, a damaged index is told with its cure" {
	check_told index flip
}

@test "all of an image damaged at once is repaired" {
	local kind digests=()
	for kind in layer config manifest index; do
		digests+=("$(digest_of $kind)")
	done
	for kind in "${digests[@]}"; do
		damage flip "$kind"
	done
	run -0 online
	cmp good.tar m.tar
}

# digest_below NAME KIND: of an image without an index.
digest_below() {
	local manifest
	manifest=$(jq -r --arg name "$1" '.manifests[] |
		select(.annotations["org.opencontainers.image.ref.name"] ==
		$name).digest' "$KITBUILD_CACHE/index.json")
	case $2 in
	manifest) echo "$manifest" ;;
	config) jq -r .config.digest "$(blob "$manifest")" ;;
	layer) jq -r '.layers[0].digest' "$(blob "$manifest")" ;;
	esac
}

@test "a registry that is gone leaves damage what it is" {
	local kind digest name=127.0.0.1:1/gone:1
	manifest m.yml <<<"init: ['$name']"
	for kind in layer config manifest; do
		"$ROOT/tests/lib/put-image" "$KITBUILD_CACHE" $name \
			<<<"file etc/gone 0644 gone"
		digest=$(digest_below $name $kind)
		damage flip "$digest"
		run -3 online
		assert_line --regexp "^kitbuild: image $name.*; blob $digest is damaged in the cache $KITBUILD_CACHE until 'kitbuild cache pull $name' can fetch it$"
		rm -r "$KITBUILD_CACHE"
	done
}

@test "a blob that the registry no longer has leaves damage what it is" {
	local digest
	registry_push_fixture tools/lost:1
	manifest m.yml <<<"init: [$REGISTRY/tools/lost:1]"
	online
	digest=$(digest_below "$REGISTRY/tools/lost:1" layer)
	rm "$(registry_blob "$digest")"
	damage flip "$digest"
	run -3 online
	assert_output --partial "blob $digest: not found at $REGISTRY; blob $digest is damaged in the cache $KITBUILD_CACHE until"
}

@test "a damaged package is built again, whichever part of it it is" {
	local kind name
	mkdir one
	echo tool >one/tool
	cat >one/build.yml <<-EOF
		image: tool
		contents:
		  files: [{path: sbin/tool, source: tool, mode: "0755"}]
	EOF
	manifest m.yml <<<'init: ["@pkg:one"]'
	build -f tar m.yml
	mv m.tar good.tar
	for kind in layer config manifest; do
		name=$("$KITBUILD" -q pkg build --arch amd64 one)
		damage flip "$(digest_below "$name" $kind)"
		run -0 build -f tar m.yml
		assert_output --partial "build package"
		cmp good.tar m.tar
		run -0 "$KITBUILD" cache verify
	done
}
