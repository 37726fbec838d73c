/* SPDX-License-Identifier: Apache-2.0 */
/*
 * User data as LinuxKit's metadata package understands it: a JSON object whose
 * members are files, {"content": TEXT, "perm": "0644"}, and folders,
 * {"entries": {...}, "perm": "0755"}. Whoever wrote it may be an enemy of
 * whoever made the image: all of it is checked before anything is written, and
 * nothing is written outside the folder.
 */
#pragma once

#include <jansson.h>
#include <stddef.h>

#include "pkg/metadata/reason.h"

#define USERDATA_BYTES_MAX ((size_t)1 << 20)
#define USERDATA_DEPTH_MAX 16
#define USERDATA_ENTRIES_MAX 4096

enum userdata {
	USERDATA_TEXT, /* of another kind, for whoever knows it */
	USERDATA_TREE,
	USERDATA_BAD, /* meant as a tree, and none */
};

/*
 * Reads user data; pure. Of a tree *tree is the caller's to decref; what is bad
 * has a reason, which names the entry.
 */
enum userdata userdata_read(const char *text, size_t size, json_t **tree,
			    struct reason *reason);

/*
 * Writes what userdata_read returned below a folder. Links that are there are
 * not followed. Returns -1 and a reason at the first failure.
 */
int userdata_write(json_t *tree, int folder, struct reason *reason);

/* Creates or replaces one file: aside first, then under its name. */
int userdata_write_file(int folder, const char *name, const char *text,
			size_t size, unsigned mode, struct reason *reason);
