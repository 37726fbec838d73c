/* SPDX-License-Identifier: Apache-2.0 */
/* The supervisor as a machine: order, readiness, health, restarts. */
/* links: pkg/init/service/supervise.c pkg/init/service/supervise_step.c */
/* links: pkg/init/service/supervise_graph.c pkg/init/service/policy.c */
/* links: pkg/init/service/jsonget.c pkg/init/service/fs.c */
/* links: pkg/init/service/err.c -ljansson */

#include "tests/unit/stage.h"

TEST(services_without_keys_start_at_once_and_end_as_they_end)
{
	play((const struct role[]){ { "a", NULL, 0 }, { "b", NULL, 0 }, { 0 } },
	     (const struct line[]){
		     { 0, "tick", "start a, start b",
		       "a starting, b starting" },
		     { 5, "started b", "", "a starting, b ready" },
		     { 6, "started a", "", "a ready, b ready" },
		     { 7, "exit a 0", "", "a done, b ready" },
		     { 8, "exit b 3", "", "a done, b failed" },
		     { 0 } });
}

TEST(one_that_cannot_be_started_fails_and_the_others_go_on)
{
	play((const struct role[]){ { "a", NULL, 0 }, { "b", NULL, 0 }, { 0 } },
	     (const struct line[]){
		     { 0, "tick", "start a, start b", NULL },
		     { 1, "unstartable a", "", "a failed, b starting" },
		     { 2, "started b", "", "a failed, b ready" },
		     { 0 } });
}

TEST(after_waits_for_the_first_start_whatever_comes_of_it)
{
	static const char b[] = "{\"after\": [\"a\", \"nobody\"]}";

	play((const struct role[]){ { "a", NULL, 0 }, { "b", b, 0 }, { 0 } },
	     (const struct line[]){
		     { 0, "tick", "start a", "a starting, b waiting" },
		     { 1, "unstartable a", "start b", "a failed, b starting" },
		     { 0 } });
	play((const struct role[]){ { "a", NULL, 0 }, { "b", b, 0 }, { 0 } },
	     (const struct line[]){
		     { 0, "tick", "start a", NULL },
		     { 1, "started a", "start b", "a ready, b starting" },
		     { 0 } });
	play(
		(const struct role[]){
			{ "a", "{\"restart\": {\"policy\": \"always\"}}", 0 },
			{ "b", b, 0 },
			{ 0 } },
		(const struct line[]){ { 0, "tick", "start a", NULL },
				       { 1, "unstartable a", "start b",
					 "a backoff, b starting" },
				       { 0 } });
}

TEST(requires_waits_until_ready_and_fails_with_what_it_requires)
{
	static const char db[] = "{\"readiness\": {\"fd\": 3}}";
	static const char web[] = "{\"requires\": [\"db\"]}";
	static const char top[] = "{\"requires\": [\"web\"]}";
	const struct role roles[] = {
		{ "db", db, 0 }, { "top", top, 0 }, { "web", web, 0 }, { 0 }
	};

	play(roles,
	     (const struct line[]){ { 0, "tick", "start db", NULL },
				    { 1, "started db", "",
				      "db running, top waiting, web waiting" },
				    { 9, "says-ready db", "start web",
				      "db ready, top waiting, web starting" },
				    { 10, "started web", "start top",
				      "db ready, top starting, web ready" },
				    { 0 } });
	play(roles,
	     (const struct line[]){ { 0, "tick", "start db", NULL },
				    { 1, "unstartable db", "",
				      "db failed, top failed, web failed" },
				    { 0 } });
}

/* A short program speaks before its start has been reported, and only once. */
TEST(a_service_that_is_ready_before_it_is_told_to_be_started_is_ready)
{
	static const char db[] =
		"{\"readiness\": {\"fd\": 3, \"timeoutMs\": 1000},"
		"\"restart\": {\"policy\": \"always\", \"delayMs\": 10}}";

	play((const struct role[]){ { "db", db, 0 }, { 0 } },
	     (const struct line[]){ { 0, "tick", "start db", NULL },
				    { 1, "says-ready db", "", "db starting" },
				    { 2, "started db", "", "db ready" },
				    { 3, "exit db 0", "", "db backoff" },
				    { 13, "tick", "start db", "db starting" },
				    { 14, "started db", "", "db running" },
				    { 0 } });
}

TEST(those_that_require_a_failed_service_are_stopped_and_fail)
{
	static const char web[] = "{\"requires\": [\"db\"], "
				  "\"restart\": {\"policy\": \"always\"}}";

	play((const struct role[]){ { "db", NULL, 0 },
				    { "web", web, 0 },
				    { 0 } },
	     (const struct line[]){
		     { 0, "tick", "start db", NULL },
		     { 1, "started db", "start web", NULL },
		     { 2, "started web", "", "db ready, web ready" },
		     { 3, "signal db 11", "term web",
		       "db failed, web stopping" },
		     { 4, "exit web 0", "", "db failed, web failed" },
		     { 0 } });
}

