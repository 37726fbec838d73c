/* SPDX-License-Identifier: Apache-2.0 */
/* The list of formats. */
#include "formats/format.h"

#include <string.h>

#include "cmd/lib/base/opt.h"

const struct format *const format_table[] = {
	&format_kernel_initrd,
	&format_tar,
	NULL,
};

int format_find(const struct format **format, const char *name, struct err *err)
{
	const char *words[ARRAY_LEN(format_table)] = { NULL };
	const char *near;

	for (size_t i = 0; format_table[i]; i++) {
		words[i] = format_table[i]->name;
		if (strcmp(words[i], name) == 0) {
			*format = format_table[i];
			return 0;
		}
	}
	near = nearest_word(name, words);
	if (near)
		return err_set(err, FAULT_INPUT,
			       "unknown format '%s'; is it '%s'?", name, near);
	return err_set(
		err, FAULT_INPUT,
		"unknown format '%s'; `kitbuild build --list-formats` lists them",
		name);
}
