/* SPDX-License-Identifier: Apache-2.0 */
/* Writing qcow2. All that says where data is comes before the data. */
#include "formats/disk/qcow2.h"

#include <string.h>

#include "cmd/lib/base/fd.h"
#include "cmd/lib/base/mem.h"
#include "formats/disk/blocks.h"
#include "formats/disk/bytes.h"
#include "formats/disk/qcow2_pack.h"

#define CLUSTER_BITS 16
#define CLUSTER ((uint64_t)1 << CLUSTER_BITS)
#define ENTRIES (CLUSTER / 8)   /* of a table of 64-bit entries */
#define REFCOUNTS (CLUSTER / 2) /* of 16 bits in a block */
#define HEADER_BYTES 104
#define ZSTD_HEADER_BYTES 112 /* with the type of compression */
#define ZSTD_TYPE 1
#define ZSTD_FEATURE 8 /* incompatible bit 3: the type is not deflate */
#define COPIED ((uint64_t)1 << 63) /* this cluster is used once */
#define PACKED ((uint64_t)1 << 62) /* ... is a frame, and where */
#define SECTORS_SHIFT                                                          \
	54 /* of the sectors that a frame has beyond its first                 \
	    */
#define SECTOR ((uint64_t)512)

/*
 * In clusters, in the order of the file: header, refcount table, refcount
 * blocks, L1 table, L2 tables, data, frames in a row.
 */
struct plan {
	struct blocks blocks; /* clusters of the disk */
	struct qcow2_packed packed;
	uint64_t l1_entries, l2_tables;
	uint64_t l1_clusters, refcount_clusters, refcount_blocks;
	uint64_t l1, l2, data, frames, end;
};

static void plan_release(struct plan *plan)
{
	blocks_release(&plan->blocks);
	qcow2_packed_release(&plan->packed);
}

/* Most of a large disk is nothing, which its extents tell at once. */
static bool l2_is_used(const struct plan *plan, uint64_t table)
{
	uint64_t covered = ENTRIES * CLUSTER;

	if (!extents_have_data(plan->blocks.disk, table * covered, covered))
		return false;
	for (uint64_t i = 0; i < ENTRIES; i++)
		if (blocks_is_used(&plan->blocks, table * ENTRIES + i))
			return true;
	return false;
}

/* The blocks count themselves, too: more until all are counted. */
static void place(struct plan *plan)
{
	uint64_t whole = plan->blocks.used_count - plan->packed.count;
	uint64_t others;

	plan->l1_entries = round_up(plan->blocks.count, ENTRIES) / ENTRIES;
	plan->l1_clusters = round_up(plan->l1_entries, ENTRIES) / ENTRIES;
	for (uint64_t i = 0; i < plan->l1_entries; i++)
		plan->l2_tables += l2_is_used(plan, i);
	others = 1 + plan->l1_clusters + plan->l2_tables + whole +
		 round_up(plan->packed.bytes, CLUSTER) / CLUSTER;
	do {
		plan->refcount_clusters = plan->refcount_blocks / ENTRIES + 1;
		plan->end = others + plan->refcount_clusters +
			    ++plan->refcount_blocks;
	} while (plan->end > plan->refcount_blocks * REFCOUNTS);
	plan->l1 = 1 + plan->refcount_clusters + plan->refcount_blocks;
	plan->l2 = plan->l1 + plan->l1_clusters;
	plan->data = plan->l2 + plan->l2_tables;
	plan->frames = plan->data + whole;
}

static int write_header(const struct plan *plan, struct writer *to,
			struct err *err)
{
	uint8_t header[ZSTD_HEADER_BYTES + 8] = "QFI\xfb"; /* no extensions */

	put_be32(header + 4, 3);
	put_be32(header + 20, CLUSTER_BITS);
	put_be64(header + 24, plan->blocks.disk->size_bytes);
	put_be32(header + 36, (uint32_t)plan->l1_entries);
	put_be64(header + 40, plan->l1 * CLUSTER);
	put_be64(header + 48, CLUSTER);
	put_be32(header + 56, (uint32_t)plan->refcount_clusters);
	put_be32(header + 96, 4); /* refcounts of 16 bits */
	put_be32(header + 100, HEADER_BYTES);
	if (plan->packed.sizes) {
		put_be64(header + 72, ZSTD_FEATURE);
		put_be32(header + 100, ZSTD_HEADER_BYTES);
		header[104] = ZSTD_TYPE;
	}
	if (writer_write(to, header, sizeof(header), err) < 0)
		return -1;
	return writer_zeros(to, CLUSTER - sizeof(header), err);
}

/* Gathers big-endian numbers of a table and writes it in whole clusters. */
struct table {
	struct writer *to;
	uint8_t *bytes;
	size_t size;
};

static int table_flush(struct table *table, struct err *err)
{
	size_t size = table->size;

	if (size == 0)
		return 0;
	memset(table->bytes + size, 0, CLUSTER - size);
	table->size = 0;
	return writer_write(table->to, table->bytes, CLUSTER, err);
}

static int table_add(struct table *table, uint64_t value, size_t size,
		     struct err *err)
{
	put_be(table->bytes + table->size, value, size);
	table->size += size;
	return table->size == CLUSTER ? table_flush(table, err) : 0;
}

/* Where frames lie: each in its row, counted from their first cluster. */
struct frame {
	uint64_t offset, size;
};

static bool next_frame(const struct plan *plan, uint64_t *used,
		       struct frame *frame)
{
	frame->offset += frame->size;
	while (*used < plan->blocks.used_count) {
		frame->size = plan->packed.sizes[(*used)++];
		if (frame->size > 0)
			return true;
	}
	return false;
}

