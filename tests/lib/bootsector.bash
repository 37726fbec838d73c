# SPDX-License-Identifier: Apache-2.0
# Guests that are boot sectors: they are there in a second.

# guest_disk FILE CODE: a disk that writes "guest is up" to the serial port and
# then runs the code, given in hexadecimal.
guest_disk() {
	local code="$2" message=6775657374206973207570 print length
	# mov dx,0x602; mov ax,0x100; out dx,ax: the power button counts from before
	# the message on;
	# xor ax,ax; mov ds,ax; mov si,MESSAGE; mov dx,0x3f8;
	# next: lodsb; test al,al; jz CODE; out dx,al; jmp next
	length=$((25 + ${#code} / 2))
	print=ba0206b80001ef31c08ed8be$(printf %02x "$length")7cbaf803ac84c07403eeebf8
	# shellcheck disable=SC2001 # no & in bash's own replacement
	printf '%b' "$(sed 's/../\\x&/g' <<<"$print$code${message}0d0a00")" \
		>"$1"
	truncate -s 510 "$1"
	printf '\x55\xaa' >>"$1"
	truncate -s 1M "$1"
}

# mov dx,0x604; mov ax,0x2000; out dx,ax; stop: hlt; jmp stop
# shellcheck disable=SC2034 # for those that load this
POWER_OFF=ba0406b80020eff4ebfd
# stop: hlt; jmp stop
# shellcheck disable=SC2034
STAY=f4ebfd
# Waits for the power button, by the ACPI registers:
# mov dx,0x600; wait: in ax,dx; test ah,1; jz wait
# shellcheck disable=SC2034
BUTTON=ba0006edf6c40174fa

run_guest() {
	timeout 180 "$KITBUILD" run --accel tcg --mem 64 "$@" </dev/null
}

# Starts a guest; sets GUEST to the process of kitbuild, QEMU to that of QEMU.
start_guest() {
	"$KITBUILD" run --accel tcg --mem 64 "$@" </dev/null >console \
		2>messages 3>&- &
	GUEST=$!
	local i
	for ((i = 0; i < 300; i++)); do
		! grep -q "guest is up" console || break
		sleep 0.1
	done
	QEMU=$(<"${!#}-state/qemu.pid")
}

is_running() {
	local state
	state=$(ps -o stat= -p "$1") && [[ $state != Z* ]]
}

assert_ended() {
	local i
	for ((i = 0; i < 300; i++)); do
		is_running "$1" || return 0
		sleep 0.1
	done
	return 1
}
