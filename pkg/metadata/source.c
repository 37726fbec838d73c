/* SPDX-License-Identifier: Apache-2.0 */
#include "pkg/metadata/source.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pkg/metadata/userdata.h"

#define BLOCK "/sys/class/block"
#define PLACE "/tmp/cidata"

/* ---- labels ---- */

#define ISO_DESCRIPTOR ((size_t)32768) /* ECMA-119: sector 16 */
#define ISO_ID (ISO_DESCRIPTOR + 1)
#define ISO_LABEL (ISO_DESCRIPTOR + 40)
#define FAT16_LABEL 43 /* behind its extended signature, 0x29 */
#define FAT32_LABEL 71
#define FAT_LABEL_BYTES 11

static bool is_cidata(const unsigned char *label, size_t size)
{
	char text[33] = "";

	memcpy(text, label, size);
	for (size_t i = size; i > 0 && (text[i - 1] == ' ' || !text[i - 1]);
	     i--)
		text[i - 1] = '\0';
	return strcasecmp(text, "cidata") == 0;
}

static bool is_fat(const unsigned char *head, size_t label)
{
	return head[510] == 0x55 && head[511] == 0xaa &&
	       head[label - 5] == 0x29 &&
	       is_cidata(head + label, FAT_LABEL_BYTES);
}

const char *source_label(const unsigned char *head, size_t size, bool is_cd)
{
	if (size < LABEL_BYTES_MIN)
		return NULL;
	if (memcmp(head + ISO_ID, "CD001", 5) == 0)
		return is_cd || is_cidata(head + ISO_LABEL, 32) ? "iso9660"
								: NULL;
	return is_fat(head, FAT16_LABEL) || is_fat(head, FAT32_LABEL) ? "vfat"
								      : NULL;
}

/* ---- contents ---- */

static int read_text(int fd, struct found *found, struct reason *reason)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return reason_set(reason, "%s: user data is not a file",
				  found->where);
	if ((size_t)st.st_size > USERDATA_BYTES_MAX)
		return reason_set(reason,
				  "%s: user data of %lld bytes, %zu at most",
				  found->where, (long long)st.st_size,
				  USERDATA_BYTES_MAX);
	found->text = malloc((size_t)st.st_size + 1);
	if (!found->text)
		return reason_sys(reason, "%s", found->where);
	while (found->size < (size_t)st.st_size) {
		ssize_t got = read(fd, found->text + found->size,
				   (size_t)st.st_size - found->size);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return reason_sys(reason, "%s", found->where);
		if (got == 0)
			break;
		found->size += (size_t)got;
	}
	found->text[found->size] = '\0';
	return 1;
}

/* NoCloud's name of it, then that of LinuxKit's first CDs. */
static int read_mounted(struct found *found, struct reason *reason)
{
	static const char *const names[] = { PLACE "/user-data",
					     PLACE "/config" };
	int fd = -1;

	errno = ENOENT;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (fd < 0 && errno == ENOENT)
			fd = open(names[i], O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
						    O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return reason_sys(reason, "%s: user data", found->where);
	int result = read_text(fd, found, reason);

	(void)close(fd);
	return result;
}

static int read_disk(const char *name, const char *type, struct found *found,
		     struct reason *reason)
{
	char device[sizeof("/dev/") + NAME_MAX];

	(void)snprintf(device, sizeof(device), "/dev/%s", name);
	(void)snprintf(found->where, sizeof(found->where), "CDROM %.32s",
		       device);
	(void)mkdir(PLACE, 0700);
	if (mount(device, PLACE, type,
		  MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
		return reason_sys(reason, "mount %s", device);
	int result = read_mounted(found, reason);

	if (umount2(PLACE, MNT_DETACH) < 0 && result >= 0)
		result = reason_sys(reason, "unmount %s", device);
	return result;
}

/* ---- disks ---- */

static const char *type_of(const char *name)
{
	static unsigned char head[LABEL_BYTES_MIN];
	char device[sizeof("/dev/") + NAME_MAX];

	(void)snprintf(device, sizeof(device), "/dev/%s", name);
	/* Without waiting for a CD that is not in its drive. */
	int fd = open(device, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return NULL;
	ssize_t got = pread(fd, head, sizeof(head), 0);

	(void)close(fd);
	return got < 0 ? NULL
		       : source_label(head, (size_t)got,
				      strncmp(name, "sr", 2) == 0);
}

static int may_have_data(const struct dirent *entry)
{
	static const char *const never[] = { ".", "loop", "ram", "zram" };

	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		if (strncmp(entry->d_name, never[i], strlen(never[i])) == 0)
			return 0;
	return 1;
}

/* By name, so that the same disks give the same data. */
int source_disks(struct found *found, struct reason *reason)
{
	struct dirent **list = NULL;
	int count = scandir(BLOCK, &list, may_have_data, alphasort);
	int result = 0;

	for (int i = 0; i < count; i++) {
		const char *type = result ? NULL : type_of(list[i]->d_name);

		if (type)
			result =
				read_disk(list[i]->d_name, type, found, reason);
		free(list[i]);
	}
	free(list);
	return result;
}

int source_file(const char *path, struct found *found, struct reason *reason)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	(void)snprintf(found->where, sizeof(found->where), "FILE");
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return reason_sys(reason, "%s", path);
	int result = read_text(fd, found, reason);

	(void)close(fd);
	return result;
}
