/* SPDX-License-Identifier: Apache-2.0 */
/* A command inside a running service. */
#include "pkg/init/service/join.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "pkg/init/service/client.h"
#include "pkg/init/service/engine.h"
#include "pkg/init/service/fs.h"
#include "pkg/init/service/services.h"

#define NOT_RUN 126

static const struct engine *const engines[] = { &engine_containerd, &engine_oci,
						&engine_plain };

static const struct engine *find_engine(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(engines); i++)
		if (strcmp(engines[i]->name, name) == 0)
			return engines[i];
	return NULL;
}

static int run(const struct services *services, const char *name,
	       struct engine_exec *exec, int *status, struct err *err)
{
	SCOPED_BUNDLE bundle = { 0 };
	char engine_name[32];

	if (bundle_open(&bundle, services, name, err) < 0 ||
	    client_find(name, &exec->pid, engine_name, sizeof(engine_name),
			err) < 0)
		return -1;
	const struct engine *engine = find_engine(engine_name);

	if (!engine || exec->pid <= 0)
		return err_set(err, "does not run");
	return engine->exec(&bundle, exec, status, err);
}

int join_run(const struct services *services, const char *name,
	     const char *const *argv)
{
	struct engine_exec exec = { .argv = argv,
				    .attached = true,
				    .terminal = isatty(STDIN_FILENO) &&
						isatty(STDOUT_FILENO) };
	struct err err;
	int status = NOT_RUN;

	/* They are the command's; it comes to its end in its own way. */
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGQUIT, SIG_IGN);
	if (run(services, name, &exec, &status, &err) == 0)
		return status;
	say("%s: exec failed: %s", name, err.msg);
	return NOT_RUN;
}
