/* SPDX-License-Identifier: Apache-2.0 */
/* Modules that are not wanted. */
#include "pkg/init/init/blacklist.h"

#include <string.h>

#include "pkg/init/init/cmdline.h"
#include "pkg/init/init/modindex.h"

#define KEY "modprobe.blacklist"

static bool list_has(struct span list, const char *name)
{
	size_t start = 0;

	for (size_t i = 0; i <= list.len; i++) {
		if (i < list.len && list.text[i] != ',')
			continue;
		if (module_name_equal(
			    (struct span){ list.text + start, i - start },
			    name))
			return true;
		start = i + 1;
	}
	return false;
}

bool blacklist_has(const char *cmdline, const char *name)
{
	struct word word;

	while (cmdline_next(&cmdline, &word))
		if (word.value && word.key_len == strlen(KEY) &&
		    memcmp(word.key, KEY, word.key_len) == 0 &&
		    list_has((struct span){ word.value, word.value_len }, name))
			return true;
	return false;
}
