#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Downloads that break off and go on, or cannot.

load ../lib/kitbuild
load ../lib/registry

setup() {
	export KITBUILD_CACHE="$BATS_TEST_TMPDIR/cache"
	cd "$BATS_TEST_TMPDIR"
	rogue_start
	rogue_image good
	BLOB=/v2/good/blobs/$ROGUE_LAYER
	SIZE=$(stat -c %s layer)
	# The first 4000 bytes come, then the connection breaks.
	{
		printf 'HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n' "$SIZE"
		head -c 4000 layer
	} | rogue_raw "$BLOB.1"
}

teardown() {
	rogue_stop
	[ -z "$(ls "$KITBUILD_CACHE/tmp" 2>/dev/null)" ]
}

pull() {
	"$KITBUILD" cache pull --arch amd64 "$ROGUE/good:1"
}

# rest N FROM: the N-th answer is the layer from there on
rest() {
	tail -c "+$(($2 + 1))" layer | rogue_reply "$BLOB.$1" 206 \
		"Content-Range: bytes $2-$((SIZE - 1))/$SIZE"
}

asked() {
	rogue_requests | grep -F "$BLOB"
}

@test "a blob that breaks off goes on where it was" {
	rest 2 4000
	run -0 pull
	run -0 asked
	assert_output "$BLOB -
$BLOB - bytes=4000-"
	run -0 "$KITBUILD" cache verify
}

@test "a blob may break off several times" {
	{
		printf 'HTTP/1.1 206 Partial\r\nContent-Length: %d\r\nContent-Range: bytes 4000-%d/%d\r\n\r\n' \
			$((SIZE - 4000)) $((SIZE - 1)) "$SIZE"
		tail -c +4001 layer | head -c 1000
	} | rogue_raw "$BLOB.2"
	rest 3 5000
	run -0 pull
	run -0 asked
	assert_line "$BLOB - bytes=5000-"
}

@test "a server that sends all again is listened to from the start" {
	run -0 pull
	run -0 asked
	assert_output "$BLOB -
$BLOB - bytes=4000-"
	run -0 "$KITBUILD" cache verify
}

@test "a server that sends another part is asked for all" {
	rest 2 3000
	run -0 pull
	run -0 asked
	assert_output "$BLOB -
$BLOB - bytes=4000-
$BLOB -"
	run -0 "$KITBUILD" cache verify
}

@test "a server that knows no ranges is asked for all" {
	rogue_reply "$BLOB.2" 416 </dev/null
	run -0 pull
	run -0 asked
	assert_output "$BLOB -
$BLOB - bytes=4000-
$BLOB -"
}

@test "a rest that does not belong to the start is refused" {
	head -c $((SIZE - 4000)) /dev/urandom | rogue_reply "$BLOB.2" 206 \
		"Content-Range: bytes 4000-$((SIZE - 1))/$SIZE"
	run -3 pull
	assert_output --partial "the content has digest"
}

@test "a rest that is too long is refused" {
	{
		tail -c +4001 layer
		echo more
	} | rogue_reply "$BLOB.2" 206 "Content-Range: bytes 4000-$SIZE/*"
	run -3 pull
	assert_output --partial "longer than the $SIZE bytes declared"
}

@test "a resumed download asks the registry again where to go" {
	rogue_reply "$BLOB.1" 307 "Location: http://$ROGUE/far" </dev/null
	{
		printf 'HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n' "$SIZE"
		head -c 4000 layer
	} | rogue_raw /far.1
	rogue_reply "$BLOB.2" 307 "Location: http://$ROGUE/near" </dev/null
	tail -c +4001 layer | rogue_reply /near 206 \
		"Content-Range: bytes 4000-$((SIZE - 1))/$SIZE"
	run -0 pull
	run -0 rogue_requests
	assert_line "/near - bytes=4000-"
}

@test "a fetch that takes too long is given up" {
	# It says it is busy for ever.
	for i in 1 2 3 4 5; do
		rogue_reply "$BLOB.$i" 503 "Retry-After: 3" </dev/null
	done
	run -1 timeout 60 "$KITBUILD" --timeout 2 cache pull --arch amd64 "$ROGUE/good:1"
	assert_output --partial "not fetched within 2 seconds (--timeout)"
}
