#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Help, manual page, completion, unknown words: what a person sees first.

load ../lib/kitbuild

complete_words() {
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	COMPREPLY=()
	_kitbuild
	echo "${COMPREPLY[@]}"
}

@test "without arguments and with --help the commands are listed" {
	run -0 kitbuild
	assert_line --regexp '^  build  +build the image'
	assert_line --regexp '^  pkg build  +build packages'
	run -0 kitbuild --help
	assert_line --regexp '^  run  +run an image'
	assert_line --partial "Exit status: 0 done, 1 the machine failed"
}

@test "every command describes itself and its options" {
	for verb in build run "pkg build" "cache ls" "cache pull" "cache push" "cache rm" "cache verify" "cache gc" "cache clean" "cache export" "cache import"; do
		# shellcheck disable=SC2086 # two words are two arguments
		run -0 kitbuild $verb --help
		assert_line --index 0 --regexp "^Usage: kitbuild $verb \[options\]"
		assert_line --regexp '^ +-h, --help'
	done
}

@test "the version is told in three ways" {
	for word in version --version; do
		run -0 kitbuild $word
		assert_output --regexp '^kitbuild [0-9]+\.[0-9]+\.[0-9]+$'
	done
}

@test "a misspelt command or option is named with the likely one" {
	run -2 kitbuild biuld x.yml
	assert_output "kitbuild: unknown command 'biuld'; is it 'build'?"
	run -2 kitbuild cache lst
	assert_output "kitbuild: unknown command 'cache lst'; is it 'cache ls'?"
	run -2 kitbuild build --fromat tar x.yml
	assert_output "kitbuild: unknown option --fromat; is it --format?"
	run -2 kitbuild build -Z x.yml
	assert_output "kitbuild: unknown option -Z"
	run -2 kitbuild build --name
	assert_output "kitbuild: --name needs a value: NAME"
	run -2 kitbuild build --pull=yes x.yml
	assert_output "kitbuild: --pull takes no value"
}

@test "missing and surplus arguments get the usage line" {
	run -2 kitbuild build
	assert_output "kitbuild: usage: kitbuild build [options] MANIFEST..."
	run -2 kitbuild pkg build
	assert_output "kitbuild: usage: kitbuild pkg build [options] FOLDER..."
	run -2 kitbuild cache ls extra
	assert_output --partial "cache ls takes no argument 'extra'"
}

@test "options may stand before the command" {
	run -0 kitbuild --cache "$BATS_TEST_TMPDIR/c" -q cache ls
	assert_output ""
	[ -f "$BATS_TEST_TMPDIR/c/oci-layout" ]
}

@test "the cache is where --cache, KITBUILD_CACHE, XDG_CACHE_HOME and HOME say" {
	cd "$BATS_TEST_TMPDIR"
	HOME=$PWD/home run -0 kitbuild cache ls
	[ -f home/.cache/kitbuild/oci-layout ]
	HOME=$PWD/home XDG_CACHE_HOME=$PWD/xdg run -0 kitbuild cache ls
	[ -f xdg/kitbuild/oci-layout ]
	HOME=$PWD/home XDG_CACHE_HOME=$PWD/xdg KITBUILD_CACHE=$PWD/own run -0 kitbuild cache ls
	[ -f own/oci-layout ]
}

@test "formats are listed with what they write" {
	run -0 kitbuild build --list-formats
	assert_line --regexp '^tar +the root'
	assert_line --regexp '^ +writes NAME-kernel, NAME-initrd.img, NAME-cmdline'
}

@test "colours appear on a terminal only" {
	run -2 kitbuild nonsense
	refute_output --partial $'\033'
	run script -qec "TERM=xterm $KITBUILD nonsense" /dev/null
	assert_output --partial $'\033[1;31m'
	run script -qec "TERM=xterm NO_COLOR=1 $KITBUILD nonsense" /dev/null
	refute_output --partial $'\033'
}

@test "the manual page is one that man(1) takes without a warning" {
	kitbuild man >"$BATS_TEST_TMPDIR/kitbuild.1"
	command -v groff >/dev/null || skip "groff is not installed"
	run -0 groff -man -Tutf8 -ww -z "$BATS_TEST_TMPDIR/kitbuild.1"
	assert_output ""
}

@test "bash completes commands, their second words and their options" {
	# shellcheck source=/dev/null
	source <(kitbuild completion bash)
	assert_equal "$(complete_words kitbuild ca)" "cache"
	assert_equal "$(complete_words kitbuild cache v)" "verify"
	assert_equal "$(complete_words kitbuild build --fo)" "--format"
	assert_equal "$(complete_words kitbuild pkg build --fo)" "--force"
	assert_equal "$(complete_words kitbuild cache ls --off)" "--offline"
}
