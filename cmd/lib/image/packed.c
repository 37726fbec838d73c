/* SPDX-License-Identifier: Apache-2.0 */
/* The cache of what was packed: a file is the digest of its rest, and that. */
#include "cmd/lib/image/packed.h"

#include <sys/stat.h>

#include "cmd/lib/base/fd.h"
#include "cmd/lib/base/log.h"
#include "cmd/lib/base/mem.h"
#include "cmd/lib/base/path.h"
#include "cmd/lib/base/stream.h"

void packed_release(struct packed *packed)
{
	if (packed->fd >= 0)
		close(packed->fd);
	packed->fd = -1;
}

static bool verify(struct packed *packed)
{
	struct reader *file = reader_from_fd_adopt(dup(packed->fd));
	SCOPED_READER struct reader *below = file;
	SCOPED_READER struct reader *verified = NULL;
	SCOPED(err) ignored = { 0 };
	size_t got;

	if (lseek(packed->fd, 0, SEEK_SET) < 0 ||
	    reader_read(below, &packed->digest, sizeof(packed->digest), &got,
			&ignored) < 0 ||
	    got != sizeof(packed->digest))
		return false;
	verified =
		reader_verified(below, &packed->digest, packed->size_bytes, "");
	return reader_drain(verified, &ignored) == 0;
}

/* Finds a file whose bytes are still what they were. */
static bool find(const char *path, struct packed *packed)
{
	SCOPED(err) ignored = { 0 };
	uint64_t size;

	if (!path || fd_open_regular(&packed->fd, path, &size, &ignored) < 0)
		return false;
	packed->size_bytes = size - PACKED_START;
	if (size > PACKED_START && verify(packed)) {
		/* Used now; in vain when the file is another user's. */
		(void)futimens(packed->fd, NULL);
		return true;
	}
	log_warn("%s is damaged; packing again", path);
	packed_release(packed);
	return false;
}

static int make_file(struct packed *packed, const struct packer *packer,
		     struct err *err)
{
	if (lseek(packed->fd, PACKED_START, SEEK_SET) < 0)
		return err_sys(err, "seek");
	if (packer->make(packed, packer->what, err) < 0)
		return -1;
	if (pwrite(packed->fd, &packed->digest, PACKED_START, 0) !=
	    (ssize_t)PACKED_START)
		return err_sys(err, "write a packed file");
	return 0;
}

static int make_cached(struct packed *packed, const char *path,
		       const struct packer *packer, struct err *err)
{
	SCOPED_FREE char *temporary = xasprintf("%s.XXXXXX", path);

	packed->fd = mkstemp(temporary);
	if (packed->fd < 0)
		return err_sys(err, "make %s", temporary);
	if (make_file(packed, packer, err) < 0) {
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

int packed_get(struct packed *packed, const char *cache,
	       const struct digest *key, const struct packer *packer,
	       struct err *err)
{
	char hex[DIGEST_HEX_SIZE];
	SCOPED_FREE char *path =
		cache ? path_join(cache, digest_hex(key, hex)) : NULL;
	bool found = find(path, packed);

	log_debug("%s: %s", packer->name, found ? "as before" : "packing");
	if (found)
		return 0;
	if (path)
		return make_cached(packed, path, packer, err);
	if (fd_temporary(&packed->fd, NULL, err) < 0)
		return -1;
	return make_file(packed, packer, err);
}
