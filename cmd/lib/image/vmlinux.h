/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel proper, out of a kernel file that unpacks itself. */
#pragma once

#include "cmd/lib/image/spool.h"

/*
 * Decompresses a kernel file into the spool: a file compressed as a whole
 * (arm64's Image.gz), the payload of an x86 bzImage (kernel,
 * Documentation/arch/x86/boot.rst, the real-mode kernel header), or of an EFI
 * zboot image (kernel, drivers/firmware/efi/libstub/zboot-header.S). Knows
 * gzip, bzip2, lzma, xz, lz4 and zstd. FAULT_INPUT, with `name` in front,
 * when it is nothing of the kind, is damaged, or is larger than 1 GiB.
 */
int vmlinux_extract(struct spool *spool, const struct content *kernel,
		    const char *name, struct content *vmlinux,
		    struct err *err) MUST_CHECK;
