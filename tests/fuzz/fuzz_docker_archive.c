/* fuzzes: docker_archive_parse, manifest.json of docker save */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/lib/oci/docker_archive.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_inside(const char *path)
{
	if (!*path || *path == '/' || strcmp(path, "..") == 0 ||
	    strncmp(path, "../", 3) == 0 || strstr(path, "/../"))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED(docker_archive) archive = { 0 };
	const struct docker_image *image;
	SCOPED(buf) text = { 0 };
	SCOPED(err) err = { 0 };
	SCOPED(err) why = { 0 };

	buf_add(&text, data, size);
	if (docker_archive_parse(&archive, &text, "a", &err) < 0)
		return 0;
	for (size_t i = 0; i < archive.count; i++) {
		check_inside(archive.images[i].config);
		for (size_t l = 0; l < archive.images[i].layers.count; l++)
			check_inside(archive.images[i].layers.items[l]);
	}
	if (docker_archive_choose(&archive, "a", NULL, &image, &why) < 0 &&
	    archive.count == 1)
		abort();
	return 0;
}
