/* SPDX-License-Identifier: Apache-2.0 */
/* Where the root of a medium goes. */
#include "formats/media.h"

#include "cmd/lib/base/log.h"
#include "formats/root/starter.h"

/* What a root may take as an initrd before a partition is the better place. */
#define INITRD_MAX_BYTES ((uint64_t)64 << 20)

enum place { PLACE_INITRD, PLACE_GPT, PLACE_MBR };

/* CDs and lone programs have no partition that a root could be in. */
static enum place place_of(const struct format *format)
{
	if (format->build == build_disk_bios)
		return PLACE_MBR;
	if (format->build == build_disk_efi ||
	    format->build == build_disk_hybrid ||
	    format->build == build_disk_hybrid_gib)
		return PLACE_GPT;
	return PLACE_INITRD;
}

bool format_is_disk(const struct format *format)
{
	return place_of(format) != PLACE_INITRD;
}

/* What the files of the root take when they are unpacked. */
static uint64_t root_bytes(const struct image *image)
{
	uint64_t bytes = 0;

	for (const struct tree_node *n = tree_first(&image->tree); n;
	     n = tree_next(n))
		if (n->inode->type == INODE_FILE)
			bytes += n->inode->content.length / n->inode->links;
	return bytes;
}

void format_check_memory(const struct image *image,
			 const struct format_options *options)
{
	uint64_t needed = root_bytes(image);

	if (options->memory_bytes && needed > options->memory_bytes / 2)
		log_warn(
			"the root takes %llu MiB, and a machine of %llu MiB unpacks half as much as its memory; it loses files without a word",
			(unsigned long long)(needed >> 20),
			(unsigned long long)(options->memory_bytes >> 20));
}

/* Nobody asked for a partition: say where it costs something. */
static int warn_of_reach(struct image *image, struct err *err)
{
	SCOPED_FREE char *disks = NULL;

	if (starter_out_of_reach(image, &disks, err) < 0)
		return -1;
	if (disks)
		log_warn(
			"the root is in a partition, which this kernel cannot read on a %s disk; --root initrd starts there, too",
			disks);
	return 0;
}

static int settle(enum root_kind *kind, const struct format *format,
		  struct image *image, struct err *err)
{
	SCOPED_FREE char *obstacle = NULL;
	bool asked = *kind != ROOT_AUTO;

	if (*kind == ROOT_INITRD)
		return 0;
	if (place_of(format) == PLACE_INITRD && asked)
		return err_set(
			err, FAULT_INPUT,
			"it has the root in the initrd; --root %s is for disks",
			root_kind_name(*kind));
	if (!asked)
		*kind = place_of(format) != PLACE_INITRD &&
					root_bytes(image) > INITRD_MAX_BYTES
				? ROOT_SQUASHFS
				: ROOT_INITRD;
	if (*kind == ROOT_INITRD)
		return 0;
	if (starter_check(image, *kind, &obstacle, err) < 0)
		return -1;
	if (!obstacle)
		return asked ? 0 : warn_of_reach(image, err);
	if (asked)
		return err_set(err, FAULT_INPUT,
			       "the image cannot have its root on a disk: %s",
			       obstacle);
	log_info("the root is in the initrd although it is large: %s",
		 obstacle);
	*kind = ROOT_INITRD;
	return 0;
}

/* As docs/boot-contract.md, section 11, has them. */
static char *root_words(const struct root_fs *root, enum root_kind kind)
{
	char hash[DIGEST_HEX_SIZE], salt[DIGEST_HEX_SIZE];

	return xasprintf("kit.rootfs=%s kit.verity=%llu:%s:%s",
			 root_kind_name(kind),
			 (unsigned long long)root->verity.data_blocks,
			 digest_hex(&root->verity.root, hash),
			 digest_hex(&root->verity.salt, salt));
}

static int open_with_root(struct payload *payload, struct image *image,
			  enum root_kind kind, struct payload_root *root,
			  const char *cache, struct err *err)
{
	SCOPED(root_fs) fs = { .fd = -1 };
	SCOPED_FREE char *words = NULL;
	int status;

	if (image_init(&payload->starter, err) < 0 ||
	    starter_make(&payload->starter, image, err) < 0 ||
	    root_fs_make(&fs, image, kind, cache, err) < 0)
		return -1;
	words = root_words(&fs, kind);
	root->fd = take_fd(&fs.fd);
	root->start = fs.start;
	root->size_bytes = root_fs_bytes(&fs) + fs.verity.hash_bytes;
	root->digest = fs.verity.root;
	root->words = words;
	status = payload_open_root(payload, image, root, cache, err);
	if (root->fd >= 0)
		close(root->fd);
	return status;
}

static int open_payload(struct payload *payload, const struct format *format,
			struct image *image,
			const struct format_options *options, struct err *err)
{
	struct payload_root root = { .fd = -1,
				     .mbr = place_of(format) == PLACE_MBR };
	enum root_kind kind = options->root;

	if (settle(&kind, format, image, err) < 0)
		return -1;
	if (kind == ROOT_INITRD) {
		format_check_memory(image, options);
		return payload_open(payload, image, options->pack_cache, err);
	}
	return open_with_root(payload, image, kind, &root, options->pack_cache,
			      err);
}

int medium_payload(struct payload *payload, const struct format *format,
		   struct image *image, const struct format_options *options,
		   struct err *err)
{
	enum place place = place_of(format);

	if (open_payload(payload, format, image, options, err) < 0)
		return -1;
	if (!options->data.size_bytes || place == PLACE_INITRD)
		return 0;
	return data_attach(payload, &options->data, place == PLACE_MBR, err);
}
