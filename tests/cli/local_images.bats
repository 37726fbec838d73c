#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Images on this machine: layouts and archives.

load ../lib/kitbuild
load ../lib/images
load ../lib/layouts
load ../lib/registry
bats_require_minimum_version 1.5.0

setup() {
	export KITBUILD_CACHE="$BATS_TEST_TMPDIR/cache"
	mkdir "$BATS_TEST_TMPDIR/work"
	cd "$BATS_TEST_TMPDIR/work"
}

# unpack_image, change files below parts/, repack_image
unpack_image() {
	mkdir parts
	tar -C parts -xf image.tar
	chmod -R u+w parts
}

repack_image() {
	tar -C parts -cf image.tar .
}

edit_json() {
	jq -c "$2" "$1" >"$1.new"
	mv "$1.new" "$1"
}

@test "an image is taken from a layout in a folder" {
	make_layout
	build_from oci:layout:fixture
	assert_built one
	run -0 sources_of
	assert_line "LINUXKIT.source=oci:layout:fixture"
	run -0 "$KITBUILD" cache ls
	assert_output --regexp "^oci:$PWD/layout:fixture sha256:[0-9a-f]{64}\$"
	assert_equal "${output##* }" "$(jq -r '.manifests[0].digest' layout/index.json)"
}

@test "the only image of a layout needs no name" {
	make_layout
	build_from oci:layout
	assert_built one
}

@test "an image is taken from the tar of a layout, plain or compressed" {
	local reference
	make_layout
	skopeo copy --quiet --insecure-policy oci:layout:fixture \
		oci-archive:image.tar:one:1
	gzip -k image.tar
	zstd -q image.tar
	xz -k image.tar
	for reference in oci-archive:image.tar:one:1 oci:image.tar \
		oci:image.tar.gz oci-archive:image.tar.zst oci:image.tar.xz; do
		rm -rf "$KITBUILD_CACHE" out.tar
		build_from "$reference"
		assert_built one
	done
}

@test "an image is taken from what skopeo wrote for docker load" {
	local file
	make_docker_archive
	gzip -k image.tar
	bzip2 -k image.tar
	for file in image.tar image.tar.gz image.tar.bz2; do
		rm -rf "$KITBUILD_CACHE" out.tar
		build_from "docker-archive:$file"
		assert_built one
	done
	"$KITBUILD" cache verify
	build_from docker-archive:image.tar:test/one:1
	build_from docker-archive:image.tar:docker.io/test/one:1
}

@test "an image of docker save in its older and newer forms is taken" {
	make_docker_archive
	build_from docker-archive:image.tar
	cp out.tar first.tar
	# Docker 1.10 to 24: a folder for each layer.
	unpack_image
	mkdir parts/layer1
	mv parts/"$(jq -r '.[0].Layers[0]' parts/manifest.json)" \
		parts/layer1/layer.tar
	edit_json parts/manifest.json '.[0].Layers = ["layer1/layer.tar"]'
	repack_image
	rm -rf "$KITBUILD_CACHE"
	build_from docker-archive:image.tar
	cmp first.tar out.tar
	# Docker 25: a layout, with manifest.json beside it; here gzip'd layers.
	gzip -n parts/layer1/layer.tar
	mkdir -p parts/blobs/sha256
	mv parts/layer1/layer.tar.gz parts/blobs/sha256/layer
	edit_json parts/manifest.json '.[0].Layers = ["blobs/sha256/layer"]'
	repack_image
	rm -rf "$KITBUILD_CACHE"
	build_from docker-archive:image.tar
	assert_built one
	"$KITBUILD" cache verify
}

@test "what buildah wrote is taken, in both forms" {
	make_layout
	export STORAGE_DRIVER=vfs CONTAINERS_STORAGE_CONF=/dev/null
	local buildah=(buildah --root "$PWD/root" --runroot "$PWD/run")
	local id
	"${buildah[@]}" images >/dev/null 2>&1 || skip "buildah does not run here"
	id=$("${buildah[@]}" pull --quiet oci:layout:fixture)
	"${buildah[@]}" push --quiet "$id" docker-archive:image.tar:test/built:1
	"${buildah[@]}" push --quiet "$id" oci:built:1
	build_from docker-archive:image.tar:test/built:1
	assert_built one
	build_from oci:built:1
	assert_built one
}

