/* SPDX-License-Identifier: Apache-2.0 */
/* The tar writer. */
#include "cmd/lib/image/tar.h"

#include <string.h>

#include "cmd/lib/base/buf.h"

#define BLOCK 512
#define NAME_BYTES 100
#define OWNER_BYTES 32
#define MAX_OCTAL_7 07777777U
#define MAX_OCTAL_11 077777777777LL

/* IEEE 1003.1-2017, pax, ustar Interchange Format. */
struct ustar {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12];
	char checksum[8], type, linkname[100], magic[6], version[2];
	char uname[32], gname[32], devmajor[8], devminor[8], prefix[155];
	char padding[12];
};
_Static_assert(sizeof(struct ustar) == BLOCK, "a tar header is one block");

/* One extra PAX record of an entry. */
struct tar_record {
	const char *key, *value;
};

struct tar_entry {
	const char *path; /* relative */
	const struct inode *inode;
	const char *link_to; /* a hard link to this path; else NULL */
	const struct tar_record *records; /* sorted by key */
	size_t record_count;
};

/* Zero-filled octal that ends in a NUL. */
static void put_octal(char *field, size_t size, uint64_t value)
{
	field[--size] = '\0';
	while (size > 0) {
		field[--size] = (char)('0' + (value & 7));
		value >>= 3;
	}
}

static void put_checksum(struct ustar *header)
{
	const unsigned char *bytes = (const unsigned char *)header;
	unsigned sum = 0;

	memset(header->checksum, ' ', sizeof(header->checksum));
	for (size_t i = 0; i < sizeof(*header); i++)
		sum += bytes[i];
	put_octal(header->checksum, 7, sum);
}

/* As much of a text as fits, ASCII only: PAX holds the whole. */
static void put_text(char *field, size_t size, const char *text)
{
	for (; *text && size > 0; text++)
		if ((unsigned char)*text < 0x80) {
			*field++ = *text;
			size--;
		}
}

static bool needs_record(const char *text, size_t field_bytes)
{
	if (strlen(text) > field_bytes)
		return true;
	for (; *text; text++)
		if ((unsigned char)*text >= 0x80)
			return true;
	return false;
}

/* "<length> <key>=<value>\n", where the length counts itself. */
static void add_record(struct buf *records, const char *key, const void *value,
		       size_t size)
{
	size_t rest = strlen(key) + size + 3;
	size_t length = rest + 1;
	char digits[24];

	while ((size_t)snprintf(digits, sizeof(digits), "%zu", length) + rest !=
	       length)
		length++;
	buf_add_fmt(records, "%zu %s=", length, key);
	buf_add(records, value, size);
	buf_add_char(records, '\n');
}

static void add_text_record(struct buf *records, const char *key,
			    const char *value)
{
	add_record(records, key, value, strlen(value));
}

static void add_number_record(struct buf *records, const char *key,
			      long long value)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", value);
	add_text_record(records, key, text);
}

/* Seconds and, where there is one, the fraction without trailing zeros. */
static void add_time_record(struct buf *records, const char *key,
			    struct inode_time time)
{
	unsigned nanoseconds = time.nanoseconds;
	long long seconds = time.seconds;
	const char *sign = "";
	char text[40];
	int length;

	if (nanoseconds == 0) {
		add_number_record(records, key, seconds);
		return;
	}
	if (seconds < 0) { /* the fraction counts upwards: -1 + 0.75 */
		sign = "-";
		seconds = -(seconds + 1);
		nanoseconds = 1000000000U - nanoseconds;
	}
	length = snprintf(text, sizeof(text), "%s%lld.%09u", sign, seconds,
			  nanoseconds);
	while (text[length - 1] == '0')
		length--;
	add_record(records, key, text, (size_t)length);
}

static const struct inode_extra *extra_of(const struct inode *inode)
{
	static const struct inode_extra nothing;

	return inode->extra ? inode->extra : &nothing;
}

static const char *text_of(const char *text)
{
	return text ? text : "";
}

