/* SPDX-License-Identifier: Apache-2.0 */
/* Writing ISO 9660 images. */
#include "formats/disk/internal.h"

#include <string.h>

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/mem.h"
#include "formats/disk/bytes.h"
#include "formats/disk/rockridge.h"

#define RECORD_MAX 254
#define DIRECTORY_MAX ((size_t)1 << 30)
#define SYSTEM_SECTORS 16
#define BUILD_TIME "2017041816300000" /* CLOCK_BUILD_TIME of clock.h */

/* Where records and their continuations are collected. */
struct sink {
	struct buf directory;
	struct buf continued;
	uint64_t continued_offset;
};

static void sink_release(struct sink *sink)
{
	buf_release(&sink->directory);
	buf_release(&sink->continued);
}

/* So that `size` bytes do not cross the end of a sector. */
static void pad_sector(struct buf *buf, size_t size)
{
	static const char zeros[ISO_SECTOR];
	size_t used = buf->size % ISO_SECTOR;

	if (used + size > ISO_SECTOR)
		buf_add(buf, zeros, ISO_SECTOR - used);
}

/*
 * Fields that the record had no room for; `ce` leads to them. What passes a
 * sector is led to in the same way, three or four times at most.
 */
static void continue_fields(struct sink *sink, uint8_t ce[SUSP_CE_BYTES],
			    const uint8_t *fields, size_t size)
{
	size_t fit = rockridge_fit(fields, size, ISO_SECTOR);
	size_t whole = fit + (fit < size ? SUSP_CE_BYTES : 0);
	uint8_t next[SUSP_CE_BYTES] = { 0 };
	size_t at;

	pad_sector(&sink->continued, whole);
	rockridge_put_continuation(
		ce, sink->continued_offset + sink->continued.size, whole);
	buf_add(&sink->continued, fields, fit);
	if (fit == size)
		return;
	at = sink->continued.size;
	buf_add(&sink->continued, next, sizeof(next));
	continue_fields(sink, next, fields + fit, size - fit);
	memcpy(sink->continued.data + at, next, sizeof(next));
}

/* ECMA-119, 9.1. `id` is "\0", "\1" or an identifier. */
static void put_record(uint8_t *record, size_t size,
		       const struct iso_node *node, const char *id,
		       size_t id_bytes)
{
	bool directory = iso_is_directory(node);

	record[0] = (uint8_t)size;
	put_both32(record + 2, (uint32_t)(node->offset / ISO_SECTOR));
	put_both32(record + 10,
		   (uint32_t)(directory ? node->directory_bytes
					: node->content.size_bytes));
	iso_put_date(record + 18, node->mtime);
	record[25] = directory ? 0x02 : 0;
	put_both16(record + 28, 1);
	record[32] = (uint8_t)id_bytes;
	memcpy(record + 33, id, id_bytes);
}

static void add_record(struct sink *sink, const struct iso_node *node,
		       const char *id, size_t id_bytes,
		       const struct buf *fields)
{
	uint8_t record[RECORD_MAX + 1] = { 0 };
	const uint8_t *bytes = (const uint8_t *)buf_text(fields);
	size_t base = 33 + id_bytes + (id_bytes % 2 == 0);
	size_t fit = rockridge_fit(bytes, fields->size, RECORD_MAX - base);
	size_t size = base + fit;

	memcpy(record + base, bytes, fit);
	if (fit < fields->size) {
		continue_fields(sink, record + size, bytes + fit,
				fields->size - fit);
		size += SUSP_CE_BYTES;
	}
	size += size % 2;
	put_record(record, size, node, id, id_bytes);
	pad_sector(&sink->directory, size);
	buf_add(&sink->directory, record, size);
}

