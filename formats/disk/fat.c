/* SPDX-License-Identifier: Apache-2.0 */
/* FAT volumes. */
#include "formats/disk/fat.h"

#include <ctype.h>
#include <string.h>

#include "cmd/lib/base/mem.h"
#include "formats/disk/bytes.h"
#include "formats/disk/guid.h"

#define SECTOR 512
#define ALIGNMENT 4096
#define MIB ((uint64_t)1 << 20)
#define DIRENT 32
#define FAT16_ROOT_ENTRIES 512
#define MEDIA 0xf8
#define MAX_FILE_BYTES 0xffffffffULL
#define MAX_DIRECTORIES 16

/* 2017-04-18 16:30:00, the time that everything of ours has. */
#define DATE ((2017 - 1980) << 9 | 4 << 5 | 18)
#define TIME (16 << 11 | 30 << 5)

enum attribute { ATTR_LABEL = 0x08, ATTR_DIRECTORY = 0x10, ATTR_FILE = 0x20 };

/* All in sectors but `clusters`. */
struct geometry {
	bool fat32;
	uint32_t total, reserved, fat, root, data;
	uint32_t per_cluster, clusters;
};

/* A directory in the making; [0] is the root. */
struct directory {
	const char *path; /* of a file below it */
	size_t length;    /* of its own path in that */
	size_t parent;
	uint8_t *entries; /* owned */
	size_t count;     /* of entries */
	uint32_t cluster;
};

struct builder {
	struct geometry geometry;
	struct directory directories[MAX_DIRECTORIES];
	size_t directory_count;
	uint8_t *table; /* owned; as far as clusters are used */
	uint32_t next_cluster;
	struct extents *volume;
};

static void builder_release(struct builder *builder)
{
	for (size_t i = 0; i < builder->directory_count; i++)
		free(builder->directories[i].entries);
	free(builder->table);
}

/* Microsoft's table for FAT32; for FAT16 the smallest that has few enough. */
static uint32_t choose_cluster(const struct geometry *geometry)
{
	static const struct {
		uint32_t mib, sectors;
	} fat32[] = {
		{ 260, 1 }, { 8 << 10, 8 }, { 16 << 10, 16 }, { 32 << 10, 32 }
	};
	uint32_t sectors = 1;

	if (!geometry->fat32) {
		while (geometry->total / sectors > 65000)
			sectors *= 2;
		return sectors;
	}
	for (size_t i = 0; i < ARRAY_LEN(fat32); i++)
		if (geometry->total <= fat32[i].mib * (MIB / SECTOR))
			return fat32[i].sectors;
	return 64;
}

static struct geometry choose_geometry(uint64_t size_bytes)
{
	struct geometry g = {
		.fat32 = size_bytes >= FAT32_MIN_BYTES,
		.total = (uint32_t)(size_bytes / SECTOR),
	};
	uint32_t entry = g.fat32 ? 4 : 2;
	uint64_t most;

	g.per_cluster = choose_cluster(&g);
	g.reserved = g.fat32 ? 32 : 1;
	g.root = g.fat32 ? 0 : FAT16_ROOT_ENTRIES * DIRENT / SECTOR;
	most = (g.total - g.reserved - g.root) / g.per_cluster + 2;
	g.fat = (uint32_t)(round_up(most * entry, SECTOR) / SECTOR);
	g.data = g.reserved + 2 * g.fat + g.root;
	g.reserved += -g.data % (ALIGNMENT / SECTOR);
	g.data = g.reserved + 2 * g.fat + g.root;
	g.clusters = (g.total - g.data) / g.per_cluster;
	return g;
}

static uint32_t cluster_bytes(const struct geometry *geometry)
{
	return geometry->per_cluster * SECTOR;
}

static uint64_t cluster_offset(const struct geometry *geometry,
			       uint32_t cluster)
{
	return (geometry->data +
		(uint64_t)(cluster - 2) * geometry->per_cluster) *
	       SECTOR;
}