static const char *link_of(const struct tar_entry *entry)
{
	if (entry->link_to)
		return entry->link_to;
	return entry->inode->type == INODE_SYMLINK ? entry->inode->target : "";
}

static uint64_t size_of(const struct tar_entry *entry)
{
	if (entry->link_to || entry->inode->type != INODE_FILE)
		return 0;
	return entry->inode->content.length;
}

static void collect_xattrs(const struct inode *inode, struct buf *records)
{
	for (const struct xattr *x = inode->xattrs; x; x = x->next) {
		SCOPED_FREE char *key = xasprintf("SCHILY.xattr.%s", x->name);

		add_record(records, key, x->value, x->size);
	}
}

static bool is_in_range(int64_t mtime)
{
	return mtime >= 0 && mtime <= MAX_OCTAL_11;
}

/* In the order of their keys: LINUXKIT.*, SCHILY.xattr.*, atime, ... uname. */
static void collect_records(const struct tar_entry *entry, struct buf *records)
{
	const struct inode *inode = entry->inode;
	const struct inode_extra *extra = extra_of(inode);

	for (size_t i = 0; i < entry->record_count; i++)
		add_text_record(records, entry->records[i].key,
				entry->records[i].value);
	collect_xattrs(inode, records);
	if (extra->has_atime)
		add_time_record(records, "atime", extra->atime);
	if (extra->has_ctime)
		add_time_record(records, "ctime", extra->ctime);
	if (inode->gid > MAX_OCTAL_7)
		add_number_record(records, "gid", inode->gid);
	if (needs_record(text_of(extra->gname), OWNER_BYTES))
		add_text_record(records, "gname", extra->gname);
	if (needs_record(link_of(entry), NAME_BYTES))
		add_text_record(records, "linkpath", link_of(entry));
	if (!is_in_range(inode->mtime) || extra->mtime_ns)
		add_time_record(
			records, "mtime",
			(struct inode_time){ inode->mtime, extra->mtime_ns });
	if (needs_record(entry->path, NAME_BYTES))
		add_text_record(records, "path", entry->path);
	if (size_of(entry) > MAX_OCTAL_11)
		add_number_record(records, "size", (long long)size_of(entry));
	if (inode->uid > MAX_OCTAL_7)
		add_number_record(records, "uid", inode->uid);
	if (needs_record(text_of(extra->uname), OWNER_BYTES))
		add_text_record(records, "uname", extra->uname);
}

static int write_padded(struct writer *to, const void *data, size_t size,
			struct err *err)
{
	if (writer_write(to, data, size, err) < 0)
		return -1;
	return writer_zeros(to, (BLOCK - size % BLOCK) % BLOCK, err);
}

static void header_start(struct ustar *header, char type)
{
	memset(header, 0, sizeof(*header));
	memcpy(header->magic, "ustar", 6);
	memcpy(header->version, "00", 2);
	header->type = type;
}

static int write_records(struct writer *to, const char *path,
			 const struct buf *records, struct err *err)
{
	const char *slash = strrchr(path, '/');
	/* Of "a/b/" the base is empty. */
	SCOPED_FREE char *name =
		slash && !slash[1] ? xasprintf("%sPaxHeaders.0", path)
		: slash ? xasprintf("%.*s/PaxHeaders.0/%s", (int)(slash - path),
				    path, slash + 1)
			: xasprintf("PaxHeaders.0/%s", path);
	struct ustar header;

	header_start(&header, 'x');
	put_text(header.name, sizeof(header.name), name);
	put_octal(header.mode, sizeof(header.mode), 0);
	put_octal(header.uid, sizeof(header.uid), 0);
	put_octal(header.gid, sizeof(header.gid), 0);
	put_octal(header.size, sizeof(header.size), records->size);
	put_octal(header.mtime, sizeof(header.mtime), 0);
	put_checksum(&header);
	if (writer_write(to, &header, sizeof(header), err) < 0)
		return -1;
	return write_padded(to, records->data, records->size, err);
}

static uint64_t fits(uint64_t value, uint64_t max)
{
	return value <= max ? value : 0;
}

