# SPDX-License-Identifier: Apache-2.0
# A virtual machine under test: started, typed to, read, ended by process id.

# machine_start NAME [option...]: `kitbuild run qemu` in the background; its
# console is read from MACHINE_LOG and typed to by machine_type.
machine_start() {
	local name=$1
	shift
	MACHINE_LOG=$BATS_TEST_TMPDIR/console.log
	MACHINE_KEYS=$BATS_TEST_TMPDIR/keys
	MACHINE_STATE=$name-state
	[ -p "$MACHINE_KEYS" ] || mkfifo "$MACHINE_KEYS"
	: >"$MACHINE_LOG"
	# Open both ways, so that neither side waits for the other.
	exec 7<>"$MACHINE_KEYS"
	"$KITBUILD" run qemu "$@" "$name" <"$MACHINE_KEYS" >"$MACHINE_LOG" 2>&1 3>&- 7>&- &
	MACHINE_PID=$!
}

# machine_power_button: the guest is asked to power off, and has all the time
# it takes; `kitbuild run` would give it 65 s after a SIGTERM.
machine_power_button() {
	python3 - "$MACHINE_STATE/qmp.sock" <<-'EOF2'
		import socket, sys
		talk = socket.socket(socket.AF_UNIX)
		talk.settimeout(30)
		talk.connect(sys.argv[1])
		lines = talk.makefile("rw")
		lines.readline()
		for command in "qmp_capabilities", "system_powerdown":
		    lines.write('{"execute":"%s"}\n' % command)
		    lines.flush()
		    while '"return"' not in (line := lines.readline()):
		        assert line, "QEMU hung up"
	EOF2
}

machine_type() {
	printf '%s\r' "$1" >&7
}

# Seconds are those of a quiet machine; a busy one may take so many times that.
MACHINE_PATIENCE=3

# machine_until TEXT SECONDS: waits until the console shows the text.
machine_until() {
	local deadline=$((SECONDS + $2 * MACHINE_PATIENCE))
	until grep -aqF -- "$1" "$MACHINE_LOG"; do
		if ! kill -0 "$MACHINE_PID" 2>/dev/null; then
			tail -40 "$MACHINE_LOG"
			echo "the machine ended before its console showed: $1"
			return 1
		fi
		if [ $SECONDS -gt "$deadline" ]; then
			tail -40 "$MACHINE_LOG"
			echo "$MACHINE_PATIENCE times $2 s passed before the console showed: $1"
			return 1
		fi
		sleep 0.3
	done
}

# machine_end SECONDS: waits for its end; sets MACHINE_STATUS.
machine_end() {
	local deadline=$((SECONDS + $1 * MACHINE_PATIENCE))
	while kill -0 "$MACHINE_PID" 2>/dev/null; do
		if [ $SECONDS -gt "$deadline" ]; then
			tail -40 "$MACHINE_LOG"
			echo "the machine still runs after $MACHINE_PATIENCE times $1 s"
			return 1
		fi
		sleep 0.3
	done
	MACHINE_STATUS=0
	wait "$MACHINE_PID" || MACHINE_STATUS=$?
	MACHINE_PID=
	exec 7>&-
}

# For teardown: nothing stays behind, however the test ended.
machine_kill() {
	[ -n "${MACHINE_PID:-}" ] || return 0
	kill -TERM "$MACHINE_PID" 2>/dev/null || true
	sleep 1
	kill -TERM "$MACHINE_PID" 2>/dev/null || true
	wait "$MACHINE_PID" 2>/dev/null || true
}

# A port of 127.0.0.1 that nobody uses just now.
free_port() {
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
