/* SPDX-License-Identifier: Apache-2.0 */
/* Small files and directories, read without the heap. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Reads at most size - 1 bytes of a file and ends them with a NUL. Returns the
 * length without the NUL, or -1 with errno.
 */
ssize_t file_read(const char *path, char *text, size_t size);

/* Writes a string to an existing file such as a kernel setting. */
int file_write(const char *path, const char *text);

/*
 * Writes all bytes of the file path in one write to the existing file to, as
 * the kernel wants a policy. Fails with EINVAL for what is no file or an empty
 * one, with EFBIG for more than max bytes.
 */
int file_hand_over(const char *path, const char *to, size_t max);

/* Cuts white space, newlines included, off the end. */
void text_trim(char *text);

/* Makes a directory and its parents, 0755; one that exists is no error. */
int path_mkdir(const char *path);

/* Of a name in a directory, with its NUL. */
#define NAME_BYTES 256

/* One open directory; entries come in the kernel's order. */
struct dir {
	int fd;
	size_t at;
	size_t end;
	_Alignas(8) char buf[2048];
};

int dir_open(struct dir *dir, const char *path);

/* The next name but "." and "..", valid until the next call; NULL at the end.
 */
const char *dir_next(struct dir *dir);
void dir_close(struct dir *dir);

/* A file mapped for reading, with a NUL after its last byte; never unmapped. */
struct text {
	const char *data;
	size_t len;
};

/* Maps a file; a missing or empty one gives the empty text. */
void text_map(struct text *text, const char *path);
