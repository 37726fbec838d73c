/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Root archives. libarchive reads them; it does not tell the records that name
 * an entry's origin, so a second pass over the headers looks for these alone.
 */
#include "cmd/lib/image/reread.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/fd.h"
#include "cmd/lib/image/layer.h"

#define BLOCK ((uint64_t)512)
#define RECORDS_MAX ((uint64_t)1 << 20)
#define ORIGINS_MAX 16384 /* far more than a manifest has parts */
#define ROOT_MAX_BYTES ((uint64_t)64 << 30)

/* The pass over the headers. */
struct pass {
	struct image *image;
	int fd;
	const char *name;
	uint64_t at, size_bytes;
	/* What the extended header before the current one says, or empty. */
	struct buf path, source, location;
	uint64_t length;
	bool has_length;
};

static void pass_release(struct pass *pass)
{
	buf_release(&pass->path);
	buf_release(&pass->source);
	buf_release(&pass->location);
}

static int damaged(const struct pass *pass, struct err *err)
{
	return err_set(err, FAULT_INPUT,
		       "%s: damaged tar: a header at byte %llu", pass->name,
		       (unsigned long long)pass->at);
}

/* Octal, or base 256 as GNU tar writes large numbers. */
static uint64_t number(const unsigned char *field, size_t size)
{
	uint64_t value = 0;

	if (field[0] & 0x80) {
		for (size_t i = 1; i < size; i++)
			value = value << 8 | field[i];
		return value;
	}
	for (size_t i = 0; i < size && field[i]; i++)
		if (field[i] >= '0' && field[i] <= '7')
			value = value << 3 | (uint64_t)(field[i] - '0');
	return value;
}

static void set(struct buf *buf, const char *value, size_t size)
{
	buf_clear(buf);
	buf_add(buf, value, size);
}

static void take_record(struct pass *pass, const char *record, size_t size)
{
	const char *equals = memchr(record, '=', size);
	size_t key = equals ? (size_t)(equals - record) : 0;
	const char *value = equals + 1;
	const struct {
		const char *key;
		struct buf *buf;
	} kept[] = {
		{ "path", &pass->path },
		{ "LINUXKIT.source", &pass->source },
		{ "LINUXKIT.location", &pass->location },
	};

	if (!equals)
		return;
	for (size_t i = 0; i < ARRAY_LEN(kept); i++)
		if (strlen(kept[i].key) == key &&
		    memcmp(kept[i].key, record, key) == 0)
			set(kept[i].buf, value, size - key - 1);
	if (key == 4 && memcmp(record, "size", 4) == 0) {
		SCOPED_FREE char *digits = xstrndup(value, size - key - 1);

		pass->length = strtoull(digits, NULL, 10);
		pass->has_length = true;
	}
}

/* "<length> <key>=<value>\n", one behind the other. */
static int take_records(struct pass *pass, uint64_t offset, uint64_t size,
			struct err *err)
{
	SCOPED_FREE char *text = NULL;
	size_t at = 0;

	if (size > RECORDS_MAX)
		return damaged(pass, err);
	text = xcalloc(size + 1, 1);
	if (fd_read_at(pass->fd, text, size, offset, err) < 0)
		return -1;
	while (at < size) {
		char *end;
		unsigned long length = strtoul(text + at, &end, 10);
		size_t skipped = (size_t)(end - (text + at)) + 1;

		if (*end != ' ' || length <= skipped || length > size - at)
			return damaged(pass, err);
		take_record(pass, end + 1, length - skipped - 1);
		at += length;
	}
	return 0;
}

/* The segment of that origin; the last one is the likely one. */
static int find_segment(struct pass *pass, unsigned *segment, struct err *err)
{
	struct image *image = pass->image;
	const char *location = buf_text(&pass->location);
	const char *source = buf_text(&pass->source);

	for (size_t i = image->segment_count; i-- > 0;) {
		if (strcmp(image->segments[i].location, location) == 0 &&
		    strcmp(image->segments[i].source, source) == 0) {
			*segment = (unsigned)i;
			return 0;
		}
	}
	if (image->segment_count >= ORIGINS_MAX)
		return err_set(err, FAULT_INPUT, "%s: more than %d origins",
			       pass->name, ORIGINS_MAX);
	*segment = image_begin_segment(image, location, source);
	return 0;
}

