#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2153 # REGISTRY_DIR is registry_start's
# Sending images: what arrives, what is not sent, and where logins go.

load ../lib/kitbuild
load ../lib/images
load ../lib/registry
bats_require_minimum_version 1.5.0

setup_file() {
	registry_start
}

teardown_file() {
	registry_stop
}

setup() {
	export KITBUILD_CACHE="$BATS_TEST_TMPDIR/cache"
	export DOCKER_CONFIG="$BATS_TEST_TMPDIR/docker"
	unset REGISTRY_AUTH_FILE XDG_RUNTIME_DIR
	: >"$REGISTRY_DIR/log"
	# A repository of its own for each test.
	HERE=$REGISTRY/test$BATS_TEST_NUMBER
}

teardown() {
	rogue_stop
	token_stop
	if [ -n "${OWN_REGISTRY_PID:-}" ]; then
		kill "$OWN_REGISTRY_PID" || true
	fi
}

put_tool() {
	put_image test/tool:1 --config '{"Cmd": ["/sbin/tool"]}' <<-EOF
		dir sbin 0755
		file sbin/tool 4755 tool
		layer
		file etc/tool 0644 of test $BATS_TEST_NUMBER
	EOF
}

push() {
	"$KITBUILD" cache push "$@"
}

push_tool() {
	push --remote-name "$@" test/tool:1
}

# What the registry has, to skopeo.
digest_there() {
	skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$1"
}

raw_there() {
	skopeo inspect --tls-verify=false --raw "docker://$1"
}

digest_here() {
	"$KITBUILD" cache ls | sed -n "s,^$1 ,,p"
}

# A registry for one test only.
own_registry_start() {
	local shared=$REGISTRY_PID
	BATS_FILE_TMPDIR=$BATS_TEST_TMPDIR registry_start
	OWN_REGISTRY_PID=$REGISTRY_PID
	REGISTRY_PID=$shared
}

user_logs_in_at() {
	mkdir -p "$DOCKER_CONFIG"
	printf '{"auths": {"%s": {"auth": "%s"}}}\n' "$1" \
		"$(printf %s "${2:-user:secret}" | base64)" \
		>"$DOCKER_CONFIG/config.json"
}

@test "what is pushed is the same image to skopeo and to umoci" {
	fixture_layout "$BATS_TEST_TMPDIR/made" tool
	"$KITBUILD" cache import <(tar -C "$BATS_TEST_TMPDIR/made" -c .)
	run -0 push --remote-name "$HERE/tool:1" fixture
	assert_output "push docker.io/library/fixture as $HERE/tool:1"
	assert_equal "$(digest_there "$HERE/tool:1")" \
		"$(digest_here docker.io/library/fixture)"
	skopeo copy --quiet --insecure-policy --src-tls-verify=false \
		"docker://$HERE/tool:1" "oci:$BATS_TEST_TMPDIR/layout:1"
	umoci unpack --rootless --image "$BATS_TEST_TMPDIR/layout:1" \
		"$BATS_TEST_TMPDIR/bundle"
	run -0 cat "$BATS_TEST_TMPDIR/bundle/rootfs/etc/tool"
	assert_output --partial "this is tool for amd64"
}

@test "what was pushed is pulled back into an empty cache" {
	put_tool
	push_tool "$HERE/tool:1"
	run -0 "$KITBUILD" --cache "$BATS_TEST_TMPDIR/other" cache pull \
		--arch amd64 "$HERE/tool:1"
	assert_equal "$("$KITBUILD" --cache "$BATS_TEST_TMPDIR/other" cache ls)" \
		"$HERE/tool:1 $(digest_here docker.io/test/tool:1)"
}

@test "a name without a tag is pushed as latest" {
	put_tool
	push_tool "$HERE/tool"
	assert_equal "$(digest_there "$HERE/tool:latest")" \
		"$(digest_here docker.io/test/tool:1)"
}

@test "an image that is there already is not sent again" {
	put_tool
	push_tool "$HERE/tool:1"
	: >"$REGISTRY_DIR/log"
	run -0 push_tool "$HERE/tool:1"
	assert_line "$HERE/tool:1 is there already"
	run -0 registry_changes
	assert_output ""
}

