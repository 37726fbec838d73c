#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The words of the launcher's command line, on a machine without any service.

load ../lib/kitbuild

setup() {
	service=$ROOT/pkg/init/out/$(dpkg --print-architecture)/service
}

@test "--help is the launcher's own only in front of a service's command" {
	for words in "-h" "--help" "ls -help" "exec --help"; do
		# shellcheck disable=SC2086 # Words.
		run -0 "$service" $words
		assert_line --partial "usage: service"
		assert_line --regexp '^ +exec NAME COMMAND\.\.\.'
	done
	for word in -h -help --help; do
		run -126 "$service" exec nobody program $word
		assert_output "service: nobody: exec failed: no such service"
	done
}

@test "what is wrong with the words is said" {
	run -1 "$service" lst
	assert_line --index 0 "service: lst: no such command"
	run -1 "$service" --jsonn ls
	assert_line --index 0 "service: --jsonn: no such option, or it lacks its value"
	run -1 "$service" logs -n
	assert_line --index 0 "service: -n: no such option, or it lacks its value"
	run -1 "$service" ls web
	assert_line --index 0 "service: ls: takes nothing more"
	run -1 "$service" start
	assert_line --index 0 "service: start: takes NAME"
	run -1 "$service" -q -v ls
	assert_line --index 0 "service: -q and -v are opposites"
	run -1 "$service" -n few logs web
	assert_output "service: -n few: not a number of lines"
}

@test "asking about a service that is not there fails, and so does an answer that cannot be written" {
	for words in "logs nobody" "-f logs nobody" "status nobody" "logs ../nobody"; do
		# shellcheck disable=SC2086 # Words.
		run -1 timeout 10 "$service" $words
		assert_output --regexp "^service: .*nobody: no such service$"
	done
	run -1 bash -c '"$1" --help >/dev/full' - "$service"
	assert_output "service: cannot write what was asked for"
}