/* The records of a directory: itself, its parent, its children. */
static void add_directory(struct sink *sink, const struct iso *iso,
			  const struct iso_node *directory)
{
	const struct iso_node *parent = &iso->nodes[directory->parent];
	SCOPED(buf) fields = { 0 };

	if (directory == iso->nodes)
		rockridge_add_root(&fields);
	rockridge_add(&fields, directory, NULL);
	add_record(sink, directory, "\0", 1, &fields);
	buf_clear(&fields);
	rockridge_add(&fields, parent, NULL);
	add_record(sink, parent, "\1", 1, &fields);
	for (size_t i = 0; i < directory->child_count; i++) {
		const struct iso_node *child =
			&iso->nodes[iso->order[directory->first_child + i]];

		buf_clear(&fields);
		rockridge_add(&fields, child, child->name);
		add_record(sink, child, child->id, strlen(child->id), &fields);
	}
	pad_sector(&sink->directory, ISO_SECTOR);
}

static size_t path_id_bytes(const struct iso_node *directory)
{
	return directory->number == 1 ? 1 : strlen(directory->id);
}

void iso_measure(struct iso *iso)
{
	SCOPED(sink)
	sink = { .directory.max_bytes = DIRECTORY_MAX,
		 .continued.max_bytes = DIRECTORY_MAX };

	for (size_t i = 0; i < iso->directory_count; i++) {
		struct iso_node *d = &iso->nodes[iso->directories[i]];
		size_t id_bytes = path_id_bytes(d);

		buf_clear(&sink.directory);
		add_directory(&sink, iso, d);
		d->directory_bytes = sink.directory.size;
		iso->path_table_bytes += 8 + id_bytes + id_bytes % 2;
	}
	iso->continued_bytes = sink.continued.size;
}

static void put_directories(struct extents *image, const struct iso *iso)
{
	SCOPED(sink)
	sink = {
		.directory.max_bytes = DIRECTORY_MAX,
		.continued.max_bytes = DIRECTORY_MAX,
		.continued_offset = iso->continued_offset,
	};

	for (size_t i = 0; i < iso->directory_count; i++) {
		const struct iso_node *d = &iso->nodes[iso->directories[i]];

		buf_clear(&sink.directory);
		add_directory(&sink, iso, d);
		extents_put(image, d->offset, sink.directory.data,
			    sink.directory.size);
	}
	extents_put(image, iso->continued_offset, buf_text(&sink.continued),
		    sink.continued.size);
}

/* ECMA-119, 9.4: once for those who read the low byte first, once not. */
static void put_path_tables(struct extents *image, const struct iso *iso)
{
	uint64_t size = iso->path_table_bytes;
	uint8_t *low = xcalloc(1, size);
	uint8_t *high = xcalloc(1, size);
	size_t at = 0;

	for (size_t i = 0; i < iso->directory_count; i++) {
		const struct iso_node *d = &iso->nodes[iso->directories[i]];
		size_t id_bytes = path_id_bytes(d);
		uint16_t parent = (uint16_t)iso->nodes[d->parent].number;
		uint32_t sector = (uint32_t)(d->offset / ISO_SECTOR);

		low[at] = high[at] = (uint8_t)id_bytes;
		put_le32(low + at + 2, sector);
		put_be32(high + at + 2, sector);
		put_le16(low + at + 6, parent);
		put_be16(high + at + 6, parent);
		memcpy(low + at + 8, d->id, id_bytes);
		memcpy(high + at + 8, d->id, id_bytes);
		at += 8 + id_bytes + id_bytes % 2;
	}
	extents_put_adopt(image, iso->path_tables_offset, low, size);
	extents_put_adopt(image,
			  iso->path_tables_offset + round_up(size, ISO_SECTOR),
			  high, size);
}

static void start_descriptor(uint8_t sector[ISO_SECTOR], uint8_t type)
{
	memset(sector, 0, ISO_SECTOR);
	sector[0] = type;
	put_text(sector + 1, "CD001\1");
}

