#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Everything built twice, by an ordinary user in two directories: same bytes.

load ../lib/kitbuild

# As the caller when that is an ordinary user, as nobody when it is root.
as_user() {
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	else
		"$@"
	fi
}

# build_all DIRECTORY: guest programs, packages and image, from the sources.
build_all() {
	local folder=$1
	(cd "$ROOT" && tar -cf - --exclude=./build --exclude=./bin --exclude='./pkg/*/out' \
		--exclude=./.git .) | tar -C "$folder" -xf -
	mkdir -p "$folder/build" "$folder/home" "$folder/tmp" "$folder/out"
	[ "$(id -u)" -ne 0 ] || chown -R 65534:65534 "$folder"
	(
		cd "$folder"
		export HOME=$folder/home TMPDIR=$folder/tmp KITBUILD_NO_APT=1
		as_user make -s guest
		as_user "$PROGRAM" build --dir out linuxkit.yml
		as_user "$PROGRAM" build --dir out -f tar linuxkit.yml
	)
}

@test "two builds by an ordinary user in different directories have the same bytes" {
	# bats makes its folders for its own user only.
	chmod a+x "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" "$BATS_TEST_TMPDIR"
	PROGRAM=$BATS_TEST_TMPDIR/kitbuild
	install -m 755 "$KITBUILD" "$PROGRAM"
	one=$BATS_TEST_TMPDIR/one
	two=$BATS_TEST_TMPDIR/another/place/two
	mkdir -p "$one" "$two"
	build_all "$one"
	(umask 077; TZ=Asia/Tokyo LC_ALL=C.UTF-8 build_all "$two")
	for file in linuxkit-kernel linuxkit-initrd.img linuxkit-cmdline linuxkit.tar; do
		run -0 cmp "$one/out/$file" "$two/out/$file"
	done
	# The archive is what GNU tar thinks it is, and the initrd is cpio in zstd.
	run -0 tar -tf "$one/out/linuxkit.tar" --warning=no-unknown-keyword
	assert_line "containers/services/nginx/config.json"
	run -0 zstd -tq "$one/out/linuxkit-initrd.img"
	# Neither build left a temporary file.
	run -0 find "$one/tmp" "$two/tmp" -mindepth 1
	assert_output ""
}
