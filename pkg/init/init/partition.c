/* SPDX-License-Identifier: Apache-2.0 */
/* Finding a partition in /sys/class/block and its disk's table. */
#include "pkg/init/init/partition.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "pkg/init/init/base.h"
#include "pkg/init/init/file.h"
#include "pkg/init/init/log.h"
#include "pkg/init/init/modules.h"
#include "pkg/init/init/rescue.h"
#include "pkg/init/init/watchdog.h"

/* Disks on a bus that is slow to wake up need seconds. */
#define WAIT_STEP_MS 50
#define SAY_AFTER_S 5
#define GIVE_UP_AFTER_S 60

#define CLASS "/sys/class/block"
/* linux/fs.h */
#define GET_SECTOR_BYTES _IO(0x12, 104)
#define MIN_SECTOR 512
#define MAX_SECTOR 65536

/* The disk of "vda2": its link is ".../block/vda/vda2". */
static bool disk_of(const char *name, char *disk, size_t size)
{
	char path[PATH_BYTES];
	char link[PATH_BYTES];

	(void)snprintf(path, sizeof(path), CLASS "/%s", name);
	ssize_t length = readlink(path, link, sizeof(link) - 1);

	if (length <= 0)
		return false;
	link[length] = '\0';
	char *last = strrchr(link, '/');

	if (!last)
		return false;
	*last = '\0';
	const char *parent = strrchr(link, '/');

	if (!parent || strlen(parent + 1) >= size)
		return false;
	(void)snprintf(disk, size, "%s", parent + 1);
	return true;
}

static bool read_at(int fd, void *to, size_t size, uint64_t offset)
{
	return pread(fd, to, size, (off_t)offset) == (ssize_t)size;
}

static bool table_uuid(int fd, unsigned number, char uuid[PARTUUID_BYTES])
{
	uint8_t sector[MIN_SECTOR];
	int sector_bytes = MIN_SECTOR;
	uint64_t place;

	(void)ioctl(fd, GET_SECTOR_BYTES, &sector_bytes);
	if (sector_bytes < MIN_SECTOR || sector_bytes > MAX_SECTOR)
		return false;
	if (read_at(fd, sector, sizeof(sector), (uint64_t)sector_bytes) &&
	    gpt_entry_place(sector, (uint32_t)sector_bytes, number, &place)) {
		if (!read_at(fd, sector, 32, place))
			return false;
		gpt_entry_uuid(sector, uuid);
		return true;
	}
	return read_at(fd, sector, sizeof(sector), 0) &&
	       mbr_uuid(sector, number, uuid);
}

static bool has_uuid(struct partition *found, const char *name,
		     const char *wanted)
{
	char node[64];
	char uuid[PARTUUID_BYTES];

	if (!disk_of(name, found->disk, sizeof(found->disk)))
		return false;
	(void)snprintf(node, sizeof(node), "/dev/%s", found->disk);
	int fd = open(node, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	bool same = table_uuid(fd, found->index, uuid) &&
		    strcasecmp(uuid, wanted) == 0;

	(void)close(fd);
	return same;
}

static bool look_at(const char *name, const char *wanted,
		    struct partition *found)
{
	char path[PATH_BYTES];
	char text[16];

	(void)snprintf(path, sizeof(path), CLASS "/%s/partition", name);
	if (strlen(name) >= sizeof(found->name) ||
	    file_read(path, text, sizeof(text)) <= 0)
		return false;
	found->index = (unsigned)strtoul(text, NULL, 10);
	if (!has_uuid(found, name, wanted))
		return false;
	(void)snprintf(found->name, sizeof(found->name), "%s", name);
	(void)snprintf(path, sizeof(path), CLASS "/%s/dev", name);
	if (file_read(path, found->number, sizeof(found->number)) <= 0)
		return false;
	text_trim(found->number);
	return true;
}

bool partition_find(const char *uuid, struct partition *found)
{
	struct dir dir;
	const char *name;
	bool done = false;

	if (dir_open(&dir, CLASS) < 0)
		return false;
	while (!done && (name = dir_next(&dir)))
		done = look_at(name, uuid, found);
	dir_close(&dir);
	return done;
}

static time_t now_s(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

void partition_wait(const char *uuid, struct partition *found)
{
	time_t start = now_s();
	bool said = false;

	for (;;) {
		modules_coldplug_wait(COLDPLUG_ALL);
		if (partition_find(uuid, found))
			return;
		if (now_s() - start >= GIVE_UP_AFTER_S)
			rescue("no disk has the partition %s", uuid);
		if (!said && now_s() - start >= SAY_AFTER_S) {
			log_say("waiting for the partition %s", uuid);
			said = true;
		}
		watchdog_tick();
		rescue_wait(WAIT_STEP_MS);
	}
}