/* ECMA-119, 8.4. */
static void put_primary(struct extents *image, const struct iso *iso)
{
	uint64_t tables = iso->path_tables_offset;
	uint8_t sector[ISO_SECTOR];

	start_descriptor(sector, 1);
	memset(sector + 8, ' ', 64);
	put_text(sector + 8, "LINUX");
	put_text(sector + 40, iso->volume_id);
	put_both32(sector + 80, (uint32_t)(iso->end_offset / ISO_SECTOR));
	put_both16(sector + 120, 1);
	put_both16(sector + 124, 1);
	put_both16(sector + 128, ISO_SECTOR);
	put_both32(sector + 132, (uint32_t)iso->path_table_bytes);
	put_le32(sector + 140, (uint32_t)(tables / ISO_SECTOR));
	tables += round_up(iso->path_table_bytes, ISO_SECTOR);
	put_be32(sector + 148, (uint32_t)(tables / ISO_SECTOR));
	put_record(sector + 156, 34, &iso->nodes[0], "\0", 1);
	memset(sector + 190, ' ', 623);
	put_text(sector + 813, BUILD_TIME);
	put_text(sector + 830, BUILD_TIME);
	memset(sector + 847, '0', 16);
	memset(sector + 864, '0', 16);
	sector[881] = 1;
	extents_put(image, (uint64_t)SYSTEM_SECTORS * ISO_SECTOR, sector,
		    ISO_SECTOR);
}

/* El Torito 1.0, section 2: 512-byte units, 0 where 16 bits do not suffice. */
static void put_boot_entry(uint8_t *entry, const struct iso_node *node)
{
	uint64_t units = round_up(node->content.size_bytes, 512) / 512;

	entry[0] = 0x88; /* bootable; no emulation of a disk */
	put_le16(entry + 6, units > UINT16_MAX ? 0 : (uint16_t)units);
	put_le32(entry + 8, (uint32_t)(node->offset / ISO_SECTOR));
}

static void put_catalog(struct extents *image, const struct iso *iso)
{
	enum { PLATFORM_PC = 0, PLATFORM_EFI = 0xef };
	bool bios = iso->bios_boot != ISO_NONE;
	uint8_t sector[ISO_SECTOR] = { 1 };
	uint16_t sum = 0;

	sector[1] = bios ? PLATFORM_PC : PLATFORM_EFI;
	put_le16(sector + 30, 0xaa55);
	for (size_t i = 0; i < 32; i += 2)
		sum = (uint16_t)(sum + get_le16(sector + i));
	put_le16(sector + 28, (uint16_t)-sum);
	put_boot_entry(sector + 32,
		       &iso->nodes[bios ? iso->bios_boot : iso->efi_boot]);
	if (bios && iso->efi_boot != ISO_NONE) {
		sector[64] = 0x91; /* the last header */
		sector[65] = PLATFORM_EFI;
		put_le16(sector + 66, 1);
		put_boot_entry(sector + 96, &iso->nodes[iso->efi_boot]);
	}
	extents_put(image, iso->catalog_offset, sector, ISO_SECTOR);
}

static void put_descriptors(struct extents *image, const struct iso *iso)
{
	uint64_t next = (uint64_t)(SYSTEM_SECTORS + 1) * ISO_SECTOR;
	uint8_t sector[ISO_SECTOR];

	put_primary(image, iso);
	if (iso->catalog_offset) {
		start_descriptor(sector, 0);
		put_text(sector + 7, "EL TORITO SPECIFICATION");
		put_le32(sector + 71,
			 (uint32_t)(iso->catalog_offset / ISO_SECTOR));
		extents_put(image, next, sector, ISO_SECTOR);
		next += ISO_SECTOR;
		put_catalog(image, iso);
	}
	start_descriptor(sector, 255);
	extents_put(image, next, sector, ISO_SECTOR);
}

void iso_make(struct extents *image, struct iso *iso)
{
	image->size_bytes = iso->end_offset;
	put_descriptors(image, iso);
	put_path_tables(image, iso);
	put_directories(image, iso);
	for (size_t i = 0; i < iso->count; i++)
		if (iso->nodes[i].same_as == ISO_NONE &&
		    iso->nodes[i].content.size_bytes > 0)
			extents_graft(image, iso->nodes[i].offset,
				      &iso->nodes[i].content);
}
