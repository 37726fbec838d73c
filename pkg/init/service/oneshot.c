/* SPDX-License-Identifier: Apache-2.0 */
/* Containers that run to their end, one after another: onboot, onshutdown. */
#include "pkg/init/service/oneshot.h"

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "pkg/init/service/fs.h"
#include "pkg/init/service/oneshot_entry.h"
#include "pkg/init/service/spawn.h"
#include "pkg/init/service/timeline.h"

/* Holds the name of the container that stopped the boot. */
#define STOPPED RUN_FOLDER "/boot-stopped"

const struct oneshot oneshot_boot = { "onboot", BUNDLES "/onboot", false };
const struct oneshot oneshot_shutdown = { "shutdown", BUNDLES "/onshutdown",
					  true };

bool oneshot_stopped(char *name, size_t size)
{
	SCOPED_FREE char *text = NULL;
	struct err err;

	if (fs_read(STOPPED, 4096, &text, &err) < 0 || !text)
		return false;
	(void)snprintf(name, size, "%s", text);
	return true;
}

static void stop_boot(const struct entry *entry)
{
	struct err err;

	say("%s: %s: onfail is stop: no later container, no services",
	    entry->oneshot->kind, entry->name);
	if (!entry->oneshot->going_down &&
	    (fs_mkdir(RUN_FOLDER, &err) < 0 ||
	     fs_write(STOPPED, entry->name, &err) < 0))
		say("%s", err.msg);
}

static void reboot_now(const struct entry *entry)
{
	if (entry->oneshot->going_down) {
		say("%s: %s: onfail is reboot, but the machine goes down",
		    entry->oneshot->kind, entry->name);
		return;
	}
	say("%s: %s: onfail is reboot", entry->oneshot->kind, entry->name);
	stop_boot(entry);
	(void)kill(1, SIGINT);
}

static _Noreturn void become_shell(const char *const *argv)
{
	int console = open("/dev/console", O_RDWR);

	(void)setsid();
	for (int fd = 0; console >= 0 && fd <= STDERR_FILENO; fd++)
		(void)dup2(console, fd);
	(void)ioctl(STDIN_FILENO, TIOCSCTTY, 1);
	(void)execv(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

static void run_shell(const struct entry *entry)
{
	static const char *const shells[][3] = {
		{ "/bin/sh", NULL },
		{ "/bin/bash", NULL },
		{ "/bin/busybox", "sh", NULL },
	};
	struct err err;
	int status;

	for (size_t i = 0; i < ARRAY_LEN(shells); i++) {
		if (access(shells[i][0], X_OK) < 0)
			continue;
		say("%s: %s: onfail is shell: %s; exit goes on",
		    entry->oneshot->kind, entry->name, shells[i][0]);
		pid_t pid = fork();

		if (pid == 0)
			become_shell(shells[i]);
		if (pid < 0 || spawn_wait(pid, WAIT_FOREVER, &status, &err) < 0)
			say("shell: no process");
		return;
	}
	say("%s: %s: onfail is shell, but the image has none",
	    entry->oneshot->kind, entry->name);
}

/* True if what comes later is left out. */
static bool on_failure(const struct entry *entry)
{
	switch (entry->bundle.runtime.policy.onfail) {
	case ONFAIL_CONTINUE:
		return false;
	case ONFAIL_STOP:
		stop_boot(entry);
		return true;
	case ONFAIL_REBOOT:
		reboot_now(entry);
		return !entry->oneshot->going_down;
	case ONFAIL_SHELL:
		run_shell(entry);
		return false;
	}
	return false;
}

static int run_told(struct entry *entry)
{
	long long start = clock_ms();
	const char *kind = entry->oneshot->kind;
	struct err err;

	say_step("%s: %s: started", kind, entry->name);
	timeline_mark(entry->name, "started");
	int done = entry_run(entry, &err);
	long long took = clock_ms() - start;

	timeline_mark(entry->name, done < 0 ? "failed" : "done");
	if (done < 0)
		say("%s: %s: failed: %s", kind, entry->name, err.msg);
	else
		say_step("%s: %s: done after %lld.%03lld s", kind, entry->name,
			 took / 1000, took % 1000);
	return done;
}

/* After the containers, so that a disk one of them mounted on /var has it. */
static void link_logs(const char *kind)
{
	char target[PATH_BYTES], path[PATH_BYTES];
	struct err err;

	if (fs_path(target, &err, ONESHOT_LOGS "/%s", kind) == 0 &&
	    fs_path(path, &err, "/var/log/%s", kind) == 0 &&
	    fs_mkdir_parents(path, &err) == 0)
		(void)!symlink(target, path);
}

/* With or without the number in front of its name. */
static bool is_skipped(const struct oneshot *oneshot, const char *name)
{
	const char *dash = strchr(name, '-');
	char list[PATH_BYTES];

	if (!fs_kernel_value("kit.skip", list, sizeof(list)) ||
	    (!fs_list_has(list, name) &&
	     !(dash && fs_list_has(list, dash + 1))))
		return false;
	say("%s: %s: skipped by kit.skip", oneshot->kind, name);
	return true;
}

/* *skipped counts those that the kernel command line leaves out. */
static size_t run_all(const struct oneshot *oneshot, const struct names *names,
		      size_t *skipped)
{
	size_t done = 0;
	bool stop = false;

	for (size_t i = 0; i < names->count && !stop; i++) {
		if (is_skipped(oneshot, names->name[i])) {
			++*skipped;
			continue;
		}
		struct entry entry = {
			.oneshot = oneshot,
			.name = names->name[i],
			.debug = fs_kernel_word("linuxkit.runc_debug=1"),
			.console = fs_kernel_word("linuxkit.runc_console=1"),
		};

		if (run_told(&entry) == 0)
			done++;
		else
			stop = on_failure(&entry);
		bundle_close(&entry.bundle);
	}
	return done;
}

int oneshot_run(const struct oneshot *oneshot)
{
	SCOPED_NAMES names = { 0 };
	char logs[PATH_BYTES];
	struct err err;

	if (fs_folders(oneshot->folder, &names, &err) < 0 ||
	    fs_path(logs, &err, ONESHOT_LOGS "/%s", oneshot->kind) < 0 ||
	    fs_mkdir(logs, &err) < 0) {
		say("%s: %s", oneshot->kind, err.msg);
		return 1;
	}
	if (names.count == 0)
		return 0;
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	size_t skipped = 0;
	size_t done = run_all(oneshot, &names, &skipped);
	size_t count = names.count - skipped;

	link_logs(oneshot->kind);
	say("%s: %zu of %zu done", oneshot->kind, done, count);
	return (int)(count - done);
}
