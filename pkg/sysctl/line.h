/* SPDX-License-Identifier: Apache-2.0 */
/* One line of a sysctl file. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum line_kind {
	LINE_EMPTY, /* nothing, or a comment */
	LINE_SETTING,
	LINE_BAD,
};

struct line {
	char *key;
	char *value;
	bool optional; /* "-key": failure is no fault */
};

/* Takes a line apart in place. */
enum line_kind line_parse(char *text, struct line *line);

/*
 * Turns a key into a path below /proc/sys: "net.core.somaxconn" into
 * "net/core/somaxconn". If a '/' comes before any '.', slashes separate and
 * dots stay, so that "net/ipv4/conf/eth0.5/rp_filter" can be said; otherwise
 * dots separate and slashes become dots. False if the key is empty, leaves
 * /proc/sys or does not fit.
 */
bool line_path(const char *key, char *path, size_t size);
