/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where user data is: on a CD, on a file system labelled "cidata" (NoCloud of
 * cloud-init; in capitals for FAT), or in a file.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "pkg/metadata/reason.h"

struct found {
	char where[64]; /* as /run/config/provider names it */
	char *text;     /* the caller's to free; NULL if there is none */
	size_t size;
};

/* What a label is looked for in: the first bytes of a disk. */
#define LABEL_BYTES_MIN ((size_t)34816)

/* The file system that mount(2) takes it for, or NULL. Pure. */
const char *source_label(const unsigned char *head, size_t size, bool is_cd);

/*
 * The first disk with user data. Returns 1 if there is one, 0 if not, -1 and a
 * reason if one is there and cannot be read.
 */
int source_disks(struct found *found, struct reason *reason);

/* The same of one file. */
int source_file(const char *path, struct found *found, struct reason *reason);