/* How many clusters a file takes at most, with what aligns it. */
static uint64_t clusters_for(const struct geometry *geometry, uint64_t bytes)
{
	uint64_t unit = cluster_bytes(geometry);

	if (unit < ALIGNMENT)
		bytes += ALIGNMENT - unit;
	return round_up(bytes, unit) / unit;
}

static bool fits(const struct fat *fat, uint64_t size_bytes)
{
	struct geometry geometry = choose_geometry(size_bytes);
	uint64_t needed = MAX_DIRECTORIES;

	for (size_t i = 0; i < fat->count; i++)
		needed += clusters_for(&geometry,
				       fat->files[i].content.size_bytes);
	return needed <= geometry.clusters;
}

int fat_fit(struct fat *fat, uint64_t min_bytes, struct err *err)
{
	uint64_t size = FAT_MIN_BYTES;

	for (size_t i = 0; i < fat->count; i++) {
		const struct fat_file *file = &fat->files[i];

		if (file->content.size_bytes > MAX_FILE_BYTES)
			return err_set(
				err, FAULT_INPUT,
				"%s is %llu bytes long, and a file on a FAT volume is smaller than 4 GiB",
				file->path,
				(unsigned long long)file->content.size_bytes);
		size += file->content.size_bytes;
	}
	size = round_up(size > min_bytes ? size : min_bytes, MIB);
	while (!fits(fat, size))
		size += MIB;
	fat->size_bytes = size;
	return 0;
}

static void chain(struct builder *builder, uint32_t first, uint32_t count)
{
	uint32_t size = builder->geometry.fat32 ? 4 : 2;
	uint32_t end = builder->geometry.fat32 ? 0x0fffffff : 0xffff;

	for (uint32_t i = 0; i < count; i++)
		put_le(builder->table + (size_t)(first + i) * size,
		       i + 1 < count ? first + i + 1 : end, size);
}

static uint32_t allocate(struct builder *builder, uint64_t bytes)
{
	const struct geometry *g = &builder->geometry;
	uint32_t unit = cluster_bytes(g);
	uint32_t count = (uint32_t)(round_up(bytes, unit) / unit);
	uint32_t first = builder->next_cluster;

	while (unit < ALIGNMENT && bytes >= ALIGNMENT &&
	       cluster_offset(g, first) % ALIGNMENT != 0)
		first++;
	chain(builder, first, count);
	builder->next_cluster = first + count;
	return first;
}

/*
 * Eleven characters, padded. Returns what byte 12 of an entry says of their
 * case (0x08: the name is lower case, 0x10: the extension).
 */
static uint8_t short_name(uint8_t name[11], const char *text, size_t length)
{
	size_t at = 0;
	uint8_t lower = 0;

	memset(name, ' ', 11);
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '.' && i > 0 && at <= 8) {
			at = 8;
			continue;
		}
		if (at >= 11 || (at == 8 && !memchr(text, '.', i)))
			abort();
		if (islower((unsigned char)text[i]))
			lower |= at < 8 ? 0x08 : 0x10;
		name[at++] = (uint8_t)toupper((unsigned char)text[i]);
	}
	return lower;
}

static void put_entry(uint8_t *entry, enum attribute attribute,
		      uint32_t cluster, uint32_t size)
{
	entry[11] = (uint8_t)attribute;
	put_le16(entry + 14, TIME);
	put_le16(entry + 16, DATE);
	put_le16(entry + 18, DATE);
	put_le16(entry + 20, (uint16_t)(cluster >> 16));
	put_le16(entry + 22, TIME);
	put_le16(entry + 24, DATE);
	put_le16(entry + 26, (uint16_t)cluster);
	put_le32(entry + 28, size);
}

/* The next free entry of a directory; there is room for 16. */
static uint8_t *add_entry(struct directory *directory)
{
	if (directory->count == SECTOR / DIRENT)
		abort();
	return directory->entries + DIRENT * directory->count++;
}

