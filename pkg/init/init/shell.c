/* SPDX-License-Identifier: Apache-2.0 */
/* A root shell on the console. */
#include "pkg/init/init/shell.h"

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "pkg/init/init/base.h"
#include "pkg/init/init/log.h"

/* The names are written to by nobody; execv's type is older than const. */
static char *const shells[][3] = {
	{ (char[]){ "/bin/sh" }, NULL },
	{ (char[]){ "/bin/bash" }, NULL },
	{ (char[]){ "/bin/busybox" }, (char[]){ "sh" }, NULL },
};

static _Noreturn void child(char *const argv[])
{
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)setsid();
	int fd = open("/dev/console", O_RDWR);

	for (int i = 0; fd >= 0 && i <= STDERR_FILENO; i++)
		(void)dup2(fd, i);
	(void)ioctl(STDIN_FILENO, TIOCSCTTY, 1);
	(void)execv(argv[0], argv);
	log_err("%s: %m", argv[0]);
	_exit(127);
}

pid_t shell_start(void)
{
	for (size_t i = 0; i < ARRAY_LEN(shells); i++) {
		if (access(shells[i][0], X_OK) < 0)
			continue;
		log_say("kit.debug=shell: %s; the boot goes on after exit",
			shells[i][0]);
		pid_t pid = fork();

		if (pid == 0)
			child(shells[i]);
		if (pid < 0)
			log_err("fork: %m");
		return pid < 0 ? 0 : pid;
	}
	log_say("kit.debug=shell, but the image has no shell");
	return 0;
}
