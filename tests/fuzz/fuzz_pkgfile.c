/* SPDX-License-Identifier: Apache-2.0 */
/* build.yml. */
/* links: lib */
#include "yml/pkgfile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED(pkgfile) pkgfile = { 0 };
	SCOPED(err) err = { 0 };
	const struct file *files;

	if (pkgfile_decode(&pkgfile, "fuzz", (const char *)data, size, &err) <
	    0)
		return 0;
	files = pkgfile.contents.files.items;
	for (size_t i = 0; i < pkgfile.contents.files.count; i++)
		if (!files[i].path.text)
			abort();
	return 0;
}
