/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rpm's own database, "ndb": Packages.db is pages of slots, then blobs in units
 * of 16 bytes. A slot gives a package's number and the place of its blob; the
 * blob starts with its length. Numbers are little-endian.
 */
#include "cmd/lib/build/pkgdb.h"

#include <string.h>

#define UNIT 16
#define PAGE 4096
/* The file's own header takes the room of the first two slots. */
#define FIRST_SLOT 2
#define SLOT_PAGES_MAX 2048

struct file {
	const uint8_t *data;
	size_t size;
};

static uint32_t le32(const uint8_t *bytes)
{
	return (uint32_t)bytes[3] << 24 | (uint32_t)bytes[2] << 16 |
	       (uint32_t)bytes[1] << 8 | bytes[0];
}

static bool has_magic(const uint8_t *bytes, const char *magic)
{
	return memcmp(bytes, magic, 4) == 0;
}

/* Blobs do not overlap: `*left` bytes are all that those to come can have. */
static int read_blob(struct pkgdb *db, const struct file *file,
		     const uint8_t *slot, uint64_t *left, struct err *err)
{
	uint64_t start = (uint64_t)le32(slot + 8) * UNIT;
	const uint8_t *data = file->data;
	uint64_t size = file->size;
	uint64_t length;

	if (start + UNIT > size)
		return err_set(err, FAULT_INPUT,
			       "package %u lies behind the end",
			       (unsigned)le32(slot + 4));
	data += start;
	size -= start;
	length = le32(data + 12);
	if (!has_magic(data, "BlbS") || le32(data + 4) != le32(slot + 4))
		return err_set(err, FAULT_INPUT, "package %u is not there",
			       (unsigned)le32(slot + 4));
	if (length > size - UNIT)
		return err_set(err, FAULT_INPUT, "package %u is cut off",
			       (unsigned)le32(slot + 4));
	if (length > *left)
		return err_set(err, FAULT_INPUT, "its headers overlap");
	*left -= length;
	return pkgdb_parse_rpm(db, data + UNIT, (size_t)length, err);
}

int pkgdb_parse_rpm_ndb(struct pkgdb *db, uint8_t *data, size_t size,
			struct err *err)
{
	const struct file file = { data, size };
	uint64_t pages, slots, left = size;

	if (size < PAGE || !has_magic(data, "RpmP"))
		return err_set(err, FAULT_INPUT, "no database of rpm");
	if (le32(data + 4) != 0)
		return err_set(err, FAULT_INPUT,
			       "version %u of the format, not 0",
			       (unsigned)le32(data + 4));
	pages = le32(data + 12);
	if (pages == 0 || pages > SLOT_PAGES_MAX || pages * PAGE > size)
		return err_set(err, FAULT_INPUT, "%llu pages of slots",
			       (unsigned long long)pages);
	slots = pages * PAGE / UNIT;
	for (uint64_t i = FIRST_SLOT; i < slots; i++) {
		const uint8_t *slot = data + i * UNIT;

		if (!has_magic(slot, "Slot"))
			return err_set(err, FAULT_INPUT, "slot %llu is damaged",
				       (unsigned long long)i);
		if (le32(slot + 8) != 0 &&
		    read_blob(db, &file, slot, &left, err) < 0)
			return -1;
	}
	return 0;
}