TEST(a_service_that_ends_well_serves_those_that_require_it)
{
	static const char web[] = "{\"requires\": [\"setup\"]}";

	play((const struct role[]){ { "setup", "{\"readiness\": {\"fd\": 3}}",
				      0 },
				    { "web", web, 0 },
				    { 0 } },
	     (const struct line[]){
		     { 0, "tick", "start setup", NULL },
		     { 1, "started setup", "", "setup running, web waiting" },
		     { 2, "exit setup 0", "start web",
		       "setup done, web starting" },
		     { 0 } });
}

TEST(a_circle_fails_with_its_names_and_others_go_on)
{
	struct stage stage;

	stage_open(&stage, (const struct role[]){
				   { "a", "{\"after\": [\"c\"]}", 0 },
				   { "b", "{\"requires\": [\"a\"]}", 0 },
				   { "c", "{\"requires\": [\"b\"]}", 0 },
				   { "d", "{\"requires\": [\"c\"]}", 0 },
				   { "e", "{\"after\": [\"b\", \"e2\"]}", 0 },
				   { "e2", NULL, 0 },
				   { 0 } });
	play_lines(&stage, (const struct line[]){
				   { 0, "tick", "start e2",
				     "a failed, b failed, c failed, d failed, "
				     "e waiting, e2 starting" },
				   { 1, "started e2", "start e", NULL },
				   { 2, "ask-start a", "", NULL },
				   { 0 } });
	CHECK_STR(stage.supervise.units[0].reason,
		  "waits for itself: a before b before c before a");
	CHECK_STR(stage.supervise.units[3].reason,
		  "requires c, which has failed");
	stage_close(&stage);
}

TEST(one_that_waits_for_itself_or_for_nobody_fails)
{
	struct stage stage;

	stage_open(&stage,
		   (const struct role[]){ { "a", "{\"after\": [\"a\"]}", 0 },
					  { "b", "{\"requires\": [\"x\"]}", 0 },
					  { 0 } });
	play_lines(&stage,
		   (const struct line[]){
			   { 0, "tick", "", "a failed, b failed" }, { 0 } });
	CHECK_STR(stage.supervise.units[0].reason,
		  "waits for itself: a before a");
	CHECK_STR(stage.supervise.units[1].reason,
		  "requires x, which is not there");
	CHECK(supervise_settled(&stage.supervise));
	stage_close(&stage);
}

TEST(restarts_wait_twice_as_long_each_time_up_to_the_maximum)
{
	static const char a[] = "{\"restart\": {\"policy\": \"always\", "
				"\"delayMs\": 100, \"maxDelayMs\": 300}}";
	struct stage stage;

	stage_open(&stage, (const struct role[]){ { "a", a, 0 }, { 0 } });
	play_lines(&stage,
		   (const struct line[]){ { 0, "tick", "start a", NULL },
					  { 1, "started a", "", "a ready" },
					  { 10, "exit a 0", "", "a backoff" },
					  { 0 } });
	CHECK_INT(supervise_deadline(&stage.supervise), 110);
	play_lines(&stage, (const struct line[]){
				   { 109, "tick", "", "a backoff" },
				   { 110, "tick", "start a", "a starting" },
				   { 111, "started a", "", NULL },
				   { 120, "signal a 11", "", "a backoff" },
				   { 0 } });
	CHECK_INT(supervise_deadline(&stage.supervise), 320);
	play_lines(&stage, (const struct line[]){
				   { 320, "tick", "start a", NULL },
				   { 321, "unstartable a", "", "a backoff" },
				   { 0 } });
	CHECK_INT(supervise_deadline(&stage.supervise), 621);
	/* A long run ends the row. */
	play_lines(&stage,
		   (const struct line[]){ { 621, "tick", "start a", NULL },
					  { 622, "started a", "", NULL },
					  { 923, "exit a 1", "", "a backoff" },
					  { 0 } });
	CHECK_INT(supervise_deadline(&stage.supervise), 1023);
	CHECK_INT(stage.supervise.units[0].restarted, 4);
	stage_close(&stage);
}

