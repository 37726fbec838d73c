/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The BIOS loader: its pieces, with what the medium decides filled in. The
 * sources are in formats/boot/bios; docs/architecture.md draws how a medium
 * starts.
 */
#pragma once

#include "cmd/lib/base/err.h"

#include <stdint.h>

/* A medium's contents, in bytes from its start; multiples of 2048. */
struct loader_targets {
	uint64_t kernel_offset, kernel_bytes;
	uint64_t initrd_offset, initrd_bytes;
	const char *command_line;
};

/* A multiple of 512. */
size_t loader_stage2_bytes(void);

/*
 * Writes loader_stage2_bytes(). FAULT_INPUT when the command line is longer
 * than kernels take, or kernel or initrd pass 4 GiB.
 */
int loader_put_stage2(uint8_t *to, const struct loader_targets *targets,
		      struct err *err) MUST_CHECK;

/* Writes 440 bytes of boot code that loads stage 2 from this sector on. */
void loader_put_mbr(uint8_t *to, uint64_t stage2_lba);

/*
 * The boot image of a CD is a stub of 1024 bytes with stage 2 behind it; this
 * is how long it is and writes the stub.
 */
size_t loader_eltorito_bytes(void);
void loader_put_eltorito_stub(uint8_t *to);
