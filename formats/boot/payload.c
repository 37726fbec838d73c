/* SPDX-License-Identifier: Apache-2.0 */
/* Kernel, initrd and command line of an image. */
#include "formats/boot/payload.h"

#include <string.h>

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/fd.h"
#include "formats/disk/bytes.h"
#include "formats/disk/partition.h"

#define COMMAND_LINE_MAX_BYTES ((size_t)64 << 10)

void payload_release(struct payload *payload)
{
	extents_release(&payload->kernel);
	extents_release(&payload->initrd);
	extents_release(&payload->root);
	extents_release(&payload->data);
	free(payload->command_line);
	image_release(&payload->starter);
	if (payload->root_fd >= 0)
		close(payload->root_fd);
	if (payload->data_fd >= 0)
		close(payload->data_fd);
	*payload = (struct payload)PAYLOAD_INIT;
}

/* Names bytes of the image without reading them. */
static struct digest digest_of(const struct content *content)
{
	SCOPED(sha256) hash = { 0 };

	sha256_start(&hash);
	sha256_add(&hash, &content->source, sizeof(content->source));
	sha256_add_u64(&hash, content->source_offset);
	sha256_add_u64(&hash, content->length);
	return sha256_finish(&hash);
}

/*
 * The initrd of `image`, with the microcode of `with_ucode` before it: that
 * archive must be the first thing, uncompressed, and ends at a multiple of 4.
 * The initrd's digest names its bytes; it is taken over those of its parts,
 * which are known.
 */
static int make_initrd(struct payload *payload, struct image *with_ucode,
		       struct image *image, const char *pack_cache,
		       struct err *err)
{
	const struct inode *ucode = with_ucode->ucode;
	struct extents *initrd = &payload->initrd;
	const struct packed_segments *segments;
	uint64_t size = ucode ? round_up(ucode->content.length, 4) : 0;
	SCOPED(sha256) hash = { 0 };

	if (pack_segments(&segments, image, pack_cache, err) < 0 ||
	    spool_flush(&with_ucode->spool, err) < 0)
		return -1;
	initrd->size_bytes = size;
	sha256_start(&hash);
	if (ucode) {
		struct digest first = digest_of(&ucode->content);

		extents_put_file(initrd, 0, with_ucode->spool.fd,
				 ucode->content.offset, ucode->content.length);
		sha256_add(&hash, &first, sizeof(first));
	}
	for (size_t i = 0; i < segments->count; i++)
		initrd->size_bytes += segments->items[i].size_bytes;
	for (size_t i = 0; i < segments->count; i++) {
		const struct packed *part = &segments->items[i];

		extents_put_file(initrd, size, part->fd, PACKED_START,
				 part->size_bytes);
		size += part->size_bytes;
		sha256_add(&hash, &part->digest, sizeof(part->digest));
	}
	payload->initrd_digest = sha256_finish(&hash);
	return 0;
}

static int read_command_line(struct payload *payload, struct image *image,
			     struct err *err)
{
	SCOPED(buf) text = { .max_bytes = COMMAND_LINE_MAX_BYTES };

	if (image->cmdline &&
	    spool_load(&image->spool, &image->cmdline->content, &text, err) < 0)
		return err_wrap(err, "the kernel's command line");
	buf_add_char(&text, '\0');
	payload->command_line = buf_take(&text);
	payload->command_line[strcspn(payload->command_line, "\n")] = '\0';
	return 0;
}

static int take_kernel(struct payload *payload, struct image *image,
		       struct err *err)
{
	const struct content *content;

	if (!image->kernel || image->kernel->content.length == 0)
		return err_set(
			err, FAULT_INPUT,
			"the manifest has no kernel, and without one nothing can start");
	content = &image->kernel->content;
	if (spool_flush(&image->spool, err) < 0)
		return -1;
	payload->kernel_digest = digest_of(content);
	payload->kernel.size_bytes = content->length;
	extents_put_file(&payload->kernel, 0, image->spool.fd, content->offset,
			 content->length);
	return 0;
}

static void make_seed(struct payload *payload)
{
	SCOPED(sha256) hash = { 0 };
	const struct digest *initrd = &payload->initrd_digest;

	sha256_start(&hash);
	sha256_add(&hash, &payload->kernel_digest, sizeof(struct digest));
	sha256_add(&hash, initrd->bytes, sizeof(initrd->bytes));
	sha256_add_str(&hash, payload->command_line);
	payload->seed = sha256_finish(&hash);
}

int payload_open(struct payload *payload, struct image *image,
		 const char *pack_cache, struct err *err)
{
	if (take_kernel(payload, image, err) < 0 ||
	    read_command_line(payload, image, err) < 0 ||
	    make_initrd(payload, image, image, pack_cache, err) < 0)
		return -1;
	make_seed(payload);
	return 0;
}

/*
 * The command line names the partition, so what names the partition cannot come
 * from it: from the kernel, the root and what the manifest says.
 */
static void make_root_seed(struct payload *payload,
			   const struct payload_root *root)
{
	SCOPED(sha256) hash = { 0 };

	sha256_start(&hash);
	sha256_add(&hash, &payload->kernel_digest, sizeof(struct digest));
	sha256_add(&hash, root->digest.bytes, sizeof(root->digest.bytes));
	sha256_add_str(&hash, payload->command_line);
	payload->seed = sha256_finish(&hash);
}

static void add_words(struct payload *payload, const struct payload_root *root)
{
	char text[PARTITION_UUID_SIZE];
	const char *uuid =
		root->mbr ? mbr_partition_uuid(&payload->seed,
					       ROOT_PARTITION_NUMBER, text)
			  : gpt_partition_uuid(&payload->seed,
					       ROOT_PARTITION_NAME, text);
	char *line = payload->command_line;

	payload->command_line = xasprintf("%s%skit.root=PARTUUID=%s %s", line,
					  *line ? " " : "", uuid, root->words);
	free(line);
}

int payload_open_root(struct payload *payload, struct image *image,
		      struct payload_root *root, const char *pack_cache,
		      struct err *err)
{
	if (take_kernel(payload, image, err) < 0 ||
	    read_command_line(payload, image, err) < 0 ||
	    make_initrd(payload, image, &payload->starter, pack_cache, err) < 0)
		return -1;
	make_root_seed(payload, root);
	add_words(payload, root);
	payload->root_fd = take_fd(&root->fd);
	payload->root.size_bytes = root->size_bytes;
	extents_put_file(&payload->root, 0, payload->root_fd, root->start,
			 root->size_bytes);
	return 0;
}
