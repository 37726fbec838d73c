#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Policies: which images a build may take, by digest and by signature. The
# signatures are made by openssl and stored as cosign stores its own.

load ../lib/kitbuild
load ../lib/registry

setup_file() {
	registry_start
	cd "$BATS_FILE_TMPDIR"
	for name in ours theirs; do
		openssl ecparam -name prime256v1 -genkey -noout -out $name.key
		openssl ec -in $name.key -pubout -out $name.pub
	done
	openssl genrsa -out rsa.key 2048
	openssl rsa -in rsa.key -pubout -out rsa.pub
	registry_push_index signed/tool:1 amd64 arm64
	registry_push_fixture signed/other:1
	registry_push_fixture signed/plain:1
	sign signed/tool "$(digest_of signed/tool:1 index)" ours.key
	sign signed/other "$(digest_of signed/other:1 manifest)" theirs.key
}

teardown_file() {
	registry_stop
}

setup() {
	export KITBUILD_CACHE="$BATS_TEST_TMPDIR/cache"
	cd "$BATS_TEST_TMPDIR"
	cp "$BATS_FILE_TMPDIR"/*.pub .
}

digest_of() {
	curl -sf -H "Accept: application/vnd.oci.image.$2.v1+json" \
		"http://$REGISTRY/v2/${1%:*}/manifests/${1##*:}" |
		sha256sum | sed 's/^\(.*\)  -$/sha256:\1/'
}

# put_blob REPOSITORY FILE: its digest
put_blob() {
	local digest where
	digest=sha256:$(sha256sum <"$2" | cut -c1-64)
	where=$(curl -sf -X POST -o /dev/null -D - "http://$REGISTRY/v2/$1/blobs/uploads/" |
		tr -d '\r' | sed -n 's/^[Ll]ocation: //p')
	curl -sf -X PUT -H 'Content-Type: application/octet-stream' \
		--data-binary "@$2" "$where&digest=$digest"
	echo "$digest"
}

# sign REPOSITORY DIGEST KEY [SAID]: what is said to be signed, if not DIGEST
sign() {
	local said=${4:-$2} payload config coded type=application/vnd.oci.image
	printf '{"critical":{"identity":{"docker-reference":"%s"},"image":{"docker-manifest-digest":"%s"},"type":"cosign container image signature"},"optional":null}' \
		"$1" "$said" >payload
	coded=$(openssl dgst -sha256 -sign "$3" payload | base64 -w0)
	printf '{"architecture":"","os":"","config":{},"rootfs":{"type":"layers","diff_ids":[]}}' >config
	payload=$(put_blob "$1" payload)
	config=$(put_blob "$1" config)
	registry_put "$1:${2/:/-}.sig" $type.manifest.v1+json <<-EOF2
		{"schemaVersion": 2, "mediaType": "$type.manifest.v1+json",
		 "config": {"mediaType": "$type.config.v1+json",
		   "size": $(stat -c %s config), "digest": "$config"},
		 "layers": [{"size": $(stat -c %s payload), "digest": "$payload",
		   "mediaType": "application/vnd.dev.cosign.simplesigning.v1+json",
		   "annotations": {"dev.cosignproject.cosign/signature": "$coded"}}]}
	EOF2
}

# policy_manifest IMAGE RULE...
policy_manifest() {
	printf 'init: ["%s"]\npolicy:\n' "$REGISTRY/$1" >m.yml
	shift
	printf '  - %s\n' "$@" >>m.yml
}

build() {
	kitbuild build --arch amd64 --no-sbom -f tar "$@" m.yml
}

@test "an image that a key of the policy signed is taken, offline too" {
	policy_manifest signed/tool:1 '{images: ["*/signed/*"], require: signature, keys: [theirs.pub, ours.pub]}'
	run -0 build
	run -0 kitbuild --offline build --arch amd64 --no-sbom -f tar m.yml
	run -0 kitbuild cache verify
	run -0 kitbuild cache gc
	run -0 kitbuild --offline build --arch amd64 --no-sbom -f tar m.yml
}

@test "a signature of one platform's manifest is as good" {
	registry_push_index signed/parts:1 amd64 arm64
	(
		cd "$BATS_FILE_TMPDIR"
		sign signed/parts "$(digest_of signed/parts:of-amd64 manifest)" ours.key
	)
	policy_manifest signed/parts:1 '{images: ["*"], require: signature, keys: [ours.pub]}'
	run -0 build
}

@test "an image that another key signed is refused with the rule's place" {
	policy_manifest signed/other:1 '{images: ["*"], require: signature, keys: [ours.pub]}'
	run -3 build
	assert_line "kitbuild: m.yml:1:8: $REGISTRY/signed/other:1: no signature of it is by a key of the policy"
	[ ! -e m.tar ]
}

@test "an image without a signature is refused" {
	policy_manifest signed/plain:1 '{images: ["*"], require: signature, keys: [ours.pub]}'
	run -3 build
	assert_line "kitbuild: m.yml:1:8: $REGISTRY/signed/plain:1 has no signature, and the policy requires one"
}

@test "a signature of something else does not count" {
	registry_push_fixture signed/lying:1
	(
		cd "$BATS_FILE_TMPDIR"
		sign signed/lying "$(digest_of signed/lying:1 manifest)" ours.key \
			"$(digest_of signed/plain:1 manifest)"
	)
	policy_manifest signed/lying:1 '{images: ["*"], require: signature, keys: [ours.pub]}'
	run -3 build
	assert_output --partial "no signature of it is by a key of the policy"
}

@test "a digest can be required, and a lock gives it" {
	policy_manifest signed/tool:1 '{images: ["*"], require: digest}'
	run -3 build
	assert_output "kitbuild: m.yml:1:8: $REGISTRY/signed/tool:1 needs a digest or a lock, says the policy at m.yml:3:5"
	kitbuild lock --arch amd64 m.yml
	run -0 build
	rm m.lock
	policy_manifest "signed/tool@$(digest_of signed/tool:1 index)" '{images: ["*"], require: digest}'
	run -0 build
}

@test "the first rule that matches decides" {
	policy_manifest signed/tool:1 \
		'{images: ["nowhere/*", "*/signed/tool:1"], require: nothing}' \
		'{images: ["*"], require: reject}'
	run -0 build
	policy_manifest signed/other:1 \
		'{images: ["*/signed/tool:1"], require: nothing}' \
		'{images: ["*"], require: reject}'
	run -3 build
	assert_output --partial "$REGISTRY/signed/other:1 may not be used, says the policy at m.yml:4:5"
}

