# SPDX-License-Identifier: Apache-2.0
# A virtual machine under test: started, typed to, read, ended by process id.

# machine_start NAME [option...]: `kitbuild run qemu` in the background; its
# console is read from MACHINE_LOG and typed to by machine_type.
machine_start() {
	local name=$1
	shift
	MACHINE_LOG=$BATS_TEST_TMPDIR/console.log
	MACHINE_CONSOLE=$MACHINE_LOG
	MACHINE_KEYS=$BATS_TEST_TMPDIR/keys
	MACHINE_STATE=$name-state
	[ -p "$MACHINE_KEYS" ] || mkfifo "$MACHINE_KEYS"
	: >"$MACHINE_LOG"
	# Open both ways, so that neither side waits for the other.
	exec 7<>"$MACHINE_KEYS"
	"$KITBUILD" run qemu "$@" "$name" <"$MACHINE_KEYS" >"$MACHINE_LOG" 2>&1 3>&- 7>&- &
	MACHINE_PID=$!
}

# machine_qmp COMMAND: QEMU is told it, without arguments unless it is an object.
machine_qmp() {
	python3 - "$MACHINE_STATE/qmp.sock" "$1" <<-'EOF2'
		import socket, sys, time
		talk = socket.socket(socket.AF_UNIX)
		talk.settimeout(60)
		# A machine that has just been started makes it soon.
		for _ in range(300):
		    try:
		        talk.connect(sys.argv[1])
		        break
		    except OSError:
		        time.sleep(0.1)
		lines = talk.makefile("rw")
		lines.readline()
		word = sys.argv[2]
		for command in "qmp_capabilities", word:
		    if not command.startswith("{"):
		        command = '{"execute":"%s"}' % command
		    lines.write(command + "\n")
		    lines.flush()
		    while '"return"' not in (line := lines.readline()):
		        assert line, "QEMU hung up"
		        assert '"error"' not in line, line
	EOF2
}

# machine_power_button: the guest is asked to power off, and has all the time
# it takes; `kitbuild run` would give it 65 s after a SIGTERM. As a host does, it
# is pressed until there is an effect: before process 1 has opened the button a
# press is lost. On a machine that goes down already it is pressed once.
machine_power_button() {
	local MACHINE_LOG=$MACHINE_CONSOLE i
	if machine_shows -F "init: going down"; then
		machine_qmp system_powerdown
		return
	fi
	for ((i = 0; i < 20; i++)); do
		machine_qmp system_powerdown || ! machine_runs || return 1
		! machine_shows_within -F "init: going down" 1 || return 0
		machine_runs || return 0
	done
	echo "the power button has no effect"
	return 1
}

machine_type() {
	printf '%s\r' "$1" >&7
}

# machine_ask KEYS TEXT SECONDS: types until the console shows the text: what is
# typed before a shell reads may be lost.
machine_ask() {
	local i
	for ((i = 0; i < $3; i += 5)); do
		machine_type "$1"
		! machine_shows_within -F "$2" 5 || return 0
	done
	machine_until "$2" 0
}

# Seconds are those of a quiet machine; a busy one may take so many times that.
MACHINE_PATIENCE=3

machine_runs() {
	[ -n "${MACHINE_PID:-}" ] && kill -0 "$MACHINE_PID" 2>/dev/null
}

# machine_text: the console without carriage returns, each line whole. A message
# of the kernel may come in the midst of what a program writes; it goes behind it.
machine_text() {
	tr -d '\r\0' <"$MACHINE_LOG" | awk '
		BEGIN { time = "\\[ *[0-9]+[.][0-9][0-9][0-9][0-9][0-9][0-9]\\] " }
		torn && match($0, time) == 1 { late = late $0 "\n"; next }
		{ line = torn ? torn $0 : $0; torn = "" }
		match(line, time) > 1 {
			torn = substr(line, 1, RSTART - 1)
			late = late substr(line, RSTART) "\n"
			next
		}
		{ print line; printf "%s", late; late = "" }
		END { printf "%s%s", torn (torn ? "\n" : ""), late }'
}

# machine_shows OPTION PATTERN: the console, as it came or in whole lines, has what
# grep finds with this option.
machine_shows() {
	grep -aq "$1" -e "$2" "$MACHINE_LOG" || machine_text | grep -aq "$1" -e "$2"
}

# machine_shows_within OPTION PATTERN SECONDS: as long as the machine runs.
machine_shows_within() {
	local deadline=$((SECONDS + $3 * MACHINE_PATIENCE))
	until machine_shows "$1" "$2"; do
		if ! machine_runs || [ $SECONDS -gt "$deadline" ]; then
			# It may have been the last word.
			machine_shows "$1" "$2"
			return
		fi
		sleep 0.3
	done
}

# machine_until TEXT SECONDS: waits until the console shows the text.
machine_until() {
	machine_shows_within -F "$1" "$2" && return
	tail -40 "$MACHINE_LOG"
	if machine_runs; then
		echo "$MACHINE_PATIENCE times $2 s passed before the console showed: $1"
	else
		echo "the machine ended before its console showed: $1"
	fi
	return 1
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

# A port of 127.0.0.1 that nobody uses just now, and that no connection gets
# from the kernel before it is taken.
free_port() {
	python3 - <<-'EOF2'
		import random, socket
		low = int(open("/proc/sys/net/ipv4/ip_local_port_range").read().split()[0])
		while True:
		    port = random.randrange(min(10000, low - 1000), low)
		    try:
		        socket.socket().bind(("127.0.0.1", port))
		        break
		    except OSError:
		        pass
		print(port)
	EOF2
}
