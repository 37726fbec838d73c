/* SPDX-License-Identifier: Apache-2.0 */
/* The first half of a squashfs: the file it goes to, and the data of files. */
#pragma once

#include <sqfs/block_processor.h>
#include <sqfs/block_writer.h>
#include <sqfs/compressor.h>
#include <sqfs/error.h>
#include <sqfs/frag_table.h>
#include <sqfs/inode.h>
#include <sqfs/io.h>
#include <sqfs/super.h>

#include "formats/root/inventory.h"

/* Part of a file as libsquashfs wants to see it. */
struct sqfs_part {
	sqfs_file_t base;
	int fd; /* borrowed */
	uint64_t start, size_bytes;
	int error; /* errno of what failed */
};

/* { .count = inodes } is empty. */
struct sqfs_data {
	struct sqfs_part file;
	sqfs_super_t super;
	sqfs_compressor_t *compressor, *decompressor;
	sqfs_frag_table_t *fragments;
	sqfs_block_writer_t *writer;
	sqfs_block_processor_t *processor;
	sqfs_inode_generic_t **files; /* by number; owned */
	size_t count;
};

void sqfs_data_release(struct sqfs_data *data);

/* Sets what an error of libsquashfs means; returns -1. */
int squashfs_fail(const struct sqfs_data *data, int status, struct err *err);

/* Writes a place for the super block, and the content of all files. */
int squashfs_write_data(struct sqfs_data *data, int fd, uint64_t start,
			struct image *image, const struct inventory *inventory,
			struct err *err) MUST_CHECK;