static size_t add_directory(struct builder *builder, size_t parent,
			    const char *path, size_t length)
{
	size_t number = builder->directory_count++;
	struct directory *d;

	if (number == MAX_DIRECTORIES)
		abort();
	d = &builder->directories[number];
	*d = (struct directory){ .path = path,
				 .length = length,
				 .parent = parent,
				 .entries = xcalloc(1, SECTOR) };
	return number;
}

/* The parent's entry, and what a directory says of itself and of its parent. */
static void link_directory(struct builder *builder, size_t number,
			   const char *name, size_t length)
{
	struct directory *d = &builder->directories[number];
	struct directory *parent = &builder->directories[d->parent];
	uint8_t *entry = add_entry(parent);
	uint8_t lower = short_name(entry, name, length);

	d->cluster = allocate(builder, SECTOR);
	put_entry(entry, ATTR_DIRECTORY, d->cluster, 0);
	entry[12] = lower;
	entry = add_entry(d);
	put_text(entry, ".          ");
	put_entry(entry, ATTR_DIRECTORY, d->cluster, 0);
	entry = add_entry(d);
	put_text(entry, "..         ");
	put_entry(entry, ATTR_DIRECTORY, d->parent ? parent->cluster : 0, 0);
}

/* The directory of a file, made where it is missing; `*name` is what is left.
 */
static size_t directory_of(struct builder *builder, const char **name)
{
	const char *path = *name;
	size_t number = 0;

	for (const char *slash; (slash = strchr(*name, '/'));
	     *name = slash + 1) {
		size_t length = (size_t)(slash - path);
		size_t found = 1;

		while (found < builder->directory_count &&
		       (builder->directories[found].length != length ||
			memcmp(builder->directories[found].path, path,
			       length) != 0))
			found++;
		if (found == builder->directory_count) {
			add_directory(builder, number, path, length);
			link_directory(builder, found, *name,
				       (size_t)(slash - *name));
		}
		number = found;
	}
	return number;
}

static void put_file(struct builder *builder, struct fat_file *file)
{
	const char *name = file->path;
	size_t number = directory_of(builder, &name);
	uint64_t size = file->content.size_bytes;
	uint32_t cluster = size ? allocate(builder, size) : 0;
	uint8_t *entry = add_entry(&builder->directories[number]);
	uint8_t lower = short_name(entry, name, strlen(name));

	put_entry(entry, ATTR_FILE, cluster, (uint32_t)size);
	entry[12] = lower;
	if (cluster == 0)
		return;
	file->offset = cluster_offset(&builder->geometry, cluster);
	extents_graft(builder->volume, file->offset, &file->content);
}

/* FAT specification, section 3: BPB and boot sector. */
static void put_boot_sector(const struct builder *builder,
			    const struct fat *fat)
{
	const struct geometry *g = &builder->geometry;
	uint8_t sector[SECTOR] = "\xeb\xfe\x90KITBUILD"; /* loops: no code */
	uint8_t *tail = sector + (g->fat32 ? 64 : 36);

	put_le16(sector + 11, SECTOR);
	sector[13] = (uint8_t)g->per_cluster;
	put_le16(sector + 14, (uint16_t)g->reserved);
	sector[16] = 2;
	put_le16(sector + 17, g->fat32 ? 0 : FAT16_ROOT_ENTRIES);
	sector[21] = MEDIA;
	put_le16(sector + 22, g->fat32 ? 0 : (uint16_t)g->fat);
	put_le16(sector + 24, 63); /* sectors of a track, heads: nobody's */
	put_le16(sector + 26, 255);
	put_le32(sector + 28, (uint32_t)fat->start_lba);
	put_le32(sector + 32, g->total);
	if (g->fat32) {
		put_le32(sector + 36, g->fat);
		put_le32(sector + 44, builder->directories[0].cluster);
		put_le16(sector + 48, 1); /* the FSInfo sector */
		put_le16(sector + 50, 6); /* the copy of this one */
	}
	tail[0] = 0x80;
	tail[2] = 0x29;
	put_le32(tail + 3, serial_derive(&fat->seed, "fat serial"));
	memset(tail + 7, ' ', 11);
	put_text(tail + 7, fat->label);
	put_text(tail + 18, g->fat32 ? "FAT32   " : "FAT16   ");
	put_le16(sector + 510, 0xaa55);
	extents_put(builder->volume, 0, sector, SECTOR);
	if (g->fat32)
		extents_put(builder->volume, (uint64_t)6 * SECTOR, sector,
			    SECTOR);
}

