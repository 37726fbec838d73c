#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Locks: the digests that a manifest's images stand for, and builds that keep
# to them.

load ../lib/kitbuild
load ../lib/registry

setup_file() {
	registry_start
}

teardown_file() {
	registry_stop
}

# Each test has tags of its own, so that it may move them.
setup() {
	export KITBUILD_CACHE="$BATS_TEST_TMPDIR/cache"
	cd "$BATS_TEST_TMPDIR"
	TAG=$REGISTRY/locked/tool:$BATS_TEST_NUMBER
	registry_push_fixture "${TAG#*/}"
	printf 'init: ["%s"]\n' "$TAG" >web.yml
}

digest_now() {
	registry_manifest "${1#*/}" | sha256sum | sed 's/^\(.*\)  -$/sha256:\1/'
}

# The tag names other content from now on.
move_tag() {
	registry_push_fixture locked/other:1
	skopeo copy --quiet --insecure-policy --src-tls-verify=false \
		--dest-tls-verify=false "docker://$REGISTRY/locked/other:1" "docker://$TAG"
}

@test "a lock tells the digest that each name stands for" {
	digest=$(digest_now "$TAG")
	run -0 kitbuild lock --arch amd64 web.yml
	assert_line "wrote web.lock: 1 images"
	run -0 grep -v '^#' web.lock
	assert_output "images:
  $TAG: $digest"
}

@test "a locked build takes the same content after the name has moved" {
	kitbuild lock --arch amd64 web.yml
	kitbuild build --arch amd64 -o first.tar web.yml
	move_tag
	rm -r cache
	kitbuild build --arch amd64 --pull -o second.tar web.yml
	cmp first.tar second.tar
	kitbuild build --arch amd64 --pull --no-lock -o third.tar web.yml
	run -1 cmp -s first.tar third.tar
}

@test "a locked build says where its files come from as an unlocked one does" {
	kitbuild build --arch amd64 -o free.tar web.yml
	kitbuild lock --arch amd64 web.yml
	kitbuild build --arch amd64 -o locked.tar web.yml
	cmp free.tar locked.tar
}

@test "a locked build whose images are here opens no socket" {
	kitbuild lock --arch amd64 web.yml
	# The sanitizer that looks for leaks cannot be traced.
	ASAN_OPTIONS=detect_leaks=0 run -0 strace -qq -f -e trace=socket -o sockets \
		"$KITBUILD" --offline build --arch amd64 -o w.tar web.yml
	run -0 cat sockets
	assert_output ""
}

@test "an image that is not in the lock is refused with its place" {
	kitbuild lock --arch amd64 web.yml
	printf 'onboot:\n  - {name: a, image: "%s"}\n' "$REGISTRY/locked/new:1" >>web.yml
	run -2 kitbuild build --arch amd64 -o w.tar web.yml
	assert_output "kitbuild: web.yml:3:22: $REGISTRY/locked/new:1 is not in web.lock: run kitbuild lock, or build with --no-lock"
	[ ! -e w.tar ]
}

@test "locking again keeps what is locked and adds what is new" {
	before=$(digest_now "$TAG")
	kitbuild lock --arch amd64 web.yml
	move_tag
	printf 'onboot:\n  - {name: a, image: "%s"}\n' "$REGISTRY/locked/other:1" >>web.yml
	kitbuild lock --arch amd64 web.yml
	run -0 cat web.lock
	assert_line "  $TAG: $before"
	assert_line "  $REGISTRY/locked/other:1: $(digest_now "$REGISTRY/locked/other:1")"
	kitbuild lock --arch amd64 --update web.yml
	run -0 cat web.lock
	assert_line "  $TAG: $(digest_now "$TAG")"
	refute_line "  $TAG: $before"
}

@test "names that are no longer used leave the lock" {
	kitbuild lock --arch amd64 web.yml
	echo 'init: []' >web.yml
	kitbuild lock --arch amd64 web.yml
	run -0 tail -1 web.lock
	assert_output "images: {}"
}

@test "images with a digest and packages need no lock" {
	mkdir pkg
	printf 'image: own\ncontents: {files: [{path: a, contents: b}]}\n' >pkg/build.yml
	printf 'init: ["%s@%s", "@pkg:pkg"]\n' "$TAG" "$(digest_now "$TAG")" >web.yml
	kitbuild lock --arch amd64 web.yml
	run -0 tail -1 web.lock
	assert_output "images: {}"
	kitbuild build --arch amd64 -o w.tar web.yml
}

@test "a lock without a network says what the cache holds" {
	kitbuild cache pull --arch amd64 "$TAG"
	run -0 kitbuild --offline lock --arch amd64 web.yml
	run -0 grep "$TAG" web.lock
	assert_output "  $TAG: $(digest_now "$TAG")"
}

@test "a lock that is none is refused with its place" {
	printf 'images:\n  a: sha256:12\n' >web.lock
	run -2 kitbuild build --arch amd64 web.yml
	assert_output "kitbuild: web.lock:2:3: 'sha256:12' is no digest: sha256: and 64 hexadecimal digits are wanted"
	echo 'imagse: {}' >web.lock
	run -2 kitbuild build --arch amd64 web.yml
	assert_output "kitbuild: web.lock:1:1: unknown key 'imagse' in the lock file; is it 'images'?"
	: >web.lock
	run -2 kitbuild build --arch amd64 web.yml
	assert_output "kitbuild: web.lock: the lock file is empty"
}

@test "a manifest from standard input is locked into a file that is named" {
	run -2 kitbuild lock --arch amd64 - <web.yml
	assert_output --partial "give --output FILE"
	kitbuild lock --arch amd64 --output x.lock - <web.yml
	run -0 grep -c "$TAG" x.lock
}

@test "offline, a package of Debian's is built only from the cache" {
	mkdir pkg
	printf 'image: own\ncontents: {debian: {packages: [hello]}}\n' >pkg/build.yml
	run -2 kitbuild --offline pkg build pkg
	assert_output --partial "package pkg is not in the cache, and --offline forbids to fetch what it is made of"
}