@test "a policy of its own has to agree too" {
	policy_manifest signed/tool:1 '{images: ["*"], require: nothing}'
	mkdir rules
	mv ours.pub rules
	echo 'policy: [{images: ["*"], require: signature, keys: [ours.pub]}]' >rules/ci.yml
	run -0 build --policy rules/ci.yml
	echo 'policy: [{images: ["*"], require: reject}]' >rules/ci.yml
	run -3 build --policy rules/ci.yml
	assert_output --partial "says the policy at rules/ci.yml:1:10"
	run -2 build --policy none.yml
	assert_output "kitbuild: there is no policy none.yml"
}

@test "packages are built from sources that are named: no rule is for them" {
	mkdir tool
	printf 'image: tool\ncontents: {files: [{path: a, contents: x}]}\n' >tool/build.yml
	printf 'init: ["@pkg:tool"]\npolicy: [{images: ["*"], require: reject}]\n' >m.yml
	run -0 build
}

@test "rules and keys that are none are refused with their place" {
	policy_manifest signed/tool:1 '{images: [], require: signature}' '{images: ["*"], keys: [ours.pub]}' \
		'{images: ["*"], require: sometimes}'
	run -2 build
	assert_line "kitbuild: m.yml:5:30: policy[2].require: 'sometimes' where nothing, digest, signature or reject is wanted"
	policy_manifest signed/tool:1 '{images: [], require: signature}' '{images: ["*"], keys: [ours.pub]}'
	run -2 build
	assert_line "kitbuild: m.yml:3:5: a rule needs images"
	assert_line "kitbuild: m.yml:3:5: a rule that requires a signature needs keys"
	assert_line "kitbuild: m.yml:4:5: a rule needs require"
	policy_manifest signed/tool:1 '{images: ["*"], require: signature, keys: [rsa.pub]}'
	run -2 build
	assert_output --partial "rsa.pub is no ECDSA P-256 public key in PEM"
	policy_manifest signed/tool:1 '{images: ["*"], require: signature, keys: [gone.pub]}'
	run -2 build
	assert_line "kitbuild: m.yml:3:48: there is no key gone.pub"
}
