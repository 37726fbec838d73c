/* SPDX-License-Identifier: Apache-2.0 */
/* Where things lie in an ISO 9660 image: names, orders, offsets. */
#include "formats/disk/internal.h"

#include <ctype.h>
#include <string.h>

#include "cmd/lib/base/mem.h"
#include "cmd/lib/base/os.h"
#include "formats/disk/bytes.h"

#define BASE_MAX 20
#define NUMBERED_BASE_MAX 13
#define EXTENSION_MAX 3
#define MAX_FILE_BYTES 0xfffff800ULL
#define MAX_DIRECTORIES 65535
#define MAX_NODES 0xffffff

void iso_release(struct iso *iso)
{
	free(iso->order);
	free(iso->directories);
	iso->order = iso->directories = NULL;
}

bool iso_is_directory(const struct iso_node *node)
{
	return (node->mode & 0170000) == 0040000;
}

static void copy_mangled(char *to, const char *from, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)from[i];
		int upper = c < 0x80 && isalnum(c) ? toupper(c) : '_';

		to[i] = (char)(unsigned char)upper;
	}
	to[size] = '\0';
}

/* "lib-1.so" becomes "LIB_1.SO;1"; with a number "LIB_1_00001F.SO;1". */
static void make_id(struct iso_node *node, size_t number, bool numbered)
{
	bool directory = iso_is_directory(node);
	const char *dot = directory ? NULL : strrchr(node->name, '.');
	size_t base_bytes =
		dot ? (size_t)(dot - node->name) : strlen(node->name);
	size_t most = numbered ? NUMBERED_BASE_MAX : BASE_MAX;
	char base[BASE_MAX + 1], extension[EXTENSION_MAX + 1] = "";
	char suffix[8] = "";

	if (dot && strlen(dot + 1) > EXTENSION_MAX) {
		base_bytes = strlen(node->name);
		dot = NULL;
	}
	copy_mangled(base, node->name, base_bytes < most ? base_bytes : most);
	if (dot)
		copy_mangled(extension, dot + 1, strlen(dot + 1));
	if (numbered)
		snprintf(suffix, sizeof(suffix), "_%06X",
			 (unsigned)number & MAX_NODES);
	if (directory)
		snprintf(node->id, sizeof(node->id), "%s%s", base, suffix);
	else
		snprintf(node->id, sizeof(node->id), "%s%s.%s;1", base, suffix,
			 extension);
}

static int compare_ids(const void *a, const void *b, void *context)
{
	const struct iso_node *nodes = context;

	return strcmp(nodes[*(const size_t *)a].id,
		      nodes[*(const size_t *)b].id);
}

/*
 * The children of a directory in the order of their identifiers. When two are
 * equal, all get numbers, which are then surely different.
 */
static void sort_children(struct iso *iso, const struct iso_node *directory)
{
	size_t *children = iso->order + directory->first_child;
	size_t count = directory->child_count;
	bool unique = true;

	for (size_t i = 0; i < count; i++)
		make_id(&iso->nodes[children[i]], children[i], false);
	os_sort(children, count, sizeof(*children), compare_ids, iso->nodes);
	for (size_t i = 1; i < count; i++)
		if (strcmp(iso->nodes[children[i - 1]].id,
			   iso->nodes[children[i]].id) == 0)
			unique = false;
	if (unique)
		return;
	for (size_t i = 0; i < count; i++)
		make_id(&iso->nodes[children[i]], children[i], true);
	os_sort(children, count, sizeof(*children), compare_ids, iso->nodes);
}

/* Counts children, gives each directory its part of `order`, and fills it. */
static void collect_children(struct iso *iso)
{
	size_t next = 0;

	for (size_t i = 1; i < iso->count; i++)
		iso->nodes[iso->nodes[i].parent].child_count++;
	for (size_t i = 0; i < iso->count; i++) {
		iso->nodes[i].first_child = next;
		next += iso->nodes[i].child_count;
		iso->nodes[i].child_count = 0;
	}
	for (size_t i = 1; i < iso->count; i++) {
		struct iso_node *parent = &iso->nodes[iso->nodes[i].parent];

		iso->order[parent->first_child + parent->child_count++] = i;
	}
}

