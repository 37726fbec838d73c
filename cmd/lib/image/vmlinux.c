/* SPDX-License-Identifier: Apache-2.0 */
/* Compressed kernels; the decompressors are libarchive's. */
#include "cmd/lib/image/vmlinux.h"

#include <errno.h>
#include <string.h>

#include <archive_entry.h>

#include "cmd/lib/base/mem.h"
#include "cmd/lib/image/archive.h"

#define HEAD_BYTES ((size_t)1024)
#define READ_BYTES ((size_t)128 << 10)
#define VMLINUX_MAX_BYTES ((uint64_t)1 << 30)
#define SECTOR 512U

static uint32_t get_le32(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 |
	       (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

/* Where the compressed kernel lies in the file. */
struct payload {
	uint64_t offset, length;
};

static bool in_bzimage(const unsigned char *head, struct payload *payload)
{
	/* setup_sects; 0 stands for 4, says the boot protocol. */
	uint32_t setup = head[0x1f1] ? head[0x1f1] : 4;
	uint32_t version = head[0x206] | (uint32_t)head[0x207] << 8;

	if (head[0x1fe] != 0x55 || head[0x1ff] != 0xaa ||
	    memcmp(head + 0x202, "HdrS", 4) != 0 || version < 0x208)
		return false;
	payload->offset = (uint64_t)(setup + 1) * SECTOR +
			  get_le32(head + 0x248); /* payload_offset */
	payload->length = get_le32(head + 0x24c); /* payload_length */
	return true;
}

static bool in_zboot(const unsigned char *head, struct payload *payload)
{
	if (memcmp(head, "MZ", 2) != 0 || memcmp(head + 4, "zimg", 4) != 0)
		return false;
	payload->offset = get_le32(head + 8);
	payload->length = get_le32(head + 12);
	return true;
}

static bool is_gzip(const unsigned char *bytes)
{
	return bytes[0] == 0x1f && bytes[1] == 0x8b;
}

/* A compressed stream as a reader. */
struct raw_reader {
	struct reader reader;
	struct reader *below; /* owned */
	struct archive *archive;
	const char *name;
	struct err *err;
	bool below_failed;
	uint64_t out_bytes;
	char chunk[READ_BYTES];
};

static la_ssize_t on_read(struct archive *archive, void *context,
			  const void **data)
{
	struct raw_reader *self = context;
	size_t got = 0;

	if (reader_read(self->below, self->chunk, sizeof(self->chunk), &got,
			self->err) < 0) {
		self->below_failed = true;
		archive_set_error(archive, EIO, "read failed");
		return ARCHIVE_FATAL;
	}
	*data = self->chunk;
	return (la_ssize_t)got;
}

static int damaged(const struct raw_reader *self, struct err *err)
{
	const char *text = archive_error_string(self->archive);

	if (self->below_failed)
		return err_wrap(err, "%s", self->name);
	return err_set(err, FAULT_INPUT, "%s: damaged compressed kernel: %s",
		       self->name, text ? text : "unreadable");
}

static int raw_read(struct reader *reader, void *data, size_t size, size_t *got,
		    struct err *err)
{
	struct raw_reader *self = (struct raw_reader *)reader;
	la_ssize_t length;

	self->err = err;
	length = archive_read_data(self->archive, data, size);
	if (length < 0)
		return damaged(self, err);
	*got = (size_t)length;
	self->out_bytes += *got;
	if (self->out_bytes > VMLINUX_MAX_BYTES)
		return err_set(err, FAULT_INPUT,
			       "%s: the kernel is larger than 1 GiB",
			       self->name);
	return 0;
}

static void raw_close(struct reader *reader)
{
	struct raw_reader *self = (struct raw_reader *)reader;

	archive_read_free(self->archive);
	reader_close(self->below);
	free(self);
}

/* Only what libarchive does itself: for others it would start programs. */
static bool support(struct archive *archive)
{
	static int (*const filters[])(struct archive *) = {
		archive_read_support_filter_gzip,
		archive_read_support_filter_bzip2,
		archive_read_support_filter_lzma,
		archive_read_support_filter_xz,
		archive_read_support_filter_lz4,
		archive_read_support_filter_zstd,
	};

	for (size_t i = 0; i < ARRAY_LEN(filters); i++)
		if (filters[i](archive) != ARCHIVE_OK)
			return false;
	return archive_read_support_format_raw(archive) == ARCHIVE_OK;
}

static int open_raw(struct reader **reader, struct reader *below_adopt,
		    const char *name, struct err *err)
{
	struct raw_reader *self = xcalloc(1, sizeof(*self));
	struct archive_entry *entry;

	self->reader.read = raw_read;
	self->reader.close = raw_close;
	self->below = below_adopt;
	self->name = name;
	self->err = err;
	self->archive = archive_read_new();
	*reader = &self->reader;
	if (!self->archive || !support(self->archive))
		return err_set(err, FAULT_SYSTEM,
			       "libarchive cannot be set up");
	if (archive_read_open(self->archive, self, NULL, on_read, NULL) !=
		    ARCHIVE_OK ||
	    archive_read_next_header(self->archive, &entry) != ARCHIVE_OK)
		return damaged(self, err);
	if (archive_filter_code(self->archive, 0) == ARCHIVE_FILTER_NONE)
		return err_set(err, FAULT_INPUT,
			       "%s: the kernel is not compressed", name);
	return 0;
}

static int read_at(struct spool *spool, const struct content *content,
		   uint64_t offset, void *data, size_t size, struct err *err)
{
	struct content part = { .offset = content->offset + offset,
				.length = size };
	SCOPED_READER struct reader *reader = spool_reader(spool, &part);
	size_t done = 0, got = 1;

	while (done < size && got > 0) {
		if (reader_read(reader, (char *)data + done, size - done, &got,
				err) < 0)
			return -1;
		done += got;
	}
	return 0;
}

/*
 * The kernel's build puts the plain size behind every stream but gzip's, which
 * holds it anyway. 0: it is not told.
 */
static int find_plain_size(struct spool *spool, const struct content *kernel,
			   struct payload *payload, uint32_t *size,
			   struct err *err)
{
	unsigned char bytes[4];

	*size = 0;
	if (read_at(spool, kernel, payload->offset, bytes, 4, err) < 0)
		return -1;
	if (is_gzip(bytes))
		return 0;
	payload->length -= 4;
	if (read_at(spool, kernel, payload->offset + payload->length, bytes, 4,
		    err) < 0)
		return -1;
	*size = get_le32(bytes);
	return 0;
}

static int find_payload(struct spool *spool, const struct content *kernel,
			struct payload *payload, uint32_t *plain_bytes,
			struct err *err)
{
	unsigned char head[HEAD_BYTES];

	*payload = (struct payload){ .length = kernel->length };
	*plain_bytes = 0;
	if (kernel->length < sizeof(head))
		return 0;
	if (read_at(spool, kernel, 0, head, sizeof(head), err) < 0)
		return -1;
	if (!in_bzimage(head, payload) && !in_zboot(head, payload))
		return 0;
	if (payload->length < 8 || payload->offset > kernel->length ||
	    payload->length > kernel->length - payload->offset)
		return err_set(err, FAULT_INPUT,
			       "its compressed part lies outside of the file");
	return find_plain_size(spool, kernel, payload, plain_bytes, err);
}

int vmlinux_extract(struct spool *spool, const struct content *kernel,
		    const char *name, struct content *vmlinux, struct err *err)
{
	SCOPED_READER struct reader *raw = NULL;
	struct content part = *kernel;
	struct payload payload;
	uint32_t plain_bytes;

	if (find_payload(spool, kernel, &payload, &plain_bytes, err) < 0)
		return err_wrap(err, "%s", name);
	part.offset += payload.offset;
	part.length = payload.length;
	if (open_raw(&raw, spool_reader(spool, &part), name, err) < 0 ||
	    spool_add_reader(spool, raw, vmlinux, err) < 0)
		return -1;
	if (plain_bytes && vmlinux->length != plain_bytes)
		return err_set(
			err, FAULT_INPUT,
			"%s: damaged compressed kernel: %llu bytes came out instead of %u",
			name, (unsigned long long)vmlinux->length, plain_bytes);
	return 0;
}
