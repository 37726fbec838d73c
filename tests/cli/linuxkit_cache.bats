#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The cache of LinuxKit and ours are one: what it writes is read here, and what
# is written here obeys the rules by which it reads.

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
	cd "$BATS_TEST_TMPDIR"
	umask 022
	linuxkit_cache
}

# A cache as LinuxKit leaves it: an index of two platforms and an attestation
# under one name, a manifest under another, a descriptor of an older content
# without a name; its indents, modes and lock file.
linuxkit_cache() {
	python3 - "$KITBUILD_CACHE" <<-'EOF'
		import gzip, hashlib, io, json, os, sys, tarfile
		cache = sys.argv[1]
		blobs = cache + "/blobs/sha256/"
		os.makedirs(blobs)
		OCI = "application/vnd.oci.image."

		def put(data, kind, mode=0o644, **more):
		    digest = hashlib.sha256(data).hexdigest()
		    with open(blobs + digest, "wb") as file:
		        file.write(data)
		    os.chmod(blobs + digest, mode)
		    return {"mediaType": OCI + kind, "size": len(data),
		            "digest": "sha256:" + digest, **more}

		def image(arch, text):
		    out = io.BytesIO()
		    with tarfile.open(fileobj=out, mode="w") as tar:
		        info = tarfile.TarInfo("bin/tool")
		        info.size, info.mode = len(text), 0o755
		        tar.addfile(info, io.BytesIO(text))
		    layer = gzip.compress(out.getvalue(), mtime=0)
		    config = json.dumps({"architecture": arch, "os": "linux", "config": {},
		        "rootfs": {"type": "layers", "diff_ids":
		        ["sha256:" + hashlib.sha256(out.getvalue()).hexdigest()]}}).encode()
		    return put(json.dumps({"schemaVersion": 2, "mediaType": OCI + "manifest.v1+json",
		        "config": put(config, "config.v1+json"),
		        "layers": [put(layer, "layer.v1.tar+gzip", 0o600)]}).encode(),
		        "manifest.v1+json", platform={"os": "linux", "architecture": arch})

		def named(descriptor, name):
		    descriptor = {k: v for k, v in descriptor.items() if k != "platform"}
		    return {**descriptor, "annotations": {"org.opencontainers.image.ref.name": name}}

		index = put(json.dumps({"schemaVersion": 2, "mediaType": OCI + "index.v1+json",
		    "manifests": [image("arm64", b"arm"), image("amd64", b"amd")]}).encode(),
		    "index.v1+json", 0o755)
		single = image("amd64", b"single")
		old = image("amd64", b"old")
		with open(cache + "/index.json", "w") as file:
		    json.dump({"schemaVersion": 2, "mediaType": OCI + "index.v1+json", "manifests": [
		        old, named(index, "docker.io/linuxkit/init:v1"),
		        named(single, "docker.io/library/single")]}, file, indent=3)
		with open(cache + "/oci-layout", "w") as file:
		    file.write('{\n    "imageLayoutVersion": "1.0.0"\n}')
		open(cache + "/.lock", "w").close()
	EOF
}

# What LinuxKit finds under a name: one descriptor, with its blobs.
linuxkit_finds() {
	local found
	found=$(jq -r --arg name "$1" '[.manifests[] |
		select(.annotations["org.opencontainers.image.ref.name"] == $name)] |
		if length == 1 then .[0] | "\(.size) \(.digest) \(.mediaType)" else "\(length) descriptors" end' \
		"$KITBUILD_CACHE/index.json")
	echo "$found"
	read -r size digest _ <<<"$found"
	assert_equal "$(stat -c %s "$KITBUILD_CACHE/blobs/sha256/${digest#sha256:}")" "$size"
	assert_equal "sha256:$(sha256sum <"$KITBUILD_CACHE/blobs/sha256/${digest#sha256:}" | cut -c1-64)" "$digest"
}

@test "what LinuxKit has pulled is built from, offline, and stays as it is" {
	find cache -name '*.json' -o -path '*blobs/*' -type f | sort | xargs sha256sum >before
	manifest m.yml <<<"init: [linuxkit/init:v1, single]"
	run -0 "$KITBUILD" -q --offline build --arch arm64 --no-sbom -f tar --name arm - <<<"init: [linuxkit/init:v1]"
	assert_equal "$(command tar --warning=no-unknown-keyword -xOf arm.tar bin/tool)" arm
	run -0 "$KITBUILD" -q --offline build --arch amd64 --no-sbom -f tar m.yml
	assert_equal "$(command tar --warning=no-unknown-keyword -xOf m.tar bin/tool)" single
	find cache -name '*.json' -o -path '*blobs/*' -type f | grep -v packed | sort | xargs sha256sum | diff before -
	run -0 "$KITBUILD" cache ls
	assert_line --regexp "^docker.io/linuxkit/init:v1 sha256:"
	assert_line --regexp "^docker.io/library/single sha256:"
	assert_equal "${#lines[@]}" 2
	run -0 "$KITBUILD" cache verify
}

@test "what is pulled here is found by LinuxKit's rules, beside what was there" {
	registry_push_fixture tools/new:1
	run -0 "$KITBUILD" cache pull --arch amd64 "$REGISTRY/tools/new:1"
	run -0 "$KITBUILD" cache pull --arch amd64 "$REGISTRY/tools/new:1"
	run -0 linuxkit_finds "$REGISTRY/tools/new:1"
	assert_output --partial "application/vnd.oci.image.manifest.v1+json"
	run -0 linuxkit_finds docker.io/linuxkit/init:v1
	assert_output --partial "application/vnd.oci.image.index.v1+json"
	# The one without a name is kept, too.
	assert_equal "$(jq '[.manifests[] | select(.annotations | not)] | length' cache/index.json)" 1
	assert_equal "$(jq -r .imageLayoutVersion cache/oci-layout)" 1.0.0
	assert_equal "$(jq .schemaVersion cache/index.json)" 2
}

@test "a cache that is new is one that LinuxKit reads" {
	rm -rf cache
	registry_push_index tools/many:1 amd64 arm64
	run -0 "$KITBUILD" cache pull --all-platforms "$REGISTRY/tools/many:1"
	run -0 linuxkit_finds "$REGISTRY/tools/many:1"
	assert_output --partial "application/vnd.oci.image.index.v1+json"
	# It takes both files as they are; a layout without one of them is none.
	assert_equal "$(jq -cS . cache/oci-layout)" '{"imageLayoutVersion":"1.0.0"}'
	[ -f cache/index.json ]
	[ -z "$(find cache/blobs -type f ! -perm -0444)" ]
}

@test "the lock is LinuxKit's: who holds it is waited for" {
	python3 - <<-'EOF' &
		import fcntl, os, time
		file = open("cache/.lock", "r+")
		fcntl.lockf(file, fcntl.LOCK_EX)
		open("held", "w").close()
		time.sleep(2)
		os.rename("held", "released")
	EOF
	local holder=$!
	until [ -e held ] || [ -e released ]; do sleep 0.05; done
	run -0 "$KITBUILD" cache rm single
	[ -e released ]
	wait "$holder"
	run -0 "$KITBUILD" cache ls
	assert_equal "${#lines[@]}" 1
}
