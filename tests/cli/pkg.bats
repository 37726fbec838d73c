#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Packages of their own files only: names, bytes, labels, refusals.

load ../lib/kitbuild
load ../lib/images
bats_require_minimum_version 1.5.0

setup() {
	export KITBUILD_CACHE="$BATS_TEST_TMPDIR/cache"
	cd "$BATS_TEST_TMPDIR"
	package one
}

# A package in the folder of that name.
package() {
	mkdir -p "$1"
	echo "text of a tool" >"$1/tool"
	echo "settings" >"$1/settings"
	cat >"$1/build.yml" <<-EOF
		image: tool
		org: test
		config:
		  binds: ["/run:/run"]
		  readonly: true
		  oomScoreAdj: -5
		contents:
		  files:
		    - {path: sbin/tool, source: tool, mode: "0755"}
		    - {path: etc/tool/settings, source: settings, mode: "0644"}
		    - {path: sbin/alias, symlink: tool}
		    - {path: var/empty, directory: true, mode: "1777"}
	EOF
}

pkg() {
	"$KITBUILD" -q pkg build --arch amd64 "$@"
}

# The image's config, as another tool reads it.
config_of() {
	skopeo inspect --config --raw "oci:$KITBUILD_CACHE:$1"
}

manifest_digest() {
	skopeo inspect --raw "oci:$KITBUILD_CACHE:$1" | sha256sum
}

refused() {
	run -2 pkg "$@"
}

@test "a package is built, and its name printed" {
	run -0 pkg one
	assert_output --regexp '^docker.io/test/tool:[0-9a-f]{40}$'
	run -0 "$KITBUILD" cache verify
}

@test "its image holds the files with usual modes" {
	manifest m.yml <<<'init: ["@pkg:one"]'
	build -f tar m.yml
	run -0 tar_listing m.tar
	assert_line "drwxr-xr-x 0/0 0 etc/tool"
	assert_line "-rwxr-xr-x 0/0 15 sbin/tool"
	assert_line "-rw-r--r-- 0/0 9 etc/tool/settings"
	assert_line "lrwxrwxrwx 0/0 0 sbin/alias -> tool"
	assert_line "drwxrwxrwt 0/0 0 var/empty"
}

@test "config becomes the image's label" {
	run -0 config_of "$(pkg one)"
	assert_equal "$(jq -r '.config.Labels["org.mobyproject.config"]' \
		<<<"$output")" \
		'{"binds":["/run:/run"],"readonly":true,"oomScoreAdj":-5}'
	assert_equal "$(jq -r '.os + "/" + .architecture' <<<"$output")" \
		linux/amd64
}

@test "the layer is what its diff id says" {
	local name layer
	name=$(pkg one)
	layer=$(skopeo inspect --raw "oci:$KITBUILD_CACHE:$name" |
		jq -r '.layers[0].digest')
	assert_equal \
		"sha256:$(zstdcat "$KITBUILD_CACHE/blobs/sha256/${layer#sha256:}" |
			sha256sum | cut -d ' ' -f 1)" \
		"$(config_of "$name" | jq -r '.rootfs.diff_ids[0]')"
}

@test "a manifest builds what is not there, and not a second time" {
	manifest m.yml <<<'onboot: [{name: a, image: "@pkg:one"}]'
	run -0 build -f tar m.yml
	assert_output --partial "build package ./one"
	run -0 tar --to-stdout -xf m.tar containers/onboot/000-a/config.json
	assert_output --partial '"oomScoreAdj": -5'
	run -0 build -f tar m.yml
	refute_output --partial "build package"
}

@test "a package that is there is not built again, unless forced" {
	pkg one
	run -0 "$KITBUILD" pkg build --arch amd64 one
	assert_output --partial "one is there already"
	run -0 "$KITBUILD" pkg build --arch amd64 --force one
	assert_output --partial "build package one"
}

@test "the name changes exactly when a source does" {
	local first
	first=$(pkg one)
	touch -d 2001-01-01 one/*
	echo "not taken in" >one/notes
	chmod 600 one/tool
	assert_equal "$(pkg one)" "$first"
	echo more >>one/settings
	local second
	second=$(pkg one)
	[ "$second" != "$first" ]
	sed -i 's/0755/0700/' one/build.yml
	[ "$(pkg one)" != "$second" ]
	[ "$("$KITBUILD" -q pkg build --arch arm64 one)" != "$(pkg one)" ]
}

@test "equal sources in two folders are the same image, bit for bit" {
	local name first
	name=$(pkg one)
	first=$(manifest_digest "$name")
	package elsewhere/two
	export KITBUILD_CACHE="$BATS_TEST_TMPDIR/cache2"
	assert_equal "$(umask 077 && TZ=Asia/Tokyo pkg elsewhere/two)" "$name"
	assert_equal "$(manifest_digest "$name")" "$first"
}

@test "two packages are built in one go" {
	package two
	sed -i 's/image: tool/image: other/' two/build.yml
	run -0 pkg one two
	assert_equal "${#lines[@]}" 2
	assert_line --index 1 --partial /test/other:
}

@test "a tag of its own holds the hash where it wants it" {
	echo 'tag: "v1-{{.Hash}}"' >>one/build.yml
	run -0 pkg one
	assert_output --regexp '^docker.io/test/tool:v1-[0-9a-f]{40}$'
}

@test "what cannot be built is refused" {
	mkdir empty
	refused empty
	assert_output "kitbuild: empty is no package: there is no empty/build.yml"
	sed -i 's/^org:/orgg:/' one/build.yml
	refused one
	assert_output "kitbuild: one/build.yml:2:1: unknown key 'orgg' in build.yml; is it 'org'?"
	package one
	rm one/tool
	refused one
	assert_output --partial "one/build.yml:9:33: there is no file tool"
	package one
	sed -i 's/source: tool, //' one/build.yml
	refused one
	assert_output --partial "exactly one of contents, source and metadata"
	package one
	echo 'arches: [arm64]' >>one/build.yml
	refused one
	assert_output --partial "the package cannot be built for amd64"
	printf 'image: x\ndockerfile: Dockerfile\n' >one/build.yml
	refused one
	assert_output --partial "packages with a Dockerfile need an engine"
	printf 'image: "../x"\n' >one/build.yml
	refused one
	assert_output --partial "one/build.yml:1:8: "
	run -0 "$KITBUILD" cache ls
	assert_output ""
}

@test "a source may be another file for each architecture" {
	mkdir -p one/out/amd64 one/out/arm64
	echo "for one" >one/out/amd64/tool
	echo "for the other" >one/out/arm64/tool
	sed -i 's|source: tool,|source: "out/{{.Arch}}/tool",|' one/build.yml
	manifest m.yml <<<'init: ["@pkg:one"]'
	build -f tar --arch amd64 m.yml
	run -0 tar -xOf m.tar sbin/tool
	assert_output "for one"
	build -f tar --arch arm64 m.yml
	run -0 tar -xOf m.tar sbin/tool
	assert_output "for the other"
	run -2 "$KITBUILD" -q pkg build --arch riscv64 one
	assert_output "kitbuild: one/build.yml:9:33: there is no file out/riscv64/tool"
}