@test "a name that is taken is left alone unless --override is given" {
	put_tool
	registry_push_fixture "test$BATS_TEST_NUMBER/tool:1"
	local before
	before=$(digest_there "$HERE/tool:1")
	run -0 push_tool "$HERE/tool:1"
	assert_line --partial "is another image there, left alone"
	assert_equal "$(digest_there "$HERE/tool:1")" "$before"
	push_tool "$HERE/tool:1" --override
	assert_equal "$(digest_there "$HERE/tool:1")" \
		"$(digest_here docker.io/test/tool:1)"
}

@test "blobs of another repository are mounted, not sent" {
	put_tool
	push_tool "$HERE/tool:1"
	"$KITBUILD" cache pull --arch amd64 "$HERE/tool:1"
	: >"$REGISTRY_DIR/log"
	push_tool "$HERE/again:1"
	run -0 registry_changes
	assert_equal "$(grep -c 'POST .*?mount=.* 201$' <<<"$output")" 3
	refute_line --regexp 'PUT .*/blobs/'
	assert_equal "$(digest_there "$HERE/again:1")" \
		"$(digest_here docker.io/test/tool:1)"
}

@test "only the blobs that are missing are sent" {
	put_tool
	push_tool "$HERE/tool:1"
	put_image test/tool:2 <<-EOF
		dir sbin 0755
		file sbin/tool 4755 tool
	EOF
	: >"$REGISTRY_DIR/log"
	push --remote-name "$HERE/tool:2" test/tool:2
	# the config alone
	run -0 registry_changes
	assert_equal "$(grep -c 'PUT .*/blobs/.* 201$' <<<"$output")" 1
}

@test "an index is pushed with all of its images, each with a tag of its own" {
	local name=test$BATS_TEST_NUMBER
	registry_push_index "$name/many:1" amd64 arm64
	"$KITBUILD" cache pull --all-platforms "$REGISTRY/$name/many:1"
	push --remote-name "$HERE/other:2" --with-arch-tags "$REGISTRY/$name/many:1"
	assert_equal "$(raw_there "$HERE/other:2" | sha256sum)" \
		"$(raw_there "$REGISTRY/$name/many:1" | sha256sum)"
	local arch
	for arch in amd64 arm64; do
		run -0 skopeo inspect --tls-verify=false \
			--format '{{.Architecture}}' "docker://$HERE/other:2-$arch"
		assert_output "$arch"
	done
}

@test "an index whose images are not all here is refused, unless they are there" {
	local name=test$BATS_TEST_NUMBER
	registry_push_index "$name/many:1" amd64 arm64
	"$KITBUILD" cache pull --arch amd64 "$REGISTRY/$name/many:1"
	run -2 push --remote-name "$HERE/other:1" "$REGISTRY/$name/many:1"
	assert_output --partial "its part for linux/arm64 (sha256:"
	assert_output --partial "'kitbuild cache pull --all-platforms $REGISTRY/$name/many:1' fetches all of it"
	run -1 --separate-stderr digest_there "$HERE/other:1"
	push --remote-name "$HERE/many:2" "$REGISTRY/$name/many:1"
	assert_equal "$(raw_there "$HERE/many:2" | sha256sum)" \
		"$(raw_there "$HERE/many:1" | sha256sum)"
}

@test "two indexes become one, in which ours decides for its platforms" {
	local name=test$BATS_TEST_NUMBER
	registry_push_index "$name/ours:1" amd64 riscv64
	registry_push_index "$name/theirs:1" amd64 arm64
	"$KITBUILD" cache pull --all-platforms "$REGISTRY/$name/ours:1"
	push --override --remote-name "$HERE/theirs:1" "$REGISTRY/$name/ours:1"
	raw_there "$HERE/theirs:1" >"$BATS_TEST_TMPDIR/merged"
	run -0 jq -r '.manifests[].platform.architecture' "$BATS_TEST_TMPDIR/merged"
	assert_output "$(printf 'amd64\nriscv64\narm64')"
	assert_equal "$(jq -r '.manifests[0].digest' "$BATS_TEST_TMPDIR/merged")" \
		"$(raw_there "$HERE/ours:1" | jq -r '.manifests[0].digest')"
	# It has all of ours now, and stays as it is.
	run -0 push --override --remote-name "$HERE/theirs:1" \
		"$REGISTRY/$name/ours:1"
	assert_line "$HERE/theirs:1 has all of it, and more"
	"$KITBUILD" cache pull --all-platforms "$HERE/theirs:1"
}

