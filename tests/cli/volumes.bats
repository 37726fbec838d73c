#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Volumes of format oci: what a registry has, as other tools read it back.

load ../lib/kitbuild
load ../lib/registry
bats_require_minimum_version 1.5.0

setup_file() {
	registry_start
	registry_push_index tools/many:1 amd64 arm64
	registry_push_fixture tools/arm:1 arm64
	echo '{"spdxVersion": "SPDX-2.3"}' >"$BATS_FILE_TMPDIR/spdx"
	BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR registry_push_attested \
		tools/attested:1 "$BATS_FILE_TMPDIR/spdx"
}

teardown_file() {
	registry_stop
}

setup() {
	export KITBUILD_CACHE="$BATS_TEST_TMPDIR/cache"
	cd "$BATS_TEST_TMPDIR"
}

# volume_manifest NAME [KEYS]
volume_manifest() {
	echo "volumes: [{name: v, image: \"$REGISTRY/$1\", format: oci${2:+, $2}}]" \
		>v.yml
}

# Builds v.yml, and takes the volume's files out of it into layout/.
build_layout() {
	"$KITBUILD" -q build --arch amd64 --no-sbom -f tar v.yml
	rm -rf layout
	mkdir layout
	tar --warning=no-unknown-keyword -xf v.tar -C layout \
		--strip-components=4 containers/volumes/v/lower
}

# The platforms whose manifests are there, of those the index lists.
kept_platforms() {
	local index digest platform
	index=$(jq -r '.manifests[0].digest' layout/index.json)
	jq -r '.manifests[] | [.digest, .platform.os + "/" +
		.platform.architecture] | @tsv' \
		"layout/blobs/${index/:/\/}" |
		while read -r digest platform; do
			[ ! -f "layout/blobs/${digest/:/\/}" ] || echo "$platform"
		done
}

