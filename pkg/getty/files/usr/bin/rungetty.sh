#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
# Keeps a login on each console that the kernel command line names.

/bin/busybox --install -s /bin

[ -f /hostroot/etc/getty.shadow ] && cp /hostroot/etc/getty.shadow /etc/shadow

# "ttyS0,115200n8" is the device ttyS0 at 115200.
keep_login() {
	device=${1%%,*}
	speed=${1#"$device"}
	speed=${speed#,}
	speed=${speed%%[!0-9]*}
	case $device in
	tty[0-9]*) term=linux ;;
	*) term=vt100 ;;
	esac
	while true; do
		if [ "$INSECURE" = true ]; then
			setsid getty -L -n -l /bin/sh "${speed:-115200}" "$device" "$term"
		else
			setsid getty -L "${speed:-115200}" "$device" "$term"
		fi
		sleep 1
	done
}

seen=
for word in $(cat /proc/cmdline); do
	case $word in
	console=*) console=${word#console=} ;;
	*) continue ;;
	esac
	device=${console%%,*}
	case " $seen " in
	*" $device "*) continue ;;
	esac
	seen="$seen $device"
	[ -c "/dev/$device" ] && keep_login "$console" &
done
wait
