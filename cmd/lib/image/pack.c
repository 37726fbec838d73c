/* SPDX-License-Identifier: Apache-2.0 */
/* The initrd: packed segments in their order. */
#include "cmd/lib/image/pack.h"

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/fd.h"
#include "cmd/lib/base/log.h"
#include "cmd/lib/base/path.h"
#include "cmd/lib/image/packed.h"

#define ZSTD_LEVEL 3

static int compress_segment(int fd, struct image *image, unsigned segment,
			    struct tally *tally, struct err *err)
{
	SCOPED_WRITER struct writer *file =
		writer_to_fd(fd, "a packed segment");
	SCOPED_WRITER struct writer *hashed = writer_tallied(file, tally);
	SCOPED_WRITER struct writer *zstd = writer_zstd(hashed, ZSTD_LEVEL);

	if (pack_cpio(zstd, image, segment, err) < 0 ||
	    writer_finish(zstd, err) < 0 || writer_finish(hashed, err) < 0)
		return -1;
	return 0;
}

/* What pack_one packs, for packed_get. */
struct one {
	struct image *image;
	unsigned segment;
};

static int make_packed(struct packed *packed, void *what, struct err *err)
{
	const struct one *one = what;
	struct tally tally = { 0 };

	if (compress_segment(packed->fd, one->image, one->segment, &tally,
			     err) < 0)
		return -1;
	packed->size_bytes = tally.size_bytes;
	packed->digest = tally.digest;
	return 0;
}

static int pack_one(int fd, const char *name, struct image *image,
		    unsigned segment, const char *cache, struct err *err)
{
	struct digest key = pack_key(image, segment);
	SCOPED_FREE char *label =
		xasprintf("segment %s", image->segments[segment].location);
	struct one one = { .image = image, .segment = segment };
	struct packer packer = { label, make_packed, &one };
	SCOPED(packed) packed = { .fd = -1 };

	if (packed_get(&packed, cache, &key, &packer, err) < 0)
		return -1;
	return fd_copy(fd, packed.fd, PACKED_START, packed.size_bytes, name,
		       err);
}

static bool is_empty(const struct image *image, unsigned segment)
{
	for (const struct tree_node *n = tree_first(&image->tree); n;
	     n = tree_next(n))
		if (n->segment == segment && n->parent)
			return false;
	return true;
}

static void warn_of_xattrs(const struct image *image)
{
	SCOPED(buf) path = { 0 };

	for (const struct tree_node *n = tree_first(&image->tree); n;
	     n = tree_next(n)) {
		if (!n->inode->xattrs)
			continue;
		tree_path(n, &path);
		log_warn(
			"%s has extended attributes (%s), which an initrd cannot carry",
			buf_text(&path), n->inode->xattrs->name);
		return;
	}
}

int pack_initrd(int fd, const char *name, struct image *image,
		const char *cache, struct err *err)
{
	if (cache && path_make_directories(cache, err) < 0)
		return -1;
	warn_of_xattrs(image);
	for (unsigned i = 0; i < image->segment_count; i++) {
		if (is_empty(image, i))
			continue;
		if (pack_one(fd, name, image, i, cache, err) < 0)
			return err_wrap(err, "%s", image->segments[i].location);
	}
	return 0;
}
