#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The guest's program for user data, as far as it can be asked outside a guest.

load ../lib/kitbuild
bats_require_minimum_version 1.5.0

METADATA=$ROOT/pkg/metadata/out/$(dpkg --print-architecture)/metadata

@test "a provider that metadata does not know is refused before any is asked" {
	run -2 "$METADATA" cdrom aws
	assert_output "metadata: unknown provider 'aws' (see metadata -h)"
	run -2 "$METADATA" file
	assert_output "metadata: unknown provider 'file' (see metadata -h)"
}

@test "user data in a file that is too long or no file is refused with its reason" {
	truncate -s 1048577 "$BATS_TEST_TMPDIR/long"
	run -1 "$METADATA" "file=$BATS_TEST_TMPDIR/long"
	assert_output "metadata: FILE: user data of 1048577 bytes, 1048576 at most"
	run -1 "$METADATA" "file=$BATS_TEST_TMPDIR"
	assert_output "metadata: FILE: user data is not a file"
}

@test "metadata says how it is used, and that a file which is not there has nothing" {
	run -0 "$METADATA" -h
	assert_line --partial "usage: metadata [-v] [PROVIDER...]"
	run -2 "$METADATA" -x
	run -0 "$METADATA" -v "file=$BATS_TEST_TMPDIR/none"
	assert_output "metadata: no user data"
}