TEST(the_limit_of_restarts_ends_in_failure_with_the_reason)
{
	static const char a[] = "{\"restart\": {\"policy\": \"on-failure\", "
				"\"limit\": 2, \"delayMs\": 10}}";
	struct stage stage;

	stage_open(&stage, (const struct role[]){ { "a", a, 0 }, { 0 } });
	play_lines(&stage,
		   (const struct line[]){ { 0, "tick", "start a", NULL },
					  { 0, "started a", "", NULL },
					  { 0, "exit a 7", "", "a backoff" },
					  { 10, "tick", "start a", NULL },
					  { 10, "started a", "", NULL },
					  { 10, "exit a 7", "", "a backoff" },
					  { 30, "tick", "start a", NULL },
					  { 30, "started a", "", NULL },
					  { 30, "oom a", "", "a failed" },
					  { 9999, "tick", "", "a failed" },
					  { 0 } });
	CHECK_STR(stage.supervise.units[0].reason,
		  "killed by signal 9 (out of memory); restarted 2 times in "
		  "a row");
	CHECK(stage.supervise.units[0].last.oom);
	/* Whoever starts it by hand gets a new row. */
	play_lines(&stage, (const struct line[]){
				   { 10000, "ask-start a", "start a", NULL },
				   { 10001, "started a", "", NULL },
				   { 10002, "exit a 7", "", "a backoff" },
				   { 0 } });
	stage_close(&stage);
}

TEST(on_failure_leaves_a_good_end_alone)
{
	static const char a[] = "{\"restart\": {\"policy\": \"on-failure\"}}";

	play((const struct role[]){ { "a", a, 0 }, { 0 } },
	     (const struct line[]){ { 0, "tick", "start a", NULL },
				    { 1, "started a", "", NULL },
				    { 2, "exit a 0", "", "a done" },
				    { 0 } });
}

TEST(readiness_is_probed_until_it_comes_or_time_is_out)
{
	static const char a[] = "{\"readiness\": {\"socket\": \"tcp:80\", "
				"\"timeoutMs\": 1000}, \"stopTimeoutMs\": 50}";
	struct stage stage;

	play((const struct role[]){ { "a", a, 0 }, { 0 } },
	     (const struct line[]){
		     { 0, "tick", "start a", NULL },
		     { 5, "started a", "probe-ready a", "a running" },
		     { 6, "ready-no a", "", "a running" },
		     { 255, "tick", "", NULL },
		     { 256, "tick", "probe-ready a", NULL },
		     { 300, "ready-yes a", "", "a ready" },
		     { 9000, "tick", "", "a ready" },
		     { 0 } });
	stage_open(&stage, (const struct role[]){ { "a", a, 0 }, { 0 } });
	play_lines(&stage, (const struct line[]){
				   { 0, "tick", "start a", NULL },
				   { 5, "started a", "probe-ready a", NULL },
				   { 1005, "tick", "term a", "a stopping" },
				   { 1006, "ready-yes a", "", "a stopping" },
				   { 1055, "tick", "kill a", "a stopping" },
				   { 1060, "signal a 9", "", "a failed" },
				   { 0 } });
	CHECK_STR(stage.supervise.units[0].reason, "not ready within 1000 ms");
	stage_close(&stage);
}

TEST(failed_healthchecks_in_a_row_restart_the_service)
{
	static const char a[] =
		"{\"restart\": {\"policy\": \"on-failure\", \"delayMs\": 10}, "
		"\"healthcheck\": {\"command\": [\"c\"], \"intervalMs\": 100, "
		"\"startPeriodMs\": 150, \"retries\": 2}}";
	struct stage stage;

	stage_open(&stage, (const struct role[]){ { "a", a, 0 }, { 0 } });
	play_lines(&stage,
		   (const struct line[]){
			   { 0, "tick", "start a", NULL },
			   { 0, "started a", "", "a ready" },
			   { 100, "tick", "probe-health a", NULL },
			   { 101, "ill a", "", NULL }, /* in its start period */
			   { 201, "tick", "probe-health a", NULL },
			   { 202, "ill a", "", NULL },
			   { 302, "tick", "probe-health a", NULL },
			   { 303, "well a", "", NULL },
			   { 403, "tick", "probe-health a", NULL },
			   { 404, "ill a", "", NULL },
			   { 504, "tick", "probe-health a", NULL },
			   { 505, "ill a", "term a", "a stopping" },
			   { 506, "exit a 0", "", "a backoff" },
			   { 516, "tick", "start a", NULL },
			   { 0 } });
	CHECK_STR(stage.supervise.units[0].reason,
		  "healthcheck failed 2 times in a row");
	stage_close(&stage);
}

