/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The supervisor's socket: one line in, one JSON object out.
 *
 *	list | start NAME | stop NAME | restart NAME | down
 *
 * The answer to all but list comes when it is done. Only root may connect.
 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "pkg/init/service/spawn.h"
#include "pkg/init/service/supervise_step.h"
#include "pkg/init/service/supervisor.h"

int control_open(struct supervisor *sv, struct err *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX,
				       .sun_path = CONTROL_PATH };
	const void *place = &address;

	if (fs_mkdir(RUN_FOLDER, err) < 0)
		return -1;
	(void)unlink(CONTROL_PATH);
	sv->control_fd =
		socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mode_t before = umask(0177);
	int bound = sv->control_fd < 0
			    ? -1
			    : bind(sv->control_fd, place, sizeof(address));

	(void)umask(before);
	if (bound < 0 || listen(sv->control_fd, CLIENTS_MAX) < 0)
		return err_sys(err, "listen on %s", CONTROL_PATH);
	return supervisor_listen(sv, sv->control_fd, SOURCE_CONTROL, 0);
}

static void hang_up(struct supervisor *sv, struct client *client)
{
	supervisor_forget(sv, client->fd);
	(void)close(client->fd);
	*client = (struct client){ .fd = -1 };
	if (!sv->crowded)
		return;
	sv->crowded = false;
	(void)supervisor_listen(sv, sv->control_fd, SOURCE_CONTROL, 0);
}

/*
 * A free place, or that of whoever has been silent longest: those that say
 * nothing must not keep out those that do. NULL: all wait for their answers.
 */
static struct client *find_place(struct supervisor *sv)
{
	struct client *silent = NULL;

	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *client = &sv->clients[i];

		if (client->fd < 0)
			return client;
		if (!client->waits &&
		    (!silent || client->number < silent->number))
			silent = client;
	}
	if (silent)
		hang_up(sv, silent);
	return silent;
}

void control_accept(struct supervisor *sv)
{
	struct client *client = find_place(sv);

	/* The others stay in the queue of the socket. */
	if (!client) {
		sv->crowded = true;
		supervisor_forget(sv, sv->control_fd);
		return;
	}
	int fd = accept4(sv->control_fd, NULL, NULL,
			 SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	*client = (struct client){ .fd = fd, .number = sv->clients_next++ };
	(void)supervisor_listen(sv, fd, SOURCE_CLIENT,
				(size_t)(client - sv->clients));
}

/* Whole, whether or not it is read: nobody waits for a reader. */
static void send_all(int fd, const char *text)
{
	int len = (int)strlen(text);

	/* The kernel counts its own overhead, too. */
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &len, sizeof(len));
	for (int put = 0; put < len;) {
		ssize_t sent =
			send(fd, text + put, (size_t)(len - put), MSG_NOSIGNAL);

		if (sent <= 0)
			return;
		put += (int)sent;
	}
}

static void answer(struct supervisor *sv, struct client *client, json_t *object)
{
	char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;

	if (text)
		send_all(client->fd, text);
	free(text);
	json_decref(object);
	hang_up(sv, client);
}

static void answer_error(struct supervisor *sv, struct client *client,
			 const char *text)
{
	answer(sv, client, json_pack("{s:s}", "error", text));
}

static json_t *last_exit(const struct unit *unit)
{
	if (!unit->ended)
		return json_null();
	return json_pack("{s:i, s:i, s:b}", "status", unit->last.status,
			 "signal", unit->last.sig, "oom", unit->last.oom);
}

/* A reason may be cut in the midst of a character, or be a program's words. */
static json_t *text_json(const char *text)
{
	char plain[PATH_BYTES];
	json_t *whole = json_string(text);

	if (whole)
		return whole;
	(void)snprintf(plain, sizeof(plain), "%s", text);
	for (char *at = plain; *at; at++)
		if ((unsigned char)*at > '~')
			*at = '?';
	return json_string(plain);
}

