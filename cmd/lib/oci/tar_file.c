/* SPDX-License-Identifier: Apache-2.0 */
/* Archives of images, read one member after the other. */
#include "cmd/lib/oci/tar_file.h"

#include <errno.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>

#include "cmd/lib/base/limits.h"
#include "cmd/lib/base/mem.h"

#define BLOCK_BYTES ((size_t)256 << 10)
#define MEMBERS_MAX ((size_t)1 << 20)
#define GROWTH_BYTES ((uint64_t)64 << 20)

/* The tar is read through the packing, or straight from the file if plain. */
struct tar_file {
	struct archive *tar;
	struct archive *packing; /* NULL when there is none */
	int fd;                  /* borrowed */
	const char *file;        /* borrowed */
	const char *why;         /* it was given up, if it was */
	size_t count;
	bool in_header;
	uint64_t header_bytes; /* read for the current member's header */
	uint64_t plain_bytes;  /* read of the tar */
	char block[BLOCK_BYTES];
};

static int failed(const struct tar_file *tar, struct err *err)
{
	const char *text = tar->why ? tar->why : archive_error_string(tar->tar);

	if (!text && tar->packing)
		text = archive_error_string(tar->packing);
	return err_set(err, FAULT_INPUT, "%s: no archive that can be read: %s",
		       tar->file, text ? text : "it breaks off");
}

/* libarchive may find a reason of its own after this. */
static la_ssize_t stop(struct tar_file *tar, const char *why)
{
	tar->why = why;
	archive_set_error(tar->tar, EIO, "%s", why);
	return ARCHIVE_FATAL;
}

/* Does it grow as no honest file does? */
static bool is_bomb(const struct tar_file *tar)
{
	uint64_t packed;

	if (!tar->packing || tar->plain_bytes <= GROWTH_BYTES)
		return false;
	packed = (uint64_t)archive_filter_bytes(tar->packing, -1);
	return tar->plain_bytes / limit_of(LIMIT_RATIO) > packed;
}

static la_ssize_t read_plain(struct tar_file *tar)
{
	ssize_t got;

	if (tar->packing)
		return archive_read_data(tar->packing, tar->block, BLOCK_BYTES);
	do
		got = read(tar->fd, tar->block, BLOCK_BYTES);
	while (got < 0 && errno == EINTR);
	return got;
}

static la_ssize_t on_read(struct archive *archive, void *context,
			  const void **data)
{
	struct tar_file *tar = context;
	la_ssize_t got = read_plain(tar);

	(void)archive;
	*data = tar->block;
	if (got < 0)
		return stop(tar, tar->packing
					 ? archive_error_string(tar->packing)
					 : strerror(errno));
	tar->plain_bytes += (uint64_t)got;
	if (is_bomb(tar))
		return stop(
			tar,
			"it inflates to too many times its size (--limit ratio)");
	/* libarchive keeps headers and extensions in memory. */
	tar->header_bytes += tar->in_header ? (uint64_t)got : 0;
	if (tar->header_bytes > limit_of(LIMIT_HEADER) + BLOCK_BYTES)
		return stop(tar, "a header without end");
	return got;
}

static la_int64_t on_skip(struct archive *archive, void *context,
			  la_int64_t size)
{
	struct tar_file *tar = context;

	(void)archive;
	if (tar->packing || lseek(tar->fd, (off_t)size, SEEK_CUR) < 0)
		return 0;
	return size;
}

/* Filters that would start a program are not taken. */
static int open_packing(struct tar_file *tar, struct err *err)
{
	static int (*const filters[])(struct archive *) = {
		archive_read_support_filter_gzip,
		archive_read_support_filter_zstd,
		archive_read_support_filter_xz,
		archive_read_support_filter_bzip2,
		archive_read_support_format_raw,
		archive_read_support_format_empty,
	};
	struct archive_entry *entry;
	int result;

	for (size_t i = 0; i < ARRAY_LEN(filters); i++)
		if (filters[i](tar->packing) != ARCHIVE_OK)
			return failed(tar, err);
	if (archive_read_open_fd(tar->packing, tar->fd, BLOCK_BYTES) !=
	    ARCHIVE_OK)
		return failed(tar, err);
	result = archive_read_next_header(tar->packing, &entry);
	if (result != ARCHIVE_OK && result != ARCHIVE_EOF)
		return failed(tar, err);
	/* The last "filter" is the file itself. */
	if (archive_filter_count(tar->packing) > 2)
		return err_set(err, FAULT_INPUT,
			       "%s: compressed more than once", tar->file);
	return 0;
}

