/* SPDX-License-Identifier: Apache-2.0 */
/* Architectures that boot media are made for. */
#pragma once

#include "cmd/lib/base/err.h"
#include "formats/disk/pe.h"

#include <stdbool.h>

/* For each, what its firmware starts. */
struct boot_target {
	const char *arch; /* "amd64" */
	enum pe_machine machine;
	const char *stub;      /* for UEFI; where Debian has systemd's */
	const char *program;   /* the name UEFI looks for (2.10, 3.5.1.1) */
	const char *root_type; /* Discoverable Partitions Specification */
	bool bios;             /* there is a BIOS, and we have its loader */
};

/* FAULT_INPUT when there are none for that. */
int boot_target_find(const struct boot_target **target, const char *arch,
		     struct err *err) MUST_CHECK;
