/* SPDX-License-Identifier: Apache-2.0 */
/* service: starts what the image holds under /containers. */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pkg/init/service/err.h"
#include "pkg/init/service/fs.h"
#include "pkg/init/service/inside.h"
#include "pkg/init/service/join.h"
#include "pkg/init/service/logs.h"
#include "pkg/init/service/oneshot.h"
#include "pkg/init/service/services.h"
#include "pkg/init/service/timeline.h"
#include "pkg/init/service/volume.h"

static struct services services = {
	.socket_path = SOCKET_PATH,
	.folder = BUNDLES "/services",
	.program = "/usr/bin/containerd",
	.namespace_name = "services.linuxkit",
};

static bool quiet, verbose, help;
static struct logs logs = { .lines = -1 };
static const char *lines_text;

/* What stands behind the name. */
static char **command;

static const struct option {
	const char *name;
	const char **text; /* takes a value */
	bool *flag;
	const char *help;
} options[] = {
	{ "q", NULL, &quiet, "print failures only" },
	{ "v", NULL, &verbose, "print more" },
	{ "containerd-namespace", &services.namespace_name, NULL,
	  "containerd namespace of services" },
	{ "sock", &services.socket_path, NULL, "containerd's socket" },
	{ "path", &services.folder, NULL, "folder of the services" },
	{ "containerd", &services.program, NULL, "containerd's program" },
	{ "dump-spec", &services.dump_spec, NULL,
	  "write the OCI spec to this file on start" },
	{ "json", NULL, &services.json,
	  "ls, status, timeline: a JSON object a line" },
	{ "f", NULL, &logs.follow, "logs: go on with what comes" },
	{ "n", &lines_text, NULL, "logs: so many lines of the end" },
	{ "h", NULL, &help, "print this" },
	{ "help", NULL, &help, "the same" },
};

static int run_volumes(const char *name)
{
	(void)name;
	return volumes_mount() != 0;
}

static int run_onboot(const char *name)
{
	(void)name;
	return oneshot_run(&oneshot_boot) != 0;
}

static int run_onshutdown(const char *name)
{
	(void)name;
	return oneshot_run(&oneshot_shutdown) != 0;
}

static int run_onboot_alone(const char *name)
{
	return fs_exists("/etc/init.d/010-onboot") ? 0 : run_onboot(name);
}

static int run_onshutdown_alone(const char *name)
{
	return fs_exists("/etc/shutdown.d/010-onshutdown")
		       ? 0
		       : run_onshutdown(name);
}

static int run_system_init(const char *name)
{
	(void)name;
	return services_system_init(&services);
}

static int run_start(const char *name)
{
	return services_start(&services, name);
}

static int run_stop(const char *name)
{
	return services_stop(&services, name);
}

static int run_restart(const char *name)
{
	return services_restart(&services, name);
}

static int run_list(const char *name)
{
	(void)name;
	return services_list(&services);
}

static int run_status(const char *name)
{
	return services_status(&services, name);
}

static int run_timeline(const char *name)
{
	(void)name;
	return timeline_print(services.json);
}

static int run_logs(const char *name)
{
	char *end;

	logs.name = name;
	if (lines_text) {
		logs.lines = strtoll(lines_text, &end, 10);
		if (end == lines_text || *end || logs.lines < 0) {
			say("-n %s: not a number of lines", lines_text);
			return 1;
		}
	}
	return logs_print(&logs);
}

static int run_exec(const char *name)
{
	const union {
		char *const *in;
		const char *const *out;
	} words = { command };

	return join_run(&services, name, words.out);
}

static int run_alone(const char *name)
{
	(void)name;
	return services_alone(&services);
}

/* What process 1 starts says as much as process 1 itself. */
static void take_kernel_level(void)
{
	char value[8];

	if (!fs_kernel_value("kit.loglevel", value, sizeof(value)))
		return;
	long level = strtol(value, NULL, 10);

	if (level >= 3 && level <= 7)
		say_set_level(level == 7 ? 1 : level < 6 ? -1 : 0);
}

static int run_resume(const char *how)
{
	take_kernel_level();
	return services_resume(&services, strcmp(how, "containerd") == 0);
}

static int run_down(const char *name)
{
	(void)name;
	return services_down();
}

