# SPDX-License-Identifier: Apache-2.0
# What every bats file loads: the program under test and the matchers.

bats_require_minimum_version 1.5.0
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
: "${KITBUILD:=$ROOT/bin/kitbuild}"
export KITBUILD ROOT
for library in bats-support bats-assert; do
	for folder in /usr/lib/bats /usr/lib; do
		if [ -f "$folder/$library/load.bash" ]; then
			load "$folder/$library/load.bash"
			break
		fi
	done
done

# Nothing a test does may depend on or reach the caller's own files.
export LC_ALL=C
unset KITBUILD_CACHE KITBUILD_MIRROR XDG_CACHE_HOME NO_COLOR DOCKER_CONFIG REGISTRY_AUTH_FILE

kitbuild() {
	"$KITBUILD" "$@"
}

# running PATTERN: the processes of this test that have it in their command.
running() {
	local pid
	for pid in $(pgrep -f -- "$1"); do
		[ "$(readlink "/proc/$pid/cwd")" != "$PWD" ] || ps -ww -o pid=,args= -p "$pid"
	done
}

# assert_none_runs PATTERN: or soon none; one that was killed takes a moment.
assert_none_runs() {
	local i left
	for ((i = 0; i < 100; i++)); do
		left=$(running "$1" || true)
		[ -n "$left" ] || return 0
		sleep 0.1
	done
	assert_equal "$left" ""
}
