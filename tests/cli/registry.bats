#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Fetching images: what is asked, what is refused, and where logins go.

load ../lib/kitbuild
load ../lib/registry
bats_require_minimum_version 1.5.0

setup_file() {
	registry_start
	registry_push_fixture tools/one:1
	registry_push_fixture tools/arm:1 arm64
	registry_push_index tools/many:1 amd64 arm64
}

teardown_file() {
	registry_stop
}

setup() {
	export KITBUILD_CACHE="$BATS_TEST_TMPDIR/cache"
	export DOCKER_CONFIG="$BATS_TEST_TMPDIR/docker"
	unset REGISTRY_AUTH_FILE XDG_RUNTIME_DIR
}

teardown() {
	rogue_stop
	assert_nothing_half_written
}

assert_nothing_half_written() {
	[ ! -d "$KITBUILD_CACHE/tmp" ] || [ -z "$(ls "$KITBUILD_CACHE/tmp")" ]
}

pull() {
	"$KITBUILD" cache pull --arch amd64 "$@"
}

assert_cache_has_no_names() {
	run -0 "$KITBUILD" cache ls
	assert_output ""
}

user_logs_in_at() {
	mkdir -p "$DOCKER_CONFIG"
	printf '{"auths": {"%s": {"auth": "%s"}}}\n' "$1" \
		"$(printf user:secret | base64)" >"$DOCKER_CONFIG/config.json"
}

@test "an image is pulled whole" {
	run -0 pull "$REGISTRY/tools/one:1"
	assert_output "pull $REGISTRY/tools/one:1"
	run -0 "$KITBUILD" cache verify
}

@test "only the wanted platform of an index is pulled" {
	pull "$REGISTRY/tools/many:1"
	# index, manifest, config, layer
	run -0 ls "$KITBUILD_CACHE/blobs/sha256"
	assert_equal "${#lines[@]}" 4
}

@test "a platform that is not there is told with those there are" {
	run -2 "$KITBUILD" cache pull --arch riscv64 "$REGISTRY/tools/many:1"
	assert_output --partial \
		"image $REGISTRY/tools/many:1: not made for linux/riscv64; there is linux/amd64, linux/arm64"
	run -2 pull "$REGISTRY/tools/arm:1"
	assert_output --partial "made for linux/arm64, not for linux/amd64"
	assert_cache_has_no_names
}

@test "a digest decides which image is pulled" {
	local digest
	digest=sha256:$(registry_manifest tools/one:1 | sha256sum | cut -c1-64)
	pull "$REGISTRY/tools/one@$digest"
	pull "$REGISTRY/tools/one:other@$digest"
	run -0 "$KITBUILD" cache ls
	assert_line "$REGISTRY/tools/one@$digest $digest"
	assert_line "$REGISTRY/tools/one:other@$digest $digest"
}

@test "an unknown image is told" {
	run -2 pull "$REGISTRY/tools/none:1"
	assert_output --partial \
		"image $REGISTRY/tools/none:1: not found at $REGISTRY"
}

@test "a registry that is not there is told" {
	run -1 pull 127.0.0.1:1/tools/one:1
	assert_output --partial "cannot fetch it from 127.0.0.1:1: "
}

@test "offline, what is missing is told and nothing is asked" {
	run -2 "$KITBUILD" --offline cache pull "$REGISTRY/tools/one:1"
	assert_output --partial "not in the cache $KITBUILD_CACHE"
}

