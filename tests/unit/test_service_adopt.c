/* SPDX-License-Identifier: Apache-2.0 */
/* A supervisor dies anywhere in a play, and another one goes on with it. */
/* links: pkg/init/service/supervise.c pkg/init/service/supervise_step.c */
/* links: pkg/init/service/supervise_graph.c pkg/init/service/policy.c */
/* links: pkg/init/service/jsonget.c pkg/init/service/fs.c */
/* links: pkg/init/service/adopt.c pkg/init/service/process.c */
/* links: pkg/init/common/proctext.c */
/* links: pkg/init/service/err.c -ljansson */

#include <unistd.h>

#include "pkg/init/common/proctext.h"
#include "pkg/init/service/adopt.h"
#include "pkg/init/service/fs.h"
#include "pkg/init/service/process.h"
#include "tests/unit/stage.h"

/* Of a folder that is full: the room that the old text has is there. */
TEST(a_state_is_written_over_the_old_one_where_there_is_no_room_for_a_new_one)
{
	SCOPED_FREE char *text = NULL;
	char path[] = "/tmp/state-XXXXXX";
	SCOPED_FD fd = mkstemp(path);

	CHECK(fd >= 0);
	CHECK_INT(write(fd, "pid 1234\nstate 3\n", 17), 17);
	CHECK_INT(fs_overwrite(path, "pid 7\n", &err), 0);
	CHECK_INT(fs_read(path, 100, &text, &err), 0);
	CHECK_STR(text, "pid 7\n");
	(void)unlink(path);
	CHECK_INT(fs_overwrite(path, "pid 7\n", &err), -1);
	CHECK(strstr(err.msg, "write over /tmp/state-"));
}

/* The machine's state goes through the text, as it does through the file. */
static void pass_on(const struct stage *from, struct stage *to, long long now)
{
	char text[SAVED_BYTES];

	for (size_t i = 0; i < from->supervise.count; i++) {
		struct saved saved = { .pid = 100 + (long long)i, .born = 7 };
		struct saved read;

		saved_take(&saved, &from->supervise.units[i]);
		saved_encode(&saved, text);
		CHECK(saved_decode(&read, text));
		CHECK_INT(read.pid, saved.pid);
		CHECK_INT(read.born, 7);
		CHECK_STR(read.reason, saved.reason);
		saved_restore(&read, &to->supervise.units[i], now);
	}
}

static void play_on(const struct role *roles, const struct line *before,
		    const struct line *after)
{
	struct stage first, second;

	stage_open(&first, roles);
	play_lines(&first, before);
	stage_open(&second, roles);
	pass_on(&first, &second, 1000);
	play_lines(&second, after);
	stage_close(&first);
	stage_close(&second);
}

#define LINES(...)                                                             \
	(const struct line[])                                                  \
	{                                                                      \
		__VA_ARGS__,                                                   \
		{                                                              \
			0                                                      \
		}                                                              \
	}
#define ROLES(...)                                                             \
	(const struct role[])                                                  \
	{                                                                      \
		__VA_ARGS__,                                                   \
		{                                                              \
			0                                                      \
		}                                                              \
	}

static const char always[] =
	"{\"restart\": {\"policy\": \"always\", \"limit\": 3, \"delayMs\": "
	"100, \"maxDelayMs\": 10000}}";

TEST(what_runs_is_left_alone)
{
	play_on(ROLES({ "a", NULL, 0 }, { "b", NULL, 0 }),
		LINES({ 0, "tick", "start a, start b", NULL },
		      { 1, "started a", "", NULL },
		      { 2, "started b", "", NULL },
		      { 3, "exit b 0", "", NULL }),
		LINES({ 1000, "tick", "", "a ready, b done" },
		      { 1001, "exit a 3", "", "a failed, b done" }));
}

TEST(restarts_are_counted_on)
{
	play_on(ROLES({ "a", always, 0 }),
		LINES({ 0, "tick", "start a", NULL },
		      { 1, "started a", "", NULL },
		      { 2, "exit a 3", "", "a backoff" },
		      { 102, "tick", "start a", NULL },
		      { 103, "started a", "", NULL },
		      { 104, "exit a 3", "", "a backoff" },
		      { 304, "tick", "start a", NULL },
		      { 305, "started a", "", "a ready" }),
		LINES({ 1001, "exit a 3", "", "a backoff" },
		      { 1400, "tick", "", "a backoff" },
		      { 1401, "tick", "start a", NULL },
		      { 1402, "started a", "", NULL },
		      { 1403, "exit a 3", "", "a failed" }));
}

