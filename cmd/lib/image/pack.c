/* SPDX-License-Identifier: Apache-2.0 */
/* The initrd and the cache of packed segments. */
#include "cmd/lib/image/pack.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/fd.h"
#include "cmd/lib/base/log.h"
#include "cmd/lib/base/path.h"

#define ZSTD_LEVEL 3

/* A cached segment is its digest, then the packed bytes. */
struct packed {
	int fd;
	uint64_t size_bytes; /* without the digest */
};

static void packed_release(struct packed *packed)
{
	if (packed->fd >= 0)
		close(packed->fd);
}

static bool verify(const struct packed *packed)
{
	struct reader *file = reader_from_fd_adopt(dup(packed->fd));
	SCOPED_READER struct reader *below = file;
	SCOPED_READER struct reader *verified = NULL;
	SCOPED(err) ignored = { 0 };
	struct digest digest;
	size_t got;

	if (lseek(packed->fd, 0, SEEK_SET) < 0 ||
	    reader_read(below, &digest, sizeof(digest), &got, &ignored) < 0 ||
	    got != sizeof(digest))
		return false;
	verified = reader_verified(below, &digest, packed->size_bytes, "");
	return reader_drain(verified, &ignored) == 0;
}

/* Finds a cached segment whose bytes are still what they were. */
static bool find_packed(const char *path, struct packed *packed)
{
	SCOPED(err) ignored = { 0 };
	uint64_t size;

	if (!path || fd_open_regular(&packed->fd, path, &size, &ignored) < 0)
		return false;
	packed->size_bytes = size - sizeof(struct digest);
	if (size > sizeof(struct digest) && verify(packed)) {
		/* Used now; in vain when the file is another user's. */
		(void)futimens(packed->fd, NULL);
		return true;
	}
	log_warn("%s is damaged; packing again", path);
	close(packed->fd);
	packed->fd = -1;
	return false;
}

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

/* Packs into a file that starts with the digest of the rest. */
static int make_packed(struct packed *packed, struct image *image,
		       unsigned segment, struct err *err)
{
	struct tally tally = { 0 };

	if (lseek(packed->fd, sizeof(struct digest), SEEK_SET) < 0)
		return err_sys(err, "seek");
	if (compress_segment(packed->fd, image, segment, &tally, err) < 0)
		return -1;
	packed->size_bytes = tally.size_bytes;
	if (pwrite(packed->fd, &tally.digest, sizeof(tally.digest), 0) !=
	    (ssize_t)sizeof(tally.digest))
		return err_sys(err, "write a packed segment");
	return 0;
}

static int make_cached(struct packed *packed, const char *path,
		       struct image *image, unsigned segment, struct err *err)
{
	SCOPED_FREE char *temporary = xasprintf("%s.XXXXXX", path);

	packed->fd = mkstemp(temporary);
	if (packed->fd < 0)
		return err_sys(err, "make %s", temporary);
	if (make_packed(packed, image, segment, err) < 0) {
		unlink(temporary);
		return -1;
	}
	/* Torn by a crash, it fails its digest and is packed again: no fsync.
	 */
	if (fchmod(packed->fd, 0644) < 0 || rename(temporary, path) < 0) {
		err_sys(err, "keep %s", path);
		unlink(temporary);
		return -1;
	}
	return 0;
}

static int pack_one(int fd, const char *name, struct image *image,
		    unsigned segment, const char *cache, struct err *err)
{
	struct digest key = pack_key(image, segment);
	char hex[DIGEST_HEX_SIZE];
	SCOPED_FREE char *path =
		cache ? path_join(cache, digest_hex(&key, hex)) : NULL;
	SCOPED(packed) packed = { .fd = -1 };
	bool found = find_packed(path, &packed);

	log_debug("segment %s: %s", image->segments[segment].location,
		  found ? "as before" : "packing");
	if (!found && path &&
	    make_cached(&packed, path, image, segment, err) < 0)
		return -1;
	if (!found && !path &&
	    (fd_temporary(&packed.fd, NULL, err) < 0 ||
	     make_packed(&packed, image, segment, err) < 0))
		return -1;
	return fd_copy(fd, packed.fd, sizeof(struct digest), packed.size_bytes,
		       name, err);
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
