/* fuzzes: oci_platform_parse, names of platforms */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/lib/base/mem.h"
#include "cmd/lib/oci/platform.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED_FREE char *said = xstrndup((const char *)data, size);
	SCOPED(oci_platform) platform = { 0 };
	SCOPED(oci_platform) again = { 0 };
	SCOPED_FREE char *text = NULL;
	SCOPED_FREE char *whole = NULL;
	SCOPED_FREE char *second = NULL;
	SCOPED(err) err = { 0 };
	struct oci_made_for made = { .os = "linux" };

	if (oci_platform_parse(&platform, said, &err) < 0)
		return 0;
	text = oci_platform_text(&platform);
	whole = xasprintf("linux/%s", text);
	made.arch = platform.arch;
	made.variant = platform.variant;
	/* Its text stands for itself, and an image for it suits it. */
	if (oci_platform_parse(&again, whole, &err) < 0 ||
	    oci_platform_rank(&platform, &made) == 0)
		abort();
	second = oci_platform_text(&again);
	if (strcmp(text, second) != 0)
		abort();
	return 0;
}