/* ustar splits long names at a slash. */
static char *header_path(const unsigned char *header)
{
	const char *prefix = (const char *)header + 345;
	const char *name = (const char *)header;

	if (memcmp(header + 257, "ustar\0", 6) != 0 || !*prefix)
		return xstrndup(name, 100);
	return xasprintf("%.155s/%.100s", prefix, name);
}

static int note_origin(struct pass *pass, const unsigned char *header,
		       struct err *err)
{
	SCOPED_FREE char *own = header_path(header);
	const char *path = pass->path.size ? buf_text(&pass->path) : own;
	struct tree *tree = &pass->image->tree;
	struct tree_node *node;
	unsigned segment = 0;

	if (pass->location.size == 0)
		return 0;
	node = tree_lookup(tree, tree->root, path, false);
	if (!node)
		return 0;
	if (find_segment(pass, &segment, err) < 0)
		return -1;
	node->segment = segment;
	return 0;
}

static void forget_records(struct pass *pass)
{
	buf_clear(&pass->path);
	buf_clear(&pass->source);
	buf_clear(&pass->location);
	pass->has_length = false;
}

static int take_header(struct pass *pass, const unsigned char *header,
		       struct err *err)
{
	char type = (char)header[156];
	uint64_t size = number(header + 124, 12);
	uint64_t body = pass->at + BLOCK;

	if (type != 'x' && pass->has_length)
		size = pass->length;
	if (size > pass->size_bytes || body > pass->size_bytes - size)
		return damaged(pass, err);
	if (type == 'x') {
		if (take_records(pass, body, size, err) < 0)
			return -1;
	} else if (type != 'g') {
		if (note_origin(pass, header, err) < 0)
			return -1;
		forget_records(pass);
	}
	pass->at = body + (size + BLOCK - 1) / BLOCK * BLOCK;
	return 0;
}

static int note_origins(struct pass *pass, struct err *err)
{
	unsigned char header[512];

	while (pass->at + BLOCK <= pass->size_bytes) {
		if (fd_read_at(pass->fd, header, sizeof(header), pass->at,
			       err) < 0)
			return -1;
		if (header[0] == '\0')
			return 0;
		if (take_header(pass, header, err) < 0)
			return -1;
	}
	return 0;
}

static int apply(struct image *image, int fd, const char *name, struct err *err)
{
	SCOPED_READER struct reader *file = NULL;
	SCOPED_READER struct reader *plain = NULL;
	const struct layer layer = { .name = name };
	int copy = dup(fd);

	if (copy < 0 || lseek(copy, 0, SEEK_SET) < 0) {
		if (copy >= 0)
			close(copy);
		return err_sys(err, "read %s", name);
	}
	file = reader_from_fd_adopt(copy);
	plain = reader_inflated(file, ROOT_MAX_BYTES);
	return layer_apply(&image->tree, image->tree.root, &layer, plain,
			   &image->spool, err);
}

int reread_tar(struct image *image, int fd, const char *name, struct err *err)
{
	SCOPED(pass) pass = { .image = image, .fd = fd, .name = name };
	unsigned char magic[2];
	struct stat status;

	image_begin_segment(image, "-", name);
	if (fstat(fd, &status) < 0)
		return err_sys(err, "read %s", name);
	if (apply(image, fd, name, err) < 0)
		return -1;
	pass.size_bytes = (uint64_t)status.st_size;
	/* A compressed one tells no origins: nothing of ours is compressed. */
	if (pass.size_bytes < BLOCK ||
	    fd_read_at(fd, magic, sizeof(magic), 0, err) < 0)
		return pass.size_bytes < BLOCK ? 0 : -1;
	if ((magic[0] == 0x1f && magic[1] == 0x8b) ||
	    (magic[0] == 0x28 && magic[1] == 0xb5))
		return 0;
	return note_origins(&pass, err);
}
