/* SPDX-License-Identifier: Apache-2.0 */
/* A run that goes on in the background. */
#include "cmd/lib/vm/detach.h"

#include <fcntl.h>
#include <string.h>

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/fd.h"

#define WELL "+"

static int go_on(const char *log, struct err *err)
{
	SCOPED_FD int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	SCOPED_FD int out = open(
		log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);

	if (in < 0 || out < 0)
		return err_sys(err, "open %s", log);
	setsid();
	if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
		return err_sys(err, "turn to %s", log);
	return 0;
}

static int hear(int fd, struct err *err)
{
	SCOPED(buf) said = { .max_bytes = 65536 };

	if (buf_read_fd(&said, fd, err) < 0)
		return -1;
	if (strcmp(buf_text(&said), WELL) == 0)
		return 0;
	return err_set(err, FAULT_SYSTEM, "%s",
		       said.size ? buf_text(&said)
				 : "the machine did not start");
}

int detach(const char *log, bool *is_parent, int *tell_fd, struct err *err)
{
	SCOPED_FD int hear_fd = -1;
	SCOPED_FD int their_fd = -1;
	int ends[2];
	pid_t pid;

	if (pipe(ends) < 0)
		return err_sys(err, "make a pipe");
	hear_fd = ends[0];
	their_fd = ends[1];
	fcntl(hear_fd, F_SETFD, FD_CLOEXEC);
	fcntl(their_fd, F_SETFD, FD_CLOEXEC);
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		return err_sys(err, "start a process");
	*is_parent = pid > 0;
	if (pid == 0) {
		*tell_fd = take_fd(&their_fd);
		return go_on(log, err);
	}
	close(take_fd(&their_fd));
	return hear(hear_fd, err);
}

void detach_tell(int *tell_fd, const struct err *wrong)
{
	SCOPED_FD int fd = take_fd(tell_fd);
	SCOPED(err) ignored = { 0 };
	const char *said = wrong ? wrong->msg : WELL;

	if (fd >= 0 && fd_write_all(fd, said, strlen(said), "", &ignored) < 0)
		return; /* who asked is gone */
}