TEST(a_wait_before_a_restart_ends_when_it_would_have)
{
	play_on(ROLES({ "a", always, 0 }),
		LINES({ 990, "tick", "start a", NULL },
		      { 991, "started a", "", NULL },
		      { 992, "exit a 3", "", "a backoff" }),
		LINES({ 1000, "tick", "", "a backoff" },
		      { 1092, "tick", "start a", "a starting" }));
}

TEST(a_start_under_way_begins_again)
{
	play_on(ROLES({ "a", NULL, 0 }), LINES({ 0, "tick", "start a", NULL }),
		LINES({ 1000, "tick", "", "a starting" },
		      { 1001, "unstartable a", "start a", "a starting" },
		      { 1002, "started a", "", "a ready" }));
}

TEST(a_start_that_nobody_wants_any_more_does_not)
{
	play_on(ROLES({ "a", NULL, 0 }),
		LINES({ 0, "tick", "start a", NULL },
		      { 1, "ask-stop a", "", "a starting" }),
		LINES({ 1000, "tick", "", "a starting" },
		      { 1001, "unstartable a", "", "a stopped" }));
}

TEST(a_stop_under_way_is_asked_for_again_and_ends_in_a_kill)
{
	play_on(ROLES({ "a", "{\"stopTimeoutMs\": 50}", 0 }),
		LINES({ 0, "tick", "start a", NULL },
		      { 1, "started a", "", NULL },
		      { 2, "ask-stop a", "term a", "a stopping" }),
		LINES({ 1000, "tick", "term a", "a stopping" },
		      { 1050, "tick", "kill a", "a stopping" },
		      { 1051, "signal a 9", "", "a stopped" }));
}

TEST(readiness_and_health_are_asked_anew)
{
	static const char command[] =
		"{\"readiness\": {\"command\": [\"x\"], \"timeoutMs\": 500}}";
	static const char health[] =
		"{\"healthcheck\": {\"command\": [\"x\"], \"intervalMs\": 10, "
		"\"timeoutMs\": 5, \"startPeriodMs\": 0, \"retries\": 2}}";

	play_on(ROLES({ "a", command, 0 }),
		LINES({ 0, "tick", "start a", NULL },
		      { 1, "started a", "probe-ready a", "a running" }),
		LINES({ 1000, "tick", "probe-ready a", "a running" },
		      { 1001, "ready-no a", "", NULL },
		      { 1500, "tick", "term a", "a stopping" }));
	play_on(ROLES({ "a", health, 0 }),
		LINES({ 0, "tick", "start a", NULL },
		      { 1, "started a", "", NULL },
		      { 11, "tick", "probe-health a", NULL },
		      { 12, "ill a", "", "a ready" }),
		LINES({ 1000, "tick", "", "a ready" },
		      { 1010, "tick", "probe-health a", NULL },
		      { 1011, "ill a", "term a", "a stopping" }));
}

TEST(what_has_failed_for_good_stays_so_and_what_waited_waits)
{
	play_on(ROLES({ "a", NULL, 0 }, { "b", "{\"requires\": [\"a\"]}", 0 },
		      { "c", NULL, 1 }),
		LINES({ 0, "tick", "start a", NULL },
		      { 1, "unstartable a", "",
			"a failed, b failed, c waiting" }),
		LINES({ 1000, "tick", "", "a failed, b failed, c waiting" },
		      { 1001, "runtime-up", "start c", NULL }));
}

TEST(a_text_that_is_not_ours_is_refused)
{
	struct saved saved = { .state = UNIT_READY, .reason = "two\nlines" };
	char text[SAVED_BYTES];
	struct saved read;

	saved_encode(&saved, text);
	CHECK(saved_decode(&read, text));
	CHECK_STR(read.reason, "two\nlines");
	for (size_t len = strlen(text); len-- > 0;) {
		text[len] = '\0';
		if (len == 0 || text[len - 1] != '\n')
			CHECK(!saved_decode(&read, text));
	}
	saved.state = UNIT_STOPPED + 1;
	saved_encode(&saved, text);
	CHECK(!saved_decode(&read, text));
	CHECK(!saved_decode(&read, "pid 1 2\n"));
	CHECK(!saved_decode(&read, "pid 99999999999999999999\n"));
}

TEST(a_process_is_told_from_others_by_its_start)
{
	CHECK_INT(stat_born("12 (a ) b) S 1 12 12 0 -1 4194560 1 0 0 0 0 0 0 0 "
			    "20 0 1 0 4711 2490368 1"),
		  4711);
	CHECK_INT(stat_born("12 (a) S 1"), 0);
	CHECK_INT(stat_born(""), 0);
	CHECK(process_born(1) >= 0);
}
