#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Images as files: out of one cache, into another, and to other tools.

load ../lib/kitbuild
load ../lib/images
load ../lib/registry
bats_require_minimum_version 1.5.0

NAME=docker.io/test/tool:1

setup() {
	export KITBUILD_CACHE="$BATS_TEST_TMPDIR/cache"
	cd "$BATS_TEST_TMPDIR"
	put_image test/tool:1 --config '{"Cmd": ["/sbin/tool"]}' <<-EOF
		dir sbin 0755
		file sbin/tool 4755 tool
		file gone 0644 gone
		layer
		file .wh.gone 0644
	EOF
}

export_tool() {
	"$KITBUILD" cache export --platform linux/amd64 "$@"
}

import_elsewhere() {
	"$KITBUILD" --cache "$BATS_TEST_TMPDIR/other" cache import "$@"
}

names_elsewhere() {
	"$KITBUILD" --cache "$BATS_TEST_TMPDIR/other" cache ls
}

# unpack_archive, change files below layout/, repack_archive
unpack_archive() {
	mkdir layout
	tar -C layout -xf tool.tar
}

repack_archive() {
	tar -C layout -cf tool.tar .
}

assert_import_refused() {
	run "-$1" import_elsewhere tool.tar
	assert_output --partial "$2"
	run -0 names_elsewhere
	assert_output ""
}

@test "an image that is exported and imported is the same under its name" {
	run -0 export_tool --outfile tool.tar test/tool:1
	assert_output ""
	run -0 import_elsewhere tool.tar
	assert_output "$NAME"
	assert_equal "$(names_elsewhere)" "$("$KITBUILD" cache ls)"
	run -0 "$KITBUILD" --cache other cache verify
	assert_output --partial "1 images, 4 blobs"
}

@test "an archive can go through pipes, and be compressed" {
	export_tool --outfile - test/tool:1 | import_elsewhere -
	export_tool --outfile - test/tool:1 | gzip >tool.tgz
	export_tool --outfile - test/tool:1 | zstd -q >tool.tzst
	run -0 import_elsewhere tool.tgz
	run -0 import_elsewhere tool.tzst
	assert_equal "$(names_elsewhere)" "$("$KITBUILD" cache ls)"
}

@test "the same image is the same file, which replaces another" {
	export_tool --outfile one.tar test/tool:1
	head -c 1000000 /dev/zero >two.tar
	export_tool --outfile two.tar test/tool:1
	cmp one.tar two.tar
}

@test "the file holds a layout whose index tells the manifest's true type" {
	export_tool --outfile tool.tar test/tool:1
	unpack_archive
	assert_equal "$(jq -r '.manifests[].mediaType' layout/index.json)" \
		application/vnd.oci.image.manifest.v1+json
	run -0 umoci ls --layout layout
	assert_output "$NAME"
}

@test "skopeo reads what was exported, and its archives are imported" {
	export_tool --outfile tool.tar test/tool:1
	run -0 skopeo inspect --config --raw "oci-archive:tool.tar:$NAME"
	assert_output --partial /sbin/tool
	skopeo copy --quiet --insecure-policy "oci-archive:tool.tar:$NAME" \
		oci-archive:again.tar:example.org/again:2
	run -0 import_elsewhere again.tar
	assert_output example.org/again:2
	run -0 "$KITBUILD" --cache other cache verify
}

@test "what umoci made is imported and can be built from" {
	mkdir made
	fixture_layout made/layout fixture
	tar -C made/layout -cf tool.tar .
	run -0 import_elsewhere tool.tar
	assert_output docker.io/library/fixture
	echo 'init: [fixture]' >m.yml
	"$KITBUILD" --cache other --offline build --arch amd64 -f tar m.yml
	run -0 tar -tf m.tar
	assert_line etc/fixture
}

@test "an image can be exported under another name" {
	export_tool --outfile tool.tar --name other/tool:2 test/tool:1
	run -0 import_elsewhere tool.tar
	assert_output docker.io/other/tool:2
}

