/* SPDX-License-Identifier: Apache-2.0 */
/* The initrd: packed segments in their order. */
#include "cmd/lib/image/pack.h"

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/fd.h"
#include "cmd/lib/base/log.h"
#include "cmd/lib/base/path.h"

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

static const char *location_of(const struct image *image, unsigned segment)
{
	return segment == PACK_FIRST ? "/init"
				     : image->segments[segment].location;
}

static int pack_one(struct packed *packed, struct image *image,
		    unsigned segment, const char *cache, struct err *err)
{
	struct digest key = pack_key(image, segment);
	SCOPED_FREE char *label =
		xasprintf("segment %s", location_of(image, segment));
	struct one one = { .image = image, .segment = segment };
	struct packer packer = { label, make_packed, &one };

	return packed_get(packed, cache, &key, &packer, err);
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

void packed_segments_free(struct packed_segments *segments)
{
	while (segments && segments->count > 0)
		packed_release(&segments->items[--segments->count]);
	free(segments);
}

/* Behind what the last file holds already; it begins like any packed file. */
static int append(struct packed_segments *segments, const struct packed *packed,
		  struct err *err)
{
	struct packed *rest = &segments->items[PACK_MAX_OPEN];
	struct digest both[2];

	if (segments->count == PACK_MAX_OPEN) {
		*rest = (struct packed){ .fd = -1 };
		if (fd_temporary(&rest->fd, NULL, err) < 0)
			return -1;
		segments->count++;
		if (lseek(rest->fd, PACKED_START, SEEK_SET) < 0)
			return err_sys(err, "seek");
	}
	both[0] = rest->digest;
	both[1] = packed->digest;
	rest->digest = sha256_of(both, sizeof(both));
	rest->size_bytes += packed->size_bytes;
	return fd_copy(rest->fd, packed->fd, PACKED_START, packed->size_bytes,
		       "a temporary file", err);
}

static int keep(struct packed_segments *segments, struct packed *packed,
		struct err *err)
{
	if (segments->count >= PACK_MAX_OPEN)
		return append(segments, packed, err);
	segments->items[segments->count] = *packed;
	segments->items[segments->count++].fd = take_fd(&packed->fd);
	return 0;
}

static int add_segment(struct packed_segments *segments, struct image *image,
		       unsigned segment, const char *cache, struct err *err)
{
	SCOPED(packed) packed = { .fd = -1 };

	if (pack_is_empty(image, segment))
		return 0;
	if (pack_one(&packed, image, segment, cache, err) < 0 ||
	    keep(segments, &packed, err) < 0)
		return err_wrap(err, "%s", location_of(image, segment));
	return 0;
}

static int pack_all(struct packed_segments *segments, struct image *image,
		    const char *cache, struct err *err)
{
	if (add_segment(segments, image, PACK_FIRST, cache, err) < 0)
		return -1;
	for (unsigned i = 0; i < image->segment_count; i++)
		if (add_segment(segments, image, i, cache, err) < 0)
			return -1;
	return 0;
}

int pack_segments(const struct packed_segments **segments, struct image *image,
		  const char *cache, struct err *err)
{
	struct packed_segments *packed = image->packed;

	*segments = packed;
	if (packed)
		return 0;
	if (cache && path_make_directories(cache, err) < 0)
		return -1;
	warn_of_xattrs(image);
	packed = xcalloc(1, sizeof(*packed));
	if (pack_all(packed, image, cache, err) < 0) {
		packed_segments_free(packed);
		return -1;
	}
	*segments = image->packed = packed;
	return 0;
}

int pack_initrd(int fd, const char *name, struct image *image,
		const char *cache, struct err *err)
{
	const struct packed_segments *segments;

	if (pack_segments(&segments, image, cache, err) < 0)
		return -1;
	for (size_t i = 0; i < segments->count; i++)
		if (fd_copy(fd, segments->items[i].fd, PACKED_START,
			    segments->items[i].size_bytes, name, err) < 0)
			return -1;
	return 0;
}
