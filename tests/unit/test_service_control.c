/* SPDX-License-Identifier: Apache-2.0 */
/* The supervisor's socket: many clients, silent ones, long answers. */
/* links: pkg/init/service/control.c pkg/init/service/supervise.c */
/* links: pkg/init/service/supervise_step.c */
/* links: pkg/init/service/supervise_graph.c pkg/init/service/policy.c */
/* links: pkg/init/service/jsonget.c pkg/init/service/spawn.c */
/* links: pkg/init/service/process.c pkg/init/common/proctext.c */
/* links: pkg/init/service/fs.c pkg/init/service/err.c -ljansson */

#include <jansson.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "pkg/init/service/supervisor.h"
#include "tests/unit/unit.h"

#define UNITS 2000

static const struct engine engine = { .name = "stand-in" };
static const struct policy policy = { .stop_timeout_ms = 1000 };

static bool listens;

int supervisor_listen(struct supervisor *sv, int fd, enum source source,
		      size_t number)
{
	(void)fd;
	(void)number;
	listens |= source == SOURCE_CONTROL;
	return sv ? 0 : -1;
}

void supervisor_forget(const struct supervisor *sv, int fd)
{
	listens &= fd != sv->control_fd;
}

void supervisor_event(struct supervisor *sv, const struct event *event)
{
	struct action action;

	supervise_event(&sv->machine, event);
	while (supervise_next(&sv->machine, &action))
		;
}

static struct sockaddr_un address = { .sun_family = AF_UNIX };

/* In the abstract namespace: no folder is needed. */
static void open_control(struct supervisor *sv)
{
	const void *place = &address;

	(void)snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1,
		       "test-control-%d", (int)getpid());
	sv->control_fd =
		socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	CHECK(sv->control_fd >= 0);
	CHECK_INT(bind(sv->control_fd, place, sizeof(address)), 0);
	CHECK_INT(listen(sv->control_fd, CLIENTS_MAX), 0);
	listens = true;
}

static void open_supervisor(struct supervisor *sv)
{
	static char names[UNITS][16];
	static struct unit_config configs[UNITS];

	*sv = (struct supervisor){
		.members = fs_alloc(UNITS, sizeof(*sv->members)),
		.clients = fs_alloc(CLIENTS_MAX, sizeof(*sv->clients)),
	};
	for (int i = 0; i < UNITS; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "s%d", i);
		configs[i] = (struct unit_config){ .name = names[i],
						   .policy = &policy };
		sv->members[i].engine = &engine;
	}
	for (int i = 0; i < CLIENTS_MAX; i++)
		sv->clients[i].fd = -1;
	supervise_init(&sv->machine, configs, UNITS);
	open_control(sv);
}

static void close_supervisor(struct supervisor *sv)
{
	for (int i = 0; i < CLIENTS_MAX; i++)
		fs_close(&sv->clients[i].fd);
	fs_close(&sv->control_fd);
	supervise_release(&sv->machine);
	free(sv->members);
	free(sv->clients);
}

/* A client that says so much; what comes is taken and read. */
static int ask(struct supervisor *sv, const char *text)
{
	const void *place = &address;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	CHECK(fd >= 0);
	CHECK_INT(connect(fd, place, sizeof(address)), 0);
	CHECK_INT(send(fd, text, strlen(text), 0), (int)strlen(text));
	if (listens)
		control_accept(sv);
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		control_read(sv, i);
	return fd;
}

/* The whole answer, once the other side has hung up; NULL: not an object. */
static json_t *answer_of(int fd)
{
	static char text[4 << 20];
	size_t len = 0;
	ssize_t got;

	while ((got = recv(fd, text + len, sizeof(text) - len, 0)) > 0)
		len += (size_t)got;
	CHECK_INT(got, 0);
	(void)close(fd);
	return json_loadb(text, len, 0, NULL);
}

TEST(clients_that_say_nothing_do_not_keep_out_one_that_asks)
{
	static int silent[4 * CLIENTS_MAX];
	struct supervisor sv;

	open_supervisor(&sv);
	for (size_t i = 0; i < ARRAY_LEN(silent); i++)
		silent[i] = ask(&sv, i % 2 ? "" : "sto");
	json_t *answer = answer_of(ask(&sv, "nonsense\n"));

	CHECK_STR(json_string_value(json_object_get(answer, "error")),
		  "no such request");
	json_decref(answer);
	for (size_t i = 0; i < ARRAY_LEN(silent); i++)
		(void)close(silent[i]);
	close_supervisor(&sv);
}

TEST(an_answer_beyond_the_buffer_of_a_socket_comes_whole)
{
	struct supervisor sv;

	open_supervisor(&sv);
	for (int i = 0; i < UNITS; i++)
		memset(sv.machine.units[i].reason, 'x', REASON_BYTES - 1);
	json_t *answer = answer_of(ask(&sv, "list\n"));

	CHECK_INT(json_array_size(json_object_get(answer, "services")), UNITS);
	json_decref(answer);
	close_supervisor(&sv);
}

TEST(every_service_is_listed_with_a_reason_whatever_its_bytes)
{
	struct supervisor sv;

	open_supervisor(&sv);
	for (int i = 0; i < REASON_BYTES - 1; i += 2)
		memcpy(sv.machine.units[1].reason + i, "\xc3\xa9", 2);
	sv.machine.units[1].reason[REASON_BYTES - 1] = '\0';
	sv.machine.units[2].reason[0] = '\xff';
	sv.machine.units[3].needs_runtime = true;
	json_t *answer = answer_of(ask(&sv, "list\n"));
	json_t *list = json_object_get(answer, "services");

	CHECK_INT(json_array_size(list), UNITS);
	CHECK_STR(json_string_value(
			  json_object_get(json_array_get(list, 2), "reason")),
		  "?");
	CHECK_STR(json_string_value(
			  json_object_get(json_array_get(list, 3), "reason")),
		  "waits for containerd");
	json_decref(answer);
	close_supervisor(&sv);
}

TEST(when_all_wait_for_answers_more_wait_in_the_queue_and_get_theirs)
{
	const struct event tick = { .kind = EVENT_TICK, .now = 1 };
	const struct event failed = { .kind = EVENT_START_FAILED,
				      .now = 2,
				      .text = "no program" };
	static int waiting[CLIENTS_MAX];
	struct supervisor sv;

	open_supervisor(&sv);
	supervisor_event(&sv, &tick);
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		waiting[i] = ask(&sv, "start s0\n");
	int late = ask(&sv, "start s0\n");

	CHECK(!listens);
	supervisor_event(&sv, &failed);
	control_answer_done(&sv);
	CHECK(listens);
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		json_t *answer = answer_of(waiting[i]);

		CHECK(json_object_get(answer, "service"));
		json_decref(answer);
	}
	/* It is taken now, and asks for a start that is under way. */
	control_accept(&sv);
	control_read(&sv, 0);
	supervisor_event(&sv, &failed);
	control_answer_done(&sv);
	json_t *answer = answer_of(late);

	CHECK(json_object_get(answer, "service"));
	json_decref(answer);
	close_supervisor(&sv);
}