@test "docker's format is read by skopeo as Docker's" {
	fixture_layout made fixture
	tar -C made -cf made.tar .
	"$KITBUILD" cache import made.tar
	export_tool --format docker --outfile tool.tar fixture
	run -0 skopeo inspect --config --raw \
		docker-archive:tool.tar:docker.io/library/fixture:latest
	assert_output --partial '"architecture":"amd64"'
	skopeo copy --quiet --insecure-policy docker-archive:tool.tar \
		dir:copied
	run -0 import_elsewhere tool.tar
	assert_output docker.io/library/fixture
}

@test "the file system is flattened" {
	export_tool --format filesystem --outfile tool.tar test/tool:1
	run -0 tar_listing tool.tar
	assert_line "-rwsr-xr-x 0/0 5 sbin/tool"
	refute_output --partial gone
	refute_output --partial hosts
}

@test "what cannot be exported is told, and leaves no file" {
	run -2 export_tool --outfile x.tar test/none:1
	assert_output --partial "image docker.io/test/none:1: not in the cache $KITBUILD_CACHE for linux/amd64; 'kitbuild cache pull"
	run -2 "$KITBUILD" cache export --platform linux/arm64 --outfile x.tar \
		test/tool:1
	assert_output --partial "made for linux/amd64, not for linux/arm64"
	run -2 export_tool test/tool:1
	assert_output --partial "needs --outfile"
	run -2 export_tool --format qcow2 --outfile x.tar test/tool:1
	assert_output --partial "unknown format 'qcow2'"
	run -2 "$KITBUILD" cache export --platform plan9/386 --outfile x.tar \
		test/tool:1
	assert_output --partial "platform 'plan9/386'"
	run -2 export_tool --outfile x.tar --name "a@sha256:$(printf '0%.0s' {1..64})" \
		test/tool:1
	assert_output --partial "is not the digest of one platform's image"
	[ ! -e x.tar ]
}

@test "a damaged blob is not exported" {
	local blob
	blob=$(grep -l /sbin/tool "$KITBUILD_CACHE"/blobs/sha256/*)
	printf x | dd of="$blob" bs=1 seek=20 conv=notrunc status=none
	run -3 export_tool --outfile tool.tar test/tool:1
	assert_output --partial "image $NAME: damaged in the cache"
	run -0 find . -name '*.tar*'
	assert_output ""
}

@test "a blob with a wrong digest is not imported, nor is its image" {
	local blob
	export_tool --outfile tool.tar test/tool:1
	unpack_archive
	for blob in layout/blobs/sha256/*; do
		cp "$blob" kept
		printf '\001' | dd of="$blob" bs=1 seek=20 conv=notrunc \
			status=none
		repack_archive
		assert_import_refused 3 "the content has digest"
		cp kept "$blob"
	done
}

@test "an archive that lacks a blob is refused" {
	local blob
	export_tool --outfile tool.tar test/tool:1
	unpack_archive
	for blob in layout/blobs/sha256/*; do
		mv "$blob" kept
		repack_archive
		rm -rf other
		assert_import_refused 2 "tool.tar: image $NAME: its blob sha256:$(basename "$blob") is not in the archive"
		mv kept "$blob"
	done
}

@test "what is no archive of images is refused" {
	echo nothing >tool.tar
	assert_import_refused 2 "no archive that can be read"
	echo nothing >file
	tar -cf tool.tar file
	assert_import_refused 2 "no index.json"
	run -2 import_elsewhere none.tar
	assert_output --partial "there is no file none.tar"
	export_tool --outfile tool.tar test/tool:1
	truncate -s 3000 tool.tar
	assert_import_refused 2 "tool.tar: "
}

@test "a name with a digest must mean that digest" {
	export_tool --outfile tool.tar test/tool:1
	unpack_archive
	sed -i "s,$NAME,$NAME@sha256:$(printf '0%.0s' {1..64}),g" \
		layout/index.json
	repack_archive
	assert_import_refused 3 "the content has another digest"
}

@test "names in an archive lead nowhere but to blobs" {
	export_tool --outfile tool.tar test/tool:1
	unpack_archive
	mkdir -p layout/blobs/sha256/x other
	echo evil >evil
	tar -C layout -cf tool.tar --transform 's,^evil$,blobs/sha256/../../../evil,' \
		-P ../evil .
	run -0 import_elsewhere tool.tar
	run -0 find . -name evil
	assert_output ./evil
}