@test "offline, an image that is complete will do" {
	pull "$REGISTRY/tools/one:1"
	run -0 "$KITBUILD" --offline cache pull --arch amd64 \
		"$REGISTRY/tools/one:1"
	rm "$KITBUILD_CACHE"/blobs/sha256/*
	run -2 "$KITBUILD" --offline cache pull --arch amd64 \
		"$REGISTRY/tools/one:1"
	assert_output --partial "its manifest is not in the cache"
}

@test "another platform of an index joins the first" {
	pull "$REGISTRY/tools/many:1"
	run -0 "$KITBUILD" cache pull --arch arm64 "$REGISTRY/tools/many:1"
	# the index, and manifest, config and layer of each
	run -0 ls "$KITBUILD_CACHE/blobs/sha256"
	assert_equal "${#lines[@]}" 7
	run -0 "$KITBUILD" --offline cache pull --arch amd64 \
		"$REGISTRY/tools/many:1"
}

@test "a layer with a wrong digest is refused and not kept" {
	rogue_start
	rogue_image evil
	tr '\000' '\001' <"$BATS_TEST_TMPDIR/layer" |
		rogue_reply "/v2/evil/blobs/$ROGUE_LAYER" 200
	run -3 pull "$ROGUE/evil:1"
	assert_output --partial "blob $ROGUE_LAYER"
	assert_cache_has_no_names
	[ ! -e "$KITBUILD_CACHE/blobs/sha256/${ROGUE_LAYER#sha256:}" ]
}

@test "a blob that is too long is cut off" {
	rogue_start
	rogue_image evil
	head -c 100000000 /dev/zero |
		rogue_reply "/v2/evil/blobs/$ROGUE_LAYER" 200
	run -3 pull "$ROGUE/evil:1"
	assert_output --partial "longer than the 10240 bytes declared"
}

@test "a blob that is too short is refused" {
	rogue_start
	rogue_image evil
	head -c 100 /dev/zero | rogue_reply "/v2/evil/blobs/$ROGUE_LAYER" 200
	run -3 pull "$ROGUE/evil:1"
	assert_output --partial "100 bytes where 10240 are declared"
}

@test "a manifest with another digest than the one asked for is refused" {
	rogue_start
	rogue_image evil
	local other=sha256:${ROGUE_LAYER#sha256:}
	cp "$ROGUE_DIR/+v2+evil+manifests+1" \
		"$ROGUE_DIR/+v2+evil+manifests+$other"
	run -3 pull "$ROGUE/evil@$other"
	assert_output --partial "sent a manifest with digest $ROGUE_MANIFEST"
	assert_cache_has_no_names
}

@test "a manifest without end is cut off" {
	rogue_start
	head -c 20000000 /dev/zero | rogue_reply /v2/evil/manifests/1 200 \
		"Content-Type: application/vnd.oci.image.manifest.v1+json"
	run -2 pull "$ROGUE/evil:1"
	assert_output --partial "more than 4194304 bytes"
}

@test "a reply that breaks off is asked for again" {
	rogue_start
	rogue_image good
	head -c 300 "$ROGUE_DIR/+v2+good+blobs+$ROGUE_LAYER" |
		rogue_raw "/v2/good/blobs/$ROGUE_LAYER.1"
	run -0 pull "$ROGUE/good:1"
	run -0 "$KITBUILD" cache verify
}

@test "a registry that is busy is asked again, as late as it says" {
	rogue_start
	rogue_image good
	rogue_reply /v2/good/manifests/1.1 503 </dev/null
	rogue_reply /v2/good/manifests/1.2 429 "Retry-After: 1" </dev/null
	run -0 pull "$ROGUE/good:1"
}

@test "redirects without end are given up" {
	rogue_start
	rogue_reply /v2/evil/manifests/1 307 \
		"Location: http://$ROGUE/v2/evil/manifests/1" </dev/null
	run -1 pull "$ROGUE/evil:1"
	assert_output --partial "redirects more than 5 times"
}

@test "redirects to plain HTTP elsewhere, or to files, are refused" {
	rogue_start
	rogue_reply /v2/evil/manifests/1 307 \
		"Location: http://192.0.2.1/x" </dev/null
	run -1 pull "$ROGUE/evil:1"
	assert_output --partial "redirects to http://192.0.2.1/x, which is not encrypted"
	rogue_reply /v2/evil/manifests/1 307 "Location: file:///etc/passwd" \
		</dev/null
	run -1 pull "$ROGUE/evil:1"
}

@test "a login is sent to the registry, and not where it redirects" {
	rogue_start
	rogue_image good
	user_logs_in_at "$ROGUE"
	rogue_reply /v2/good/manifests/1.1 401 'WWW-Authenticate: Basic realm="x"' \
		</dev/null
	mv "$ROGUE_DIR/+v2+good+blobs+$ROGUE_LAYER" "$ROGUE_DIR/+elsewhere"
	rogue_reply "/v2/good/blobs/$ROGUE_LAYER" 307 \
		"Location: http://localhost:${ROGUE#*:}/elsewhere" </dev/null
	run -0 pull "$ROGUE/good:1"
	run -0 rogue_requests
	assert_line "/v2/good/manifests/1 Basic dXNlcjpzZWNyZXQ="
	assert_line "/v2/good/blobs/$ROGUE_LAYER Basic dXNlcjpzZWNyZXQ="
	assert_line "/elsewhere -"
}

@test "a token is fetched with the login and used" {
	rogue_start
	rogue_image good
	user_logs_in_at "$ROGUE"
	rogue_reply /v2/good/manifests/1.1 401 \
		"WWW-Authenticate: Bearer realm=\"http://$ROGUE/token\",service=\"it\",scope=\"repository:other:push\"" \
		</dev/null
	rogue_reply /token 200 <<<'{"token": "abc"}'
	run -0 pull "$ROGUE/good:1"
	run -0 rogue_requests
	assert_line "/token?service=it&scope=repository%3Agood%3Apull Basic dXNlcjpzZWNyZXQ="
	assert_line "/v2/good/manifests/1 Bearer abc"
}

@test "an identity token is exchanged for an access token, by a form" {
	rogue_start
	rogue_image good
	mkdir -p "$DOCKER_CONFIG"
	echo "{\"auths\": {\"$ROGUE\": {\"identitytoken\": \"id&1\"}}}" \
		>"$DOCKER_CONFIG/config.json"
	rogue_reply /v2/good/manifests/1.1 401 \
		"WWW-Authenticate: Bearer realm=\"http://$ROGUE/token\",service=\"it\"" \
		</dev/null
	rogue_reply POST/token 200 <<<'{"access_token": "abc"}'
	run -0 pull "$ROGUE/good:1"
	refute_output --partial "id&1"
	run -0 rogue_requests
	assert_line "POST /token - grant_type=refresh_token&client_id=kitbuild&service=it&scope=repository%3Agood%3Apull&refresh_token=id%261"
	assert_line "/v2/good/manifests/1 Bearer abc"
}

@test "an identity token is not sent to a token server of another site" {
	rogue_start
	rogue_image good
	mkdir -p "$DOCKER_CONFIG"
	echo "{\"auths\": {\"$ROGUE\": {\"identitytoken\": \"secret1\"}}}" \
		>"$DOCKER_CONFIG/config.json"
	rogue_reply /v2/good/manifests/1.1 401 \
		"WWW-Authenticate: Bearer realm=\"http://localhost:${ROGUE#*:}/token\"" \
		</dev/null
	rogue_reply /token 200 <<<'{"access_token": "abc"}'
	run -0 pull "$ROGUE/good:1"
	run -0 rogue_requests
	refute_line --partial secret1
}

@test "a login is not sent to a token server of another site" {
	rogue_start
	rogue_image good
	user_logs_in_at "$ROGUE"
	rogue_reply /v2/good/manifests/1.1 401 \
		"WWW-Authenticate: Bearer realm=\"http://localhost:${ROGUE#*:}/token\"" \
		</dev/null
	rogue_reply /token 200 <<<'{"access_token": "abc"}'
	run -0 pull "$ROGUE/good:1"
	assert_output --partial "another site; not sent"
	run -0 rogue_requests
	assert_line "/token?scope=repository%3Agood%3Apull -"
}

@test "a token server in the clear is refused" {
	rogue_start
	rogue_reply /v2/evil/manifests/1 401 \
		'WWW-Authenticate: Bearer realm="http://192.0.2.1/token"' </dev/null
	run -1 pull "$ROGUE/evil:1"
	assert_output --partial "not encrypted"
}

@test "a token cannot add lines to the request" {
	rogue_start
	rogue_reply /v2/evil/manifests/1 401 \
		"WWW-Authenticate: Bearer realm=\"http://$ROGUE/token\"" </dev/null
	rogue_reply /token 200 <<<'{"token": "a\r\nX-Evil: 1"}'
	run -1 pull "$ROGUE/evil:1"
	assert_output --partial "gives no usable token"
}

@test "denied access names the cure" {
	rogue_start
	rogue_reply /v2/good/manifests/1 401 'WWW-Authenticate: Basic realm="x"' \
		</dev/null
	run -1 pull "$ROGUE/good:1"
	assert_output --partial "'docker login $ROGUE'"
}

@test "a credential helper is asked" {
	rogue_start
	rogue_image good
	mkdir -p "$DOCKER_CONFIG" "$BATS_TEST_TMPDIR/bin"
	printf '{"credHelpers": {"%s": "mine"}}' "$ROGUE" \
		>"$DOCKER_CONFIG/config.json"
	cat >"$BATS_TEST_TMPDIR/bin/docker-credential-mine" <<-'EOF'
		#!/bin/sh
		[ "$1" = get ] && echo '{"Username": "user", "Secret": "secret"}'
	EOF
	chmod +x "$BATS_TEST_TMPDIR/bin/docker-credential-mine"
	rogue_reply /v2/good/manifests/1.1 401 'WWW-Authenticate: Basic realm="x"' \
		</dev/null
	PATH="$BATS_TEST_TMPDIR/bin:$PATH" run -0 pull "$ROGUE/good:1"
	run -0 rogue_requests
	assert_line "/v2/good/manifests/1 Basic dXNlcjpzZWNyZXQ="
}

@test "a mirror is asked in the registry's place, under its own name" {
	run -0 "$KITBUILD" --mirror "reg.example=http://$REGISTRY" \
		cache pull --arch amd64 reg.example/tools/one:1
	run -0 --separate-stderr "$KITBUILD" cache ls
	assert_output --partial "reg.example/tools/one:1 sha256:"
}

@test "mirrors may come from the environment, and options win" {
	export KITBUILD_MIRROR="http://127.0.0.1:9, reg.example=http://$REGISTRY"
	run -0 "$KITBUILD" cache pull --arch amd64 reg.example/tools/one:1
	run -1 "$KITBUILD" --mirror reg.example=http://127.0.0.1:9 cache pull \
		--arch amd64 reg.example/tools/many:1
	assert_output --partial "127.0.0.1:9"
}

@test "an unusable mirror or certificate file is told" {
	run -2 "$KITBUILD" --mirror nonsense cache pull a
	assert_output --partial "mirror 'nonsense'"
	echo none >"$BATS_TEST_TMPDIR/ca.pem"
	run -2 "$KITBUILD" --cert-file "$BATS_TEST_TMPDIR/ca.pem" cache pull a
	assert_output --partial "no PEM certificate"
}

@test "a reference that is none is refused before anything is asked" {
	run -2 pull "$REGISTRY/../../etc"
	run -2 pull "http://$REGISTRY/tools/one:1"
	assert_output --partial "an image name is not a URL"
}

@test "a certificate for another name is refused, trusted or not" {
	local key="$BATS_TEST_TMPDIR/key.pem" cert="$BATS_TEST_TMPDIR/cert.pem"
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout "$key" \
		-out "$cert" -subj /CN=registry.example \
		-addext subjectAltName=DNS:registry.example 2>/dev/null
	(
		export BATS_FILE_TMPDIR="$BATS_TEST_TMPDIR"
		REGISTRY_TLS="$cert $key" registry_start
		trap registry_stop EXIT
		run -1 "$KITBUILD" --cert-file "$cert" cache pull \
			"$REGISTRY/tools/none:1"
		assert_output --partial "127.0.0.1"
		assert_output --regexp "certificate|SSL"
	)
}

@test "a registry with a certificate of its own is trusted by --cert-file" {
	local key="$BATS_TEST_TMPDIR/key.pem" cert="$BATS_TEST_TMPDIR/cert.pem"
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout "$key" \
		-out "$cert" -subj /CN=localhost \
		-addext subjectAltName=IP:127.0.0.1 2>/dev/null
	(
		export BATS_FILE_TMPDIR="$BATS_TEST_TMPDIR"
		REGISTRY_TLS="$cert $key" registry_start
		trap registry_stop EXIT
		run -1 pull "$REGISTRY/tools/none:1"
		assert_output --partial "certificate"
		run -2 "$KITBUILD" --cert-file "$cert" cache pull \
			"$REGISTRY/tools/none:1"
		assert_output --partial "not found"
	)
}
