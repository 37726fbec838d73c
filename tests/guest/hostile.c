/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What hostile images try against the runtime that starts them; one line says
 * how it ended.
 *
 *   hostile overwrite        to write into the program that /proc/self/exe was
 *   hostile exchange A B     to exchange two names for ever
 *   hostile devices          to write through /dev/null and /dev/console
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* linux/fs.h, which musl-gcc does not find */
#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE 2
#endif
#define TENTHS 50 /* how long to wait for a program that is busy: 5 s */

static int tell(const char *what)
{
	printf("hostile: %s\n", what);
	fflush(stdout);
	return 0;
}

/* The one descriptor from 3 on that is a program: what the loader left open. */
static int left_open(void)
{
	char head[4];

	for (int fd = 3; fd < 64; fd++)
		if (pread(fd, head, sizeof(head), 0) == sizeof(head) &&
		    memcmp(head, "\177ELF", sizeof(head)) == 0)
			return fd;
	return -1;
}

static int overwrite(void)
{
	char path[40];
	char said[80];
	int fd = -1;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", left_open());
	for (int i = 0; i < TENTHS && fd < 0; i++) {
		fd = open(path, O_WRONLY);
		if (fd < 0 && errno != ETXTBSY)
			break;
		if (fd < 0)
			(void)usleep(100000);
	}
	ssize_t got = fd < 0 ? -1 : pwrite(fd, "spoilt", 6, 0);

	(void)snprintf(said, sizeof(said), "the runtime's program: %s",
		       got > 0 ? "overwritten" : strerror(errno));
	return tell(said);
}

static int exchange(const char *one, const char *other)
{
	(void)tell("exchanging");
	for (;;)
		if (syscall(SYS_renameat2, AT_FDCWD, one, AT_FDCWD, other,
			    RENAME_EXCHANGE) < 0)
			return tell(strerror(errno));
}

static void write_to(const char *path)
{
	int fd = open(path, O_WRONLY);

	if (fd >= 0 && write(fd, "|/spoilt", 8) < 0)
		perror(path);
	if (fd >= 0)
		close(fd);
}

static int devices(void)
{
	struct stat st;

	write_to("/dev/null");
	write_to("/dev/console");
	return tell(lstat("/dev/null", &st) == 0 && S_ISCHR(st.st_mode) &&
				    st.st_rdev == makedev(1, 3)
			    ? "/dev/null is the null device"
			    : "/dev/null is something else");
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "overwrite") == 0)
		return overwrite();
	if (argc == 4 && strcmp(argv[1], "exchange") == 0)
		return exchange(argv[2], argv[3]);
	if (argc == 2 && strcmp(argv[1], "devices") == 0)
		return devices();
	return 2;
}
