/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secure Boot: signatures of UEFI programs (Microsoft's Authenticode for PE,
 * UEFI 2.10, section 32.2), RSA with SHA-256, without any time in them: the
 * same program, key and certificate give the same bytes.
 */
#pragma once

#include "cmd/lib/base/buf.h"
#include "formats/disk/extents.h"

/*
 * Paths are borrowed; NULL where not asked for. With a certificate, a key signs
 * here, and `attach` is a signature made elsewhere. { 0 } asks for nothing.
 */
struct signing {
	const char *certificate, *key, *attach;
	/* Set: what the signature is over, and what the TPM will hold. */
	struct buf to_be_signed;
	struct digest pcr11;
	bool measured;
};

void signing_release(struct signing *signing);

/*
 * Notes what is to be signed, and signs when a key or a signature is given.
 * FAULT_INPUT when one of them does not fit the certificate.
 */
int sign_program(struct extents *program, struct signing *signing,
		 struct err *err) MUST_CHECK;
