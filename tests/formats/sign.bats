#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Signatures for Secure Boot, as sbverify and openssl see them.

load ../lib/kitbuild
load ../lib/images
load ../lib/media

setup_file() {
	export KITBUILD_CACHE="$BATS_FILE_TMPDIR/cache"
	put_usual_images
	cd "$BATS_FILE_TMPDIR"
	make_stub stub.efi
	for name in db other; do
		openssl req -x509 -newkey rsa:2048 -nodes -keyout $name.key -out $name.crt \
			-days 3650 -subj /CN=$name 2>/dev/null
	done
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ec.key \
		-out ec.crt -days 3650 -subj /CN=ec 2>/dev/null
	openssl rsa -in db.key -aes128 -passout pass:x -out locked.key 2>/dev/null
}

setup() {
	export KITBUILD_CACHE="$BATS_FILE_TMPDIR/cache"
	cd "$BATS_TEST_TMPDIR"
	cp "$BATS_FILE_TMPDIR"/*.{efi,key,crt} .
	manifest m.yml <<-EOF
		kernel: {image: test/kernel:1, cmdline: "console=ttyS0"}
		init: [test/init:1]
	EOF
}

sign() {
	build --efi-stub stub.efi "$@" m.yml
}

@test "a signed program is what sbverify takes, with systemd's stub, too" {
	sign -f uki --sign-key db.key --sign-cert db.crt
	run -0 sbverify --cert db.crt m.efi
	assert_output "Signature verification OK"
	run ! sbverify --cert other.crt m.efi
	cp m.efi first
	sign -f uki --sign-key db.key --sign-cert db.crt
	cmp first m.efi

	build -f raw --sign-key db.key --sign-cert db.crt m.yml
	boot_partition m.img
	mcopy -i esp ::/EFI/BOOT/BOOTX64.EFI uki
	run -0 sbverify --cert db.crt uki
	assert_output "Signature verification OK"
	# No byte of it may change: not a section's, nor a header's.
	for at in 80 800 2000 $(($(stat -c %s uki) / 2)); do
		cp uki changed
		printf '\xa5' | dd of=changed bs=1 seek="$at" conv=notrunc status=none
		run ! sbverify --cert db.crt changed
	done
}

@test "a signature has no time in it" {
	sign -f uki --sign-key db.key --sign-cert db.crt
	run -0 sbattach --detach signature m.efi
	run -0 openssl pkcs7 -inform DER -in signature -print -noout
	refute_output --partial signingTime
}

@test "a signature made elsewhere gives the same bytes as one made here" {
	sign -f uki,raw --size 1G --sign-key db.key --sign-cert db.crt
	mv m.efi here.efi
	mv m.img here.img
	sign -f uki --sign-cert db.crt --sign-digest to-be-signed
	run ! sbverify --cert db.crt m.efi
	openssl dgst -sha256 -sign db.key -out signature to-be-signed
	sign -f uki,raw --size 1G --sign-cert db.crt --sign-attach signature
	cmp here.efi m.efi
	cmp here.img m.img
}

@test "a key, a certificate or a signature that does not fit is refused" {
	mkdir out
	refused() {
		local message=$1
		shift
		run -2 "$KITBUILD" -q --offline build --arch amd64 --efi-stub stub.efi \
			--dir out -f uki "$@" m.yml
		assert_output "kitbuild: $message"
		assert_equal "$(ls -A out)" ""
	}
	refused "format uki: the key other.key is not that of the certificate db.crt" \
		--sign-key other.key --sign-cert db.crt
	refused "format uki: stub.efi is no certificate in PEM" --sign-key db.key --sign-cert stub.efi
	refused "format uki: db.crt is no private key in PEM without a password" \
		--sign-key db.crt --sign-cert db.crt
	refused "format uki: locked.key is no private key in PEM without a password" \
		--sign-key locked.key --sign-cert db.crt
	refused "format uki: ec.crt is not for an RSA key, the only kind that firmware takes" \
		--sign-key ec.key --sign-cert ec.crt
	refused "to sign takes --sign-cert, too" --sign-key db.key
	refused "--sign-key signs here, --sign-digest and --sign-attach elsewhere; take one of the two" \
		--sign-key db.key --sign-cert db.crt --sign-digest out/tbs
	sign -f uki --sign-cert db.crt --sign-digest tbs
	openssl dgst -sha256 -sign other.key -out signature tbs
	refused "format uki: the signature signature is not one of this program by the key of db.crt" \
		--sign-cert db.crt --sign-attach signature
	run -2 "$KITBUILD" -q --offline build --arch amd64 --dir out -f tar --pcr-json out/pcr m.yml
	assert_output "kitbuild: none of the formats has a program for UEFI that could be signed or measured"
	assert_equal "$(ls -A out)" ""
}

@test "the PCR that is told is what sections and names give" {
	run -0 sign -f uki --pcr-json pcr.json
	uki_parts m.efi parts
	objcopy -O binary --only-section=.osrel m.efi parts/osrel
	expected=$(python3 - <<-'EOF'
		import hashlib
		sha = lambda data: hashlib.sha256(data).digest()
		pcr = bytes(32)
		for name, file in ((".linux", "kernel"), (".osrel", "osrel"), (".cmdline", "cmdline"), (".initrd", "initrd")):
		    pcr = sha(pcr + sha(name.encode() + b"\0"))
		    pcr = sha(pcr + sha(open("parts/" + file, "rb").read()))
		print(pcr.hex())
	EOF
	)
	assert_equal "$(jq -r '.pcrs."11".sha256' pcr.json)" "$expected"
	assert_output --partial "PCR 11 will be $expected"
}
