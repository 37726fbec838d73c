/* SPDX-License-Identifier: Apache-2.0 */
/* An OCI runtime's command line: runc's, which the others share. */
#include "pkg/init/service/oci.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pkg/init/service/fs.h"
#include "pkg/init/service/spawn.h"
#include "pkg/init/service/spec.h"

#define RUNC "runc"
#define CRUN "crun"
#define ARGS_MAX 20
#define STATE "/run/service"
#define LOG_MAX (256 << 10)
#define MESSAGE_MAX 800

/*
 * How long a runtime may take over one call. Many of them at once, on a slow
 * processor, all end late; one that hangs must not be waited for for ever.
 */
#define CALL_MS 600000
#define DELETE_MS 60000

struct command {
	const char *argv[ARGS_MAX];
	size_t count;
	char config[PATH_BYTES]; /* a changed copy of config.json, or "" */
};

static void add(struct command *command, const char *arg)
{
	command->argv[command->count++] = arg;
}

static bool find_program(const char *name, char *path, struct err *err)
{
	static const char *const folders[] = { "/usr/bin", "/usr/sbin", "/bin",
					       "/usr/local/bin" };

	for (size_t i = 0; i < ARRAY_LEN(folders); i++)
		if (fs_path(path, err, "%s/%s", folders[i], name) == 0 &&
		    access(path, X_OK) == 0)
			return true;
	return false;
}

int oci_program(const char *name, char *path, struct err *err)
{
	if (name[0])
		return find_program(name, path, err)
			       ? 0
			       : err_set(err, "no runtime %s in the image",
					 name);
	if (find_program(RUNC, path, err) || find_program(CRUN, path, err))
		return 0;
	return err_set(err, "neither runc nor crun in the image");
}

static void command_begin(struct command *command, const struct oci *oci)
{
	*command = (struct command){ 0 };
	add(command, oci->program);
	if (oci->debug)
		add(command, "--debug");
	if (oci->root) {
		add(command, "--root");
		add(command, oci->root);
	}
}

static void command_init(struct command *command, const struct oci *oci,
			 const char *verb)
{
	command_begin(command, oci);
	add(command, verb);
}

static struct spawn command_spawn(const struct command *command,
				  const struct oci *oci)
{
	return (struct spawn){ .argv = command->argv,
			       .limit_ms = CALL_MS,
			       .out_fd = oci->out_fd,
			       .err_fd = oci->err_fd };
}

/* crun takes a configuration from elsewhere; runc needs none. */
static int adapt_config(struct command *command, const struct oci *oci,
			struct err *err)
{
	SCOPED_FREE char *json = NULL;
	SCOPED_FREE char *changed = NULL;

	const char *slash = strrchr(oci->program, '/');

	if (strcmp(slash ? slash + 1 : oci->program, CRUN) != 0)
		return 0;
	if (spec_load(oci->bundle, &json, err) < 0 ||
	    spec_set_version(json, &changed, err) < 0)
		return -1;
	if (!changed)
		return 0;
	if (fs_mkdir(STATE, err) < 0 ||
	    fs_path(command->config, err, STATE "/%s.json", oci->id) < 0 ||
	    fs_write(command->config, changed, err) < 0)
		return -1;
	add(command, "--config");
	add(command, command->config);
	return 0;
}

static int add_bundle(struct command *command, const struct oci *oci,
		      struct err *err)
{
	add(command, "--bundle");
	add(command, oci->bundle);
	return adapt_config(command, oci, err);
}

pid_t oci_run(const struct oci *oci, struct err *err)
{
	struct command command;

	command_init(&command, oci, "run");
	if (add_bundle(&command, oci, err) < 0)
		return -1;
	add(&command, oci->id);
	struct spawn spawn = command_spawn(&command, oci);

	return spawn_start(&spawn, err);
}

static int read_pid(const char *path, pid_t *pid, struct err *err)
{
	SCOPED_FREE char *text = NULL;

	if (fs_read(path, 64, &text, err) < 0)
		return -1;
	*pid = text ? (pid_t)strtol(text, NULL, 10) : 0;
	(void)unlink(path);
	/* Process 1 is no container's: what takes it for one would end it. */
	return *pid > 1 ? 0 : err_set(err, "no process id");
}

