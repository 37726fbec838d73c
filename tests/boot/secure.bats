#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Secure Boot by OVMF with Debian's own test keys enrolled, and what a TPM has
# measured when the system runs.

load ../lib/kitbuild
load ../lib/machine

FIRMWARE=/usr/share/OVMF
KEYS=/usr/share/ovmf/PkKek-1-snakeoil

setup_file() {
	export IMAGES=$BATS_FILE_TMPDIR
	export KITBUILD_CACHE=$ROOT/build/cache
	cat >"$IMAGES/m.yml" <<-EOF
		kernel:
		  image: "@pkg:$ROOT/kernels/debian-cloud"
		  cmdline: "console=ttyS0 panic=10"
		init: ["@pkg:$ROOT/pkg/init"]
		files:
		  - {path: bin/busybox, source: $(command -v busybox), mode: "0755"}
		  - path: etc/init.d/040-pcr
		    mode: "0755"
		    contents: |
		      #!/bin/busybox sh
		      echo "PCR 11 is \$(/bin/busybox cat /sys/class/tpm/tpm0/pcr-sha256/11)"
		      echo "secure boot is \$(/bin/busybox od -An -tu1 /sys/firmware/efi/efivars/SecureBoot-*)"
	EOF
	openssl rsa -in "$KEYS.key" -passin pass:snakeoil -out "$IMAGES/key" 2>/dev/null
	mkdir "$IMAGES/unsigned"
	"$KITBUILD" build --dir "$IMAGES/unsigned" -f raw-efi --root squashfs "$IMAGES/m.yml"
	"$KITBUILD" build --dir "$IMAGES" -f raw-efi --root squashfs --sign-key "$IMAGES/key" \
		--sign-cert "$KEYS.pem" --pcr-json "$IMAGES/pcr.json" "$IMAGES/m.yml"
}

setup() {
	PIDS=()
	declare -gA STARTED=()
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	local pid
	for pid in "${PIDS[@]}"; do
		kill -KILL "$pid" 2>/dev/null || true
	done
}

# start NAME FILE [OPTION...]: a machine that asks for signatures
start() {
	local name=$1 file=$2
	shift 2
	qemu-system-x86_64 -machine q35,smm=on -cpu max -m 512 -net none -display none \
		-monitor none -no-reboot -serial "file:$name.log" \
		-global driver=cfi.pflash01,property=secure,value=on \
		-drive "if=pflash,unit=0,format=raw,readonly=on,file=$FIRMWARE/OVMF_CODE_4M.secboot.fd" \
		-drive "if=pflash,unit=1,format=raw,snapshot=on,file=$FIRMWARE/OVMF_VARS_4M.snakeoil.fd" \
		-drive "if=none,id=d,snapshot=on,format=raw,file=$file" \
		-device virtio-blk-pci,drive=d,bootindex=1 "$@" >"$name.said" 2>&1 3>&- &
	PIDS+=("$!")
	STARTED[$name]=$!
}

# until_said NAME SECONDS TEXT
until_said() {
	local -x MACHINE_LOG=$1.log MACHINE_PID=${STARTED[$1]}
	machine_until "$3" "$2" || { cat "$1.said" && return 1; }
}

@test "Secure Boot starts what is signed, and its TPM holds the PCR 11 that was told" {
	mkdir tpm
	swtpm socket --tpm2 --tpmstate dir=tpm --ctrl type=unixio,path=tpm/socket 3>&- &
	PIDS+=("$!")
	local deadline=$((SECONDS + 20 * MACHINE_PATIENCE))
	until [ -S tpm/socket ]; do
		[ $SECONDS -lt $deadline ]
		sleep 0.1
	done
	start signed "$IMAGES/m-efi.img" -chardev socket,id=t,path=tpm/socket \
		-tpmdev emulator,id=tpm,chardev=t -device tpm-crb,tpmdev=tpm
	until_said signed 200 "init: boot complete"
	export MACHINE_LOG=signed.log
	run -0 machine_text
	assert_output --regexp "secure boot is +[0-9]+ +0 +0 +0 +1"
	assert_output --partial "init: root: squashfs on vda2, verified"
	expected=$(jq -r '.pcrs."11".sha256' "$IMAGES/pcr.json")
	assert_output --partial "PCR 11 is ${expected^^}"
}

@test "Secure Boot starts neither what is not signed nor what was changed" {
	cp --sparse=always "$IMAGES/m-efi.img" changed.img
	# One letter of the command line, which lies where it is told.
	at=$(grep -obUaF "console=ttyS0 panic=10" changed.img | head -n 1 | cut -d : -f 1)
	printf X | dd of=changed.img bs=1 seek="$at" conv=notrunc status=none
	start unsigned "$IMAGES/unsigned/m-efi.img"
	start changed changed.img
	until_said unsigned 120 "Access Denied"
	until_said changed 120 "Access Denied"
	run -1 grep -a "Linux version" unsigned.log changed.log
}
