/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A header of rpm: the number of entries and of data bytes, the entries (tag,
 * type, offset, count), the data. Numbers are big-endian.
 */
#include "cmd/lib/build/pkgdb.h"

#include <string.h>

#define ENTRY_BYTES 16
#define ENTRIES_MAX 65536

enum rpm_tag {
	TAG_SIGMD5 = 261,
	TAG_NAME = 1000,
	TAG_VERSION = 1001,
	TAG_RELEASE = 1002,
	TAG_EPOCH = 1003,
	TAG_VENDOR = 1011,
	TAG_LICENSE = 1014,
	TAG_PACKAGER = 1015,
	TAG_URL = 1020,
	TAG_ARCH = 1022,
	TAG_SOURCERPM = 1044,
};

enum rpm_type {
	TYPE_INT32 = 4,
	TYPE_STRING = 6,
	TYPE_BIN = 7,
	TYPE_I18NSTRING = 9,
};

struct header {
	const uint8_t *entries, *data;
	size_t entry_count, data_bytes;
};

static uint32_t be32(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
	       (uint32_t)bytes[2] << 8 | bytes[3];
}

static int open_header(struct header *header, const uint8_t *data, size_t size,
		       struct err *err)
{
	if (size < 8)
		return err_set(err, FAULT_INPUT, "a header that is cut off");
	header->entry_count = be32(data);
	header->data_bytes = be32(data + 4);
	if (header->entry_count > ENTRIES_MAX)
		return err_set(err, FAULT_INPUT,
			       "a header with %zu entries; at most %d are read",
			       header->entry_count, ENTRIES_MAX);
	if (size - 8 < header->entry_count * ENTRY_BYTES ||
	    size - 8 - header->entry_count * ENTRY_BYTES < header->data_bytes)
		return err_set(err, FAULT_INPUT, "a header that is cut off");
	header->entries = data + 8;
	header->data = header->entries + header->entry_count * ENTRY_BYTES;
	return 0;
}

/* The first entry with that tag: its data, and how many bytes may follow. */
static const uint8_t *find(const struct header *header, enum rpm_tag tag,
			   uint32_t *type, uint32_t *count, size_t *left)
{
	for (size_t i = 0; i < header->entry_count; i++) {
		const uint8_t *entry = header->entries + i * ENTRY_BYTES;
		uint32_t offset = be32(entry + 8);

		if (be32(entry) != (uint32_t)tag)
			continue;
		if (offset >= header->data_bytes)
			return NULL;
		*type = be32(entry + 4);
		*count = be32(entry + 12);
		*left = header->data_bytes - offset;
		return header->data + offset;
	}
	return NULL;
}

/* A translated text has its untranslated form first. */
static const char *text_of(struct pkgdb *db, const struct header *header,
			   enum rpm_tag tag)
{
	uint32_t type, count;
	size_t left;
	const uint8_t *data = find(header, tag, &type, &count, &left);

	if (!data || (type != TYPE_STRING && type != TYPE_I18NSTRING) ||
	    !memchr(data, 0, left))
		return NULL;
	return pkgdb_text(db, data, left);
}

static const char *number_of(struct pkgdb *db, const struct header *header,
			     enum rpm_tag tag)
{
	uint32_t type, count;
	size_t left;
	const uint8_t *data = find(header, tag, &type, &count, &left);
	char text[16];

	if (!data || type != TYPE_INT32 || count == 0 || left < 4)
		return NULL;
	snprintf(text, sizeof(text), "%u", (unsigned)be32(data));
	return pkgdb_text(db, text, strlen(text));
}

/* Over header and payload, as they came in the .rpm file. */
static void read_checksum(struct pkgdb *db, const struct header *header,
			  struct pkgdb_package *package)
{
	uint32_t type, count;
	size_t left;
	const uint8_t *data = find(header, TAG_SIGMD5, &type, &count, &left);

	if (!data || type != TYPE_BIN || count != 16 || left < 16)
		return;
	package->checksum_algorithm = "MD5";
	package->checksum = pkgdb_hex(db, data, 16);
}

static const char *full_version(struct pkgdb *db, const char *version,
				const char *release)
{
	SCOPED_FREE char *text = NULL;

	if (!release || asprintf(&text, "%s-%s", version, release) < 0)
		return version;
	return pkgdb_text(db, text, strlen(text));
}

int pkgdb_parse_rpm(struct pkgdb *db, const uint8_t *data, size_t size,
		    struct err *err)
{
	struct pkgdb_package *package;
	struct header header = { .entries = data, .data = data };
	const char *name, *version;

	if (open_header(&header, data, size, err) < 0)
		return -1;
	name = text_of(db, &header, TAG_NAME);
	version = text_of(db, &header, TAG_VERSION);
	if (!name || !*name || !version || !*version)
		return err_set(err, FAULT_INPUT,
			       "a header without name or version");
	/* Keys of whoever signs packages are kept as if they were packages. */
	if (strcmp(name, "gpg-pubkey") == 0)
		return 0;
	if (pkgdb_add(db, PKGDB_RPM, &package, err) < 0)
		return -1;
	package->name = name;
	package->version =
		full_version(db, version, text_of(db, &header, TAG_RELEASE));
	package->epoch = number_of(db, &header, TAG_EPOCH);
	package->arch = text_of(db, &header, TAG_ARCH);
	package->source = text_of(db, &header, TAG_SOURCERPM);
	package->maintainer = text_of(db, &header, TAG_PACKAGER);
	package->vendor = text_of(db, &header, TAG_VENDOR);
	package->license = text_of(db, &header, TAG_LICENSE);
	package->homepage = text_of(db, &header, TAG_URL);
	read_checksum(db, &header, package);
	return 0;
}