/* What a runtime had to say last, one object a line; else err stays. */
static void explain(const char *log_file, struct err *err)
{
	SCOPED_FREE char *text = NULL;
	struct err ignored;
	const char *message;

	if (fs_read(log_file, LOG_MAX, &text, &ignored) < 0 || !text)
		return;
	for (char *line = text; line && *line;) {
		char *end = strchr(line, '\n');
		json_t *object = json_loads(line, JSON_DISABLE_EOF_CHECK, NULL);

		if (json_unpack(object, "{s:s}", "msg", &message) == 0)
			(void)err_set(err, "%.*s", MESSAGE_MAX, message);
		json_decref(object);
		line = end ? end + 1 : NULL;
	}
}

static int create_logged(struct command *command, const struct oci *oci,
			 const char *log_file, struct err *err)
{
	const struct spawn spawn = command_spawn(command, oci);

	(void)unlink(log_file);
	int done = spawn_run(&spawn, err);

	if (done < 0)
		explain(log_file, err);
	(void)unlink(log_file);
	return done;
}

int oci_create(const struct oci *oci, pid_t *pid, struct err *err)
{
	struct command command;
	char pid_file[PATH_BYTES];
	char log_file[PATH_BYTES];

	if (fs_mkdir(STATE, err) < 0 ||
	    fs_path(pid_file, err, STATE "/%s.pid", oci->id) < 0 ||
	    fs_path(log_file, err, STATE "/%s.log", oci->id) < 0)
		return -1;
	command_begin(&command, oci);
	add(&command, "--log");
	add(&command, log_file);
	add(&command, "--log-format");
	add(&command, "json");
	add(&command, "create");
	if (add_bundle(&command, oci, err) < 0)
		return -1;
	add(&command, "--pid-file");
	add(&command, pid_file);
	add(&command, oci->id);
	if (create_logged(&command, oci, log_file, err) < 0 ||
	    read_pid(pid_file, pid, err) < 0)
		return err_wrap(err, "create");
	return 0;
}

int oci_exec(const struct oci *oci, const char *process_file, pid_t *pid,
	     struct err *err)
{
	struct command command;
	char pid_file[PATH_BYTES];

	if (fs_mkdir(STATE, err) < 0 ||
	    fs_path(pid_file, err, STATE "/%s.exec.pid", oci->id) < 0)
		return -1;
	command_init(&command, oci, "exec");
	add(&command, "--detach");
	add(&command, "--pid-file");
	add(&command, pid_file);
	add(&command, "--process");
	add(&command, process_file);
	add(&command, oci->id);
	struct spawn spawn = command_spawn(&command, oci);

	if (oci->limit_ms > 0)
		spawn.limit_ms = oci->limit_ms;
	if (spawn_run(&spawn, err) < 0 || read_pid(pid_file, pid, err) < 0)
		return err_wrap(err, "exec");
	return 0;
}

pid_t oci_exec_attached(const struct oci *oci, const char *process_file,
			struct err *err)
{
	struct command command;

	command_init(&command, oci, "exec");
	add(&command, "--process");
	add(&command, process_file);
	add(&command, oci->id);
	struct spawn spawn = command_spawn(&command, oci);

	spawn.with_input = true;
	return spawn_start(&spawn, err);
}

static int simple(const struct oci *oci, const char *verb, const char *option,
		  struct err *err)
{
	struct command command;

	command_init(&command, oci, verb);
	if (option)
		add(&command, option);
	add(&command, oci->id);
	struct spawn spawn = command_spawn(&command, oci);

	if (option)
		spawn.limit_ms = DELETE_MS;
	if (spawn_run(&spawn, err) < 0)
		return err_wrap(err, "%s", verb);
	return 0;
}

int oci_start(const struct oci *oci, struct err *err)
{
	return simple(oci, "start", NULL, err);
}

int oci_delete(const struct oci *oci, struct err *err)
{
	return simple(oci, "delete", "--force", err);
}
