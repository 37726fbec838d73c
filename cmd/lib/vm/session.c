/* SPDX-License-Identifier: Apache-2.0 */
/* A recipe that is being carried out. */
#include "cmd/lib/vm/session.h"

#include <string.h>

#include "cmd/lib/base/clock.h"
#include "cmd/lib/base/log.h"
#include "cmd/lib/base/mem.h"
#include "cmd/lib/base/path.h"
#include "cmd/lib/vm/control.h"

#define HELPER_MS 10000
#define STEP_MS 20

/* Whatever is there, the lock says that nobody uses it. */
static void remove_traces(const struct recipe *recipe)
{
	for (size_t i = 0; i < recipe->traces.count; i++)
		unlink(recipe->traces.items[i]);
}

static int write_files(const struct recipe *recipe, struct err *err)
{
	for (size_t i = 0; i < recipe->file_count; i++)
		if (path_write_file(recipe->files[i].path,
				    recipe->files[i].text,
				    strlen(recipe->files[i].text), err) < 0)
			return -1;
	return 0;
}

static const char *cure_of(const char *helper)
{
	static const struct {
		const char *name, *cure;
	} cures[] = {
		{ "gvproxy", "install gvisor-tap-vsock, which has it" },
		{ "passt", "install the package passt" },
		{ "vpnkit", "Docker Desktop had it; use --net gvproxy" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cures); i++)
		if (strcmp(helper, cures[i].name) == 0)
			return cures[i].cure;
	return NULL;
}

static int start_helper(struct child *child, const struct recipe_helper *helper,
			struct err *err)
{
	long long end = clock_monotonic_ms() + HELPER_MS;
	const char *name = helper->argv.items[0];

	if (child_start(child, &helper->argv, CHILD_HELPER, cure_of(name),
			err) < 0)
		return -1;
	while (!path_exists(helper->socket)) {
		if (child_has_ended(child, STEP_MS))
			return err_set(err, FAULT_SYSTEM,
				       "%s ended before it was ready", name);
		if (clock_monotonic_ms() >= end)
			return err_set(err, FAULT_SYSTEM,
				       "%s has not made %s within %d seconds",
				       name, helper->socket, HELPER_MS / 1000);
	}
	return 0;
}

static int start_helpers(struct session *session, struct err *err)
{
	const struct recipe *recipe = &session->recipe;

	session->helpers =
		xcalloc(recipe->helper_count + 1, sizeof(*session->helpers));
	for (size_t i = 0; i < recipe->helper_count; i++) {
		session->helpers[i] = (struct child)CHILD_INIT;
		session->helper_count++;
		if (start_helper(&session->helpers[i], &recipe->helpers[i],
				 err) < 0)
			return -1;
	}
	for (size_t i = 0; i < recipe->request_count; i++)
		if (control_request(&recipe->requests[i], err) < 0)
			return -1;
	return 0;
}

/* Each may fail: there may be nothing to undo. */
static void run_undoing(const struct recipe *recipe)
{
	for (size_t i = 0; i < recipe->after_count; i++) {
		SCOPED(err) ignored = { 0 };

		if (child_run(&recipe->after[i], true, NULL, &ignored) < 0)
			log_debug("%s", ignored.msg);
	}
}

static int run_commands(struct session *session, const char *cure,
			struct err *err)
{
	const struct recipe *recipe = &session->recipe;

	if (recipe->undo_first)
		run_undoing(recipe);
	session->undo = true;
	for (size_t i = 0; i < recipe->before_count; i++)
		if (child_run(&recipe->before[i], false, cure, err) < 0)
			return -1;
	return 0;
}

/* Who looks for the machine finds whom to ask to end it. */
static int write_pid(struct session *session, const struct machine *machine,
		     struct err *err)
{
	SCOPED_FREE char *text = xasprintf("%d\n", (int)getpid());

	session->pid_path = path_join(machine->state, "pid");
	return path_write_file(session->pid_path, text, strlen(text), err);
}

int session_start(struct session *session, const struct hypervisor *hypervisor,
		  const struct machine *machine, struct err *err)
{
	struct recipe *recipe = &session->recipe;

	if (child_find(machine->program, hypervisor->cure, err) < 0 ||
	    hypervisor->describe(machine, recipe, err) < 0)
		return -1;
	remove_traces(recipe);
	if (write_pid(session, machine, err) < 0 ||
	    write_files(recipe, err) < 0)
		return -1;
	if (recipe->console &&
	    control_listen(&session->listening, recipe->console, err) < 0)
		return -1;
	if (start_helpers(session, err) < 0 ||
	    run_commands(session, hypervisor->cure, err) < 0)
		return -1;
	if (recipe->argv.count == 0)
		return 0;
	return child_start(&session->child, &recipe->argv, CHILD_CONSOLE,
			   hypervisor->cure, err);
}

void session_release(struct session *session)
{
	child_release(&session->child);
	if (session->undo)
		run_undoing(&session->recipe);
	for (size_t i = 0; i < session->helper_count; i++)
		child_release(&session->helpers[i]);
	free(session->helpers);
	if (session->listening >= 0)
		close(session->listening);
	if (session->connection >= 0)
		close(session->connection);
	remove_traces(&session->recipe);
	if (session->pid_path)
		unlink(session->pid_path);
	free(session->pid_path);
	recipe_release(&session->recipe);
	*session = (struct session)SESSION_INIT;
}
