/* SPDX-License-Identifier: Apache-2.0 */
/* Finding, growing and mounting the partition of a machine's own data. */
#include "pkg/init/init/datadisk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include "pkg/init/init/cmdline.h"
#include "pkg/init/init/file.h"
#include "pkg/init/init/growtable.h"
#include "pkg/init/init/log.h"
#include "pkg/init/init/modules.h"
#include "pkg/init/init/partition.h"
#include "pkg/init/init/rescue.h"
#include "pkg/init/init/seed.h"

#define TYPE "ext4"
#define BLOCK_BYTES 4096
/* linux/fs.h, linux/blkpg.h and fs/ext4/ext4.h, which musl has not. */
#define GET_DISK_BYTES ((int)_IOR(0x12, 114, size_t))
#define GET_SECTOR_BYTES _IO(0x12, 104)
#define EXT4_RESIZE _IOW('f', 16, uint64_t)
#define CHANGE_PARTITION _IO(0x12, 105)

struct partition_change {
	int op;
	int flags;
	int datalen;
	void *data;
};

enum { RESIZE_PARTITION = 3 };

struct partition_place {
	long long start, length; /* bytes */
	int number;
	char unused[128];
};

struct wanted {
	char uuid[PARTUUID_BYTES];
	char folder[256];
};

/* "PARTUUID=NAME:FOLDER". */
static bool parse(struct wanted *wanted, const char *text)
{
	const char *uuid = text + strlen(PARTITION_WORD);
	const char *folder = strchr(text, '/');
	size_t length;

	if (strncmp(text, PARTITION_WORD, strlen(PARTITION_WORD)) != 0 ||
	    !folder || folder[-1] != ':')
		return false;
	length = (size_t)(folder - 1 - uuid);
	if (length == 0 || length >= sizeof(wanted->uuid) ||
	    strlen(folder) >= sizeof(wanted->folder))
		return false;
	memcpy(wanted->uuid, uuid, length);
	wanted->uuid[length] = '\0';
	memcpy(wanted->folder, folder, strlen(folder) + 1);
	return true;
}

static void read_word(struct wanted *wanted, const char *cmdline)
{
	char value[sizeof(wanted->uuid) + sizeof(wanted->folder) + 16] = "";

	(void)cmdline_value(cmdline, "kit.data", value, sizeof(value));
	if (!parse(wanted, value))
		rescue("kit.data=%s is not PARTUUID=, a partition's name, : and a folder",
		       value);
}

static bool read_at(int fd, void *to, size_t size, uint64_t sector)
{
	return pread(fd, to, size, (off_t)(sector * GROW_SECTOR)) ==
	       (ssize_t)size;
}

static bool write_at(int fd, const void *from, size_t size, uint64_t sector)
{
	return pwrite(fd, from, size, (off_t)(sector * GROW_SECTOR)) ==
		       (ssize_t)size &&
	       fsync(fd) == 0;
}

/*
 * The backup first: whatever is cut off half-way, one of the two tables is
 * whole.
 */
static bool grow_gpt(int fd, uint8_t *header, uint64_t disk_sectors,
		     unsigned number, struct grown *grown)
{
	static uint8_t entries[GROW_ENTRIES_MAX];
	uint8_t backup[GROW_SECTOR];
	size_t size = gpt_entries_bytes(header);
	struct gpt_table table = { header, entries, disk_sectors, number };

	if (size == 0 || !read_at(fd, entries, size, 2) ||
	    !gpt_grow(&table, grown))
		return false;
	memcpy(backup, header, sizeof(backup));
	gpt_backup_header(backup, grown);
	return write_at(fd, entries, size, grown->backup_entries) &&
	       write_at(fd, backup, sizeof(backup), disk_sectors - 1) &&
	       write_at(fd, entries, size, 2) &&
	       write_at(fd, header, GROW_SECTOR, 1);
}

static bool grow_table(int fd, unsigned number, struct grown *grown)
{
	uint8_t sector[GROW_SECTOR];
	int sector_bytes = 0;
	uint64_t bytes;

	if (ioctl(fd, GET_SECTOR_BYTES, &sector_bytes) < 0 ||
	    sector_bytes != GROW_SECTOR ||
	    ioctl(fd, GET_DISK_BYTES, &bytes) < 0)
		return false;
	if (read_at(fd, sector, sizeof(sector), 1) && gpt_entries_bytes(sector))
		return grow_gpt(fd, sector, bytes / GROW_SECTOR, number, grown);
	return read_at(fd, sector, sizeof(sector), 0) &&
	       mbr_grow(sector, bytes / GROW_SECTOR, number, grown) &&
	       write_at(fd, sector, sizeof(sector), 0);
}

/* The kernel does not read a table again while one of its partitions is used.
 */
static bool tell_kernel(int fd, unsigned number, const struct grown *grown)
{
	struct partition_place place = {
		.start = (long long)(grown->start * GROW_SECTOR),
		.length = (long long)(grown->sectors * GROW_SECTOR),
		.number = (int)number,
	};
	struct partition_change change = {
		.op = RESIZE_PARTITION,
		.datalen = sizeof(place),
		.data = &place,
	};

	return ioctl(fd, CHANGE_PARTITION, &change) == 0;
}

static void grow_partition(const struct partition *partition)
{
	struct grown grown;
	char node[64];

	(void)snprintf(node, sizeof(node), "/dev/%s", partition->disk);
	int fd = open(node, O_RDWR | O_CLOEXEC);

	if (fd < 0) {
		log_warn("data: open %s: %m", node);
		return;
	}
	if (grow_table(fd, partition->index, &grown)) {
		if (tell_kernel(fd, partition->index, &grown))
			log_info("data: %s has %llu MiB now", partition->name,
				 (unsigned long long)(grown.sectors >> 11));
		else
			log_warn("data: grow %s: %m", partition->name);
	}
	(void)close(fd);
}

/* To the end of the partition; nothing happens when it is there already. */
static void grow_file_system(const char *folder, const char *node)
{
	uint64_t bytes = 0;
	int disk = open(node, O_RDONLY | O_CLOEXEC);
	int fs = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool known = disk >= 0 && ioctl(disk, GET_DISK_BYTES, &bytes) == 0;
	uint64_t blocks = bytes / BLOCK_BYTES;

	if (!known || fs < 0 || ioctl(fs, EXT4_RESIZE, &blocks) < 0)
		log_warn("data: grow the file system: %m");
	if (disk >= 0)
		(void)close(disk);
	if (fs >= 0)
		(void)close(fs);
}

void datadisk_mount(const char *cmdline)
{
	struct wanted wanted = { .uuid = "" };
	struct partition partition;
	char node[64];

	if (!cmdline_mentions(cmdline, "kit.data"))
		return;
	read_word(&wanted, cmdline);
	if (!modules_builtin(TYPE))
		(void)modules_load(TYPE);
	partition_wait(wanted.uuid, &partition);
	grow_partition(&partition);
	(void)snprintf(node, sizeof(node), "/dev/%s", partition.name);
	if (path_mkdir(wanted.folder) < 0)
		rescue("make %s: %m", wanted.folder);
	if (mount(node, wanted.folder, TYPE, MS_NODEV | MS_NOSUID | MS_RELATIME,
		  NULL) < 0)
		rescue("mount the data on %s: %m", partition.name);
	grow_file_system(wanted.folder, node);
	seed_load(wanted.folder);
	log_info("data: %s on %s", partition.name, wanted.folder);
}
