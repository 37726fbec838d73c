#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A store whose writers are killed, collide or find no room stays right.

load ../lib/kitbuild
load ../lib/registry

# Four layers of some hundred kilobytes each: a pull takes a while.
setup_file() {
	registry_start
	local dir="$BATS_FILE_TMPDIR/layout" layer
	umoci init --layout "$dir"
	umoci new --image "$dir:big"
	for layer in 1 2 3 4; do
		head -c 400000 /dev/urandom | base64 >"$BATS_FILE_TMPDIR/file"
		umoci insert --rootless --image "$dir:big" \
			"$BATS_FILE_TMPDIR/file" "/file-$layer"
	done
	umoci config --image "$dir:big" --architecture amd64 --os linux
	skopeo copy --quiet --insecure-policy --dest-tls-verify=false \
		"oci:$dir:big" "docker://$REGISTRY/big/image:1"
	cd "$BATS_FILE_TMPDIR"
	printf 'init: ["%s"]\n' "$REGISTRY/big/image:1" >m.yml
	"$KITBUILD" --cache good build --arch amd64 -o good.tar m.yml
}

teardown_file() {
	registry_stop
}

setup() {
	export KITBUILD_CACHE="$BATS_TEST_TMPDIR/cache"
	cd "$BATS_FILE_TMPDIR"
}

pull() {
	"$KITBUILD" -q cache pull --arch amd64 "$REGISTRY/big/image:1"
}

# In the background, so that $! is the program and no shell around it.
pull_apart() {
	"$KITBUILD" -q cache pull --arch amd64 "$REGISTRY/big/image:1" &
}

@test "200 pulls killed at any moment leave a store that builds right" {
	local i start now took=999 killed=0
	# The quickest: one that the machine held up would tell of longer pulls than
	# those to come.
	for i in 1 2 3 4 5; do
		start=${EPOCHREALTIME/./}
		pull
		now=${EPOCHREALTIME/./}
		now=$(((now - start) / 1000 + 1))
		took=$((now < took ? now : took))
		rm -r "$KITBUILD_CACHE"
	done
	for ((i = 0; i < 200; i++)); do
		pull_apart
		sleep "0.$(printf '%03d' $((RANDOM % took)))"
		kill -9 $! 2>/dev/null && killed=$((killed + 1))
		wait $! 2>/dev/null || true
		# What is whole stays; begin anew now and then.
		if ((i % 5 == 4)); then
			"$KITBUILD" cache verify
			"$KITBUILD" build --arch amd64 -o "$BATS_TEST_TMPDIR/w.tar" m.yml
			cmp good.tar "$BATS_TEST_TMPDIR/w.tar"
			rm -r "$KITBUILD_CACHE"
		fi
	done
	[ "$killed" -gt 50 ]
}

@test "builds at the same time share a store" {
	local i
	for i in 1 2 3 4; do
		"$KITBUILD" -q build --arch amd64 -o "$BATS_TEST_TMPDIR/$i.tar" m.yml &
		pids[i]=$!
	done
	for i in 1 2 3 4; do
		wait "${pids[i]}"
		cmp good.tar "$BATS_TEST_TMPDIR/$i.tar"
	done
	run -0 "$KITBUILD" cache verify
	run -0 ls "$KITBUILD_CACHE/tmp"
	assert_output ""
}

@test "an interrupted pull ends at once and keeps what is whole" {
	mkdir -p "$KITBUILD_CACHE"
	pull_apart
	sleep 0.05
	kill -INT $! || true
	SECONDS=0
	wait $! || true
	[ "$SECONDS" -lt 10 ]
	run -0 "$KITBUILD" cache verify
	run -0 pull
}

@test "a disk that is full is told, and nothing wrong is kept" {
	[ "$(id -u)" -eq 0 ] && unshare -m true || skip "needs a mount of its own"
	mkdir -p "$KITBUILD_CACHE"
	run -1 unshare -m bash -c '
		mount -t tmpfs -o size=600k none "$KITBUILD_CACHE"
		"$KITBUILD" -q cache pull --arch amd64 "$REGISTRY/big/image:1" && exit 9
		"$KITBUILD" -q cache verify || exit 8
		[ -z "$(ls "$KITBUILD_CACHE/tmp")" ] || exit 7
		exit 1'
	assert_output --partial "No space left on device"
}
