/* SPDX-License-Identifier: Apache-2.0 */
/* Chance that a machine keeps over a boot. */
#include "pkg/init/init/seed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pkg/init/init/log.h"

#define NAME ".random-seed"
#define FRESH NAME ".new"
#define SEED_BYTES 32 /* what the kernel's generator holds */
/* linux/random.h, which musl has not. */
#define ADD_ENTROPY ((int)_IOW('R', 0x03, int[2]))

struct pool {
	int bits;
	int size;
	unsigned char bytes[SEED_BYTES];
};

static char place[256]; /* the folder; "": none */

/* Only root's own file, that nobody else could read: -1 if it is none. */
static ssize_t read_seed(int folder_fd, unsigned char *bytes)
{
	struct stat st;
	ssize_t got = -1;
	int fd = openat(folder_fd, NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == 0 &&
	    (st.st_mode & 0077) == 0)
		got = read(fd, bytes, SEED_BYTES);
	(void)close(fd);
	return got;
}

/* A short one is mixed in like any, but says nothing for sure. */
static void believe(struct pool *pool, ssize_t got)
{
	int fd = open("/dev/urandom", O_WRONLY | O_CLOEXEC);

	pool->size = (int)got;
	pool->bits = got == SEED_BYTES ? SEED_BYTES * 8 : 0;
	if (fd < 0 || ioctl(fd, ADD_ENTROPY, pool) < 0)
		log_warn("random seed: %m");
	else
		log_info("random seed: %d bits", pool->bits);
	if (fd >= 0)
		(void)close(fd);
}

void seed_load(const char *folder)
{
	struct pool pool = { 0 };

	int folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ssize_t got = folder_fd < 0 ? -1 : read_seed(folder_fd, pool.bytes);

	/* One that cannot be removed would be believed again. */
	if (got > 0 && unlinkat(folder_fd, NAME, 0) == 0 &&
	    fsync(folder_fd) == 0)
		believe(&pool, got);
	explicit_bzero(&pool, sizeof(pool));
	if (folder_fd >= 0)
		(void)close(folder_fd);
	(void)snprintf(place, sizeof(place), "%s", folder);
	seed_save();
}

static int write_seed(int folder_fd, const unsigned char *bytes)
{
	int fd = openat(folder_fd, FRESH,
			O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
			0600);
	bool whole = fd >= 0 && fchmod(fd, 0600) == 0 &&
		     write(fd, bytes, SEED_BYTES) == SEED_BYTES &&
		     fsync(fd) == 0;

	if (fd >= 0)
		(void)close(fd);
	if (!whole || renameat(folder_fd, FRESH, folder_fd, NAME) < 0)
		return -1;
	return fsync(folder_fd);
}

void seed_save(void)
{
	unsigned char bytes[SEED_BYTES];

	if (!place[0])
		return;
	/* While the kernel itself has no chance yet, there is none to leave. */
	if (getrandom(bytes, sizeof(bytes), GRND_NONBLOCK) !=
	    (ssize_t)sizeof(bytes))
		return;
	int folder_fd = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (folder_fd < 0 || write_seed(folder_fd, bytes) < 0)
		log_warn("random seed: write %s/" NAME ": %m", place);
	/* Left open, it would keep the disk from being unmounted. */
	if (folder_fd >= 0)
		(void)close(folder_fd);
	explicit_bzero(bytes, sizeof(bytes));
}
