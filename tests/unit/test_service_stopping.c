/* SPDX-License-Identifier: Apache-2.0 */
/* The supervisor as a machine: stops, the way down, a lost containerd. */
/* links: pkg/init/service/supervise.c pkg/init/service/supervise_step.c */
/* links: pkg/init/service/supervise_graph.c pkg/init/service/policy.c */
/* links: pkg/init/service/jsonget.c pkg/init/service/fs.c */
/* links: pkg/init/service/err.c -ljansson */

#include "tests/unit/stage.h"

TEST(stopping_a_service_stops_those_that_require_it_first)
{
	static const char web[] = "{\"requires\": [\"db\"]}";
	static const char log[] = "{\"after\": [\"db\"]}";
	const struct role roles[] = {
		{ "db", NULL, 0 }, { "log", log, 0 }, { "web", web, 0 }, { 0 }
	};
	const struct line up[] = { { 0, "tick", "start db", NULL },
				   { 1, "started db", "start log, start web",
				     NULL },
				   { 2, "started log", "", NULL },
				   { 3, "started web", "", NULL },
				   { 0 } };
	struct stage stage;

	stage_open(&stage, roles);
	play_lines(&stage, up);
	play_lines(&stage, (const struct line[]){
				   { 10, "ask-stop db", "term web",
				     "db ready, log ready, web stopping" },
				   { 11, "exit web 0", "term db",
				     "db stopping, log ready, web waiting" },
				   { 12, "signal db 15", "",
				     "db stopped, log ready, web waiting" },
				   { 13, "ask-start web", "start db",
				     "db starting, log ready, web waiting" },
				   { 14, "started db", "start web", NULL },
				   { 15, "started web", "",
				     "db ready, log ready, web ready" },
				   { 0 } });
	stage_close(&stage);
	/* A restart brings back what went with it. */
	stage_open(&stage, roles);
	play_lines(&stage, up);
	play_lines(&stage, (const struct line[]){
				   { 10, "ask-restart db", "term web", NULL },
				   { 11, "exit web 0", "term db", NULL },
				   { 12, "exit db 0", "start db", NULL },
				   { 13, "started db", "start web", NULL },
				   { 14, "started web", "",
				     "db ready, log ready, web ready" },
				   { 0 } });
	stage_close(&stage);
}

/* The runtime may hang: a start is given up like a stop that takes too long. */
TEST(a_start_that_nobody_wants_any_more_is_given_up_after_the_grace)
{
	static const char slow[] = "{\"stopTimeoutMs\": 500}";
	const struct role roles[] = { { "a", slow, 0 }, { 0 } };

	play(roles,
	     (const struct line[]){
		     { 0, "tick", "start a", "a starting" },
		     { 9000, "ask-stop a", "", "a starting" },
		     { 9499, "tick", "", "a starting" },
		     { 9500, "tick", "kill a", "a starting" },
		     /* Once; taking down what there is of it may last. */
		     { 30000, "tick", "", "a starting" },
		     { 30001, "unstartable a", "", "a stopped" },
		     { 40000, "ask-start a", "start a", "a starting" },
		     { 50000, "tick", "", "a starting" },
		     { 50001, "down", "", "a starting" },
		     { 50501, "tick", "kill a", NULL },
		     { 50502, "unstartable a", "", "a stopped" },
		     { 0 } });
	play(roles, (const struct line[]){
			    { 0, "tick", "start a", NULL },
			    { 10, "ask-restart a", "", "a starting" },
			    { 510, "tick", "kill a", NULL },
			    { 511, "unstartable a", "start a", "a starting" },
			    { 512, "started a", "", "a ready" },
			    { 0 } });
	/* Wanted again in time: it goes on as if nobody had asked. */
	play(roles,
	     (const struct line[]){ { 0, "tick", "start a", NULL },
				    { 10, "ask-stop a", "", "a starting" },
				    { 20, "ask-start a", "", "a starting" },
				    { 9000, "tick", "", "a starting" },
				    { 9001, "started a", "", "a ready" },
				    { 0 } });
}

