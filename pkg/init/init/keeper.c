/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the supervisor of services running. */
#include "pkg/init/init/keeper.h"

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pkg/init/init/base.h"
#include "pkg/init/init/file.h"
#include "pkg/init/init/keep.h"
#include "pkg/init/init/log.h"
#include "pkg/init/init/timeline.h"

#define KEEP_FILE "/run/kitbuild/supervisor"
#define FRESH KEEP_FILE ".init"
#define KEEP_BYTES 4096
#define ORPHANS_FD 3
#define ENDS_MAX 64
#define RETRY_MS 1000

/* How an orphan ended; the supervisor reads these, whole. */
struct end {
	int32_t pid;
	int32_t status;
};

static struct end ends[ENDS_MAX];
static size_t ends_count;
static int orphans = -1; /* where the supervisor reads of them */
static struct keep_row row;
static long long due;

/* The one started last: with a full /run the file still has the one before. */
static pid_t started;

static bool read_keep(char *text, struct keep *keep)
{
	return file_read(KEEP_FILE, text, KEEP_BYTES) > 0 &&
	       keep_parse(text, keep);
}

static void tell(const struct end *end)
{
	/* One that does not read loses them; process 1 does not wait. */
	if (orphans >= 0)
		(void)!write(orphans, end, sizeof(*end));
}

/* What ended before the supervisor was there to be told. */
static void tell_past(void)
{
	size_t first = ends_count > ENDS_MAX ? ends_count - ENDS_MAX : 0;

	for (size_t i = first; i < ends_count; i++)
		tell(&ends[i % ENDS_MAX]);
	ends_count = 0;
}

static _Noreturn void child(const struct keep *keep, int from)
{
	sigset_t none;
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)setsid();
	if (null >= 0)
		(void)dup2(null, STDIN_FILENO);
	if (from == ORPHANS_FD)
		(void)fcntl(from, F_SETFD, 0);
	else
		(void)dup2(from, ORPHANS_FD);
	(void)execv(keep->argv[0], keep->argv);
	log_err("%s: %m", keep->argv[0]);
	_exit(127);
}

/* The supervisor will say so itself; until then its death is seen, too. */
static void write_keep(const struct keep *keep, pid_t pid)
{
	int fd = open(FRESH, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int len = fd < 0 ? -1 : dprintf(fd, "%d\n", (int)pid);

	for (size_t i = 0; len > 0 && keep->argv[i]; i++)
		len = dprintf(fd, "%s\n", keep->argv[i]);
	/* The supervisor writes it, too, and both read it. */
	if (len < 0 || rename(FRESH, KEEP_FILE) < 0)
		log_warn("write " KEEP_FILE ": %m");
	if (fd >= 0)
		(void)close(fd);
}

static int start(const struct keep *keep)
{
	int pipe_ends[2];

	if (orphans >= 0)
		(void)close(orphans);
	orphans = -1;
	if (pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return -1;
	pid_t pid = fork();

	if (pid == 0)
		child(keep, pipe_ends[0]);
	(void)close(pipe_ends[0]);
	orphans = pipe_ends[1];
	if (pid < 0)
		return -1;
	started = pid;
	row.started = timeline_now();
	tell_past();
	write_keep(keep, pid);
	return 0;
}

static void died(const struct keep *keep, int status)
{
	long long now = timeline_now();
	long long delay = keep_delay(&row, now);
	const char *how =
		WIFSIGNALED(status) ? "killed by signal" : "exit status";
	int number =
		WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);

	if (delay < 0) {
		log_say("supervisor (pid %d): %s %d; restarted %u times in a row, services run on without it",
			(int)keep->pid, how, number, row.deaths);
		(void)unlink(KEEP_FILE);
		return;
	}
	log_say("supervisor (pid %d): %s %d; restart %u in %lld ms",
		(int)keep->pid, how, number, row.deaths, delay);
	due = now + delay;
}

void keeper_reaped(pid_t pid, int status)
{
	char text[KEEP_BYTES];
	struct keep keep;

	if (read_keep(text, &keep) && (keep.pid == pid || started == pid)) {
		keep.pid = pid;
		died(&keep, status);
		return;
	}
	struct end *end = &ends[ends_count++ % ENDS_MAX];

	*end = (struct end){ .pid = pid, .status = status };
	tell(end);
}

long long keeper_due(void)
{
	return due;
}

void keeper_hurry(void)
{
	char text[KEEP_BYTES];
	struct keep keep;

	if (due == 0)
		return;
	due = 0;
	if (!read_keep(text, &keep) || start(&keep) == 0)
		return;
	log_err("start the supervisor: %m");
	due = timeline_now() + RETRY_MS;
}

void keeper_stop(void)
{
	due = 0;
}

void keeper_tick(void)
{
	if (due != 0 && timeline_now() >= due)
		keeper_hurry();
}
