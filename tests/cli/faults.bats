#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Whatever a registry does wrong has an end: a table for each kind of fault.

load ../lib/kitbuild
load ../lib/registry
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR"
	rogue_start
}

teardown() {
	rogue_stop
	[ -z "$(ls cache/tmp 2>/dev/null)" ]
}

# path PART: where that part of the image is asked for
path() {
	case $1 in
	manifest) echo /v2/good/manifests/1 ;;
	config) echo "/v2/good/blobs/$ROGUE_CONFIG" ;;
	layer) echo "/v2/good/blobs/$ROGUE_LAYER" ;;
	esac
}

# What each fault answers; $1 is the path, and may end in ".1".
status() {
	printf 'no' | rogue_reply "$1" "$2" "Retry-After: 0"
}

cut_headers() {
	printf 'HTTP/1.1 200 OK\r\nContent-Len' | rogue_raw "$1"
}

cut_body_of_unknown_length() {
	printf 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n' | rogue_raw "$1"
	head -c 20 "$PART" >>"$ROGUE_DIR/${1//\//+}"
}

cut_body() {
	printf 'HTTP/1.1 200 OK\r\nContent-Length: 700\r\n\r\nsome' | rogue_raw "$1"
}

nothing() {
	rogue_raw "$1" </dev/null
}

garbage() {
	printf 'SSH-2.0-OpenSSH_9.2\r\n' | rogue_raw "$1"
}

stall_headers() {
	printf 'HTTP/1.1 200 OK\r\n<stall>' | rogue_raw "$1"
}

stall_body() {
	printf 'HTTP/1.1 200 OK\r\nContent-Length: 700\r\n\r\nsome<stall>' | rogue_raw "$1"
}

shorter() {
	printf '{' | rogue_reply "$1" 200
}

longer() {
	yes '{"a": "lie"}' | head -c 20000 | rogue_reply "$1" 200
}

redirect() {
	rogue_reply "$1" "$2" "Location: $3" </dev/null
}

# fault PART TIMES FAULT...: once or always; then the image is pulled anew
fault() {
	local part=$1 times=$2 where
	shift 2
	rogue_stop
	wait "$ROGUE_PID" 2>/dev/null || true
	rm -rf "$ROGUE_DIR" cache
	rogue_start
	rogue_image good
	where=$(path "$part")
	[ "$times" = always ] || where=$where.1
	"$1" "$where" "${@:2}"
	run timeout 180 "$KITBUILD" --cache cache --timeout "${SECONDS_ALL:-60}" \
		cache pull --arch amd64 "$ROGUE/good:1"
}

# ended STATUS [MESSAGE]: and an image is there only after success
ended() {
	assert_equal "$status" "$1"
	[ $# -lt 2 ] || assert_output --partial "$2"
	if [ "$1" -eq 0 ]; then
		run -0 "$KITBUILD" --cache cache cache verify
	else
		assert_equal "$(grep -c '^kitbuild: ' <<<"$output")" 1
		run -0 "$KITBUILD" --cache cache cache ls
		assert_output ""
	fi
}

@test "every status but success ends a pull with a sentence" {
	local part code
	for code in 204 206 300 304 400 402 405 406 409 410 416 418 451; do
		fault layer always status "$code"
		ended 1 "answers with status $code"
	done
	for part in manifest config layer; do
		fault "$part" always status 400
		ended 1 "answers with status 400"
		for code in 401 403; do
			fault "$part" always status "$code"
			ended 1 "denies access"
		done
		fault "$part" always status 404
		ended 2 "not found at $ROGUE"
	done
}

@test "a status that may pass is waited for, four times in all" {
	local part code
	for code in 408 429 500 501 502 503 504; do
		fault layer once status "$code"
		ended 0
	done
	for part in manifest config layer; do
		fault "$part" once status 503
		ended 0
		fault "$part" always status 503
		assert_equal "$(rogue_requests | grep -cF "$(path "$part")")" 4
		ended 1 "answers with status 503"
	done
}

@test "replies that break off, or are none, are asked for again" {
	local part fault
	for part in manifest config layer; do
		for fault in cut_headers cut_body nothing; do
			fault "$part" once "$fault"
			ended 0
		done
	done
	for PART in config layer; do
		fault "$PART" once cut_body_of_unknown_length
		ended 0
	done
	fault layer always cut_body
	ended 1 "cannot fetch it from"
	fault manifest always garbage
	ended 1 "cannot fetch it from"
}

@test "a server that falls silent does not hold a pull for ever" {
	local part fault
	for part in manifest layer; do
		for fault in stall_headers stall_body; do
			SECONDS_ALL=2 fault "$part" always "$fault"
			ended 1 "not fetched within 2 seconds (--timeout)"
		done
	done
}

@test "lies about content are found and nothing of them is kept" {
	fault manifest always longer
	ended 2
	fault manifest always shorter
	ended 2
	local part
	for part in config layer; do
		fault "$part" always longer
		ended 3 "longer than the"
		fault "$part" always shorter
		ended 3 "bytes where"
	done
	rogue_image other
	fault layer always same_length
	ended 3 "the content has digest"
}

same_length() {
	tr '\0' 'x' <layer | rogue_reply "$1" 200
}

@test "redirects are followed on the same machine, and no further than they should" {
	local part code
	for code in 301 302 303 307 308; do
		fault layer always moved "$code"
		ended 0
	done
	for part in manifest config; do
		fault "$part" always moved 307
		ended 0
	done
	fault layer always loop 307
	ended 1 "redirects more than 5 times"
	fault layer always redirect 307 file:///etc/passwd
	ended 1 "which is not encrypted"
	fault layer always redirect 302 http://registry.example/blob
	ended 1 "which is not encrypted"
	fault layer always nowhere 302
	ended 1 "redirects to nowhere"
}

moved() {
	mv "$ROGUE_DIR/${1//\//+}" "$ROGUE_DIR/+moved"
	redirect "$1" "$2" "/moved"
}

loop() {
	redirect "$1" "$2" "$1"
}

nowhere() {
	rogue_reply "$1" "$2" </dev/null
}