TEST(a_service_that_is_started_while_it_is_stopped_comes_back_whatever_for)
{
	static const char ill[] =
		"{\"healthcheck\": {\"command\": [\"x\"], \"intervalMs\": 10, "
		"\"retries\": 1}}";
	static const char web[] = "{\"requires\": [\"db\"]}";

	play((const struct role[]){ { "a", ill, 0 }, { 0 } },
	     (const struct line[]){
		     { 0, "tick", "start a", NULL },
		     { 1, "started a", "", NULL },
		     { 11, "tick", "probe-health a", NULL },
		     { 12, "ill a", "term a", "a stopping" },
		     { 13, "ask-start a", "", "a stopping" },
		     { 14, "signal a 15", "start a", "a starting" },
		     { 0 } });
	play((const struct role[]){ { "db", NULL, 0 },
				    { "web", web, 0 },
				    { 0 } },
	     (const struct line[]){
		     { 0, "tick", "start db", NULL },
		     { 1, "started db", "start web", NULL },
		     { 2, "started web", "", NULL },
		     { 3, "signal db 9", "term web",
		       "db failed, web stopping" },
		     { 4, "ask-start web", "start db",
		       "db starting, web stopping" },
		     { 5, "exit web 0", "", "db starting, web waiting" },
		     { 6, "started db", "start web", "db ready, web starting" },
		     { 0 } });
}

TEST(a_healthcheck_says_nothing_while_there_is_no_containerd)
{
	static const char web[] =
		"{\"healthcheck\": {\"command\": [\"x\"], \"intervalMs\": 10, "
		"\"retries\": 1}}";

	play((const struct role[]){ { "web", web, true }, { 0 } },
	     (const struct line[]){
		     { 0, "runtime-up", "start web", NULL },
		     { 1, "started web", "", "web ready" },
		     { 5, "runtime-lost", "", "web ready" },
		     { 11, "tick", "probe-health web", NULL },
		     { 12, "ill web", "", "web ready" },
		     { 22, "tick", "probe-health web", NULL },
		     { 23, "ill web", "", "web ready" },
		     { 30, "runtime-up", "", "web ready" },
		     { 33, "tick", "probe-health web", NULL },
		     { 34, "ill web", "term web", "web stopping" },
		     { 0 } });
}

TEST(a_crash_of_what_is_restarted_leaves_those_that_require_it_alone)
{
	static const char db[] = "{\"restart\": {\"policy\": \"always\"}}";
	static const char web[] = "{\"requires\": [\"db\"]}";

	play((const struct role[]){ { "db", db, 0 }, { "web", web, 0 }, { 0 } },
	     (const struct line[]){
		     { 0, "tick", "start db", NULL },
		     { 1, "started db", "start web", NULL },
		     { 2, "started web", "", NULL },
		     { 3, "signal db 9", "", "db backoff, web ready" },
		     { 0 } });
}

TEST(a_stop_is_a_grace_period_and_then_a_kill)
{
	struct stage stage;

	stage_open(&stage,
		   (const struct role[]){
			   { "a", "{\"stopTimeoutMs\": 500}", 0 }, { 0 } });
	play_lines(&stage, (const struct line[]){
				   { 0, "tick", "start a", NULL },
				   { 1, "started a", "", NULL },
				   { 10, "ask-stop a", "term a", "a stopping" },
				   { 509, "tick", "", NULL },
				   { 510, "tick", "kill a", NULL },
				   { 10509, "tick", "", NULL },
				   { 10510, "tick", "", "a stopping" },
				   { 0 } });
	CHECK_STR(stage.supervise.units[0].reason, "cannot be killed");
	CHECK_INT(supervise_deadline(&stage.supervise), NEVER);
	play_lines(&stage,
		   (const struct line[]){
			   { 20000, "signal a 9", "", "a stopped" }, { 0 } });
	stage_close(&stage);
}

TEST(why_a_service_was_to_end_outlives_a_slow_end)
{
	static const char late[] =
		"{\"readiness\": {\"command\": [\"x\"], \"timeoutMs\": 100}, "
		"\"stopTimeoutMs\": 500}";
	struct stage stage;

	stage_open(&stage, (const struct role[]){ { "a", late, 0 }, { 0 } });
	play_lines(&stage, (const struct line[]){
				   { 0, "tick", "start a", NULL },
				   { 1, "started a", "probe-ready a", NULL },
				   { 101, "tick", "term a", "a stopping" },
				   { 601, "tick", "kill a", NULL },
				   { 10601, "tick", "", "a stopping" },
				   { 10700, "signal a 9", "", "a failed" },
				   { 0 } });
	CHECK_STR(stage.supervise.units[0].reason, "not ready within 100 ms");
	stage_close(&stage);
}

