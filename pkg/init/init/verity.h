/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device that yields a disk's blocks only if they are what a root hash says:
 * the kernel's dm-verity, by its ioctls.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define VERITY_DIGITS 64

/* The value of kit.verity=: blocks of data, root hash, salt. */
struct verity {
	unsigned long long blocks;
	char root[VERITY_DIGITS + 1];
	char salt[VERITY_DIGITS + 1];
};

/* "1234:HASH:SALT"; false if it is anything else. Pure. */
bool verity_parse(struct verity *verity, const char *text);

/*
 * Makes the device over `disk`, "MAJOR:MINOR", whose hash tree begins one block
 * behind the data. Its node is written to `node`. Returns 0, or -1 with errno.
 */
int verity_open(const struct verity *verity, const char *disk, char *node,
		size_t size);
