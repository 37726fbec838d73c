/* SPDX-License-Identifier: Apache-2.0 */
/* The cpio writer (newc) and the key of a segment. */
#include "cmd/lib/image/pack.h"

#include <string.h>

#include "cmd/lib/base/buf.h"

/* Changes whenever the packed bytes of an equal segment would. */
#define PACKER "kitbuild cpio newc, zstd -3, version 1"

#define FIRST_INO 721
#define CPIO_ALIGN 4
#define ARCHIVE_ALIGN 512
#define MAX_FILE_BYTES UINT32_MAX
/* The kernel skips longer names, and links to them, without a word. */
#define MAX_PATH_BYTES 4095

/* S_IF* as the kernel reads them from the archive, whatever the host's are. */
static const unsigned type_bits[] = {
	[INODE_FILE] = 0100000,    [INODE_DIRECTORY] = 0040000,
	[INODE_SYMLINK] = 0120000, [INODE_CHAR] = 0020000,
	[INODE_BLOCK] = 0060000,   [INODE_FIFO] = 0010000,
};

/* One with other names stays with them: archives share no hard links. */
static bool is_process_1(const struct tree_node *node)
{
	return node->parent && !node->parent->parent &&
	       node->inode->type == INODE_FILE && node->inode->links == 1 &&
	       strcmp(node->name, "init") == 0;
}

static bool belongs(const struct tree_node *node, unsigned segment)
{
	if (is_process_1(node))
		return segment == PACK_FIRST;
	return node->segment == segment && node->parent;
}

bool pack_is_empty(const struct image *image, unsigned segment)
{
	for (const struct tree_node *n = tree_first(&image->tree); n;
	     n = tree_next(n))
		if (belongs(n, segment))
			return false;
	return true;
}

/* A file below boot/ goes beside an initrd, not into it. */
static bool beside_initrd(const char *path)
{
	return strncmp(path, "boot/", 5) == 0;
}

void pack_hash_inode(struct sha256 *hash, const struct inode *inode)
{
	sha256_add_u64(hash, inode->type);
	sha256_add_u64(hash, inode->mode);
	sha256_add_u64(hash, inode->uid);
	sha256_add_u64(hash, inode->gid);
	sha256_add_u64(hash, (uint64_t)inode->mtime);
	sha256_add_u64(hash, inode->rdev_major);
	sha256_add_u64(hash, inode->rdev_minor);
	sha256_add_str(hash, inode->target ? inode->target : "");
	sha256_add(hash, &inode->content.source, sizeof(struct digest));
	sha256_add_u64(hash, inode->content.source_offset);
	sha256_add_u64(hash, inode->content.length);
}

/* Numbers the inodes of a segment from 1 in their order; 0 is "not here". */
static void number_inodes(const struct image *image, unsigned segment)
{
	uint64_t number = 0;

	for (struct tree_node *n = tree_first(&image->tree); n;
	     n = tree_next(n))
		n->inode->mark = 0;
	for (struct tree_node *n = tree_first(&image->tree); n;
	     n = tree_next(n))
		if (belongs(n, segment) && n->inode->mark == 0)
			n->inode->mark = ++number;
}

struct digest pack_key(const struct image *image, unsigned segment)
{
	SCOPED(sha256) hash = { 0 };
	SCOPED(buf) path = { 0 };

	number_inodes(image, segment);
	sha256_start(&hash);
	sha256_add_str(&hash, PACKER);
	for (struct tree_node *n = tree_first(&image->tree); n;
	     n = tree_next(n)) {
		if (!belongs(n, segment))
			continue;
		buf_clear(&path);
		tree_path(n, &path);
		if (beside_initrd(buf_text(&path)))
			continue;
		sha256_add_str(&hash, buf_text(&path));
		sha256_add_u64(&hash, n->inode->mark);
		pack_hash_inode(&hash, n->inode);
	}
	return sha256_finish(&hash);
}

/* What a header says beyond the inode. */
struct cpio_header {
	uint32_t ino, mode, uid, gid, links, mtime, size, major, minor;
};

#define HEADER_BYTES 110