@test "attestations are pushed with their index" {
	local name=test$BATS_TEST_NUMBER
	echo '{"spdxVersion": "SPDX-2.3"}' >"$BATS_TEST_TMPDIR/document"
	registry_push_attested "$name/attested:1" "$BATS_TEST_TMPDIR/document"
	"$KITBUILD" cache pull --all-platforms "$HERE/attested:1"
	push --remote-name "$HERE/again:1" "$HERE/attested:1"
	assert_equal "$(raw_there "$HERE/again:1" | sha256sum)" \
		"$(raw_there "$HERE/attested:1" | sha256sum)"
	run -0 "$KITBUILD" --cache "$BATS_TEST_TMPDIR/other" cache pull \
		--all-platforms "$HERE/again:1"
}

@test "what is not in the cache cannot be pushed" {
	run -2 push "$HERE/none:1"
	assert_output --partial "image $HERE/none:1: not in the cache"
}

@test "nothing is pushed offline" {
	put_tool
	run -2 "$KITBUILD" --offline cache push --remote-name "$HERE/tool:1" \
		test/tool:1
	assert_output --partial "pushing is forbidden by --offline"
}

@test "uploads go past a mirror" {
	put_tool
	rogue_start
	"$KITBUILD" --mirror "http://$ROGUE" cache push \
		--remote-name "$HERE/tool:1" test/tool:1
	run -0 rogue_requests
	assert_output ""
	digest_there "$HERE/tool:1"
}

@test "a registry with passwords takes images from those it knows" {
	put_tool
	htpasswd -Bbn user secret >"$BATS_TEST_TMPDIR/users" 2>/dev/null
	REGISTRY_AUTH="{ htpasswd: { realm: here, path: $BATS_TEST_TMPDIR/users } }" \
		own_registry_start
	run -1 push_tool "$REGISTRY/tool:1"
	assert_output --partial "$REGISTRY denies access"
	user_logs_in_at "$REGISTRY" user:wrong
	run -1 push_tool "$REGISTRY/tool:1"
	assert_output --partial "$REGISTRY denies access"
	user_logs_in_at "$REGISTRY"
	push_tool "$REGISTRY/tool:1"
	run -0 skopeo inspect --tls-verify=false --creds user:secret \
		--format '{{.Digest}}' "docker://$REGISTRY/tool:1"
	assert_output "$(digest_here docker.io/test/tool:1)"
}

@test "a registry with TLS takes images when its certificate is trusted" {
	put_tool
	certificate "$BATS_TEST_TMPDIR/tls"
	REGISTRY_TLS="$BATS_TEST_TMPDIR/tls.crt $BATS_TEST_TMPDIR/tls.key" \
		own_registry_start
	run -1 push_tool "$REGISTRY/tool:1"
	assert_output --partial "certificate"
	"$KITBUILD" --cert-file "$BATS_TEST_TMPDIR/tls.crt" cache push \
		--remote-name "$REGISTRY/tool:1" test/tool:1
	run -0 digest_there "$REGISTRY/tool:1"
	assert_output "$(digest_here docker.io/test/tool:1)"
}

token_registry_start() {
	certificate "$BATS_TEST_TMPDIR/token"
	token_start "$BATS_TEST_TMPDIR/token"
	REGISTRY_AUTH="{ token: { realm: \"http://$TOKENS/token\", service: registry, issuer: issuer, rootcertbundle: $BATS_TEST_TMPDIR/token.crt } }" \
		own_registry_start
}

@test "a token is asked for to pull and to push" {
	put_tool
	token_registry_start
	run -1 push_tool "$REGISTRY/a/tool:1"
	assert_output --partial "$REGISTRY denies access"
	user_logs_in_at "$REGISTRY"
	push_tool "$REGISTRY/a/tool:1"
	run -0 token_requests
	assert_line "service=registry&scope=repository%3Aa%2Ftool%3Apull%2Cpush Basic $(printf user:secret | base64)"
	run -0 digest_there "$REGISTRY/a/tool:1"
	assert_output "$(digest_here docker.io/test/tool:1)"
}