static json_t *reason_json(const struct supervise *machine,
			   const struct unit *unit)
{
	const char *other = unit->state == UNIT_WAITING && !unit->reason[0]
				    ? unit_waits_for(machine, unit)
				    : NULL;
	char text[REASON_BYTES];

	(void)snprintf(text, sizeof(text), "%s%s",
		       other ? "waits for " : unit->reason, other ? other : "");
	return text_json(text);
}

static json_t *unit_json(const struct supervisor *sv, size_t place)
{
	const struct unit *unit = &sv->machine.units[place];
	const struct member *member = &sv->members[place];

	return json_pack(
		"{s:o, s:s, s:s, s:i, s:I, s:o, s:o}", "name",
		text_json(unit->name), "state", unit_state_name[unit->state],
		"engine", member->engine->name, "pid",
		member->gone ? 0 : (int)member->pid, "restarts",
		(json_int_t)unit->restarted, "reason",
		reason_json(&sv->machine, unit), "exit", last_exit(unit));
}

static void answer_list(struct supervisor *sv, struct client *client)
{
	json_t *list = json_array();

	for (size_t i = 0; i < sv->machine.count; i++)
		(void)json_array_append_new(list, unit_json(sv, i));
	answer(sv, client, json_pack("{s:o}", "services", list));
}

static void ask(struct supervisor *sv, struct client *client,
		enum event_kind kind)
{
	const struct event event = { .kind = kind,
				     .now = clock_ms(),
				     .unit = client->unit };

	client->waits = true;
	client->all = kind == EVENT_DOWN;
	client->asked = kind;
	supervisor_event(sv, &event);
}

static void obey(struct supervisor *sv, struct client *client)
{
	static const struct {
		const char *word;
		enum event_kind kind;
	} words[] = {
		{ "start ", EVENT_ASK_START },
		{ "stop ", EVENT_ASK_STOP },
		{ "restart ", EVENT_ASK_RESTART },
	};

	if (strcmp(client->request, "list") == 0) {
		answer_list(sv, client);
		return;
	}
	if (strcmp(client->request, "down") == 0) {
		ask(sv, client, EVENT_DOWN);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		size_t len = strlen(words[i].word);

		if (strncmp(client->request, words[i].word, len) != 0)
			continue;
		client->unit =
			supervise_find(&sv->machine, client->request + len);
		if (client->unit == sv->machine.count)
			answer_error(sv, client, "no such service");
		else
			ask(sv, client, words[i].kind);
		return;
	}
	answer_error(sv, client, "no such request");
}

void control_read(struct supervisor *sv, size_t number)
{
	struct client *client = &sv->clients[number];

	if (client->fd < 0)
		return;
	ssize_t got = recv(client->fd, client->request + client->len,
			   REQUEST_BYTES - 1 - client->len, 0);

	if (got <= 0) {
		if (got == 0 || errno != EAGAIN)
			hang_up(sv, client);
		return;
	}
	client->len += (size_t)got;
	client->request[client->len] = '\0';
	char *end = strchr(client->request, '\n');

	if (end && !client->waits) {
		*end = '\0';
		obey(sv, client);
	} else if (client->len == REQUEST_BYTES - 1) {
		answer_error(sv, client, "request too long");
	}
}

static bool is_done(const struct supervisor *sv, const struct client *client)
{
	if (client->all)
		return supervise_quiet(&sv->machine);
	const struct unit *unit = &sv->machine.units[client->unit];
	enum unit_state state = unit->state;

	if (client->asked == EVENT_ASK_STOP)
		return state == UNIT_STOPPED || state == UNIT_FAILED ||
		       state == UNIT_DONE || unit->wanted;
	return (state == UNIT_READY && !unit->again) || state == UNIT_FAILED ||
	       state == UNIT_DONE || state == UNIT_BACKOFF || !unit->wanted;
}

void control_answer_done(struct supervisor *sv)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *client = &sv->clients[i];

		if (client->fd < 0 || !client->waits || !is_done(sv, client))
			continue;
		if (client->all)
			answer(sv, client, json_pack("{s:b}", "down", 1));
		else
			answer(sv, client,
			       json_pack("{s:o}", "service",
					 unit_json(sv, client->unit)));
	}
}
