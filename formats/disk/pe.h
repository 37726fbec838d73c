/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Adding sections to a PE32+ program (Microsoft's PE format, revision of 2023;
 * UEFI 2.10, section 2.1): how a UEFI stub becomes a unified kernel image (UAPI
 * UKI specification). The program is foreign input and is checked.
 */
#pragma once

#include "cmd/lib/base/err.h"
#include "formats/disk/extents.h"

#define PE_MAX_BYTES ((size_t)16 << 20)

enum pe_machine {
	PE_MACHINE_AMD64 = 0x8664,
	PE_MACHINE_ARM64 = 0xaa64,
	PE_MACHINE_RISCV64 = 0x5064,
};

struct pe_section {
	const char *name;       /* at most 8 characters */
	struct extents content; /* moved into the program */
	uint64_t offset;        /* set: where the content lies in the file */
};

/*
 * Makes `program` the stub with the sections behind its own, in their order,
 * each at a multiple of 4096 in the file and in memory. What depends on time or
 * is not loaded (time stamp, symbols) is cleared; a checksum is not computed,
 * as UEFI does not look at it. FAULT_INPUT when the stub is no such program,
 * has no room for more headers, or the whole passes 4 GiB.
 */
int pe_append(struct extents *program, const void *stub, size_t stub_bytes,
	      struct pe_section *sections, size_t count,
	      struct err *err) MUST_CHECK;

/*
 * The hash that a signature of a program is over (Authenticode): all but the
 * checksum and what says where signatures are. For programs of pe_append.
 * FAULT_INPUT when the stub leaves gaps between its sections, over which
 * implementations differ, or has no place for signatures.
 */
int pe_digest(const struct extents *program, struct digest *digest,
	      struct err *err) MUST_CHECK;

/* Puts a signature (PKCS #7, DER) behind a program that has none. */
int pe_attach(struct extents *program, const void *signature, size_t size,
	      struct err *err) MUST_CHECK;

/* The machine a program is for; 0 when it is no PE32+ program. */
unsigned pe_machine(const void *program, size_t size);
