/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A long sequence of bytes that is mostly holes: a file, a file system, a
 * partition or a whole disk. It has a size and sorted extents that never
 * overlap; what no extent covers is zero. Memory is what the extents in memory
 * hold and some forty bytes for each, whatever the size.
 *
 * Builders of file systems and partition tables put extents, and graft the
 * smaller thing into the larger: a file into a FAT volume, the volume into a
 * disk. Containers (qcow2, vmdk, ...) ask where data is and read it; what is
 * written straight is written by extents_write.
 *
 * All offsets, lengths and sizes are in bytes. An extent that overlaps another,
 * or that passes the end, is a defect of ours and ends the program: layouts are
 * computed before anything is put.
 */
#pragma once

#include "cmd/lib/base/stream.h"

#include <stdbool.h>
#include <stdint.h>

struct extent {
	uint64_t offset, length; /* length is never 0 */
	uint8_t *bytes;          /* owned; NULL: it lies in a file */
	int fd;                  /* borrowed; may be shared by many */
	uint64_t fd_offset;
};

/* { 0 } is empty and 0 bytes long; set size_bytes before putting. */
struct extents {
	uint64_t size_bytes;
	struct extent *items; /* owned; sorted by offset */
	size_t count, capacity;
};

void extents_release(struct extents *extents);

/* Copies the bytes. Nothing happens when `size` is 0, here and below. */
void extents_put(struct extents *extents, uint64_t offset, const void *data,
		 size_t size);

/* The same, but takes over `data`, which was allocated by xmalloc. */
void extents_put_adopt(struct extents *extents, uint64_t offset, void *data,
		       size_t size);

/*
 * Refers to part of a file, which stays open as long as the extents are used
 * and is read by position only, so that its own position does not matter.
 */
void extents_put_file(struct extents *extents, uint64_t offset, int fd,
		      uint64_t fd_offset, uint64_t length);

/* Moves all of `from`, which is then empty, to `offset`. */
void extents_graft(struct extents *extents, uint64_t offset,
		   struct extents *from);

/* A copy that shares files but no memory. */
void extents_copy(struct extents *to, const struct extents *from);

/*
 * The next run of data at or after `*offset`: true, and its place, adjoining
 * extents taken together. False when only zeros follow. Going on from
 * `*offset + *length` visits every run once.
 */
bool extents_next_run(const struct extents *extents, uint64_t *offset,
		      uint64_t *length);

/* The number of the first extent that ends behind `offset`; `count`: none. */
size_t extents_find(const struct extents *extents, uint64_t offset);

/* Whether any extent touches these bytes; if not, they are zero. */
bool extents_have_data(const struct extents *extents, uint64_t offset,
		       uint64_t length);

/*
 * Reads `size` bytes at `offset`; what lies behind the end reads as zeros, so
 * that a container can fill its last block. FAULT_SYSTEM when a file cannot be
 * read or has become shorter.
 */
int extents_read(const struct extents *extents, uint64_t offset, void *data,
		 size_t size, struct err *err) MUST_CHECK;

/* All of it from the start, holes as zeros; the extents stay the caller's. */
struct reader *extents_reader(const struct extents *extents);

/*
 * Writes all of it. A regular file is truncated, keeps holes as holes, and is
 * copied into by the kernel where the file systems allow it; a device or a pipe
 * gets every byte. `name` is for messages.
 */
int extents_write(const struct extents *extents, int fd, const char *name,
		  struct err *err) MUST_CHECK;

/*
 * Writes `length` bytes from `offset` at the position of `fd`, holes and what
 * lies behind the end as zeros.
 */
int extents_write_part(const struct extents *extents, uint64_t offset,
		       uint64_t length, int fd, const char *name,
		       struct err *err) MUST_CHECK;

/*
 * A digest over size and content that does not depend on how the content is
 * cut into extents, nor costs time for holes: what identifiers come from.
 */
int extents_digest(const struct extents *extents, struct digest *digest,
		   struct err *err) MUST_CHECK;

/* The SHA-256 of all its bytes, holes as zeros. */
int extents_sha256(const struct extents *extents, struct digest *digest,
		   struct err *err) MUST_CHECK;

/*
 * The whole of a file, its holes as holes; it stays open as long as the extents
 * are used.
 */
int extents_of_file(struct extents *extents, int fd,
		    struct err *err) MUST_CHECK;