@test "a path is looked for beside the manifest first" {
	make_layout beside
	mkdir ../elsewhere
	mv layout ../elsewhere/
	make_layout here
	echo "init: [oci:layout]" >../elsewhere/m.yml
	"$KITBUILD" --offline build --arch amd64 -f tar --name out \
		../elsewhere/m.yml
	assert_built beside
	rm -r ../elsewhere/layout
	"$KITBUILD" --offline build --arch amd64 -f tar --name out \
		../elsewhere/m.yml
	assert_built here
}

@test "one text that is two images in two manifests is refused" {
	make_layout one
	mkdir other
	cp -r layout other/
	echo "init: [oci:layout]" >m.yml
	echo "init: [oci:layout]" >other/m.yml
	run -2 "$KITBUILD" --offline build --arch amd64 -f tar --name out \
		m.yml other/m.yml
	assert_output --partial "other/m.yml:1:8: oci:layout is oci:$PWD/other/layout here and oci:$PWD/layout in another manifest"
}

@test "the working directory does not change what is built" {
	make_layout
	build_from oci:layout
	cp out.tar first.tar
	mkdir deep
	(cd deep && "$KITBUILD" --offline build --arch amd64 -f tar --name out \
		../m.yml)
	cmp first.tar deep/out.tar
}

@test "a changed image is noticed, whatever its time" {
	make_layout one
	touch -d 2020-01-01 layout/index.json
	build_from oci:layout
	make_layout two
	touch -d 2020-01-01 layout/index.json
	build_from oci:layout
	assert_built two
	make_docker_archive three
	touch -d 2020-01-01 image.tar
	build_from docker-archive:image.tar
	make_docker_archive four
	touch -d 2020-01-01 image.tar
	build_from docker-archive:image.tar
	assert_built four
}

@test "an unchanged image is not copied again" {
	make_docker_archive
	build_from docker-archive:image.tar
	find "$KITBUILD_CACHE/blobs" -type f -printf '%P %i\n' | sort >before
	build_from docker-archive:image.tar
	find "$KITBUILD_CACHE/blobs" -type f -printf '%P %i\n' | sort >after
	diff before after
}