/* Breadth first, as the path table wants them; numbers count from 1. */
static void order_directories(struct iso *iso)
{
	iso->directory_count = 1;
	for (size_t i = 0; i < iso->directory_count; i++) {
		struct iso_node *d = &iso->nodes[iso->directories[i]];

		d->number = i + 1;
		sort_children(iso, d);
		for (size_t c = 0; c < d->child_count; c++) {
			size_t child = iso->order[d->first_child + c];

			if (iso_is_directory(&iso->nodes[child]))
				iso->directories[iso->directory_count++] =
					child;
		}
	}
}

static int check_nodes(const struct iso *iso, struct err *err)
{
	size_t directories = 0;

	if (iso->count > MAX_NODES)
		return err_set(err, FAULT_INPUT,
			       "%zu names, and a CD can have %d", iso->count,
			       MAX_NODES);
	for (size_t i = 0; i < iso->count; i++) {
		const struct iso_node *n = &iso->nodes[i];

		directories += iso_is_directory(n);
		if (n->content.size_bytes > MAX_FILE_BYTES)
			return err_set(
				err, FAULT_INPUT,
				"%s is %llu bytes long, and a file on a CD is smaller than 4 GiB",
				n->name,
				(unsigned long long)n->content.size_bytes);
	}
	if (directories > MAX_DIRECTORIES)
		return err_set(err, FAULT_INPUT,
			       "%zu directories, and a CD can have %d",
			       directories, MAX_DIRECTORIES);
	return 0;
}

static uint64_t take(uint64_t *next, uint64_t size, uint64_t unit)
{
	uint64_t offset = round_up(*next, unit);

	*next = round_up(offset + size, ISO_SECTOR);
	return offset;
}

static void place_contents(struct iso *iso, uint64_t *next)
{
	for (size_t i = 0; i < iso->count; i++) {
		struct iso_node *n = &iso->nodes[i];

		if (iso_is_directory(n) || n->same_as != ISO_NONE)
			continue;
		if (n->content.size_bytes == 0)
			continue;
		n->offset = take(next, n->content.size_bytes,
				 n->alignment ? n->alignment : ISO_SECTOR);
	}
	for (size_t i = 0; i < iso->count; i++)
		if (iso->nodes[i].same_as != ISO_NONE)
			iso->nodes[i].offset =
				iso->nodes[iso->nodes[i].same_as].offset;
}

int iso_plan(struct iso *iso, struct err *err)
{
	bool bootable = iso->bios_boot != ISO_NONE || iso->efi_boot != ISO_NONE;
	/* The system area, two descriptors, a third to boot. */
	uint64_t next = (uint64_t)(bootable ? 19 : 18) * ISO_SECTOR;

	if (check_nodes(iso, err) < 0)
		return -1;
	iso->order = xcalloc(iso->count, sizeof(*iso->order));
	iso->directories = xcalloc(iso->count, sizeof(*iso->directories));
	collect_children(iso);
	order_directories(iso);
	iso_measure(iso);
	if (bootable)
		iso->catalog_offset = take(&next, ISO_SECTOR, ISO_SECTOR);
	iso->path_tables_offset =
		take(&next, 2 * round_up(iso->path_table_bytes, ISO_SECTOR),
		     ISO_SECTOR);
	for (size_t i = 0; i < iso->directory_count; i++) {
		struct iso_node *d = &iso->nodes[iso->directories[i]];

		d->offset = take(&next, d->directory_bytes, ISO_SECTOR);
	}
	iso->continued_offset = take(&next, iso->continued_bytes, ISO_SECTOR);
	place_contents(iso, &next);
	iso->end_offset = next;
	return 0;
}