static uint64_t entry_bytes(const char *path, uint64_t size)
{
	uint64_t head = HEADER_BYTES + strlen(path) + 1;

	return head + -head % CPIO_ALIGN + size + -size % CPIO_ALIGN;
}

static int write_header(struct writer *to, const char *path,
			const struct cpio_header *header, struct err *err)
{
	size_t name_size = strlen(path) + 1;
	char text[112];
	size_t length = (size_t)snprintf(
		text, sizeof(text),
		"070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x",
		header->ino, header->mode, header->uid, header->gid,
		header->links, header->mtime, header->size, 3U, 1U,
		header->major, header->minor, (unsigned)name_size, 0U);

	if (writer_write(to, text, length, err) < 0 ||
	    writer_write(to, path, name_size, err) < 0)
		return -1;
	return writer_zeros(to, -(length + name_size) % CPIO_ALIGN, err);
}

static uint32_t clamp_time(int64_t seconds)
{
	if (seconds < 0)
		return 0;
	return seconds > UINT32_MAX ? UINT32_MAX : (uint32_t)seconds;
}

/* One run over a segment. */
struct run {
	struct writer *to;
	struct spool *spool;
	uint64_t written; /* inodes whose content is out: marks up to here */
	uint64_t bytes;
};

static int write_body(struct run *run, const struct inode *inode, uint32_t size,
		      struct err *err)
{
	if (inode->type == INODE_SYMLINK &&
	    writer_write(run->to, inode->target, size, err) < 0)
		return -1;
	if (inode->type == INODE_FILE && size &&
	    spool_copy(run->spool, &inode->content, run->to, err) < 0)
		return -1;
	return writer_zeros(run->to, -size % CPIO_ALIGN, err);
}

static int write_node(struct run *run, const struct tree_node *node,
		      const char *path, struct err *err)
{
	const struct inode *inode = node->inode;
	const char *target = inode->target ? inode->target : "";
	bool first = inode->mark > run->written;
	struct cpio_header header = {
		.ino = (uint32_t)(FIRST_INO + inode->mark - 1),
		.mode = type_bits[inode->type] | inode->mode,
		.uid = inode->uid,
		.gid = inode->gid,
		.links = inode->type == INODE_DIRECTORY ? 2 : inode->links,
		.mtime = clamp_time(inode->mtime),
		.major = inode->rdev_major,
		.minor = inode->rdev_minor,
	};

	if (inode->content.length > MAX_FILE_BYTES)
		return err_set(err, FAULT_INPUT,
			       "%s: %llu bytes are too many for a cpio archive",
			       path, (unsigned long long)inode->content.length);
	if (strlen(path) > MAX_PATH_BYTES || strlen(target) > MAX_PATH_BYTES)
		return err_set(
			err, FAULT_INPUT,
			"%.60s...: the path or the link is longer than the %d bytes an initrd can hold",
			path, MAX_PATH_BYTES);
	if (first) {
		run->written = inode->mark;
		header.size = inode->type == INODE_SYMLINK
				      ? (uint32_t)strlen(target)
				      : (uint32_t)inode->content.length;
	}
	run->bytes += entry_bytes(path, header.size);
	if (write_header(run->to, path, &header, err) < 0)
		return -1;
	return write_body(run, inode, header.size, err);
}

int pack_cpio(struct writer *to, struct image *image, unsigned segment,
	      struct err *err)
{
	struct cpio_header trailer = { .links = 1 };
	struct run run = { .to = to, .spool = &image->spool };
	SCOPED(buf) path = { 0 };

	number_inodes(image, segment);
	for (struct tree_node *n = tree_first(&image->tree); n;
	     n = tree_next(n)) {
		if (!belongs(n, segment))
			continue;
		buf_clear(&path);
		tree_path(n, &path);
		if (!beside_initrd(buf_text(&path)) &&
		    write_node(&run, n, buf_text(&path), err) < 0)
			return -1;
	}
	trailer.ino = (uint32_t)(FIRST_INO + run.written);
	if (write_header(to, "TRAILER!!!", &trailer, err) < 0)
		return -1;
	run.bytes += entry_bytes("TRAILER!!!", 0);
	return writer_zeros(to, -run.bytes % ARCHIVE_ALIGN, err);
}
