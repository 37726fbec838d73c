/* SPDX-License-Identifier: Apache-2.0 */
/* The programs of a folder such as /etc/init.d, in byte order. */
#include "pkg/init/init/script.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pkg/init/init/file.h"
#include "pkg/init/init/log.h"

bool name_next(const char *folder, char name[NAME_BYTES])
{
	char best[NAME_BYTES] = "";
	struct dir dir;
	const char *entry;

	if (dir_open(&dir, folder) < 0)
		return false;
	while ((entry = dir_next(&dir)))
		if (strcmp(entry, name) > 0 &&
		    (!best[0] || strcmp(entry, best) < 0))
			(void)snprintf(best, sizeof(best), "%s", entry);
	dir_close(&dir);
	memcpy(name, best, sizeof(best));
	return name[0] != '\0';
}

bool conf_next(const char *folder, char name[NAME_BYTES])
{
	while (name_next(folder, name)) {
		const char *dot = strrchr(name, '.');

		if (dot && dot > name && strcmp(dot, ".conf") == 0)
			return true;
	}
	return false;
}

static _Noreturn void child(char *path)
{
	char *const argv[] = { path, NULL };
	sigset_t none;
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)setsid();
	if (fd >= 0)
		(void)dup2(fd, STDIN_FILENO);
	(void)execv(path, argv);
	log_err("%s: %m", path);
	_exit(127);
}

static pid_t start(char *path)
{
	struct stat st;

	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return 0;
	if (!(st.st_mode & 0111)) {
		log_warn("%s: not executable", path);
		return 0;
	}
	log_info("%s", path);
	pid_t pid = fork();

	if (pid == 0)
		child(path);
	if (pid < 0)
		log_err("%s: fork: %m", path);
	return pid < 0 ? 0 : pid;
}

pid_t scripts_start_next(struct scripts *scripts)
{
	char path[PATH_BYTES];

	scripts->pid = 0;
	while (scripts->pid == 0 && name_next(scripts->folder, scripts->name)) {
		(void)snprintf(path, sizeof(path), "%s/%s", scripts->folder,
			       scripts->name);
		scripts->pid = start(path);
	}
	return scripts->pid;
}

void scripts_ended(struct scripts *scripts, int status)
{
	if (WIFSIGNALED(status))
		log_warn("%s/%s: killed by signal %d", scripts->folder,
			 scripts->name, WTERMSIG(status));
	else if (WEXITSTATUS(status) != 0)
		log_warn("%s/%s: exit status %d", scripts->folder,
			 scripts->name, WEXITSTATUS(status));
	scripts->pid = 0;
}