TEST(a_probe_that_could_not_be_sent_is_sent_again_and_held_against_nobody)
{
	static const char health[] =
		"{\"healthcheck\": {\"command\": [\"c\"], \"intervalMs\": 1000, "
		"\"retries\": 1}}";
	static const char ready[] = "{\"readiness\": {\"socket\": \"tcp:80\", "
				    "\"timeoutMs\": 1000}}";

	play((const struct role[]){ { "a", health, 0 }, { 0 } },
	     (const struct line[]){
		     { 0, "tick", "start a", NULL },
		     { 0, "started a", "", "a ready" },
		     { 1000, "tick", "probe-health a", NULL },
		     { 1000, "unasked a", "", "a ready" },
		     { 1249, "tick", "", NULL },
		     { 1250, "tick", "probe-health a", "a ready" },
		     { 1251, "well a", "", "a ready" },
		     { 1252, "unasked a", "", "a ready" },
		     { 2250, "tick", "", NULL },
		     { 2251, "tick", "probe-health a", NULL },
		     { 0 } });
	play((const struct role[]){ { "a", ready, 0 }, { 0 } },
	     (const struct line[]){
		     { 0, "tick", "start a", NULL },
		     { 0, "started a", "probe-ready a", "a running" },
		     { 0, "unasked a", "", "a running" },
		     { 250, "tick", "probe-ready a", NULL },
		     { 251, "ready-yes a", "", "a ready" },
		     { 0 } });
}

TEST(what_is_skipped_is_stopped_until_somebody_starts_it)
{
	struct stage stage;

	stage_open(&stage,
		   (const struct role[]){ { "a", NULL, 0 },
					  { "b", "{\"after\": [\"a\"]}", 0 },
					  { "c", "{\"requires\": [\"a\"]}", 0 },
					  { 0 } });
	supervise_release(&stage.supervise);
	stage.config[0].skipped = true;
	supervise_init(&stage.supervise, stage.config, 3);
	play_lines(&stage, (const struct line[]){
				   { 0, "tick", "start b",
				     "a stopped, b starting, c waiting" },
				   { 1, "started b", "", NULL },
				   { 0 } });
	CHECK(supervise_settled(&stage.supervise));
	play_lines(&stage,
		   (const struct line[]){
			   { 2, "ask-start a", "start a", NULL },
			   { 3, "started a", "start c", NULL },
			   { 4, "started c", "", "a ready, b ready, c ready" },
			   { 0 } });
	stage_close(&stage);
}

TEST(a_round_of_starts_is_settled_when_each_came_to_something)
{
	struct stage stage;

	stage_open(
		&stage,
		(const struct role[]){
			{ "a", "{\"restart\": {\"policy\": \"always\"}}", 0 },
			{ "b", "{\"requires\": [\"a\"]}", 0 },
			{ "c", "{\"requires\": [\"b\"]}", 0 },
			{ 0 } });
	play_lines(&stage, (const struct line[]){
				   { 0, "tick", "start a", NULL }, { 0 } });
	CHECK(!supervise_settled(&stage.supervise));
	play_lines(&stage,
		   (const struct line[]){ { 1, "unstartable a", "",
					    "a backoff, b waiting, c waiting" },
					  { 0 } });
	CHECK(supervise_settled(&stage.supervise));
	play_lines(&stage, (const struct line[]){
				   { 1001, "tick", "start a", NULL },
				   { 1002, "started a", "start b", NULL },
				   { 0 } });
	CHECK(!supervise_settled(&stage.supervise));
	stage_close(&stage);
}

TEST(what_waits_for_its_restart_has_not_failed_when_the_round_is_over)
{
	struct round round;
	struct stage stage;

	stage_open(
		&stage,
		(const struct role[]){
			{ "a", "{\"restart\": {\"policy\": \"always\"}}", 0 },
			{ "b", "{\"requires\": [\"a\"]}", 0 },
			{ "c", NULL, 0 },
			{ "d", NULL, 0 },
			{ "e", NULL, 0 },
			{ "f", NULL, 0 } });
	stage.config[5].skipped = true;
	supervise_release(&stage.supervise);
	supervise_init(&stage.supervise, stage.config, 6);
	play_lines(
		&stage,
		(const struct line[]){
			{ 0, "tick", "start a, start c, start d, start e",
			  NULL },
			{ 1, "unstartable a", "", NULL },
			{ 2, "unstartable c", "", NULL },
			{ 3, "started d", "", NULL },
			{ 4, "started e", "", NULL },
			{ 5, "exit e 0", "",
			  "a backoff, b waiting, c failed, d ready, e done, f stopped" },
			{ 0 } });
	supervise_look_back(&stage.supervise, &round);
	CHECK_INT(round.asked, 5);
	CHECK_INT(round.failed.count, 1);
	CHECK_STR(round.failed.names, "c");
	CHECK_INT(round.late.count, 2);
	CHECK_STR(round.late.names, "a, b");
	stage_close(&stage);
}