/* FAT specification, section 5: how much is free, and a copy of it. */
static void put_fsinfo(const struct builder *builder)
{
	const struct geometry *g = &builder->geometry;
	uint8_t sector[SECTOR] = "RRaA";
	uint32_t used = 0;

	for (uint32_t i = 2; i < builder->next_cluster; i++)
		used += get_le32(builder->table + (size_t)i * 4) != 0;
	put_text(sector + 484, "rrAa");
	put_le32(sector + 488, g->clusters - used);
	put_le32(sector + 492, builder->next_cluster);
	put_le16(sector + 510, 0xaa55);
	extents_put(builder->volume, SECTOR, sector, SECTOR);
	extents_put(builder->volume, (uint64_t)7 * SECTOR, sector, SECTOR);
}

static void put_directories(struct builder *builder)
{
	const struct geometry *g = &builder->geometry;

	for (size_t i = 0; i < builder->directory_count; i++) {
		struct directory *d = &builder->directories[i];
		uint64_t offset =
			d->cluster ? cluster_offset(g, d->cluster)
				   : (uint64_t)(g->data - g->root) * SECTOR;

		extents_put_adopt(builder->volume, offset, TAKE(d->entries),
				  SECTOR);
	}
}

static void put_tables(struct builder *builder)
{
	const struct geometry *g = &builder->geometry;
	uint32_t size = g->fat32 ? 4 : 2;

	put_le(builder->table, g->fat32 ? 0x0fffff00 | MEDIA : 0xff00 | MEDIA,
	       size);
	put_le(builder->table + size, g->fat32 ? 0x0fffffff : 0xffff, size);
	for (uint32_t i = 0; i < 2; i++)
		extents_put(builder->volume,
			    (uint64_t)(g->reserved + i * g->fat) * SECTOR,
			    builder->table,
			    (size_t)builder->next_cluster * size);
}

int fat_make(struct extents *volume, struct fat *fat, struct err *err)
{
	struct geometry geometry = choose_geometry(fat->size_bytes);
	SCOPED(builder)
	builder = {
		.geometry = geometry,
		.next_cluster = 2,
		.volume = volume,
	};
	uint8_t *label;

	if (fat->size_bytes < FAT_MIN_BYTES || !fits(fat, fat->size_bytes))
		return err_set(
			err, FAULT_INPUT,
			"the files do not fit into a FAT volume of %llu bytes",
			(unsigned long long)fat->size_bytes);
	builder.table = xcalloc(geometry.clusters + 2, 4);
	volume->size_bytes = fat->size_bytes;
	add_directory(&builder, 0, "", 0);
	if (geometry.fat32)
		builder.directories[0].cluster = allocate(&builder, SECTOR);
	label = add_entry(&builder.directories[0]);
	put_entry(label, ATTR_LABEL, 0, 0);
	memset(label, ' ', 11);
	put_text(label, fat->label);
	for (size_t i = 0; i < fat->count; i++)
		put_file(&builder, &fat->files[i]);
	put_boot_sector(&builder, fat);
	if (geometry.fat32)
		put_fsinfo(&builder);
	put_directories(&builder);
	put_tables(&builder);
	return 0;
}
