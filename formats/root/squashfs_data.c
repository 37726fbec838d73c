/* SPDX-License-Identifier: Apache-2.0 */
/* Contents into a squashfs: compressed blocks and packed tails of files. */
#include "formats/root/squashfs_data.h"

#include <errno.h>
#include <sqfs/block.h>
#include <string.h>

#define BLOCK_BYTES ((size_t)128 << 10)
#define DEVICE_BLOCK_BYTES 4096
#define ZSTD_LEVEL 3
/* Their number changes nothing in the bytes. */
#define WORKERS 2
#define BLOCKS_AHEAD 32

void sqfs_data_release(struct sqfs_data *data)
{
	/* First: its threads use the others. */
	sqfs_destroy(data->processor);
	sqfs_destroy(data->writer);
	sqfs_destroy(data->fragments);
	sqfs_destroy(data->compressor);
	sqfs_destroy(data->decompressor);
	for (size_t i = 0; data->files && i < data->count; i++)
		sqfs_free(data->files[i]);
	free(data->files);
}

static int part_read(sqfs_file_t *file, sqfs_u64 offset, void *data,
		     size_t size)
{
	struct sqfs_part *part = (struct sqfs_part *)file;
	char *to = data;

	while (size > 0) {
		ssize_t got = pread(part->fd, to, size,
				    (off_t)(part->start + offset));

		if (got < 0 && errno == EINTR)
			continue;
		part->error = got < 0 ? errno : 0;
		if (got < 0)
			return SQFS_ERROR_IO;
		if (got == 0)
			return SQFS_ERROR_OUT_OF_BOUNDS;
		to += got;
		offset += (size_t)got;
		size -= (size_t)got;
	}
	return 0;
}

static int part_write(sqfs_file_t *file, sqfs_u64 offset, const void *data,
		      size_t size)
{
	struct sqfs_part *part = (struct sqfs_part *)file;
	const char *from = data;

	while (size > 0) {
		ssize_t put = pwrite(part->fd, from, size,
				     (off_t)(part->start + offset));

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0) {
			part->error = errno;
			return SQFS_ERROR_IO;
		}
		from += put;
		offset += (size_t)put;
		size -= (size_t)put;
		if (offset > part->size_bytes)
			part->size_bytes = offset;
	}
	return 0;
}

static sqfs_u64 part_size(const sqfs_file_t *file)
{
	return ((const struct sqfs_part *)file)->size_bytes;
}

/* Duplicates are cut off again, and what comes next is written there. */
static int part_truncate(sqfs_file_t *file, sqfs_u64 size)
{
	struct sqfs_part *part = (struct sqfs_part *)file;

	if (ftruncate(part->fd, (off_t)(part->start + size)) < 0) {
		part->error = errno;
		return SQFS_ERROR_IO;
	}
	part->size_bytes = size;
	return 0;
}

static const struct {
	int status;
	const char *text;
} failures[] = {
	{ SQFS_ERROR_ALLOC, "out of memory" },
	{ SQFS_ERROR_COMPRESSOR, "zstd failed" },
	{ SQFS_ERROR_OVERFLOW, "a number or a table becomes too large" },
	{ SQFS_ERROR_UNSUPPORTED, "libsquashfs was built without zstd" },
};

int squashfs_fail(const struct sqfs_data *data, int status, struct err *err)
{
	if (status == SQFS_ERROR_IO && data->file.error) {
		errno = data->file.error;
		return err_sys(err, "write a squashfs");
	}
	for (size_t i = 0; i < ARRAY_LEN(failures); i++)
		if (failures[i].status == status)
			return err_set(err, FAULT_SYSTEM,
				       "write a squashfs: %s",
				       failures[i].text);
	return err_set(err, FAULT_SYSTEM,
		       "write a squashfs: error %d of libsquashfs", status);
}

