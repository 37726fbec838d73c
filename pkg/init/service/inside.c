/* SPDX-License-Identifier: Apache-2.0 */
/* What has to be done from inside a container before its command runs. */
#include "pkg/init/service/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "pkg/init/service/fs.h"

/* Rights that later kernels know and Debian 12's headers do not. */
#define FS_TRUNCATE (1ULL << 14)  /* version 3 */
#define FS_IOCTL_DEV (1ULL << 15) /* version 5 */

#define FS_READ                                                                \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE |           \
	 LANDLOCK_ACCESS_FS_READ_DIR)
#define FS_FILE                                                                \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE |           \
	 LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE | FS_IOCTL_DEV)
#define FS_VERSION_1 ((1ULL << 13) - 1)

int inside_open_ready(const char *fifo, long long fd, struct err *err)
{
	/* Both ends, so that nothing breaks while the supervisor is away. */
	int opened = open(fifo, O_RDWR | O_NONBLOCK);

	if (opened < 0)
		return err_sys(err, "open %s", fifo);
	if (opened == fd)
		return 0;
	int done = dup2(opened, (int)fd);

	(void)close(opened);
	return done < 0 ? err_sys(err, "descriptor %lld", fd) : 0;
}

static int add_rule(int ruleset, const char *path, uint64_t access,
		    struct err *err)
{
	struct landlock_path_beneath_attr rule = { .allowed_access = access };
	SCOPED_FD fd = open(path, O_PATH | O_CLOEXEC);
	struct stat st;

	/* What is not there needs no permission. */
	if (fd < 0)
		return errno == ENOENT ? 0 : err_sys(err, "open %s", path);
	if (fstat(fd, &st) < 0)
		return err_sys(err, "stat %s", path);
	if (!S_ISDIR(st.st_mode))
		rule.allowed_access &= FS_FILE;
	rule.parent_fd = fd;
	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH,
		    &rule, 0) < 0)
		return err_sys(err, "%s", path);
	return 0;
}

/* All that the kernel can deny. */
static uint64_t handled(long version)
{
	uint64_t access = FS_VERSION_1;

	if (version >= 2)
		access |= LANDLOCK_ACCESS_FS_REFER;
	if (version >= 3)
		access |= FS_TRUNCATE;
	if (version >= 5)
		access |= FS_IOCTL_DEV;
	return access;
}

static int restrict_self(const struct landlock *landlock, struct err *err)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
			       LANDLOCK_CREATE_RULESET_VERSION);

	if (version < 0)
		return err_sys(err, "the kernel refuses");
	const struct landlock_ruleset_attr attr = { .handled_access_fs =
							    handled(version) };
	SCOPED_FD ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr,
					 sizeof(attr), 0);

	if (ruleset < 0)
		return err_sys(err, "make rules");
	for (size_t i = 0; i < landlock->read_only.count; i++)
		if (add_rule(ruleset, landlock->read_only.item[i], FS_READ,
			     err) < 0)
			return -1;
	for (size_t i = 0; i < landlock->read_write.count; i++)
		if (add_rule(ruleset, landlock->read_write.item[i],
			     attr.handled_access_fs, err) < 0)
			return -1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		return err_sys(err, "restrict");
	return 0;
}

int inside_landlock(const struct landlock *landlock, struct err *err)
{
	return restrict_self(landlock, err) < 0 ? err_wrap(err, "landlock") : 0;
}

/* What the words before "--" ask for; lists borrow from argv. */
struct inside {
	const char *fifo;
	long long fd;
	struct landlock landlock;
};

static void add_path(struct json_list *list, const char *path, size_t room)
{
	if (!list->item)
		list->item = fs_alloc(room, sizeof(*list->item));
	list->item[list->count++] = path;
}

/* Returns the command, or NULL if the words make no sense. */
static char **take_words(struct inside *inside, char **argv)
{
	size_t room = 0;

	while (argv[room])
		room++;
	for (; argv[0] && argv[1] && strcmp(argv[0], "--") != 0; argv += 2) {
		if (strcmp(argv[0], "fd") == 0)
			inside->fd = strtol(argv[1], NULL, 10);
		else if (strcmp(argv[0], "ready") == 0)
			inside->fifo = argv[1];
		else if (strcmp(argv[0], "ro") == 0)
			add_path(&inside->landlock.read_only, argv[1], room);
		else if (strcmp(argv[0], "rw") == 0)
			add_path(&inside->landlock.read_write, argv[1], room);
		else
			return NULL;
	}
	inside->landlock.asked = inside->landlock.read_only.item ||
				 inside->landlock.read_write.item;
	return argv[0] && argv[1] ? argv + 1 : NULL;
}

int inside_run(char **argv)
{
	struct inside inside = { 0 };
	char **command = take_words(&inside, argv);
	struct err err;

	if (!command) {
		say("inside: is the launcher's own");
		return 1;
	}
	if ((inside.fifo &&
	     inside_open_ready(inside.fifo, inside.fd, &err) < 0) ||
	    (inside.landlock.asked &&
	     inside_landlock(&inside.landlock, &err) < 0)) {
		say("%s", err.msg);
		return 126;
	}
	(void)execvp(command[0], command);
	say("%s: %s", command[0], strerror(errno));
	return errno == ENOENT ? 127 : 126;
}
