/* SPDX-License-Identifier: Apache-2.0 */
/* What was mounted for a service. */
#include "pkg/init/service/mounted.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "pkg/init/service/fs.h"

#define RECORD_MAX (1 << 20)

int mounted_add(const char *record, const char *path, struct err *err)
{
	char line[PATH_BYTES + 1];

	if (!record)
		return 0;
	if (strchr(path, '\n'))
		return err_set(err, "a path of two lines");
	int len = snprintf(line, sizeof(line), "%s\n", path);
	SCOPED_FD fd =
		open(record, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	if (fd < 0 || len >= (int)sizeof(line) ||
	    write(fd, line, (size_t)len) != len)
		return err_sys(err, "write %s", record);
	return 0;
}

void mounted_undo(const char *record)
{
	SCOPED_FREE char *text = NULL;
	struct err err;
	const char *line;

	if (fs_read(record, RECORD_MAX, &text, &err) < 0)
		say("%s", err.msg);
	if (!text)
		return;
	for (size_t end = strlen(text); end > 0; end = (size_t)(line - text)) {
		text[end - 1] = '\0';
		const char *before = strrchr(text, '\n');

		line = before ? before + 1 : text;
		if (umount2(line, MNT_DETACH | UMOUNT_NOFOLLOW) < 0)
			say_debug("%s is not mounted any more", line);
	}
	(void)unlink(record);
}
