#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What is refused: with which words and status, and that nothing is left.
# Each tests/fixtures/reject-WHY.yml says its messages in its first lines.

load ../lib/kitbuild
load ../lib/images
bats_require_minimum_version 1.5.0

setup_file() {
	export KITBUILD_CACHE="$BATS_FILE_TMPDIR/cache"
	put_usual_images
	put_image test/bad-label:1 --config '{"Labels":
		{"org.mobyproject.config": "{\"bindz\": []}"}}' </dev/null
	put_image test/name-label:1 --config '{"Labels":
		{"org.mobyproject.config": "{\"name\": \"x\"}"}}' </dev/null
	put_image test/security-label:1 --config '{"Labels":
		{"org.mobyproject.config":
		"{\"security\": \"linuxkit\", \"seccomp\": \"/x.json\"}"}}' </dev/null
	put_image test/restart-label:1 --config '{"Labels":
		{"org.mobyproject.config": "{\"restart\": \"always\"}"}}' </dev/null
	put_label image '{"image": "x"}'
	put_label list '[]'
	put_label broken '{"binds": '
	put_label after '{"after": ["b"]}'
	put_label type '{"uid": true, "readonly": "yes"}'
	put_image test/riscv:1 --arch riscv64 <<<"file x 0644 x"
}

put_label() {
	put_image "test/$1-label:1" --config "$(jq -cn --arg entry "$2" \
		'{Labels: {"org.mobyproject.config": $entry}}')" </dev/null
}

setup() {
	export KITBUILD_CACHE="$BATS_FILE_TMPDIR/cache"
	cd "$BATS_TEST_TMPDIR"
	mkdir out
	manifest good.yml <<<"init: [test/init:1]"
}

assert_nothing_left() {
	assert_equal "$(ls -A out)" ""
}

