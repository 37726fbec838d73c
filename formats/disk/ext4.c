/* SPDX-License-Identifier: Apache-2.0 */
/* The library of e2fsprogs, told all that it would else take from the clock,
 * from chance or from a configuration. */
#include "formats/disk/ext4.h"

#include <ext2fs/ext2fs.h>
#include <string.h>

#include "cmd/lib/base/clock.h"
#include "cmd/lib/base/mem.h"
#include "formats/disk/guid.h"

#define LOG_BLOCK 2 /* 1024 << 2 */
#define INODE_BYTES 256
#define BYTES_PER_INODE 16384
#define RESERVED_PERCENT 1
#define GROUPS_PER_FLEX_LOG 4
#define FIRST_FREE_INODE 11
#define ANYWHERE (~(blk64_t)0)

static int failed(struct err *err, const char *what, errcode_t code)
{
	return err_set(err, FAULT_SYSTEM, "make an ext4: %s: %s", what,
		       error_message(code));
}

static void set_features(struct ext2_super_block *super)
{
	super->s_rev_level = EXT2_DYNAMIC_REV;
	ext2fs_set_feature_xattr(super);
	ext2fs_set_feature_dir_index(super);
	ext2fs_set_feature_resize_inode(super);
	ext2fs_set_feature_filetype(super);
	ext2fs_set_feature_extents(super);
	ext2fs_set_feature_64bit(super);
	ext2fs_set_feature_flex_bg(super);
	ext2fs_set_feature_sparse_super(super);
	ext2fs_set_feature_large_file(super);
	ext2fs_set_feature_huge_file(super);
	ext2fs_set_feature_dir_nlink(super);
	ext2fs_set_feature_extra_isize(super);
	ext2fs_set_feature_metadata_csum(super);
}

static void set_shape(struct ext2_super_block *super, uint64_t size_bytes)
{
	uint64_t blocks = size_bytes / EXT4_BLOCK_BYTES;
	uint64_t inodes = size_bytes / BYTES_PER_INODE;

	set_features(super);
	super->s_log_block_size = LOG_BLOCK;
	super->s_log_cluster_size = LOG_BLOCK;
	super->s_inode_size = INODE_BYTES;
	super->s_min_extra_isize = INODE_BYTES - EXT2_GOOD_OLD_INODE_SIZE - 96;
	super->s_want_extra_isize = super->s_min_extra_isize;
	super->s_log_groups_per_flex = GROUPS_PER_FLEX_LOG;
	super->s_inodes_count =
		inodes < UINT32_MAX ? (uint32_t)inodes : UINT32_MAX;
	ext2fs_blocks_count_set(super, blocks);
	ext2fs_r_blocks_count_set(super, blocks * RESERVED_PERCENT / 100);
}

static void set_identity(ext2_filsys fs, const struct ext4_options *options)
{
	struct guid own = guid_derive(&options->seed, options->label);
	struct guid hash = guid_derive(&options->seed, "ext4 directories");
	struct ext2_super_block *super = fs->super;

	fs->now = CLOCK_BUILD_TIME;
	super->s_mkfs_time = CLOCK_BUILD_TIME;
	super->s_lastcheck = CLOCK_BUILD_TIME;
	super->s_max_mnt_count = -1;
	memcpy(super->s_uuid, own.bytes, sizeof(own.bytes));
	memcpy(super->s_hash_seed, hash.bytes, sizeof(hash.bytes));
	memcpy(super->s_volume_name, options->label, strlen(options->label));
	super->s_def_hash_version = EXT2_HASH_HALF_MD4;
	super->s_flags |= EXT2_FLAGS_SIGNED_HASH;
	super->s_default_mount_opts = EXT2_DEFM_XATTR_USER | EXT2_DEFM_ACL;
	super->s_checksum_type = EXT2_CRC32C_CHKSUM;
	super->s_creator_os = EXT2_OS_LINUX;
	ext2fs_init_csum_seed(fs);
}

/* A block of lost+found must be there before it is needed. */
static errcode_t make_folders(ext2_filsys fs)
{
	ext2_ino_t lost;
	errcode_t code;

	fs->umask = 0022;
	code = ext2fs_mkdir(fs, EXT2_ROOT_INO, EXT2_ROOT_INO, NULL);
	fs->umask = 0077;
	if (!code)
		code = ext2fs_mkdir(fs, EXT2_ROOT_INO, 0, "lost+found");
	if (!code)
		code = ext2fs_lookup(fs, EXT2_ROOT_INO, "lost+found", 10, NULL,
				     &lost);
	for (unsigned i = 1; !code && i < 4; i++)
		code = ext2fs_expand_dir(fs, lost);
	return code;
}

static errcode_t make_reserved_inodes(ext2_filsys fs)
{
	errcode_t code;

	for (ext2_ino_t i = EXT2_ROOT_INO + 1; i < FIRST_FREE_INODE; i++)
		ext2fs_inode_alloc_stats2(fs, i, +1, 0);
	ext2fs_inode_alloc_stats2(fs, EXT2_BAD_INO, +1, 0);
	code = ext2fs_update_bb_inode(fs, NULL);
	return code ? code : ext2fs_create_resize_inode(fs);
}

/* The file is all zeros, so tables and journal need not be cleared. */
static errcode_t make_journal(ext2_filsys fs)
{
	struct ext2fs_journal_params journal = {
		.num_journal_blocks = (blk_t)ext2fs_default_journal_size(
			ext2fs_blocks_count(fs->super)),
	};

	for (dgrp_t i = 0; i < fs->group_desc_count; i++) {
		ext2fs_bg_flags_set(fs, i, EXT2_BG_INODE_ZEROED);
		ext2fs_group_desc_csum_set(fs, i);
	}
	return ext2fs_add_journal_inode3(fs, &journal, ANYWHERE,
					 EXT2_MKJOURNAL_LAZYINIT |
						 EXT2_MKJOURNAL_NO_MNT_CHECK);
}

static const struct {
	const char *name;
	errcode_t (*run)(ext2_filsys fs);
} steps[] = {
	{ "tables", ext2fs_allocate_tables },
	{ "folders", make_folders },
	{ "reserved inodes", make_reserved_inodes },
	{ "journal", make_journal },
};

static int fill(ext2_filsys fs, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		errcode_t code = steps[i].run(fs);

		if (code)
			return failed(err, steps[i].name, code);
	}
	return 0;
}

int ext4_make(int fd, const struct ext4_options *options, struct err *err)
{
	SCOPED_FREE char *name = xasprintf("/dev/fd/%d", fd);
	struct ext2_super_block shape = { 0 };
	ext2_filsys fs;
	errcode_t code;

	if (options->size_bytes < EXT4_MIN_BYTES ||
	    options->size_bytes > EXT4_MAX_BYTES ||
	    strlen(options->label) > sizeof(shape.s_volume_name))
		abort();
	add_error_table(&et_ext2_error_table);
	set_shape(&shape, options->size_bytes);
	if (ftruncate(fd, (off_t)options->size_bytes) < 0)
		return err_sys(err, "make an ext4 of %llu MiB",
			       (unsigned long long)(options->size_bytes >> 20));
	code = ext2fs_initialize(name, EXT2_FLAG_64BITS, &shape,
				 unix_io_manager, &fs);
	if (code)
		return failed(err, "begin", code);
	set_identity(fs, options);
	if (fill(fs, err) < 0) {
		ext2fs_free(fs);
		return -1;
	}
	code = ext2fs_close_free(&fs);
	return code ? failed(err, "end", code) : 0;
}
