/* SPDX-License-Identifier: Apache-2.0 */
/* A root file system in the cache of what was packed. */
#include "formats/root/root.h"

#include <string.h>

#include "cmd/lib/base/fd.h"
#include "cmd/lib/base/path.h"
#include "cmd/lib/image/packed.h"
#include "formats/disk/bytes.h"
#include "formats/root/erofs.h"
#include "formats/root/squashfs.h"

#define CHUNK_BYTES ((size_t)256 << 10)

typedef int fs_write(int fd, uint64_t start, struct image *image,
		     const struct inventory *inventory, uint64_t *size_bytes,
		     struct err *err);

static const struct {
	const char *name;
	const char *maker;
	fs_write *write;
} kinds[] = {
	[ROOT_AUTO] = { .name = "auto" },
	[ROOT_INITRD] = { .name = "initrd" },
	[ROOT_SQUASHFS] = { "squashfs", SQUASHFS_MAKER, squashfs_write },
	[ROOT_EROFS] = { "erofs", EROFS_MAKER, erofs_write },
};

void root_fs_release(struct root_fs *root)
{
	if (root->fd >= 0)
		close(root->fd);
	root->fd = -1;
}

const char *root_kind_name(enum root_kind kind)
{
	return kinds[kind].name;
}

int root_kind_parse(enum root_kind *kind, const char *text, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(kinds[i].name, text) == 0) {
			*kind = (enum root_kind)i;
			return 0;
		}
	return err_set(err, FAULT_INPUT,
		       "--root %s: it can be initrd, squashfs, erofs or auto",
		       text);
}

/* What is packed, for packed_get. */
struct job {
	struct image *image;
	const struct inventory *inventory;
	enum root_kind kind;
	struct digest key;
};

/* A packed file ends in what is known of the file system before. */
struct trailer {
	uint8_t data_blocks[8], hash_bytes[8];
	struct digest root, salt;
};

static int hash_part(struct packed *packed, struct err *err)
{
	SCOPED_FREE char *chunk = xmalloc(CHUNK_BYTES);
	SCOPED(sha256) hash = { 0 };

	sha256_start(&hash);
	for (uint64_t at = 0; at < packed->size_bytes; at += CHUNK_BYTES) {
		uint64_t left = packed->size_bytes - at;
		size_t size = left < CHUNK_BYTES ? (size_t)left : CHUNK_BYTES;

		if (fd_read_at(packed->fd, chunk, size, PACKED_START + at,
			       err) < 0)
			return -1;
		sha256_add(&hash, chunk, size);
	}
	packed->digest = sha256_finish(&hash);
	return 0;
}

static int put_trailer(int fd, const struct verity *verity, struct err *err)
{
	struct trailer trailer = { .root = verity->root, .salt = verity->salt };
	uint64_t at = PACKED_START + verity->data_blocks * VERITY_BLOCK +
		      verity->hash_bytes;

	put_le64(trailer.data_blocks, verity->data_blocks);
	put_le64(trailer.hash_bytes, verity->hash_bytes);
	if (lseek(fd, (off_t)at, SEEK_SET) < 0)
		return err_sys(err, "write a root file system");
	return fd_write_all(fd, &trailer, sizeof(trailer), "a root file system",
			    err);
}

/* At least two blocks, since a tree over one has no level. */
static int make_fs(struct packed *packed, void *what, struct err *err)
{
	const struct job *job = what;
	struct verity verity;
	uint64_t size, blocks;

	if (kinds[job->kind].write(packed->fd, PACKED_START, job->image,
				   job->inventory, &size, err) < 0)
		return -1;
	blocks = round_up(size, VERITY_BLOCK) / VERITY_BLOCK;
	if (blocks < 2)
		blocks = 2;
	if (ftruncate(packed->fd,
		      (off_t)(PACKED_START + blocks * VERITY_BLOCK)) < 0)
		return err_sys(err, "write a root file system");
	if (verity_write(&verity, packed->fd, PACKED_START, blocks, &job->key,
			 err) < 0 ||
	    put_trailer(packed->fd, &verity, err) < 0)
		return -1;
	packed->size_bytes = blocks * VERITY_BLOCK + verity.hash_bytes +
			     sizeof(struct trailer);
	return hash_part(packed, err);
}

static int read_trailer(struct verity *verity, const struct packed *packed,
			struct err *err)
{
	struct trailer trailer;

	if (packed->size_bytes < sizeof(trailer))
		return err_set(err, FAULT_SYSTEM,
			       "a packed root file system is too short");
	if (fd_read_at(packed->fd, &trailer, sizeof(trailer),
		       PACKED_START + packed->size_bytes - sizeof(trailer),
		       err) < 0)
		return -1;
	*verity = (struct verity){
		.data_blocks = get_le(trailer.data_blocks, 8),
		.hash_bytes = get_le(trailer.hash_bytes, 8),
		.root = trailer.root,
		.salt = trailer.salt,
	};
	return 0;
}

int root_fs_make(struct root_fs *root, struct image *image, enum root_kind kind,
		 const char *cache, struct err *err)
{
	SCOPED(inventory) inventory = { 0 };
	SCOPED(packed) packed = { .fd = -1 };
	struct job job = { .image = image,
			   .inventory = &inventory,
			   .kind = kind };
	struct packer packer = { kinds[kind].name, make_fs, &job };

	if (cache && path_make_directories(cache, err) < 0)
		return -1;
	inventory_make(&inventory, image);
	job.key = inventory_key(&inventory, kinds[kind].maker);
	if (packed_get(&packed, cache, &job.key, &packer, err) < 0 ||
	    read_trailer(&root->verity, &packed, err) < 0)
		return -1;
	root->start = PACKED_START;
	root->fd = take_fd(&packed.fd);
	return 0;
}