TEST(the_way_down_is_the_order_of_starting_turned_round)
{
	const struct role roles[] = {
		{ "a", NULL, 0 },
		{ "b", "{\"after\": [\"a\"]}", 0 },
		{ "c",
		  "{\"requires\": [\"b\"], "
		  "\"restart\": {\"policy\": \"always\"}}",
		  0 },
		{ "d", NULL, 0 },
		{ 0 }
	};
	struct stage stage;

	stage_open(&stage, roles);
	play_lines(&stage,
		   (const struct line[]){
			   { 0, "tick", "start a, start d", NULL },
			   { 1, "started a", "start b", NULL },
			   { 2, "started b", "start c", NULL },
			   { 3, "started c", "", NULL },
			   /* d is still being started: it ends after that. */
			   { 10, "down", "term c",
			     "a ready, b ready, c stopping, d starting" },
			   { 11, "started d", "term d", NULL },
			   { 12, "exit c 1", "term b",
			     "a ready, b stopping, c stopped, d stopping" },
			   { 13, "exit b 0", "term a", NULL },
			   { 14, "exit d 0", "", NULL },
			   { 15, "ask-start d", "", NULL },
			   { 0 } });
	CHECK(!supervise_quiet(&stage.supervise));
	play_lines(&stage,
		   (const struct line[]){
			   { 16, "exit a 0", "",
			     "a stopped, b stopped, c stopped, d stopped" },
			   { 0 } });
	CHECK(supervise_quiet(&stage.supervise));
	stage_close(&stage);
}

TEST(containerd_is_waited_for_by_those_that_need_it_only)
{
	static const char always[] = "{\"restart\": {\"policy\": \"always\", "
				     "\"delayMs\": 10}}";

	play((const struct role[]){ { "a", always, true },
				    { "b", NULL, false },
				    { "c", NULL, true },
				    { 0 } },
	     (const struct line[]){
		     { 0, "tick", "start b",
		       "a waiting, b starting, c waiting" },
		     { 1, "runtime-up", "start a, start c", NULL },
		     { 2, "started a", "", NULL },
		     { 3, "runtime-lost", "", NULL },
		     /* Neither is a failure of the service. */
		     { 4, "unstartable c", "",
		       "a ready, b starting, c waiting" },
		     { 5, "exit a 1", "", NULL },
		     { 15, "tick", "", "a waiting, b starting, c waiting" },
		     { 16, "runtime-up", "start a, start c", NULL },
		     { 0 } });
	play((const struct role[]){ { "a", NULL, true }, { 0 } },
	     (const struct line[]){ { 0, "tick", "", NULL },
				    { 1, "runtime-gone", "", "a failed" },
				    { 0 } });
}

TEST(stops_and_starts_may_come_at_any_time)
{
	static const char a[] = "{\"restart\": {\"policy\": \"always\"}}";

	play((const struct role[]){ { "a", a, 0 }, { 0 } },
	     (const struct line[]){
		     { 0, "tick", "start a", NULL },
		     { 1, "ask-stop a", "", "a starting" },
		     { 2, "started a", "term a", "a stopping" },
		     { 3, "ask-start a", "", "a stopping" },
		     { 4, "signal a 15", "start a", "a starting" },
		     { 5, "ask-restart a", "", NULL },
		     { 6, "started a", "term a", NULL },
		     { 7, "exit a 0", "start a", NULL },
		     { 8, "unstartable a", "", "a backoff" },
		     { 9, "ask-stop a", "", "a stopped" },
		     { 10, "ask-stop a", "", "a stopped" },
		     { 11, "ask-restart a", "start a", NULL },
		     { 12, "ask-stop a", "", NULL },
		     { 13, "unstartable a", "", "a stopped" },
		     { 14, "exit a 0", "", "a stopped" },
		     { 0 } });
}