/* The links in /etc/init.d choose by a part of argv[0], in this order. */
static const struct verb {
	const char *name;
	const char *link;
	enum {
		TAKES_NOTHING,
		TAKES_NAME,
		TAKES_COMMAND, /* and a name before it */
	} takes;
	int (*run)(const char *name);
	const char *help;
} verbs[] = {
	{ "volumes", "volumes", TAKES_NOTHING, run_volumes,
	  "mount all volumes" },
	{ "onboot-alone", "012-onboot", TAKES_NOTHING, run_onboot_alone,
	  "run onboot containers if no runtime's package does" },
	{ "onshutdown-alone", "012-onshutdown", TAKES_NOTHING,
	  run_onshutdown_alone, "the same for onshutdown containers" },
	{ "onboot", "onboot", TAKES_NOTHING, run_onboot,
	  "run onboot containers" },
	{ "onshutdown", "onshutdown", TAKES_NOTHING, run_onshutdown,
	  "run onshutdown containers" },
	{ "system-init", "containerd", TAKES_NOTHING, run_system_init,
	  "start containerd and all services" },
	{ "alone", "030-services", TAKES_NOTHING, run_alone,
	  "start all services if there is no containerd" },
	{ "resume", NULL, TAKES_NAME, run_resume,
	  "go on after a supervisor that died: containerd or alone" },
	{ "down", "020-services", TAKES_NOTHING, run_down,
	  "stop all services" },
	{ "start", NULL, TAKES_NAME, run_start, "start a service" },
	{ "stop", NULL, TAKES_NAME, run_stop, "stop a service" },
	{ "restart", NULL, TAKES_NAME, run_restart,
	  "stop and start a service" },
	{ "ls", NULL, TAKES_NOTHING, run_list, "list the services" },
	{ "status", NULL, TAKES_NAME, run_status, "tell about one service" },
	{ "timeline", NULL, TAKES_NOTHING, run_timeline,
	  "tell when the boot came how far" },
	{ "logs", NULL, TAKES_NAME, run_logs,
	  "print what a service has written" },
	{ "exec", NULL, TAKES_COMMAND, run_exec, "run a command in a service" },
};

static const char *const operands[] = {
	[TAKES_NOTHING] = "",
	[TAKES_NAME] = " NAME",
	[TAKES_COMMAND] = " NAME COMMAND...",
};

static int usage(FILE *to, int status)
{
	(void)fputs("usage: service [OPTIONS] COMMAND [OPTIONS] [NAME]\n\n",
		    to);
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		(void)fprintf(to, "  %s%-*s %s\n", verbs[i].name,
			      (int)(22 - strlen(verbs[i].name)),
			      operands[verbs[i].takes], verbs[i].help);
	(void)fputs("\n", to);
	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		(void)fprintf(to, "  -%-21s %s\n", options[i].name,
			      options[i].help);
	return status;
}

static const struct option *find_option(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (strlen(options[i].name) == len &&
		    strncmp(options[i].name, name, len) == 0)
			return &options[i];
	return NULL;
}

/* Takes options from *argv on; false if one is unknown or lacks its value. */
static bool take_options(char ***argv)
{
	for (; **argv && (**argv)[0] == '-'; (*argv)++) {
		const char *name = **argv + 1 + ((**argv)[1] == '-');
		size_t len = strcspn(name, "=");
		const struct option *option = find_option(name, len);

		if (!option || (option->flag && name[len]))
			return false;
		if (option->flag) {
			*option->flag = true;
			continue;
		}
		if (name[len] == '=')
			*option->text = name + len + 1;
		else if (*(*argv + 1))
			*option->text = *++*argv;
		else
			return false;
	}
	return true;
}

static const struct verb *find_verb(const char *word)
{
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		if (strcmp(verbs[i].name, word) == 0)
			return &verbs[i];
	return NULL;
}

static const struct verb *verb_of_program(const char *program)
{
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		if (verbs[i].link && strstr(program, verbs[i].link))
			return &verbs[i];
	return NULL;
}

/* True if there are as many operands as the verb takes. */
static bool takes(const struct verb *verb, char **argv)
{
	size_t count = 0;

	while (argv[count])
		count++;
	if (verb->takes != TAKES_COMMAND)
		return count == (size_t)verb->takes;
	command = argv + 1;
	return count >= 2;
}

/* What is wrong with the words comes first. */
PRINTF_LIKE(1, 2) static int misused(const char *fmt, ...)
{
	char text[256];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	say("%s", text);
	return usage(stderr, 1);
}

/* Behind a command's name come words of its own, whatever they look like. */
static int run_words(char **argv)
{
	const struct verb *verb = NULL;

	if (!take_options(&argv))
		return misused("%s: no such option, or it lacks its value",
			       *argv);
	if (help)
		return usage(stdout, 0);
	if (!*argv)
		return usage(stderr, 1);
	verb = find_verb(*argv++);
	if (!verb)
		return misused("%s: no such command", argv[-1]);
	if (!take_options(&argv))
		return misused("%s: no such option, or it lacks its value",
			       *argv);
	if (help)
		return usage(stdout, 0);
	if (!takes(verb, argv))
		return misused("%s: takes%s", verb->name,
			       verb->takes == TAKES_NOTHING
				       ? " nothing more"
				       : operands[verb->takes]);
	if (quiet && verbose)
		return misused("-q and -v are opposites");
	say_set_level(quiet ? -1 : verbose);
	return verb->run(*argv);
}

/* What could not be printed was not told. */
static int flushed(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	say("cannot write what was asked for");
	return status ? status : 1;
}

int main(int argc, char **argv)
{
	const struct verb *verb = argc == 1 ? verb_of_program(argv[0]) : NULL;

	if (verb) {
		take_kernel_level();
		return verb->run(NULL);
	}
	if (argc > 1 && strcmp(argv[1], "inside") == 0)
		return inside_run(argv + 2);
	return flushed(run_words(argv + (argc > 0)));
}