static int make_compressors(struct sqfs_data *data)
{
	sqfs_compressor_config_t config;
	int status = sqfs_compressor_config_init(&config, SQFS_COMP_ZSTD,
						 BLOCK_BYTES, 0);

	config.level = ZSTD_LEVEL;
	if (status == 0)
		status = sqfs_compressor_create(&config, &data->compressor);
	config.flags |= SQFS_COMP_FLAG_UNCOMPRESS;
	if (status == 0)
		status = sqfs_compressor_create(&config, &data->decompressor);
	return status;
}

/* The super block holds the place; what zstd was told comes behind it. */
static int write_head(struct sqfs_data *data)
{
	sqfs_file_t *file = &data->file.base;
	int status =
		sqfs_super_init(&data->super, BLOCK_BYTES, 0, SQFS_COMP_ZSTD);

	if (status == 0)
		status = sqfs_super_write(&data->super, file);
	if (status == 0)
		status =
			data->compressor->write_options(data->compressor, file);
	if (status > 0)
		data->super.flags |= SQFS_FLAG_COMPRESSOR_OPTIONS;
	return status < 0 ? status : 0;
}

/* Equal blocks are compared, not only their checksums. */
static int make_processor(struct sqfs_data *data)
{
	sqfs_block_processor_desc_t wanted = {
		.size = sizeof(wanted),
		.max_block_size = BLOCK_BYTES,
		.num_workers = WORKERS,
		.max_backlog = BLOCKS_AHEAD,
		.cmp = data->compressor,
		.file = &data->file.base,
		.uncmp = data->decompressor,
	};

	data->fragments = sqfs_frag_table_create(0);
	data->writer = sqfs_block_writer_create(&data->file.base,
						DEVICE_BLOCK_BYTES, 0);
	wanted.wr = data->writer;
	wanted.tbl = data->fragments;
	if (!data->fragments || !data->writer)
		return SQFS_ERROR_ALLOC;
	return sqfs_block_processor_create_ex(&wanted, &data->processor);
}

static int start(struct sqfs_data *data, int fd, uint64_t offset,
		 struct err *err)
{
	int status;

	data->file = (struct sqfs_part){
		.base = { .read_at = part_read,
			  .write_at = part_write,
			  .get_size = part_size,
			  .truncate = part_truncate },
		.fd = fd,
		.start = offset,
	};
	data->files =
		xcalloc(data->count + 1, sizeof(struct sqfs_inode_generic_t *));
	status = make_compressors(data);
	if (status == 0)
		status = write_head(data);
	if (status == 0)
		status = make_processor(data);
	return status == 0 ? 0 : squashfs_fail(data, status, err);
}

static int add_file(struct sqfs_data *data, struct image *image,
		    const struct listed *listed, struct err *err)
{
	const struct inode *inode = listed->inode;
	SCOPED_READER struct reader *content =
		spool_reader(&image->spool, &inode->content);
	static char chunk[BLOCK_BYTES];
	int status = sqfs_block_processor_begin_file(
		data->processor, &data->files[inode->mark - 1], NULL, 0);

	while (status == 0) {
		size_t got;

		if (reader_read(content, chunk, sizeof(chunk), &got, err) < 0)
			return -1;
		if (got == 0)
			break;
		status = sqfs_block_processor_append(data->processor, chunk,
						     got);
	}
	if (status == 0)
		status = sqfs_block_processor_end_file(data->processor);
	return status == 0 ? 0 : squashfs_fail(data, status, err);
}

int squashfs_write_data(struct sqfs_data *data, int fd, uint64_t offset,
			struct image *image, const struct inventory *inventory,
			struct err *err)
{
	int status;

	if (start(data, fd, offset, err) < 0)
		return -1;
	for (size_t i = 0; i < inventory->inode_count; i++)
		if (inventory->inodes[i].inode->type == INODE_FILE &&
		    add_file(data, image, &inventory->inodes[i], err) < 0)
			return -1;
	status = sqfs_block_processor_finish(data->processor);
	return status == 0 ? 0 : squashfs_fail(data, status, err);
}