@test "to mount a blob a token for both repositories is asked for" {
	put_tool
	token_registry_start
	user_logs_in_at "$REGISTRY"
	push_tool "$REGISTRY/a/tool:1"
	"$KITBUILD" cache pull --arch amd64 "$REGISTRY/a/tool:1"
	push_tool "$REGISTRY/b/tool:1"
	run -0 token_requests
	assert_line --partial "scope=repository%3Ab%2Ftool%3Apull%2Cpush&scope=repository%3Aa%2Ftool%3Apull "
	run -0 registry_changes
	assert_equal "$(grep -c 'POST /v2/b/.*?mount=.* 201$' <<<"$output")" 3
}

@test "a damaged blob is never whole at the registry" {
	local layer
	put_image test/tool:1 <<-EOF
		file noise 0644 $(head -c 60000 /dev/urandom | base64 -w 0)
	EOF
	layer=$(find "$KITBUILD_CACHE/blobs/sha256" -size +20k -printf %f)
	chmod u+w "$KITBUILD_CACHE/blobs/sha256/$layer"
	printf x | dd of="$KITBUILD_CACHE/blobs/sha256/$layer" bs=1 seek=3000 \
		conv=notrunc status=none
	run -3 push_tool "$HERE/tool:1"
	assert_output --partial "damaged in the cache $KITBUILD_CACHE"
	run -1 --separate-stderr digest_there "$HERE/tool:1"
	[ ! -e "$(registry_blob "sha256:$layer")" ]
	rogue_push_start
	run -3 push_tool "$ROGUE/tool:1"
	# Of the layer's bytes the last never came.
	run -0 rogue_requests
	assert_line --regexp "PUT .*digest=sha256:$layer - [0-9]+"
	refute_line --regexp "PUT .*digest=sha256:$layer - $(stat -c %s \
		"$KITBUILD_CACHE/blobs/sha256/$layer")"
}

# A registry that has nothing and takes everything.
rogue_push_start() {
	rogue_start
	rogue_reply "POST/v2/tool/blobs/uploads/" 202 \
		"Location: /upload?session=1" </dev/null
	rogue_reply PUT/upload 201 </dev/null
	rogue_reply PUT/v2/tool/manifests/1 201 </dev/null
}

@test "a registry that fails once is asked again, with a new session" {
	put_tool
	rogue_push_start
	rogue_reply PUT/upload.1 500 </dev/null
	push_tool "$ROGUE/tool:1"
	run -0 rogue_requests
	# three blobs, and one of them twice
	assert_equal "$(grep -c '^POST /v2/tool/blobs/uploads/ ' <<<"$output")" 4
	assert_equal "$(grep -c '^PUT /upload?session=1&digest=' <<<"$output")" 4
}

@test "an upload that breaks off is begun anew" {
	put_tool
	rogue_push_start
	rogue_raw PUT/upload.1 </dev/null
	push_tool "$ROGUE/tool:1"
	run -0 rogue_requests
	assert_equal "$(grep -c '^POST /v2/tool/blobs/uploads/ ' <<<"$output")" 4
}

@test "a registry that always fails is given up" {
	put_tool
	rogue_push_start
	rogue_reply PUT/upload 500 </dev/null
	run -1 push_tool "$ROGUE/tool:1"
	assert_output --partial "$ROGUE answers with status 500"
	run -0 rogue_requests
	[ "$(grep -c '^PUT /upload' <<<"$output")" -le 12 ]
	refute_line --partial /manifests/1\ -\ 4
}

@test "a registry that always asks for a login is given up" {
	put_tool
	rogue_push_start
	user_logs_in_at "$ROGUE"
	rogue_reply PUT/upload 401 'WWW-Authenticate: Basic realm="x"' </dev/null
	run -1 push_tool "$ROGUE/tool:1"
	assert_output --partial "$ROGUE denies access"
}

