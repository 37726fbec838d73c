#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What is told while blobs come: on a terminal, in lines, as JSON.

load ../lib/kitbuild
load ../lib/registry
bats_require_minimum_version 1.5.0

# A blob that comes in two parts, with a pause between.
setup() {
	export KITBUILD_CACHE="$BATS_TEST_TMPDIR/cache"
	cd "$BATS_TEST_TMPDIR"
	rogue_start
	rogue_image good
	local size
	size=$(stat -c %s layer)
	{
		printf 'HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n' "$size"
		head -c 4000 layer
	} | rogue_raw "/v2/good/blobs/$ROGUE_LAYER.1"
	tail -c +4001 layer |
		rogue_reply "/v2/good/blobs/$ROGUE_LAYER.2" 206 \
			"Content-Range: bytes 4000-$((size - 1))/$size"
	SIZE=$size
}

teardown() {
	rogue_stop
}

pull() {
	"$KITBUILD" cache pull --arch amd64 "$@" "$ROGUE/good:1"
}

# Runs on a terminal; shows what came there, escapes as ^[
on_terminal() {
	SHELL=/bin/bash TERM=xterm script -qc "$*" typescript >/dev/null
	cat -v typescript
}

@test "--progress=json tells of each blob, a JSON object a line" {
	pull --progress=json 2>told
	run -0 jq -c 'select(.progress) | [.progress, .name, .digest, .done, .total]' told
	assert_line "[\"pull\",\"$ROGUE/good:1\",\"$ROGUE_LAYER\",$SIZE,$SIZE]"
	run -0 jq -r 'select(.ended) | .digest' told
	assert_equal "${#lines[@]}" 2
	run -0 jq -r 'select(.level) | .level + ": " + .message' told
	assert_output "info: pull $ROGUE/good:1"
}

@test "a failure is JSON too, whatever bytes it quotes" {
	run -2 --separate-stderr "$KITBUILD" --progress=json cache pull $'x/\xff\e[31m'
	run -0 jq -r .level <<<"$stderr"
	assert_output error
}

@test "on a terminal each blob has a line, and none is left" {
	run -0 on_terminal "'$KITBUILD' cache pull --arch amd64 $ROGUE/good:1"
	local short=${ROGUE_LAYER:0:19}
	assert_output --regexp "$short +[0-9.]+ of +[0-9.]+ MB  $ROGUE/good:1"
	assert_output --regexp 'pull  [0-9.]+ of [0-9.]+ MB'
	# The last thing drawn is taken away again.
	assert_output --regexp 'A\^M\^\[\[J[^^]*$'
}

@test "--quiet is quiet on a terminal and in JSON" {
	run -0 on_terminal "'$KITBUILD' -q cache pull --arch amd64 $ROGUE/good:1"
	refute_output --partial ' MB'
	rm -r cache
	run -0 pull -q --progress=json
	assert_output ""
}

@test "elsewhere there are plain lines without escapes" {
	run -0 pull
	assert_output "pull $ROGUE/good:1"
	rm -r cache
	run -0 on_terminal "'$KITBUILD' --progress=plain cache pull --arch amd64 $ROGUE/good:1"
	refute_output --partial '^['
}

@test "no name from outside can command the terminal" {
	run -0 on_terminal "'$KITBUILD' cache pull \$'x/\\e]0;owned\\a'"
	refute_output --partial ']0;owned^G'
	assert_output --partial 'x/?]0;owned?'
}

@test "another word for --progress is refused" {
	run -2 pull --progress=pretty
	assert_output "kitbuild: --progress: 'pretty' is none of auto, plain and json"
}
