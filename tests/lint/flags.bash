# SPDX-License-Identifier: Apache-2.0
# The compiler flags of the Makefile, for lints that compile. Sourced.
# shellcheck shell=bash disable=SC2034,SC2016

# print_variables NAME...: their values on one line, quoted for the shell. Flags of the make
# that runs the lints must not reach this one.
print_variables() {
	local list=
	for name in "$@"; do
		list+=" \$($name)"
	done
	env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -s --no-print-directory \
		--eval "print-flags: ; \$(info $list) @:" print-flags
}

declare -a host_flags guest_flags loader_flags gcc_only flags
eval "host_flags=($(print_variables CPPFLAGS BANNED CFLAGS))"
eval "guest_flags=($(print_variables GUEST_CFLAGS) -isystem build/guest/proto)"
eval "loader_flags=($(print_variables LOADER_FLAGS))"
eval "gcc_only=($(print_variables WARN_GCC))"

# set_flags FILE: `flags` becomes what the file is compiled with.
set_flags() {
	case $1 in
	formats/boot/bios/*) flags=("${loader_flags[@]}") ;;
	pkg/*) flags=("${guest_flags[@]}") ;;
	*) flags=("${host_flags[@]}") ;;
	esac
}

# set_clang_flags FILE: the same without what clang does not know.
set_clang_flags() {
	local flag other
	local -a all=()
	set_flags "$1"
	for flag in "${flags[@]}"; do
		for other in "${gcc_only[@]}"; do
			[ "$flag" = "$other" ] && continue 2
		done
		all+=("$flag")
	done
	flags=("${all[@]}")
}
