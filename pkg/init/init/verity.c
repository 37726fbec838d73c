/* SPDX-License-Identifier: Apache-2.0 */
/* dm-verity without libdevmapper: three ioctls. */
#include "pkg/init/init/verity.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/types.h>
#include <unistd.h>

#include "pkg/init/init/dm.h"

#define BLOCK_BYTES 4096
#define BLOCK_SECTORS 8
#define MAX_BLOCKS (1ull << 48)

struct request {
	struct dm_head head;
	struct dm_target target;
	char parameters[512];
};

static bool take_digest(const char **text, char out[VERITY_DIGITS + 1])
{
	if (**text != ':' ||
	    strspn(*text + 1, "0123456789abcdef") != VERITY_DIGITS)
		return false;
	memcpy(out, *text + 1, VERITY_DIGITS);
	out[VERITY_DIGITS] = '\0';
	*text += VERITY_DIGITS + 1;
	return true;
}

bool verity_parse(struct verity *verity, const char *text)
{
	size_t digits = strspn(text, "0123456789");

	if (digits == 0 || digits > 15)
		return false;
	verity->blocks = strtoull(text, NULL, 10);
	text += digits;
	return verity->blocks > 0 && verity->blocks < MAX_BLOCKS &&
	       take_digest(&text, verity->root) &&
	       take_digest(&text, verity->salt) && !*text;
}

/* The C libraries do not agree on the type of a request. */
static int call(int fd, unsigned long what, struct request *request)
{
	return (int)syscall(SYS_ioctl, fd, what, request);
}

static void start(struct request *request)
{
	memset(request, 0, sizeof(*request));
	request->head.version[0] = 4;
	request->head.data_size = sizeof(*request);
	request->head.data_start = offsetof(struct request, target);
	(void)snprintf(request->head.name, sizeof(request->head.name), "root");
}

static int load_table(int fd, struct request *request,
		      const struct verity *verity, const char *disk)
{
	start(request);
	request->head.flags = DM_READONLY;
	request->head.target_count = 1;
	request->target.sectors = verity->blocks * BLOCK_SECTORS;
	(void)snprintf(request->target.type, sizeof(request->target.type),
		       "verity");
	(void)snprintf(request->parameters, sizeof(request->parameters),
		       "1 %s %s %d %d %llu %llu sha256 %s %s", disk, disk,
		       BLOCK_BYTES, BLOCK_BYTES, verity->blocks,
		       verity->blocks + 1, verity->root, verity->salt);
	if (call(fd, DM_TABLE_LOAD, request) < 0)
		return -1;
	/* To "suspend" without its flag is to resume: the table goes live. */
	start(request);
	return call(fd, DM_DEV_SUSPEND, request);
}

static int make_device(int fd, const struct verity *verity, const char *disk,
		       char *node, size_t size)
{
	struct request request;

	start(&request);
	if (call(fd, DM_DEV_CREATE, &request) < 0)
		return -1;
	(void)snprintf(node, size, "/dev/dm-%u",
		       (unsigned)minor((dev_t)request.head.dev));
	if (load_table(fd, &request, verity, disk) == 0)
		return 0;
	int saved = errno;

	start(&request);
	(void)call(fd, DM_DEV_REMOVE, &request);
	errno = saved;
	return -1;
}

int verity_open(const struct verity *verity, const char *disk, char *node,
		size_t size)
{
	int fd = open(DM_CONTROL, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return -1;
	int done = make_device(fd, verity, disk, node, size);
	int saved = errno;

	(void)close(fd);
	errno = saved;
	return done;
}
