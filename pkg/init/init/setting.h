/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of sysctl.d(5). Pure: no system calls. */
#pragma once

#include <stdbool.h>

/* Both point into the text, which is cut up. */
struct setting {
	char *path; /* below /proc/sys; NULL: the line is no setting */
	char *value;
	bool optional; /* "-KEY = VALUE": a kernel without it is fine */
};

/*
 * Takes the next line that is neither empty nor a comment off *text; false at
 * its end. A key's parts are parted by dots or by slashes, whichever comes
 * first; the other one then stands for itself, the other way round. A path
 * never leaves its folder.
 */
bool setting_next(char **text, struct setting *setting);
