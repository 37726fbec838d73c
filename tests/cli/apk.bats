#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Alpine's package database when several init images bring one.

load ../lib/kitbuild

setup() {
	export KITBUILD_CACHE=$BATS_TEST_TMPDIR/cache
	cd "$BATS_TEST_TMPDIR"
	for name in one two; do
		mkdir $name
		printf 'image: %s\ncontents:\n  files:\n    - {path: lib/apk/db/installed, contents: "P:%s\\n", mode: "0600"}\n' \
			$name $name >$name/build.yml
	done
}

database() {
	tar --warning=no-unknown-keyword -xOf "$1.tar" lib/apk/db/installed
}

@test "the databases of several init images are joined" {
	printf 'init: ["@pkg:one", "@pkg:two"]\n' >both.yml
	kitbuild build -f tar both.yml
	assert_equal "$(database both; echo .)" $'P:one\n\n\nP:two\n\n\n.'
	run -0 env TZ=UTC tar --warning=no-unknown-keyword -tvf both.tar lib/apk/db/installed
	assert_output --regexp '^-rw-r--r-- .* 1970-01-01 00:00 '
}

@test "a single one stays as it is" {
	printf 'init: ["@pkg:one"]\n' >alone.yml
	kitbuild build -f tar alone.yml
	assert_equal "$(database alone; echo .)" $'P:one\n.'
}
