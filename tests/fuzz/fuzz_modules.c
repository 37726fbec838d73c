/* fuzzes: modules_choose, modules_cut_dep, modules_cut_alias */
/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/root/modules.h"

#include <string.h>

#include "cmd/lib/base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was cut out of an index chooses the same again. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const wanted[] = { "squashfs", "virtio_blk", NULL };
	SCOPED_FREE char *text = xstrndup((const char *)data, size);
	SCOPED(strv) paths = { 0 };
	SCOPED(strv) again = { 0 };
	SCOPED(buf) dep = { 0 };
	SCOPED(buf) alias = { 0 };

	if (size > 1 << 16)
		return 0;
	modules_choose(&paths, text, wanted);
	modules_cut_dep(&dep, text, &paths);
	modules_cut_alias(&alias, text, &paths);
	modules_choose(&again, buf_text(&dep), wanted);
	if (again.count != paths.count)
		abort();
	for (size_t i = 0; i < paths.count; i++)
		if (strcmp(again.items[i], paths.items[i]) != 0)
			abort();
	(void)modules_listed(text, "squashfs");
	return 0;
}
