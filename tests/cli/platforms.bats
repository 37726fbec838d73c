#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Which image of an index is taken, and what stays in the cache.

load ../lib/kitbuild
load ../lib/images
load ../lib/registry
bats_require_minimum_version 1.5.0

setup_file() {
	registry_start
	registry_push_index tools/many:1 amd64 arm64
	registry_push_fixture tools/one:1
	registry_push_variants tools/arm:1 v5 v6 v7
}

teardown_file() {
	registry_stop
}

setup() {
	export KITBUILD_CACHE="$BATS_TEST_TMPDIR/cache"
	export DOCKER_CONFIG="$BATS_TEST_TMPDIR/docker"
	unset REGISTRY_AUTH_FILE XDG_RUNTIME_DIR
}

# registry_push_variants NAME VARIANT...: of arm, each with its own config.
registry_push_variants() {
	local name=$1 variant config layer entries="" repository=${1%%:*}
	local dir="$BATS_FILE_TMPDIR"
	shift
	tar -C "$dir" -cf "$dir/layer" --files-from /dev/null
	layer=$(registry_put_blob "$repository" "$dir/layer")
	for variant; do
		echo "{\"os\":\"linux\",\"architecture\":\"arm\",\"variant\":\"$variant\"}" \
			>"$dir/config"
		config=$(registry_put_blob "$repository" "$dir/config")
		cat >"$dir/manifest-$variant" <<-EOF
			{"schemaVersion": 2,
			 "mediaType": "application/vnd.oci.image.manifest.v1+json",
			 "config": {"mediaType": "application/vnd.oci.image.config.v1+json", $config},
			 "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar", $layer}]}
		EOF
		registry_put "$repository:$variant" \
			application/vnd.oci.image.manifest.v1+json \
			<"$dir/manifest-$variant"
		entries+="${entries:+,}{
			\"mediaType\": \"application/vnd.oci.image.manifest.v1+json\",
			\"size\": $(stat -c %s "$dir/manifest-$variant"),
			\"digest\": \"sha256:$(sha256sum <"$dir/manifest-$variant" | cut -c1-64)\",
			\"platform\": {\"os\": \"linux\", \"architecture\": \"arm\", \"variant\": \"$variant\"}}"
	done
	registry_put "$name" application/vnd.oci.image.index.v1+json <<-EOF
		{"schemaVersion": 2,
		 "mediaType": "application/vnd.oci.image.index.v1+json",
		 "manifests": [$entries]}
	EOF
}

assert_blobs() {
	run -0 ls "$KITBUILD_CACHE/blobs/sha256"
	assert_equal "${#lines[@]}" "$1"
}

assert_pulled_variant() {
	local manifest
	manifest=$(sha256sum <"$BATS_FILE_TMPDIR/manifest-$1" | cut -c1-64)
	# index, manifest, config, layer
	assert_blobs 4
	[ -e "$KITBUILD_CACHE/blobs/sha256/$manifest" ]
}

names() {
	"$KITBUILD" cache ls | cut -d' ' -f1
}

@test "of several variants the one asked for is taken" {
	"$KITBUILD" cache pull --arch arm/v6 "$REGISTRY/tools/arm:1"
	assert_pulled_variant v6
}

@test "arm is arm/v7, as containerd has it" {
	"$KITBUILD" cache pull --platform linux/arm "$REGISTRY/tools/arm:1"
	assert_pulled_variant v7
}

@test "an older variant suits a newer processor" {
	"$KITBUILD" cache pull --platform linux/arm/v8 "$REGISTRY/tools/arm:1"
	assert_pulled_variant v7
}

@test "a newer variant than asked for is not taken" {
	run -2 "$KITBUILD" cache pull --arch arm/v4 "$REGISTRY/tools/arm:1"
	assert_output --partial "not made for linux/arm/v4; there is linux/arm/v5, linux/arm/v6, linux/arm/v7"
	run -2 "$KITBUILD" cache pull --arch arm/v6 "$REGISTRY/tools/arm:v7"
	assert_output --partial "made for linux/arm/v7, not for linux/arm/v6"
}

@test "arm64/v8, linux/arm64 and aarch64 are arm64" {
	local arch
	for arch in arm64/v8 linux/arm64 aarch64; do
		rm -rf "$KITBUILD_CACHE"
		"$KITBUILD" cache pull --arch "$arch" "$REGISTRY/tools/many:1"
		"$KITBUILD" cache export --platform linux/arm64 \
			--outfile "$BATS_TEST_TMPDIR/out.tar" "$REGISTRY/tools/many:1"
	done
	run -2 "$KITBUILD" cache pull --arch windows/amd64 "$REGISTRY/tools/many:1"
	assert_output --partial "platform 'windows/amd64'"
}

