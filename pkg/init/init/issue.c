/* SPDX-License-Identifier: Apache-2.0 */
/* The greeting on the consoles. */
#include "pkg/init/init/issue.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pkg/init/init/cmdline.h"
#include "pkg/init/init/file.h"

#define ISSUE_BYTES 4096
#define DEVICE_BYTES 64

static void print_on(const char *device, const char *text, size_t len)
{
	struct stat st;
	int fd = open(device, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && S_ISCHR(st.st_mode))
		(void)!write(fd, text, len);
	(void)close(fd);
}

void issue_print(const char *cmdline)
{
	char text[ISSUE_BYTES];
	char device[DEVICE_BYTES];
	struct word word;
	ssize_t len = file_read("/etc/issue", text, sizeof(text));

	if (len <= 0)
		return;
	while (cmdline_next(&cmdline, &word)) {
		if (!word.value || word.key_len != strlen("console") ||
		    memcmp(word.key, "console", word.key_len) != 0)
			continue;
		size_t name = 0;

		while (name < word.value_len && word.value[name] != ',')
			name++;
		(void)snprintf(device, sizeof(device), "/dev/%.*s", (int)name,
			       word.value);
		print_on(device, text, (size_t)len);
	}
}
