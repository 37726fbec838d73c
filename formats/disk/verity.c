/* SPDX-License-Identifier: Apache-2.0 */
/* Hash trees, from the data up; on disk the top comes first. */
#include "formats/disk/verity.h"

#include <string.h>

#include "cmd/lib/base/fd.h"
#include "cmd/lib/base/mem.h"
#include "formats/disk/bytes.h"
#include "formats/disk/guid.h"

#define HASHES (VERITY_BLOCK / sizeof(struct digest))
/* 128 to the tenth is more blocks than a file can have. */
#define MAX_LEVELS 10
#define READ_BLOCKS 64

struct level {
	uint64_t first, blocks; /* in blocks of the file part */
};

struct tree_job {
	int fd;
	uint64_t start;
	const struct verity *verity;
	struct level levels[MAX_LEVELS]; /* the data's own hashes first */
	size_t count;
};

static void plan(struct tree_job *job)
{
	uint64_t below = job->verity->data_blocks;
	uint64_t at = job->verity->data_blocks + 1;

	do {
		below = round_up(below, HASHES) / HASHES;
		job->levels[job->count++].blocks = below;
	} while (below > 1 && job->count < MAX_LEVELS);
	for (size_t i = job->count; i-- > 0;) {
		job->levels[i].first = at;
		at += job->levels[i].blocks;
	}
}

static struct digest hash_block(const struct verity *verity, const void *block)
{
	SCOPED(sha256) hash = { 0 };

	sha256_start(&hash);
	sha256_add(&hash, verity->salt.bytes, sizeof(verity->salt.bytes));
	sha256_add(&hash, block, VERITY_BLOCK);
	return sha256_finish(&hash);
}

static int put_block(const struct tree_job *job, uint64_t block,
		     const void *data, struct err *err)
{
	if (lseek(job->fd, (off_t)(job->start + block * VERITY_BLOCK),
		  SEEK_SET) < 0)
		return err_sys(err, "write a hash tree");
	return fd_write_all(job->fd, data, VERITY_BLOCK, "a hash tree", err);
}

/* The hashes of what lies in `below`, into the blocks of `to`. */
static int hash_level(const struct tree_job *job, const struct level *below,
		      const struct level *to, struct err *err)
{
	SCOPED_FREE uint8_t *chunk =
		xmalloc((size_t)READ_BLOCKS * VERITY_BLOCK);
	struct digest hashes[HASHES] = { 0 };
	uint64_t out = to->first;

	for (uint64_t i = 0; i < below->blocks; i++) {
		size_t in_chunk = (size_t)(i % READ_BLOCKS);
		uint64_t left = below->blocks - i;
		uint64_t place = (below->first + i) * VERITY_BLOCK;

		if (in_chunk == 0 &&
		    fd_read_at(
			    job->fd, chunk,
			    (size_t)(left < READ_BLOCKS ? left : READ_BLOCKS) *
				    VERITY_BLOCK,
			    job->start + place, err) < 0)
			return -1;
		hashes[i % HASHES] = hash_block(
			job->verity, chunk + in_chunk * VERITY_BLOCK);
		if (i % HASHES < HASHES - 1 && left > 1)
			continue;
		if (put_block(job, out++, hashes, err) < 0)
			return -1;
		memset(hashes, 0, sizeof(hashes));
	}
	return 0;
}

static int hash_all(struct tree_job *job, struct digest *root, struct err *err)
{
	struct level data = { 0, job->verity->data_blocks };
	const struct level *below = &data;
	uint8_t top[VERITY_BLOCK];

	for (size_t i = 0; i < job->count; i++) {
		if (hash_level(job, below, &job->levels[i], err) < 0)
			return -1;
		below = &job->levels[i];
	}
	if (fd_read_at(job->fd, top, sizeof(top),
		       job->start + below->first * VERITY_BLOCK, err) < 0)
		return -1;
	*root = hash_block(job->verity, top);
	return 0;
}

static int put_superblock(const struct tree_job *job, const struct digest *seed,
			  struct err *err)
{
	struct guid uuid = guid_derive(seed, "verity");
	uint8_t block[VERITY_BLOCK] = "verity";

	put_le32(block + 8, 1);
	put_le32(block + 12, 1);
	memcpy(block + 16, uuid.bytes, sizeof(uuid.bytes));
	put_text(block + 32, "sha256");
	put_le32(block + 64, VERITY_BLOCK);
	put_le32(block + 68, VERITY_BLOCK);
	put_le64(block + 72, job->verity->data_blocks);
	put_le16(block + 80, sizeof(struct digest));
	memcpy(block + 88, job->verity->salt.bytes, sizeof(struct digest));
	return put_block(job, job->verity->data_blocks, block, err);
}

static struct digest make_salt(const struct digest *seed)
{
	SCOPED(sha256) hash = { 0 };

	sha256_start(&hash);
	sha256_add_str(&hash, "verity salt");
	sha256_add(&hash, seed->bytes, sizeof(seed->bytes));
	return sha256_finish(&hash);
}

int verity_write(struct verity *verity, int fd, uint64_t start,
		 uint64_t data_blocks, const struct digest *seed,
		 struct err *err)
{
	struct tree_job job = { .fd = fd, .start = start, .verity = verity };

	if (data_blocks < 2)
		abort();
	*verity = (struct verity){ .data_blocks = data_blocks };
	verity->salt = make_salt(seed);
	plan(&job);
	verity->hash_bytes =
		(job.levels[0].first + job.levels[0].blocks - data_blocks) *
		VERITY_BLOCK;
	if (put_superblock(&job, seed, err) < 0)
		return -1;
	return hash_all(&job, &verity->root, err);
}