@test "a build for x86_64 is one for amd64" {
	put_usual_images
	manifest m.yml <<-EOF
		init: [test/init:1]
	EOF
	build -f tar --name one m.yml
	(cd "$BATS_TEST_TMPDIR" && "$KITBUILD" --offline build --arch x86_64 \
		-f tar --name two m.yml)
	cmp "$BATS_TEST_TMPDIR/one.tar" "$BATS_TEST_TMPDIR/two.tar"
}

@test "several platforms are pulled with one command, or all" {
	"$KITBUILD" cache pull --platform linux/amd64,linux/arm64 \
		"$REGISTRY/tools/many:1"
	# the index, and manifest, config and layer of each
	assert_blobs 7
	"$KITBUILD" --cache "$BATS_TEST_TMPDIR/other" cache pull --all-platforms \
		"$REGISTRY/tools/many:1"
	diff <(ls "$KITBUILD_CACHE/blobs/sha256") \
		<(ls "$BATS_TEST_TMPDIR/other/blobs/sha256")
	run -2 "$KITBUILD" cache pull --arch arm64 --all-platforms \
		"$REGISTRY/tools/many:1"
	assert_output --partial "exclude each other"
}

@test "the images of the cache can be listed for programs" {
	"$KITBUILD" cache pull --arch amd64 "$REGISTRY/tools/one:1" \
		"$REGISTRY/tools/many:1"
	"$KITBUILD" cache ls --json >"$BATS_TEST_TMPDIR/list"
	assert_equal "$(jq -r '.[] | "\(.name) \(.digest)"' "$BATS_TEST_TMPDIR/list")" \
		"$("$KITBUILD" cache ls)"
	assert_equal "$(jq -r '.[0].mediaType' "$BATS_TEST_TMPDIR/list")" \
		application/vnd.oci.image.index.v1+json
	run -0 "$KITBUILD" --cache "$BATS_TEST_TMPDIR/none" cache ls --json
	assert_output "[]"
}

put_three() {
	put_image test/own:1 <<-EOF
		dir sbin 0755
	EOF
	"$KITBUILD" cache pull --arch amd64 "$REGISTRY/tools/one:1"
	registry_push_fixture "moving:$BATS_TEST_NUMBER"
	"$KITBUILD" cache pull --arch amd64 "$REGISTRY/moving:$BATS_TEST_NUMBER"
	registry_push_fixture "moving:$BATS_TEST_NUMBER" arm64
	"$KITBUILD" cache export --name "$REGISTRY/none:1" --platform linux/amd64 \
		--outfile - test/own:1 | "$KITBUILD" cache import -
	"$KITBUILD" cache rm test/own:1
}

@test "published images are removed, and others kept" {
	put_three
	run -0 "$KITBUILD" cache rm --published-only "$REGISTRY/tools/one:1" \
		"$REGISTRY/none:1" "$REGISTRY/moving:$BATS_TEST_NUMBER"
	assert_line "$REGISTRY/none:1 stays: the registry does not know it"
	assert_line "$REGISTRY/moving:$BATS_TEST_NUMBER stays: the registry has another one"
	assert_equal "$(names)" "$(printf '%s\n' \
		"$REGISTRY/moving:$BATS_TEST_NUMBER" "$REGISTRY/none:1")"
}

@test "the cache is cleaned of what is published, whoever is silent" {
	put_three
	"$KITBUILD" cache export --name 127.0.0.1:1/silent:1 \
		--platform linux/amd64 --outfile - "$REGISTRY/none:1" |
		"$KITBUILD" cache import -
	run -0 "$KITBUILD" cache clean --published-only
	assert_line --partial "127.0.0.1:1/silent:1 stays: "
	assert_equal "$(names)" "$(printf '%s\n' 127.0.0.1:1/silent:1 \
		"$REGISTRY/moving:$BATS_TEST_NUMBER" "$REGISTRY/none:1")"
	"$KITBUILD" cache verify
}

@test "whether an image is published is not asked offline" {
	put_three
	run -2 "$KITBUILD" --offline cache rm --published-only \
		"$REGISTRY/tools/one:1"
	assert_output --partial "forbidden by --offline"
	run -0 names
	assert_line "$REGISTRY/tools/one:1"
}