static char type_flag(const struct tar_entry *entry)
{
	static const char flags[] = {
		[INODE_FILE] = '0',    [INODE_DIRECTORY] = '5',
		[INODE_SYMLINK] = '2', [INODE_CHAR] = '3',
		[INODE_BLOCK] = '4',   [INODE_FIFO] = '6',
	};

	if (entry->link_to)
		return '1';
	return flags[entry->inode->type];
}

static int write_header(struct writer *to, const struct tar_entry *entry,
			struct err *err)
{
	const struct inode *inode = entry->inode;
	const struct inode_extra *extra = extra_of(inode);
	struct ustar header;

	header_start(&header, type_flag(entry));
	put_text(header.name, sizeof(header.name), entry->path);
	put_octal(header.mode, sizeof(header.mode), inode->mode);
	put_octal(header.uid, sizeof(header.uid),
		  fits(inode->uid, MAX_OCTAL_7));
	put_octal(header.gid, sizeof(header.gid),
		  fits(inode->gid, MAX_OCTAL_7));
	put_octal(header.size, sizeof(header.size),
		  fits(size_of(entry), MAX_OCTAL_11));
	put_octal(header.mtime, sizeof(header.mtime),
		  is_in_range(inode->mtime) ? (uint64_t)inode->mtime : 0);
	put_text(header.linkname, sizeof(header.linkname), link_of(entry));
	put_text(header.uname, sizeof(header.uname), text_of(extra->uname));
	put_text(header.gname, sizeof(header.gname), text_of(extra->gname));
	put_octal(header.devmajor, sizeof(header.devmajor), inode->rdev_major);
	put_octal(header.devminor, sizeof(header.devminor), inode->rdev_minor);
	put_checksum(&header);
	return writer_write(to, &header, sizeof(header), err);
}

/* The header, and for a file its bytes padded to whole blocks. */
static int write_entry(struct writer *to, const struct tar_entry *entry,
		       struct spool *spool, struct err *err)
{
	uint64_t size = size_of(entry);
	SCOPED(buf) records = { 0 };

	collect_records(entry, &records);
	if (records.size && write_records(to, entry->path, &records, err) < 0)
		return -1;
	if (write_header(to, entry, err) < 0)
		return -1;
	if (size == 0)
		return 0;
	if (spool_copy(spool, &entry->inode->content, to, err) < 0)
		return -1;
	return writer_zeros(to, (BLOCK - size % BLOCK) % BLOCK, err);
}

static int write_node(struct writer *to, struct tree_node *node,
		      struct spool *spool, const struct image *image,
		      struct err *err)
{
	const struct segment *segment =
		image ? &image->segments[node->segment] : NULL;
	const struct tar_record records[] = {
		{ "LINUXKIT.location", segment ? segment->location : "" },
		{ "LINUXKIT.source", segment ? segment->source : "" },
	};
	struct tree_node *first =
		(struct tree_node *)(uintptr_t)node->inode->mark;
	SCOPED(buf) path = { 0 };
	SCOPED(buf) link = { 0 };
	struct tar_entry entry = {
		.inode = node->inode,
		.records = records,
		.record_count =
			segment && *segment->source ? ARRAY_LEN(records) : 0,
	};

	tree_path(node, &path);
	if (node->slash)
		buf_add_char(&path, '/');
	entry.path = buf_text(&path);
	if (first) {
		tree_path(first, &link);
		entry.link_to = buf_text(&link);
	} else if (node->inode->links > 1 &&
		   node->inode->type != INODE_DIRECTORY) {
		node->inode->mark = (uintptr_t)node;
	}
	return write_entry(to, &entry, spool, err);
}

int tar_write_tree(struct writer *to, struct tree *tree, struct spool *spool,
		   const struct image *image, struct err *err)
{
	for (struct tree_node *n = tree_first(tree); n; n = tree_next(n))
		n->inode->mark = 0;
	for (struct tree_node *n = tree_next(tree_first(tree)); n;
	     n = tree_next(n))
		if (write_node(to, n, spool, image, err) < 0)
			return -1;
	return writer_zeros(to, (uint64_t)2 * BLOCK, err); /* the end */
}
