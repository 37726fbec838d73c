/* SPDX-License-Identifier: Apache-2.0 */
/* The mounts of a service go in the reverse order, once. */
/* links: pkg/init/service/mounted.c pkg/init/service/fs.c */
/* links: pkg/init/service/err.c */

#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "pkg/init/service/fs.h"
#include "pkg/init/service/mounted.h"
#include "tests/unit/unit.h"

static struct err err;
static char undone[256];

/* In place of the C library's. */
int umount2(const char *path, int flags)
{
	size_t len = strlen(undone);

	CHECK_INT(flags, MNT_DETACH | UMOUNT_NOFOLLOW);
	(void)snprintf(undone + len, sizeof(undone) - len, "%s;", path);
	return strcmp(path, "/gone") == 0 ? -1 : 0;
}

TEST(the_newest_mount_goes_first_and_none_twice)
{
	char record[] = "/tmp/mounted-XXXXXX";

	close(mkstemp(record));
	CHECK_INT(mounted_add(record, "/var/a b", &err), 0);
	CHECK_INT(mounted_add(record, "/gone", &err), 0);
	CHECK_INT(mounted_add(record, "/run/ns/é", &err), 0);
	CHECK_INT(mounted_add(record, "/var/a b", &err), 0);
	undone[0] = '\0';
	mounted_undo(record);
	CHECK_STR(undone, "/var/a b;/run/ns/é;/gone;/var/a b;");
	CHECK(!fs_exists(record));
	mounted_undo(record);
	CHECK_STR(undone, "/var/a b;/run/ns/é;/gone;/var/a b;");
}

TEST(what_cannot_be_written_down_is_an_error)
{
	CHECK_INT(mounted_add("/proc/none/mounted", "/a", &err), -1);
	CHECK_STR(err.msg,
		  "write /proc/none/mounted: No such file or directory");
	CHECK_INT(mounted_add("/tmp/mounted", "/a\n/", &err), -1);
	CHECK_STR(err.msg, "a path of two lines");
	CHECK(!fs_exists("/tmp/mounted"));
}

TEST(without_a_record_mounts_stay)
{
	CHECK_INT(mounted_add(NULL, "/a", &err), 0);
}
