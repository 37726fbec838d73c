/* SPDX-License-Identifier: Apache-2.0 */
/* What /proc tells of a process. */
/* links: pkg/init/service/process.c pkg/init/common/proctext.c */
/* links: pkg/init/service/fs.c pkg/init/service/err.c */

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pkg/init/service/process.h"
#include "tests/unit/unit.h"

/* A child waits here until it was seen as what it is at first. */
static int gate[2];

/* A child that becomes sleep(1) a little after that, or stays what it is. */
static pid_t child(bool becomes)
{
	char byte;

	CHECK_INT(pipe2(gate, O_CLOEXEC), 0);
	pid_t pid = fork();

	if (pid == 0) {
		(void)close(gate[1]);
		(void)!read(gate[0], &byte, 1);
		(void)usleep(50000);
		if (becomes)
			(void)execlp("sleep", "sleep", "100", (char *)NULL);
		(void)pause();
		_exit(1);
	}
	return pid;
}

static void open_gate(void)
{
	(void)close(gate[0]);
	(void)close(gate[1]);
}

static void end(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

TEST(a_process_that_becomes_another_program_is_awaited)
{
	unsigned long long ours = process_program(getpid());
	pid_t pid = child(true);

	CHECK(ours != 0);
	CHECK(process_program(pid) == ours);
	open_gate();
	process_await_exec(pid, ours);
	CHECK(process_program(pid) != ours);
	CHECK(process_program(pid) != 0);
	end(pid);
}

TEST(one_that_stays_what_it_is_or_is_gone_is_not_awaited_for_ever)
{
	unsigned long long ours = process_program(getpid());
	pid_t pid = child(false);

	open_gate();
	process_await_exec(pid, ours);
	CHECK(process_program(pid) == ours);
	end(pid);
	CHECK(process_program(pid) == 0);
	process_await_exec(pid, ours);
	process_await_exec(pid, 0);
}
