/* SPDX-License-Identifier: Apache-2.0 */
/* Starting containerd. */
#include "pkg/init/service/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "pkg/init/service/fs.h"
#include "pkg/init/service/lineconf.h"
#include "pkg/init/service/spawn.h"

#define CONFIG "/etc/containerd/runtime-config.toml"
#define LOG "/var/log/containerd.log"
#define CONFIG_MAX (64 << 10)
#define ARGS_MAX 64
#define TAIL_BYTES 2048

/*
 * containerd, its shims and runc are Go programs, which collect garbage each
 * time that 4 MiB of heap are full: 50 ms of the 300 from the first instruction
 * of init to the first service. With 8 MiB it is 15, for 5 MB of memory at
 * most; shims do not fill them. The kernel's command line may say otherwise:
 * GOGC=100.
 */
#define COLLECTOR "GOGC=200"

bool daemon_answers(const struct daemon *daemon)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const void *place = &address;
	/* The queue of one that is stuck may be full. */
	SCOPED_FD fd =
		socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s",
		       daemon->socket_path);
	return fd >= 0 && connect(fd, place, sizeof(address)) == 0;
}

static int open_stream(const char *config, const char *key, int console,
		       struct err *err)
{
	char path[PATH_BYTES] = LOG;

	(void)lineconf_get(config, key, path, sizeof(path));
	if (strcmp(path, "stdout") == 0 || strcmp(path, "stderr") == 0)
		return fcntl(console, F_DUPFD_CLOEXEC, 3);
	int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

	return fd < 0 ? err_sys(err, "open %s", path) : fd;
}

void daemon_print_tail(int log_fd)
{
	char text[TAIL_BYTES];
	off_t size = log_fd < 0 ? -1 : lseek(log_fd, 0, SEEK_END);

	if (size <= 0)
		return;
	ssize_t got = pread(log_fd, text, sizeof(text),
			    size > TAIL_BYTES ? size - TAIL_BYTES : 0);

	if (got > 0)
		(void)!write(STDERR_FILENO, text, (size_t)got);
}

static pid_t run(const struct daemon *daemon, char *config, int *log_fd,
		 struct err *err)
{
	const char *argv[ARGS_MAX + 2] = { daemon->program };
	char options[1024] = "";
	SCOPED_FD out = open_stream(config, "stdout", STDOUT_FILENO, err);
	SCOPED_FD log = open_stream(config, "stderr", STDERR_FILENO, err);
	const struct spawn spawn = { .argv = argv,
				     .out_fd = out,
				     .err_fd = log,
				     .variable = COLLECTOR,
				     .expendable = true };

	if (out < 0 || log < 0)
		return -1;
	(void)lineconf_get(config, "cliopts", options, sizeof(options));
	(void)lineconf_split(options, argv + 1, ARGS_MAX);
	pid_t pid = spawn_start(&spawn, err);

	/* The caller's own: ours ends with this function. */
	if (pid > 0)
		*log_fd = fcntl(log, F_DUPFD_CLOEXEC, 0);
	return pid;
}

pid_t daemon_start(const struct daemon *daemon, int *log_fd, struct err *err)
{
	SCOPED_FREE char *config = NULL;
	char none[] = "";

	*log_fd = -1;
	if (access(daemon->program, X_OK) < 0)
		return err_sys(err, "%s", daemon->program);
	if (unlink(daemon->socket_path) < 0 && errno != ENOENT)
		return err_sys(err, "remove %s", daemon->socket_path);
	if (fs_mkdir_parents(daemon->socket_path, err) < 0 ||
	    fs_read(CONFIG, CONFIG_MAX, &config, err) < 0)
		return -1;
	return run(daemon, config ? config : none, log_fd, err);
}