/* In a plain file that is no pipe, contents can be jumped over. */
static int open_plain(struct tar_file *tar, struct err *err)
{
	if (archive_filter_count(tar->packing) == 1 &&
	    lseek(tar->fd, 0, SEEK_SET) == 0) {
		archive_read_free(tar->packing);
		tar->packing = NULL;
	}
	tar->in_header = true;
	if (archive_read_support_format_tar(tar->tar) != ARCHIVE_OK ||
	    archive_read_open2(tar->tar, tar, NULL, on_read, on_skip, NULL) !=
		    ARCHIVE_OK)
		return failed(tar, err);
	return 0;
}

int tar_file_open(struct tar_file **tar, int fd, const char *file,
		  struct err *err)
{
	struct tar_file *self = xcalloc(1, sizeof(*self));

	*tar = self;
	self->tar = archive_read_new();
	self->packing = archive_read_new();
	self->fd = fd;
	self->file = file;
	if (!self->tar || !self->packing)
		return err_set(err, FAULT_SYSTEM,
			       "libarchive cannot be set up");
	if (lseek(fd, 0, SEEK_SET) < 0 && errno != ESPIPE)
		return err_sys(err, "read %s", file);
	if (open_packing(self, err) < 0)
		return -1;
	return open_plain(self, err);
}

void tar_file_close(struct tar_file *tar)
{
	if (!tar)
		return;
	archive_read_free(tar->tar);
	archive_read_free(tar->packing);
	free(tar);
}

static void describe(struct tar_member *member, struct archive_entry *entry)
{
	const char *path = archive_entry_pathname(entry);

	*member = (struct tar_member){
		.path = path,
		.size_bytes = (uint64_t)archive_entry_size(entry),
		.is_regular = archive_entry_filetype(entry) == AE_IFREG &&
			      !archive_entry_hardlink(entry),
	};
	if (path && strncmp(path, "./", 2) == 0)
		member->path += 2;
}

/* A content is skipped first: it does not count as header. */
static int next_header(struct tar_file *tar, struct archive_entry **entry)
{
	int result = ARCHIVE_OK;

	if (tar->count > 0) {
		tar->in_header = false;
		result = archive_read_data_skip(tar->tar);
	}
	if (result != ARCHIVE_OK && result != ARCHIVE_EOF)
		return result;
	tar->header_bytes = 0;
	tar->in_header = true;
	return archive_read_next_header(tar->tar, entry);
}

int tar_file_next(struct tar_file *tar, struct tar_member *member,
		  struct err *err)
{
	struct archive_entry *entry = NULL;
	int result;

	do {
		*member = (struct tar_member){ 0 };
		result = next_header(tar, &entry);
		if (result == ARCHIVE_EOF)
			return 0;
		if (result < ARCHIVE_WARN)
			return failed(tar, err);
		tar->in_header = false;
		if (tar->count++ >= MEMBERS_MAX)
			return err_set(err, FAULT_INPUT,
				       "%s: more than %zu members", tar->file,
				       MEMBERS_MAX);
		describe(member, entry);
	} while (!member->path || archive_entry_filetype(entry) == AE_IFDIR);
	return 0;
}

int tar_file_copy(struct tar_file *tar, struct writer *to, struct err *err)
{
	SCOPED_FREE char *chunk = xmalloc(BLOCK_BYTES);
	la_ssize_t got;

	for (;;) {
		got = archive_read_data(tar->tar, chunk, BLOCK_BYTES);
		if (got < 0)
			return failed(tar, err);
		if (got == 0)
			return 0;
		if (writer_write(to, chunk, (size_t)got, err) < 0)
			return -1;
	}
}

int tar_file_load(struct tar_file *tar, const char *path, struct buf *content,
		  struct err *err)
{
	SCOPED_FREE char *chunk = xmalloc(BLOCK_BYTES);
	la_ssize_t got;

	for (;;) {
		got = archive_read_data(tar->tar, chunk, BLOCK_BYTES);
		if (got < 0)
			return failed(tar, err);
		if (got == 0)
			return 0;
		if (!buf_try_add(content, chunk, (size_t)got))
			return err_set(err, FAULT_INPUT,
				       "%s: its %s has more than %zu bytes",
				       tar->file, path, content->max_bytes);
	}
}
