/* SPDX-License-Identifier: Apache-2.0 */
/* A root archive or, when the first byte is odd, an initrd. */
/* links: lib */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cmd/lib/image/reread.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED(image) image = { .spool = SPOOL_INIT };
	SCOPED_FD int fd = memfd_create("fuzz", MFD_CLOEXEC);
	SCOPED(err) err = { 0 };
	int result;

	if (size == 0)
		return 0;
	if (fd < 0 || image_init(&image, &err) < 0 ||
	    write(fd, data + 1, size - 1) != (ssize_t)(size - 1) ||
	    lseek(fd, 0, SEEK_SET) < 0)
		abort();
	result = data[0] & 1 ? reread_initrd(&image, fd, "fuzz", &err)
			     : reread_tar(&image, fd, "fuzz", &err);
	for (struct tree_node *n = tree_first(&image.tree); n; n = tree_next(n))
		if (n->parent && n->segment >= image.segment_count)
			abort();
	if (result < 0 && !*err.msg)
		abort();
	return 0;
}
