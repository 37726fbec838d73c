/* SPDX-License-Identifier: Apache-2.0 */
/* Archives of images, read one member after the other. */
#include "cmd/lib/oci/source_internal.h"

#include <string.h>

#include <archive.h>
#include <archive_entry.h>

#include "cmd/lib/base/mem.h"

#define BLOCK_BYTES ((size_t)256 << 10)
#define MEMBERS_MAX ((size_t)1 << 20)

static int failed(const struct tar_file *tar, struct err *err)
{
	const char *text = tar->tar ? archive_error_string(tar->tar) : NULL;

	return err_set(err, FAULT_INPUT, "%s: no archive that can be read: %s",
		       tar->file, text ? text : "libarchive fails");
}

/* Filters that would start a program are not taken. */
int tar_file_open(struct tar_file *tar, int fd, const char *file,
		  struct err *err)
{
	static int (*const filters[])(struct archive *) = {
		archive_read_support_filter_gzip,
		archive_read_support_filter_zstd,
		archive_read_support_filter_xz,
		archive_read_support_filter_bzip2,
	};

	*tar = (struct tar_file){ .tar = archive_read_new(), .file = file };
	if (!tar->tar)
		return failed(tar, err);
	for (size_t i = 0; i < ARRAY_LEN(filters); i++)
		if (filters[i](tar->tar) != ARCHIVE_OK)
			return failed(tar, err);
	if (lseek(fd, 0, SEEK_SET) < 0)
		return err_sys(err, "read %s", file);
	if (archive_read_support_format_tar(tar->tar) != ARCHIVE_OK ||
	    archive_read_open_fd(tar->tar, fd, BLOCK_BYTES) != ARCHIVE_OK)
		return failed(tar, err);
	/* The last "filter" is the file itself. */
	if (archive_filter_count(tar->tar) > 2)
		return err_set(err, FAULT_INPUT,
			       "%s: compressed more than once", file);
	return 0;
}

void tar_file_release(struct tar_file *tar)
{
	archive_read_free(tar->tar);
	*tar = (struct tar_file){ 0 };
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

int tar_file_next(struct tar_file *tar, struct tar_member *member,
		  struct err *err)
{
	struct archive_entry *entry;
	int result;

	do {
		*member = (struct tar_member){ 0 };
		result = archive_read_next_header(tar->tar, &entry);
		if (result == ARCHIVE_EOF)
			return 0;
		if (result < ARCHIVE_WARN)
			return failed(tar, err);
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
