/* SPDX-License-Identifier: Apache-2.0 */
/* No user data, and no label of a disk, makes metadata crash or write outside
 * its folder. */
/* clang-format off */
/* links: pkg/metadata/userdata.c pkg/metadata/source.c pkg/metadata/reason.c -ljansson */
/* clang-format on */

#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pkg/metadata/source.h"
#include "pkg/metadata/userdata.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(json_t *entries)
{
	const char *name;
	json_t *entry;

	json_object_foreach(entries, name, entry)
	{
		if (strchr(name, '/') || strcmp(name, "..") == 0)
			abort();
		look(json_object_get(entry, "entries"));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static unsigned char head[LABEL_BYTES_MIN];
	struct reason reason;
	json_t *tree;

	if (userdata_read((const char *)data, size, &tree, &reason) ==
	    USERDATA_TREE)
		look(tree);
	json_decref(tree);
	memset(head, 0, sizeof(head));
	memcpy(head, data, size < 512 ? size : 512);
	memcpy(head + 32768, data, size < 2048 ? size : 2048);
	(void)source_label(head, sizeof(head), size & 1);
	return 0;
}