# Prints what differs from the fixture's first lines.
check_rejected() {
	local expected
	expected="status 2: $(sed -n 's/^# expect: /kitbuild: /p' "$1")"
	cp "$1" m.yml
	run "$KITBUILD" -q --offline build --arch amd64 --dir out \
		-f tar,kernel+initrd m.yml
	output="status $status: $output$(ls -A out)"
	output=${output//"$KITBUILD_CACHE"/CACHE}
	if [ "$output" != "$expected" ]; then
		printf '%s\n  expected %s\n  actual   %s\n' \
			"$(basename "$1")" "$expected" "$output"
		return 1
	fi
}

@test "every fixture is refused with its own words, and leaves nothing" {
	local fixture bad=0
	for fixture in "$ROOT"/tests/fixtures/reject-*.yml; do
		check_rejected "$fixture" || bad=$((bad + 1))
	done
	assert_equal "$bad" 0
}

@test "a manifest that is not there is told" {
	run -2 build none.yml
	assert_output "kitbuild: there is no manifest none.yml"
	run -2 build
	assert_output --partial "kitbuild: usage: kitbuild build [options] MANIFEST"
}

@test "a manifest that is a directory is told" {
	run -1 build out
	assert_output --partial "Is a directory"
}

@test "unknown options and commands are told with the likely one" {
	run -2 build --outptu x good.yml
	assert_output "kitbuild: unknown option --outptu; is it --output?"
	run -2 "$KITBUILD" biuld good.yml
	assert_output "kitbuild: unknown command 'biuld'; is it 'build'?"
	run -2 build --arch
	assert_output "kitbuild: --arch needs a value: ARCH"
}

@test "a registry that is not there is a failure of the machine" {
	manifest m.yml <<<"init: [\"127.0.0.1:1/a/b:1\"]"
	run -1 "$KITBUILD" build --arch amd64 --dir out m.yml
	assert_output --partial "cannot fetch it from 127.0.0.1:1: "
	assert_nothing_left
}

# The cache's blob that holds this text.
blob_with() {
	grep -l "$1" "$KITBUILD_CACHE"/blobs/sha256/*
}

@test "a layer with another content is a breach of trust" {
	export KITBUILD_CACHE="$BATS_TEST_TMPDIR/cache"
	put_usual_images
	local blob
	blob=$(blob_with "second")
	sed -i s/second/SECOND/ "$blob"
	run -3 build --dir out -f tar,kernel+initrd good.yml
	assert_output --partial "blob sha256:$(basename "$blob") is damaged"
	assert_nothing_left
}

@test "a manifest blob with another content is a breach of trust" {
	export KITBUILD_CACHE="$BATS_TEST_TMPDIR/cache"
	put_image test/init:1 <<<"file x 0644 x"
	local blob
	blob=$(blob_with '"layers": \[')
	sed -i 's/"size": 1/"size": 2/' "$blob"
	run -3 build --dir out -f tar good.yml
	assert_output --partial "blob sha256:$(basename "$blob") is damaged"
	assert_nothing_left
}

@test "a layer that is not there is told" {
	export KITBUILD_CACHE="$BATS_TEST_TMPDIR/cache"
	put_usual_images
	rm "$(blob_with "second")"
	run -2 build --dir out -f tar good.yml
	assert_output --partial "not in the cache"
	assert_nothing_left
}

@test "a blob that is a link is not read" {
	export KITBUILD_CACHE="$BATS_TEST_TMPDIR/cache"
	local blob
	put_usual_images
	blob=$(blob_with "second")
	mv "$blob" elsewhere
	ln -s "$PWD/elsewhere" "$blob"
	run ! build --dir out -f tar good.yml
	assert_nothing_left
}

@test "a file size limit is told and nothing is left" {
	put_image test/large:1 <<<"file x 0644 $(head -c 60000 /dev/zero | tr '\0' x)"
	manifest m.yml <<<"init: [test/large:1]"
	build --dir out -f tar m.yml
	rm out/*
	run -1 bash -c 'ulimit -f 40; "$@"' - "$KITBUILD" --offline build \
		--arch amd64 --dir out -f tar m.yml
	assert_output --partial "File too large"
	assert_nothing_left
}

@test "a full disk is told and nothing is left" {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	unshare -m true 2>/dev/null || skip "cannot unshare mounts"
	put_image test/large:1 <<<"file x 0644 $(head -c 60000 /dev/zero | tr '\0' x)"
	manifest m.yml <<<"init: [test/large:1]"
	run -1 unshare -m bash -c 'mount -t tmpfs -o size=48k none out || exit 99
		"$@"; status=$?; ls -A out; exit $status' - "$KITBUILD" \
		--offline build --arch amd64 --dir out -f tar,kernel+initrd m.yml
	assert_output --partial "No space left on device"
	assert_equal "$(tail -n 1 <<<"$output" | grep -c ^kitbuild:)" 1
	run -0 grep -c "$PWD/out" /proc/self/mounts || true
}

@test "a full device is told" {
	run -1 build -o /dev/full good.yml
	assert_output --partial "/dev/full: No space left on device"
	[ -c /dev/full ]
	run -1 bash -c '"$@" >/dev/full' - "$KITBUILD" --offline build \
		--arch amd64 -o - good.yml
	assert_output --partial "standard output: No space left on device"
}

@test "a closed pipe ends the program with a message" {
	run bash -c '{ "$@" 2>err; echo $? >status; } | true' - "$KITBUILD" \
		--offline build --arch amd64 -o - "$PWD/good.yml"
	[ -s status ]
	# All of it may have gone before the reader left.
	if [ "$(cat status)" -ne 0 ]; then
		assert_equal "$(cat status)" 1
		run -0 cat err
		assert_output --partial "Broken pipe"
	fi
}

@test "an output folder that may not be written is told" {
	[ "$(id -u)" -eq 0 ] || chmod 555 out
	[ "$(id -u)" -ne 0 ] || rmdir out
	[ -e out ] || ln -s /proc/self out
	run -1 build --dir out -f tar good.yml
	assert_output --partial "write out/good.tar: "
}