@test "a damaged blob of the cache is taken anew from the image" {
	make_layout
	build_from oci:layout
	cp out.tar first.tar
	local blob
	for blob in "$KITBUILD_CACHE"/blobs/sha256/*; do
		chmod u+w "$blob"
		printf x | dd of="$blob" bs=1 seek=20 conv=notrunc status=none
	done
	rm -rf "$KITBUILD_CACHE/packed"
	build_from oci:layout
	cmp first.tar out.tar
}

@test "a lock leaves images on this machine as they are" {
	make_layout one
	echo "init: [oci:layout]" >m.yml
	"$KITBUILD" lock --arch amd64 m.yml
	run -0 cat m.lock
	refute_output --partial "layout"
	make_layout two
	"$KITBUILD" --offline build --arch amd64 -f tar --name out m.yml
	assert_built two
}

@test "cache pull, export, inspect and rm take images on this machine" {
	make_layout
	"$KITBUILD" cache pull --arch amd64 oci:layout
	run -2 "$KITBUILD" cache export --platform linux/amd64 \
		--outfile out.tar oci:layout
	assert_output --partial "a name at a registry is wanted here"
	"$KITBUILD" cache export --platform linux/amd64 --name test/one:1 \
		--outfile out.tar oci:layout
	run -0 skopeo inspect --raw oci-archive:out.tar:docker.io/test/one:1
	run -0 "$KITBUILD" inspect --arch amd64 oci:out.tar
	assert_output --partial etc/one
	"$KITBUILD" cache rm oci:layout oci:out.tar
	run -0 "$KITBUILD" cache ls
	assert_output ""
}

@test "an image for another architecture is refused" {
	make_layout one arm64
	assert_refused 2 "made for linux/arm64, not for linux/amd64" oci:layout
}

@test "what is not there is told" {
	assert_refused 2 "there is no $PWD/none" oci:none
	assert_refused 2 "there is no $PWD/none" docker-archive:none
	mkdir empty
	assert_refused 2 "no OCI image layout: there is no index.json" oci:empty
	assert_refused 2 "empty is a folder" docker-archive:empty
	echo text >file
	assert_refused 2 "no archive that can be read" oci:file
	make_layout
	assert_refused 2 "no such image; there is fixture" oci:layout:other
	assert_refused 2 "it has no path" oci:
	tar -cf plain.tar file
	assert_refused 2 "no archive of docker save: there is no manifest.json" \
		docker-archive:plain.tar
}

@test "several images of one layout need names, and names that differ" {
	make_layout
	umoci tag --image layout:fixture again
	assert_refused 2 "several images; write PATH:NAME; there is" oci:layout
	"$KITBUILD" cache pull --arch amd64 oci:layout:again
	"$KITBUILD" cache rm oci:layout:again
	edit_json layout/index.json '.manifests += [.manifests[0]]'
	assert_refused 2 "two images have that name" oci:layout:fixture
}

@test "links in a layout are refused" {
	make_layout
	mv layout/index.json real.json
	ln -s ../real.json layout/index.json
	assert_refused 2 "index.json is a link" oci:layout
	rm layout/index.json
	mv real.json layout/index.json
	mv layout/blobs/sha256 real
	ln -s ../../real layout/blobs/sha256
	assert_refused 2 "blobs is a link, or below one" oci:layout
	rm layout/blobs/sha256
	mv real layout/blobs/sha256
	local blob
	for blob in layout/blobs/sha256/*; do
		mv "$blob" "moved-$(basename "$blob")"
		ln -s "$PWD/moved-$(basename "$blob")" "$blob"
	done
	assert_refused 2 "blobs is a link, or below one" oci:layout
	tar -C layout -cf image.tar .
	assert_refused 2 "is no regular file" oci:image.tar
}

@test "wrong content in a layout is refused" {
	local blob
	make_layout
	umoci gc --layout layout
	cp -r layout good
	for blob in good/blobs/sha256/*; do
		rm -rf layout "$KITBUILD_CACHE"
		cp -r good layout
		blob=layout/blobs/sha256/$(basename "$blob")
		chmod u+w "$blob"
		printf x | dd of="$blob" bs=1 seek=20 conv=notrunc status=none
		assert_refused 3 "the content has digest" oci:layout
		printf x >>"$blob"
		assert_refused 3 "declared" oci:layout
		rm "$blob"
		assert_refused 2 "is not in it" oci:layout
	done
}

@test "digests that are none are refused" {
	local digest
	make_layout
	cp layout/index.json good.json
	for digest in sha256:../../x md5:00 "sha256:$(printf A%.0s {1..64})" x; do
		jq --arg d "$digest" '.manifests[0].digest = $d' good.json \
			>layout/index.json
		assert_refused 2 "is not a sha256 digest" oci:layout
	done
}

@test "an archive for docker load with wrong content is refused" {
	make_docker_archive
	cp image.tar good.tar
	unpack_image
	local layer config
	layer=parts/$(jq -r '.[0].Layers[0]' parts/manifest.json)
	config=parts/$(jq -r '.[0].Config' parts/manifest.json)
	cp "$layer" layer
	printf x | dd of="$layer" bs=1 seek=600 conv=notrunc status=none
	repack_image
	assert_refused 3 "is not the layer sha256:" docker-archive:image.tar
	cp layer "$layer"
	edit_json "$config" '.author = "x"'
	repack_image
	assert_refused 3 "has another digest than its name says" \
		docker-archive:image.tar
	mv "$config" parts/config.json
	edit_json parts/manifest.json '.[0].Config = "config.json"'
	edit_json parts/config.json '.rootfs.diff_ids += .rootfs.diff_ids'
	repack_image
	assert_refused 2 "its config tells of 2 layers, its manifest.json of 1" \
		docker-archive:image.tar
	edit_json parts/config.json 'del(.rootfs)'
	repack_image
	assert_refused 2 "its config tells of 0 layers" docker-archive:image.tar
}

@test "names in an archive that lead out of it are refused" {
	local name
	make_docker_archive
	unpack_image
	cp parts/manifest.json good.json
	for name in ../layer.tar /etc/passwd a/../../b "" ./x a//b; do
		jq --arg n "$name" '.[0].Layers = [$n]' good.json \
			>parts/manifest.json
		repack_image
		assert_refused 2 "'$name' is no name of a member" \
			docker-archive:image.tar
	done
}

@test "links, repetitions and absent members of an archive are refused" {
	make_docker_archive
	unpack_image
	local layer
	layer=$(jq -r '.[0].Layers[0]' parts/manifest.json)
	mv "parts/$layer" parts/real
	ln -s real "parts/$layer"
	repack_image
	assert_refused 2 "$layer is no regular file" docker-archive:image.tar
	rm "parts/$layer"
	ln parts/real "parts/$layer"
	tar -C parts -cf image.tar manifest.json real .
	assert_refused 2 "is in it twice, or is a link" docker-archive:image.tar
	rm parts/real
	repack_image
	tar -C parts -rf image.tar "./$layer"
	assert_refused 2 "$layer is in it twice" docker-archive:image.tar
	rm "parts/$layer"
	repack_image
	assert_refused 2 "its layer $layer is not in it" docker-archive:image.tar
}

@test "one name of two images in an archive is refused, two names are not" {
	make_docker_archive
	unpack_image
	edit_json parts/manifest.json '. += [.[0]]'
	repack_image
	assert_refused 2 "docker.io/test/one:1 is the name of two images" \
		docker-archive:image.tar:test/one:1
	edit_json parts/manifest.json '.[1].RepoTags = ["test/two:1"]'
	repack_image
	assert_refused 2 "several images; write PATH:NAME; there is docker.io/test/one:1, docker.io/test/two:1" \
		docker-archive:image.tar
	"$KITBUILD" cache pull --arch amd64 docker-archive:image.tar:test/two:1
}

@test "an archive that is compressed twice is refused" {
	make_docker_archive
	gzip image.tar
	gzip <image.tar.gz >twice.gz
	assert_refused 2 "compressed more than once" docker-archive:twice.gz
}

@test "a manifest from the network names no image of this machine" {
	make_layout
	rogue_start
	echo "init: ['oci:$PWD/layout']" | rogue_reply /m.yml 200
	run -2 "$KITBUILD" build --arch amd64 -f tar "http://$ROGUE/m.yml"
	rogue_stop
	assert_output --partial \
		"a manifest from the network cannot name images of this machine"
}

@test "an archive cannot give its image the name of a place" {
	make_layout
	edit_json layout/index.json \
		'.manifests[0].annotations["org.opencontainers.image.ref.name"] = "docker-daemon:a"'
	tar -C layout -cf image.tar .
	run -2 "$KITBUILD" cache import image.tar
	assert_output --partial "a name at a registry is wanted here"
}

@test "an image on this machine is pushed under another name only" {
	make_layout
	"$KITBUILD" cache pull --arch amd64 oci:layout
	run -2 "$KITBUILD" cache push oci:layout
	assert_output --partial "a name at a registry is wanted here"
	registry_start
	"$KITBUILD" cache push --remote-name "$REGISTRY/one:1" oci:layout
	run -0 skopeo inspect --tls-verify=false --format '{{.Digest}}' \
		"docker://$REGISTRY/one:1"
	registry_stop
	assert_output "$(jq -r '.manifests[0].digest' layout/index.json)"
}

@test "a volume of format oci is made from a layout on this machine" {
	make_layout
	cat >m.yml <<-EOF
		init: [oci:layout]
		volumes:
		- name: v
		  image: oci:layout
		  format: oci
	EOF
	"$KITBUILD" --offline build --arch amd64 -f tar --name out m.yml
	run -0 tar -tf out.tar
	assert_equal "$(grep -c 'containers/volumes/v/.*/blobs/sha256/.' <<<"$output")" 3
}