@test "a login never goes to another place that the registry names" {
	put_tool
	rogue_push_start
	user_logs_in_at "$ROGUE"
	rogue_reply /v2/tool/manifests/1 401 'WWW-Authenticate: Basic realm="x"' \
		</dev/null
	rogue_reply /v2/tool/manifests/1.2 404 </dev/null
	rogue_reply "POST/v2/tool/blobs/uploads/" 202 \
		"Location: http://localhost:${ROGUE##*:}/upload?session=1" </dev/null
	push_tool "$ROGUE/tool:1"
	run -0 rogue_requests
	assert_line --regexp '^POST /v2/tool/blobs/uploads/ Basic '
	assert_line --regexp '^PUT /v2/tool/manifests/1 Basic '
	assert_line --regexp '^PUT /upload\?session=1&digest=sha256:[0-9a-f]{64} - '
	refute_line --regexp '^PUT /upload\?.* Basic '
}

@test "an upload is not sent in the clear to another machine" {
	put_tool
	rogue_push_start
	rogue_reply "POST/v2/tool/blobs/uploads/" 202 \
		"Location: http://upload.example.org/1" </dev/null
	run -1 push_tool "$ROGUE/tool:1"
	assert_output --partial \
		"wants it sent to http://upload.example.org/1, which is not encrypted"
}

@test "a registry that does not say where to send a blob is told" {
	put_tool
	rogue_push_start
	rogue_reply "POST/v2/tool/blobs/uploads/" 202 </dev/null
	run -1 push_tool "$ROGUE/tool:1"
	assert_output --partial "$ROGUE does not say where to send it"
}

@test "a blob that the registry keeps elsewhere is there" {
	put_tool
	rogue_push_start
	local blob
	for blob in "$KITBUILD_CACHE"/blobs/sha256/*; do
		rogue_reply "/v2/tool/blobs/sha256:$(basename "$blob")" 307 \
			"Location: https://storage.example.org/signed" </dev/null
	done
	push_tool "$ROGUE/tool:1"
	run -0 rogue_requests
	refute_line --regexp '^POST'
	assert_line --regexp '^PUT /v2/tool/manifests/1 '
}

@test "an upload may be sent on to another place, without the login" {
	put_tool
	rogue_push_start
	user_logs_in_at "$ROGUE"
	rogue_reply /v2/tool/manifests/1 401 'WWW-Authenticate: Basic realm="x"' \
		</dev/null
	rogue_reply /v2/tool/manifests/1.2 404 </dev/null
	rogue_reply PUT/upload 307 \
		"Location: http://localhost:${ROGUE##*:}/storage" </dev/null
	rogue_reply PUT/storage 201 </dev/null
	push_tool "$ROGUE/tool:1"
	run -0 rogue_requests
	assert_line --regexp '^PUT /upload\?.* Basic '
	assert_line --regexp '^PUT /storage - [1-9]'
	refute_line --regexp '^PUT /storage Basic'
}

@test "what a registry says when it refuses is told, and steers no terminal" {
	put_tool
	rogue_push_start
	local blob
	for blob in "$KITBUILD_CACHE"/blobs/sha256/*; do
		rogue_reply "/v2/tool/blobs/sha256:$(basename "$blob")" 200 </dev/null
	done
	printf '{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN","message":"blob \\u001b[31m unknown"}]}' |
		rogue_reply PUT/v2/tool/manifests/1 400
	run -1 push_tool "$ROGUE/tool:1"
	assert_output --partial \
		"$ROGUE answers with status 400: MANIFEST_BLOB_UNKNOWN: blob ?[31m unknown"
	run -0 rogue_requests
	refute_line --regexp '^POST'
}

@test "a registry that took another manifest is not believed" {
	put_tool
	rogue_push_start
	rogue_reply PUT/v2/tool/manifests/1 201 \
		"Docker-Content-Digest: sha256:$(printf 0%.0s {1..64})" </dev/null
	run -3 push_tool "$ROGUE/tool:1"
	assert_output --partial "took another manifest"
}

@test "one name cannot stand for several images" {
	run -2 push --remote-name "$HERE/tool:1" test/tool:1 test/tool:2
	assert_output --partial "--remote-name is for one image at a time"
}
