/* SPDX-License-Identifier: Apache-2.0 */
/* Format gcp: the hybrid disk as Compute Engine imports it. */
#include "formats/media.h"

#include "formats/disk/bytes.h"
#include "formats/disk/gzip.h"
#include "formats/disk/ustar.h"

#define GIB ((uint64_t)1 << 30)

int build_disk_hybrid_gib(struct extents *disk, const struct payload *payload,
			  const struct format_options *options, struct err *err)
{
	struct format_options rounded = *options;

	if (rounded.size_bytes == 0) {
		if (build_disk_hybrid(disk, payload, options, err) < 0)
			return -1;
		rounded.size_bytes = disk->size_bytes;
		extents_release(disk);
	}
	rounded.size_bytes = round_up(rounded.size_bytes, GIB);
	return build_disk_hybrid(disk, payload, &rounded, err);
}

static int contain_gcp(const struct extents *disk, int fd, const char *name,
		       struct err *err)
{
	SCOPED_WRITER struct writer *file = writer_to_fd(fd, name);
	SCOPED_WRITER struct writer *to = writer_gzip(file);

	if (ustar_add_sparse(to, "disk.raw", disk, err) < 0 ||
	    ustar_end(to, err) < 0)
		return -1;
	return writer_finish(to, err);
}

const struct format format_gcp = {
	.name = "gcp",
	.files = "NAME.img.tar.gz",
	.help = "the disk of raw for Compute Engine, in whole GiB",
	.streamable = true,
	.suffix = ".img.tar.gz",
	.build = build_disk_hybrid_gib,
	.contain = contain_gcp,
};
