/* SPDX-License-Identifier: Apache-2.0 */
/* init under other names: modprobe, poweroff, reboot, halt. */
#include "pkg/init/init/applet.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "pkg/init/init/base.h"
#include "pkg/init/init/log.h"
#include "pkg/init/init/modules.h"

struct modprobe_options {
	bool all;
	bool quiet;
};

static int load_one(const char *name, bool quiet)
{
	if (modules_builtin(name) || modules_load(name) == 0)
		return 0;
	int found = errno == ENOENT ? modules_load_alias(name) : -1;

	if (found > 0)
		return 0;
	if (quiet)
		return 1;
	if (found == 0)
		errno = ENOENT;
	(void)fprintf(stderr, "modprobe: %s: %m\n", name);
	return 1;
}

/* Takes the options; returns the index of the first name, or -1. */
static int take_options(int argc, char **argv, struct modprobe_options *opts)
{
	int i = 1;

	for (; i < argc && argv[i][0] == '-'; i++) {
		if (strcmp(argv[i], "--") == 0)
			return i + 1;
		for (const char *c = argv[i] + 1; *c; c++) {
			if (*c == 'a')
				opts->all = true;
			else if (*c == 'q')
				opts->quiet = true;
			else if (*c != 'b' && *c != 's' && *c != 'v')
				return -1;
		}
	}
	return i;
}

static int run_modprobe(int argc, char **argv)
{
	struct modprobe_options opts = { 0 };
	int first = take_options(argc, argv, &opts);
	int status = 0;

	if (first < 0 || first >= argc) {
		(void)fputs(
			"usage: modprobe [-b] [-q] NAME [PARAMETER=VALUE...] or -a NAME...\n",
			stderr);
		return 1;
	}
	log_set_level(LOG_LEVEL_ERR);
	modules_open();
	/* Without -a the words after the name are module parameters. */
	int last = opts.all ? argc : first + 1;

	for (int i = last; i < argc; i++)
		modules_parameter(argv[first], argv[i]);
	for (int i = first; i < last; i++)
		status |= load_one(argv[i], opts.quiet);
	return status;
}

static int tell_init(int sig)
{
	if (kill(1, sig) == 0)
		return 0;
	perror("init");
	return 1;
}

static const struct {
	const char *name;
	int sig;
} power_applets[] = {
	{ "halt", SIGUSR1 },
	{ "poweroff", SIGUSR2 },
	{ "reboot", SIGINT },
};

int applet_run(int argc, char **argv)
{
	const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;
	const char *name = slash ? slash + 1 : argc > 0 ? argv[0] : "";

	if (strcmp(name, "modprobe") == 0)
		return run_modprobe(argc, argv);
	for (size_t i = 0; i < ARRAY_LEN(power_applets); i++)
		if (strcmp(name, power_applets[i].name) == 0)
			return tell_init(power_applets[i].sig);
	return -1;
}
