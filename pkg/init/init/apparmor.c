/* SPDX-License-Identifier: Apache-2.0 */
/* AppArmor's profiles. */
#include "pkg/init/init/apparmor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pkg/init/init/base.h"
#include "pkg/init/init/file.h"
#include "pkg/init/init/log.h"

#define LOAD "/sys/kernel/security/apparmor/.load"
#define POLICY_MAX (16 << 20)

/* The kernel wants a file's profiles in one write. */
static int load_fd(int fd, int to)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -1;
	errno = S_ISREG(st.st_mode) && st.st_size > 0 ? EFBIG : EINVAL;
	if (errno == EINVAL || st.st_size > POLICY_MAX)
		return -1;
	size_t size = (size_t)st.st_size;
	void *policy = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);

	if (policy == MAP_FAILED)
		return -1;
	ssize_t done = write(to, policy, size);
	int why = errno;

	(void)munmap(policy, size);
	errno = why;
	return done == st.st_size ? 0 : -1;
}

static int load(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int to = open(LOAD, O_WRONLY | O_CLOEXEC);
	int done = fd < 0 || to < 0 ? -1 : load_fd(fd, to);
	int why = errno;

	if (fd >= 0)
		(void)close(fd);
	if (to >= 0)
		(void)close(to);
	errno = why;
	return done;
}

void apparmor_load(void)
{
	char path[PATH_BYTES];
	struct dir dir;
	const char *name;

	if (dir_open(&dir, APPARMOR_POLICY) < 0)
		return;
	if (access(LOAD, F_OK) < 0)
		log_warn(
			"apparmor: this kernel runs without it, nothing of " APPARMOR_POLICY
			" is loaded");
	else
		while ((name = dir_next(&dir))) {
			(void)snprintf(path, sizeof(path),
				       APPARMOR_POLICY "/%s", name);
			if (load(path) < 0)
				log_err("apparmor: %s: %m", path);
			else
				log_info("apparmor: %s loaded", name);
		}
	dir_close(&dir);
}
