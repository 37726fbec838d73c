/* SPDX-License-Identifier: Apache-2.0 */
/* depmod's indexes, and the alias patterns in them. */
/* links: pkg/init/init/modindex.c */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pkg/init/init/modindex.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	const char *at = text;
	static struct alias_index index;
	struct alias_walk walk = { 0 };
	struct span a, b, word;

	memcpy(text, data, size);
	text[size] = 0;
	while (alias_next(&at, "virtio:d00000001v00001AF4", &a))
		;
	alias_index_build(&index, text);
	while (alias_index_next(&index, &walk, "virtio:d00000001v00001AF4", &a))
		;
	if (dep_find(text, "virtio_net", &a, &b))
		while (span_last_word(&b, &word))
			;
	(void)builtin_has(text, "ext4");
	/* The first line is a pattern, the rest an alias. */
	size_t len = strcspn(text, "\n");

	(void)alias_match((struct span){ text, len },
			  text + len + (len < size));
	free(text);
	return 0;
}
