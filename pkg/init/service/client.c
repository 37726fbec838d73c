/* SPDX-License-Identifier: Apache-2.0 */
/* Asking the supervisor. */
#include "pkg/init/service/client.h"

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "pkg/init/service/fs.h"
#include "pkg/init/service/supervisor.h"

#define ANSWER_MAX (1 << 20)

/* How long a supervisor may be away. */
#define AWAIT_TRIES 100
#define AWAIT_MS 50

/* As often as process 1 starts one again. */
#define DOWN_TRIES 6

static int try_dial(struct err *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX,
				       .sun_path = CONTROL_PATH };
	const void *place = &address;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, place, sizeof(address)) == 0)
		return fd;
	int saved = errno;

	fs_close(&fd);
	errno = saved;
	return err_sys(err, "connect to %s", CONTROL_PATH);
}

/* One that died is there again soon, or it is not kept any more. */
static int dial(struct err *err)
{
	int fd = try_dial(err);

	for (int i = 0; fd < 0 && i < AWAIT_TRIES && supervisor_is_kept();
	     i++) {
		(void)poll(NULL, 0, AWAIT_MS);
		fd = try_dial(err);
	}
	return fd;
}

bool client_reaches(void)
{
	struct err err;
	SCOPED_FD fd = dial(&err);

	return fd >= 0;
}

static int receive(int fd, char *text, struct err *err)
{
	size_t len = 0;
	ssize_t got;

	while ((got = read(fd, text + len, ANSWER_MAX - len)) > 0)
		len += (size_t)got;
	if (got < 0)
		return err_sys(err, "receive");
	text[len] = '\0';
	return 0;
}

/* The answer's object; the caller releases it. */
static int request(const char *verb, const char *name, json_t **answer,
		   struct err *err)
{
	SCOPED_FREE char *text = fs_alloc(1, ANSWER_MAX + 1);
	SCOPED_FD fd = dial(err);
	char line[REQUEST_BYTES];
	const char *wrong;

	*answer = NULL;
	if (fd < 0)
		return -1;
	int len = snprintf(line, sizeof(line), "%s%s%s\n", verb,
			   name ? " " : "", name ? name : "");

	if (len >= (int)sizeof(line))
		return err_set(err, "no such service");
	if (send(fd, line, (size_t)len, MSG_NOSIGNAL) != len)
		return err_sys(err, "send");
	if (receive(fd, text, err) < 0)
		return -1;
	*answer = json_loads(text, 0, NULL);
	if (!*answer)
		return err_set(err, "the supervisor hung up");
	if (json_unpack(*answer, "{s:s}", "error", &wrong) < 0)
		return 0;
	(void)err_set(err, "%s", wrong);
	json_decref(*answer);
	*answer = NULL;
	return -1;
}

/* What an answer says of one service. */
struct told {
	const char *name;
	const char *state;
	const char *engine;
	const char *reason;
	int pid;
	json_int_t restarts;
};

static bool tell(json_t *object, struct told *told)
{
	*told = (struct told){ 0 };
	return json_unpack(object, "{s:s, s:s, s:s, s:s, s:i, s:I}", "name",
			   &told->name, "state", &told->state, "engine",
			   &told->engine, "reason", &told->reason, "pid",
			   &told->pid, "restarts", &told->restarts) == 0;
}

static bool is_done(const struct told *told, bool stop)
{
	const char *state = told->state;

	if (!state || strcmp(state, "done") == 0)
		return state;
	return stop ? strcmp(state, "stopped") == 0 ||
			       strcmp(state, "failed") == 0
		    : strcmp(state, "ready") == 0;
}

/* A service that was asked for two things does the last of them. */
static const char *why_not(const struct told *told, bool stop)
{
	if (!told->state)
		return "no answer";
	if (!stop && told->reason[0])
		return told->reason;
	return "somebody asked for something else";
}

int client_ask(const char *verb, const char *name)
{
	json_t *answer;
	struct told told;
	struct err err;

	if (request(verb, name, &answer, &err) < 0) {
		say("%s: %s failed: %s", name, verb, err.msg);
		return 1;
	}
	bool stop = strcmp(verb, "stop") == 0;
	bool fine = tell(json_object_get(answer, "service"), &told) &&
		    is_done(&told, stop);

	if (!fine)
		say("%s: %s failed: %s", name, verb, why_not(&told, stop));
	else if (stop)
		say_step("%s: %s", name, told.state);
	else
		say_step("%s: started (pid %d)", name, told.pid);
	json_decref(answer);
	return !fine;
}

static void print_one(json_t *object)
{
	struct told told;

	if (!tell(object, &told))
		return;
	(void)printf("%-24s %-9s", told.name, told.state);
	if (told.pid)
		(void)printf(" pid %d", told.pid);
	if (told.restarts)
		(void)printf(" restarts %lld", (long long)told.restarts);
	if (told.reason[0])
		(void)printf(" (%s)", told.reason);
	(void)putchar('\n');
}

int client_list(const char *name, bool as_json)
{
	json_t *answer;
	struct err err;
	size_t shown = 0;

	if (request("list", NULL, &answer, &err) < 0) {
		say("%s", err.msg);
		return 1;
	}
	json_t *list = json_object_get(answer, "services");

	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *object = json_array_get(list, i);
		const char *own =
			json_string_value(json_object_get(object, "name"));

		if (name && (!own || strcmp(own, name) != 0))
			continue;
		shown++;
		if (!as_json) {
			print_one(object);
			continue;
		}
		(void)json_dumpf(object, stdout, JSON_COMPACT);
		(void)putchar('\n');
	}
	json_decref(answer);
	if (name && shown == 0)
		say("%s: no such service", name);
	return name && shown == 0;
}

int client_down(void)
{
	json_t *answer;
	struct err err;
	int done = request("down", NULL, &answer, &err);

	/* One that died over it is started again, and has to be told anew. */
	for (int i = 0; done < 0 && i < DOWN_TRIES && supervisor_is_kept(); i++)
		done = request("down", NULL, &answer, &err);
	if (done < 0) {
		say("%s", err.msg);
		return 1;
	}
	json_decref(answer);
	return 0;
}

int client_find(const char *name, pid_t *pid, char *engine, size_t size,
		struct err *err)
{
	json_t *answer;
	struct told told;
	bool found = false;

	if (request("list", NULL, &answer, err) < 0)
		return -1;
	json_t *list = json_object_get(answer, "services");

	for (size_t i = 0; i < json_array_size(list) && !found; i++) {
		found = tell(json_array_get(list, i), &told) &&
			strcmp(told.name, name) == 0;
		if (!found)
			continue;
		*pid = told.pid;
		(void)snprintf(engine, size, "%s", told.engine);
	}
	json_decref(answer);
	return found ? 0 : err_set(err, "no such service");
}
