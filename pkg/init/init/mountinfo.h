/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of /proc/self/mountinfo. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct mount_line {
	char *where;
	char *type;
	char *what;
};

/*
 * Takes one line apart in place and decodes the octal escapes. False if it is
 * not a mountinfo line (proc(5)).
 */
bool mountinfo_parse(char *line, struct mount_line *mount);
