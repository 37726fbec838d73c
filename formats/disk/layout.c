/* SPDX-License-Identifier: Apache-2.0 */
/* Partitions on a disk. */
#include "formats/disk/layout.h"

#include "formats/disk/bytes.h"

void layout_release(struct layout *layout)
{
	for (size_t i = 0; i < layout->count; i++)
		extents_release(&layout->contents[i]);
	layout->count = 0;
}

void layout_add(struct layout *layout, const struct partition *partition,
		struct extents *content)
{
	struct partition *added = &layout->partitions[layout->count];
	uint64_t end;

	if (layout->count == LAYOUT_MAX)
		abort();
	*added = *partition;
	layout->contents[layout->count++] = *content;
	if (added->start_lba == 0)
		added->start_lba = layout->next_lba;
	if (added->sectors == 0)
		added->sectors = round_up(content->size_bytes, SECTOR_BYTES) /
				 SECTOR_BYTES;
	*content = (struct extents){ 0 };
	end = round_up(added->start_lba + added->sectors, LAYOUT_FIRST_LBA);
	if (end > layout->next_lba)
		layout->next_lba = end;
}

int layout_make(struct extents *disk, struct layout *layout,
		const struct layout_options *options, struct err *err)
{
	struct partition_table table = {
		.partitions = layout->partitions,
		.count = layout->count,
		.boot_code = options->boot_code,
		.seed = options->seed,
	};
	uint64_t needed = layout->next_lba * SECTOR_BYTES;
	uint64_t size =
		options->size_bytes / LAYOUT_UNIT_BYTES * LAYOUT_UNIT_BYTES;

	if (options->table == TABLE_GPT)
		needed += LAYOUT_UNIT_BYTES; /* the backup of the table */
	if (options->size_bytes && size < needed)
		return err_set(
			err, FAULT_INPUT,
			"the image needs a disk of %llu MiB, and --size gives %llu MiB",
			(unsigned long long)(needed / LAYOUT_UNIT_BYTES),
			(unsigned long long)(size / LAYOUT_UNIT_BYTES));
	disk->size_bytes = options->size_bytes ? size : needed;
	if (options->table == TABLE_GPT)
		gpt_put(disk, &table);
	else
		mbr_put(disk, &table);
	for (size_t i = 0; i < layout->count; i++)
		extents_graft(disk,
			      layout->partitions[i].start_lba * SECTOR_BYTES,
			      &layout->contents[i]);
	return 0;
}