# What is in a layout is what its names say.
assert_blobs_are_whole() {
	local file
	for file in layout/blobs/sha256/*; do
		assert_equal "$(sha256sum <"$file" | cut -c1-64)" \
			"$(basename "$file")"
	done
}

assert_same_as_registry() {
	local name=$1 index
	index=$(jq -r '.manifests[0].digest' layout/index.json)
	skopeo inspect --raw --tls-verify=false "docker://$REGISTRY/$name" >raw
	cmp raw "layout/blobs/${index/:/\/}"
}

@test "all images of an index are in the volume, for skopeo to read" {
	volume_manifest tools/many:1
	build_layout
	assert_blobs_are_whole
	assert_same_as_registry tools/many:1
	run -0 kept_platforms
	assert_output "linux/amd64
linux/arm64"
	for arch in amd64 arm64; do
		run -0 skopeo inspect --override-arch "$arch" \
			"oci:layout:$REGISTRY/tools/many:1"
		assert_equal "$(jq -r .Architecture <<<"$output")" "$arch"
	done
	skopeo copy --quiet --insecure-policy --all \
		"oci:layout:$REGISTRY/tools/many:1" oci:copy:many
}

@test "one platform of an index is in the volume, for umoci to unpack" {
	volume_manifest tools/many:1 "platforms: [linux/arm64]"
	build_layout
	assert_blobs_are_whole
	assert_same_as_registry tools/many:1
	run -0 kept_platforms
	assert_output "linux/arm64"
	skopeo copy --quiet --insecure-policy --override-arch arm64 \
		"oci:layout:$REGISTRY/tools/many:1" oci:copy:one
	umoci unpack --rootless --image copy:one bundle
	run -0 cat bundle/rootfs/etc/many
	assert_output --partial "this is many for arm64"
}

@test "only what a volume asks for is fetched" {
	local before arm
	volume_manifest tools/many:1 "platforms: [linux/arm64]"
	before=$(registry_requests | wc -l)
	build_layout
	arm=$(registry_manifest tools/many:of-amd64 | jq -r '.layers[0].digest')
	registry_requests | tail -n +$((before + 1)) >asked
	run ! grep "$arm" asked
	# The second time nothing is asked at all.
	before=$(registry_requests | wc -l)
	build_layout
	assert_equal "$(registry_requests | wc -l)" "$before"
	"$KITBUILD" -q --offline build --arch amd64 -f tar v.yml
}

@test "an attestation is part of a whole index, and of no platform" {
	volume_manifest tools/attested:1
	build_layout
	assert_blobs_are_whole
	run -0 kept_platforms
	assert_output "linux/amd64
unknown/unknown"
	run -0 grep -l SPDX-2.3 -r layout/blobs
	volume_manifest tools/attested:1 "platforms: [linux/amd64]"
	build_layout
	run -0 kept_platforms
	assert_output "linux/amd64"
	run -1 grep -l SPDX-2.3 -r layout/blobs
}

@test "an image without an index is in the volume as it is" {
	volume_manifest tools/arm:1
	build_layout
	assert_blobs_are_whole
	assert_same_as_registry tools/arm:1
	run -0 skopeo inspect "oci:layout:$REGISTRY/tools/arm:1"
	assert_equal "$(jq -r .Architecture <<<"$output")" arm64
	volume_manifest tools/arm:1 "platforms: [linux/arm64/v8, linux/arm64]"
	build_layout
}

@test "a platform that is not there is told" {
	volume_manifest tools/many:1 "platforms: [linux/s390x]"
	run -2 "$KITBUILD" -q build --arch amd64 -f tar v.yml
	assert_output "kitbuild: v.yml:1:28: image $REGISTRY/tools/many:1: none of its images is for a platform asked for"
	volume_manifest tools/arm:1 "platforms: [linux/amd64]"
	run -2 "$KITBUILD" -q build --arch amd64 -f tar v.yml
	assert_output --partial "image $REGISTRY/tools/arm:1: made for linux/arm64, not for a platform asked for"
	[ ! -e v.tar ]
}

@test "a lock decides what is in a volume, and does not show in it" {
	volume_manifest tools/many:1
	build_layout
	cp v.tar unlocked.tar
	"$KITBUILD" -q lock --arch amd64 v.yml
	export KITBUILD_CACHE="$BATS_TEST_TMPDIR/other-cache"
	build_layout
	cmp v.tar unlocked.tar
}

@test "a damaged blob of a volume is fetched again, or the build ends" {
	local blob
	volume_manifest tools/many:1
	build_layout
	cp v.tar good.tar
	blob=$(registry_manifest tools/many:of-arm64 |
		jq -r '.layers[0].digest' | sed 's/:/\//')
	printf x >>"$KITBUILD_CACHE/blobs/$blob"
	build_layout
	cmp v.tar good.tar
	printf x >>"$KITBUILD_CACHE/blobs/$blob"
	rm v.tar
	run -3 "$KITBUILD" -q --offline build --arch amd64 --no-sbom -f tar v.yml
	[ ! -e v.tar ]
}

@test "the same image can be a volume twice, and unpacked beside" {
	cat >v.yml <<-EOF
		volumes:
		  - {name: v, image: "$REGISTRY/tools/many:1", format: oci}
		  - {name: w, image: "$REGISTRY/tools/many:1", format: oci, platforms: [linux/amd64]}
		  - {name: x, image: "$REGISTRY/tools/many:1"}
		services: [{name: s, image: "$REGISTRY/tools/many:1", binds: ["v:/v:ro"]}]
	EOF
	build_layout
	run -0 kept_platforms
	assert_output "linux/amd64
linux/arm64"
	run -0 tar --warning=no-unknown-keyword -tf v.tar
	assert_line containers/volumes/w/lower/index.json
	assert_line containers/volumes/x/lower/etc/many
	assert_line containers/services/s/lower/etc/many
}

@test "a package can be kept as it is" {
	mkdir package
	printf 'image: tool\ncontents:\n  files:\n    - {path: bin/tool, contents: "x", mode: "0755"}\n' \
		>package/build.yml
	echo 'volumes: [{name: v, image: "@pkg:package", format: oci}]' >v.yml
	build_layout
	assert_blobs_are_whole
	run -0 jq -r '.manifests[0].annotations[]' layout/index.json
	assert_output --regexp '^docker.io/kitbuild/tool:[0-9a-f]{40}$'
	run -0 skopeo inspect "oci:layout:$output"
	assert_equal "$(jq -r .Architecture <<<"$output")" amd64
}