/* A cluster with frames is used by each that lies in it, if only in part. */
static int count_frames(const struct plan *plan, struct table *table,
			struct err *err)
{
	struct frame frame = { 0 };
	uint64_t used = 0;
	uint64_t cluster = 0;
	uint64_t users = 0;

	while (next_frame(plan, &used, &frame)) {
		uint64_t last = (frame.offset + frame.size - 1) / CLUSTER;

		users += frame.offset / CLUSTER == cluster;
		if (last == cluster)
			continue;
		if (table_add(table, users, 2, err) < 0)
			return -1;
		cluster = last;
		users = 1;
	}
	return users > 0 ? table_add(table, users, 2, err) : 0;
}

static int write_refcounts(const struct plan *plan, struct table *table,
			   struct err *err)
{
	uint64_t first = 1 + plan->refcount_clusters;

	for (uint64_t i = 0; i < plan->refcount_blocks; i++)
		if (table_add(table, (first + i) * CLUSTER, 8, err) < 0)
			return -1;
	if (table_flush(table, err) < 0)
		return -1;
	for (uint64_t i = 0; i < plan->frames; i++)
		if (table_add(table, 1, 2, err) < 0)
			return -1;
	if (plan->packed.count > 0 && count_frames(plan, table, err) < 0)
		return -1;
	return table_flush(table, err);
}

static int write_l1(const struct plan *plan, struct table *table,
		    struct err *err)
{
	uint64_t next = plan->l2;

	for (uint64_t i = 0; i < plan->l1_entries; i++) {
		uint64_t entry = 0;

		if (l2_is_used(plan, i))
			entry = next++ * CLUSTER | COPIED;
		if (table_add(table, entry, 8, err) < 0)
			return -1;
	}
	return table_flush(table, err);
}

/* What the next used cluster is: a frame, or whole. */
struct cursor {
	uint64_t used, whole, frame;
};

static uint64_t entry_of_next(const struct plan *plan, struct cursor *at)
{
	const uint16_t *sizes = plan->packed.sizes;
	uint64_t size = sizes ? sizes[at->used] : 0;
	uint64_t offset = plan->frames * CLUSTER + at->frame;
	uint64_t sectors;

	at->used++;
	if (size == 0)
		return (plan->data + at->whole++) * CLUSTER | COPIED;
	at->frame += size;
	sectors = (offset + size - 1) / SECTOR - offset / SECTOR;
	return PACKED | sectors << SECTORS_SHIFT | offset;
}

static int write_l2(const struct plan *plan, struct table *table,
		    struct err *err)
{
	struct cursor at = { 0 };

	for (uint64_t i = 0; i < plan->l1_entries; i++) {
		if (!l2_is_used(plan, i))
			continue;
		for (uint64_t k = 0; k < ENTRIES; k++) {
			uint64_t entry = 0;

			if (blocks_is_used(&plan->blocks, i * ENTRIES + k))
				entry = entry_of_next(plan, &at);
			if (table_add(table, entry, 8, err) < 0)
				return -1;
		}
	}
	return 0;
}

/* Those that are frames are not among the used ones any more. */
static void leave_whole(struct plan *plan)
{
	uint64_t used = 0;

	for (uint64_t i = 0; plan->packed.sizes && i < plan->blocks.count; i++)
		if (blocks_is_used(&plan->blocks, i) &&
		    plan->packed.sizes[used++] > 0)
			blocks_drop(&plan->blocks, i);
}

static int write_frames(const struct plan *plan, struct writer *to,
			struct err *err)
{
	uint64_t bytes = plan->packed.bytes;

	if (bytes == 0)
		return 0;
	if (writer_copy(to, plan->packed.fd, 0, bytes, err) < 0)
		return -1;
	return writer_zeros(to, round_up(bytes, CLUSTER) - bytes, err);
}

static int write_planned(struct plan *plan, int fd, const char *name,
			 struct err *err)
{
	SCOPED_WRITER struct writer *to = writer_to_fd(fd, name);
	SCOPED_FREE uint8_t *bytes = xmalloc(CLUSTER);
	struct table table = { .to = to, .bytes = bytes };

	place(plan);
	if (write_header(plan, to, err) < 0 ||
	    write_refcounts(plan, &table, err) < 0 ||
	    write_l1(plan, &table, err) < 0 || write_l2(plan, &table, err) < 0)
		return -1;
	leave_whole(plan);
	if (blocks_write_used(&plan->blocks, fd, name, err) < 0)
		return -1;
	return write_frames(plan, to, err);
}

#define PLAN_OF(the_disk)                                                      \
	{                                                                      \
		.blocks = { .disk = (the_disk), .block_bytes = CLUSTER },      \
		.packed = { .fd = -1 },                                        \
	}

int qcow2_write(const struct extents *disk, int fd, const char *name,
		struct err *err)
{
	SCOPED(plan) plan = PLAN_OF(disk);

	if (blocks_find(&plan.blocks, err) < 0)
		return -1;
	return write_planned(&plan, fd, name, err);
}

int qcow2_zstd_write(const struct extents *disk, int fd, const char *name,
		     struct err *err)
{
	SCOPED(plan) plan = PLAN_OF(disk);

	if (blocks_find(&plan.blocks, err) < 0 ||
	    qcow2_pack(&plan.packed, &plan.blocks, err) < 0)
		return -1;
	return write_planned(&plan, fd, name, err);
}
