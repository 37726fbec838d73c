/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting on the way down. */
#include "pkg/init/init/down.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "pkg/init/init/base.h"
#include "pkg/init/init/button.h"
#include "pkg/init/init/file.h"
#include "pkg/init/init/keeper.h"
#include "pkg/init/init/power.h"
#include "pkg/init/init/timeline.h"
#include "pkg/init/init/watchdog.h"

/* A button is pressed again by people and hosts who do not see that it was
 * heard. */
#define DEAF_MS 10000

/* A disk that has written nothing for so long will not. */
#define STILL_MS 20000

static long long began_ms;
static int signals = -1;

long long down_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void down_begin(void)
{
	sigset_t set;

	began_ms = down_now();
	power_signals(&set);
	signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* As long as the watchdog and the supervisor's next start allow. */
static long long nap_ms(long long left)
{
	const long long dues[] = { watchdog_due(), keeper_due() };

	for (size_t i = 0; i < ARRAY_LEN(dues); i++) {
		long long nap = dues[i] - timeline_now();

		if (dues[i] != 0 && nap < left)
			left = nap > 0 ? nap : 0;
	}
	return left;
}

/* False if one of the signals is for us, not about a child. */
static bool only_children(void)
{
	struct signalfd_siginfo info;
	bool only = true;

	/* The kernel keeps one of each: children that end all the time do not
	 * hide the others for longer than this. */
	for (int i = 0; i < 8 && only; i++) {
		if (read(signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
			break;
		only = info.ssi_signo == SIGCHLD;
	}
	return only;
}

bool down_wait(long long deadline, bool more)
{
	long long left = deadline - down_now();
	struct pollfd fds[1 + BUTTON_MAX] = { { .fd = signals,
						.events = POLLIN } };
	size_t count = 1 + buttons_poll(fds + 1);

	if (left <= 0)
		return false;
	watchdog_tick();
	if (poll(fds, count, more ? 0 : (int)nap_ms(left)) < 0)
		return errno == EINTR;
	for (size_t i = 1; i < count; i++)
		if (fds[i].revents && buttons_pressed(fds[i].fd) &&
		    down_now() - began_ms >= DEAF_MS)
			return false;
	return only_children();
}

static unsigned long amount(const char *text, const char *key)
{
	const char *at = strstr(text, key);

	return at ? strtoul(at + strlen(key), NULL, 10) : 0;
}

static unsigned long unwritten_kib(void)
{
	char text[2048];

	(void)file_read("/proc/meminfo", text, sizeof(text));
	return amount(text, "\nDirty:") + amount(text, "\nWriteback:");
}

/* False if the child was given up. */
static bool wait_for(pid_t pid, int *status)
{
	unsigned long before = unwritten_kib();
	long long deadline = down_now() + STILL_MS;
	pid_t got;

	while ((got = waitpid(pid, status, WNOHANG)) == 0) {
		if (down_wait(deadline, false))
			continue;
		unsigned long now = unwritten_kib();

		if (down_now() < deadline || now >= before)
			return false;
		before = now;
		deadline = down_now() + STILL_MS;
	}
	return got == pid;
}

int down_do(int (*work)(const char *what), const char *what)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(work(what) < 0 ? errno : 0);
	/* To risk it is better than to leave it undone. */
	if (pid < 0)
		return work(what);
	if (wait_for(pid, &status))
		errno = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
	else
		errno = ETIMEDOUT;
	return errno ? -1 : 0;
}
