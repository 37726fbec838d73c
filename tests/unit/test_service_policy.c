/* SPDX-License-Identifier: Apache-2.0 */
/* The `kitbuild` of runtime.json. */
/* links: pkg/init/service/policy.c pkg/init/service/jsonget.c */
/* links: pkg/init/service/fs.c pkg/init/service/err.c -ljansson */

#include <jansson.h>

#include "pkg/init/service/policy.h"
#include "tests/unit/unit.h"

static struct err err;

static int decode(struct policy *policy, const char *text, json_t **json)
{
	*json = json_loads(text, 0, NULL);
	CHECK(*json);
	return policy_decode(policy, *json, &err);
}

TEST(what_the_builder_writes_is_understood_whole)
{
	json_error_t json_err;
	json_t *file = json_load_file("tests/golden/supervised-runtime.json", 0,
				      &json_err);
	struct policy policy;

	CHECK(file);
	CHECK_INT(
		policy_decode(&policy, json_object_get(file, "kitbuild"), &err),
		0);
	CHECK_INT(policy.restart.when, RESTART_ON_FAILURE);
	CHECK_INT(policy.restart.limit, 5);
	CHECK_INT(policy.restart.delay_ms, 500);
	CHECK_INT(policy.restart.max_delay_ms, 120000);
	CHECK_STR(policy.after.item[0], "db");
	CHECK_STR(policy.requires.item[0], "log");
	CHECK_INT(policy.requires.count, 2);
	CHECK_STR(policy.health.command.item[1], "check");
	CHECK_INT(policy.health.interval_ms, 10000);
	CHECK_INT(policy.health.timeout_ms, 2000);
	CHECK_INT(policy.health.start_period_ms, 3600000);
	CHECK_INT(policy.health.retries, 4);
	CHECK_INT(readiness_port(&policy.ready), 80);
	CHECK_INT(policy.ready.timeout_ms, 20000);
	CHECK_INT(policy.stop_timeout_ms, 45000);
	CHECK_STR(policy.handler, "crun");
	CHECK(policy.landlock.asked);
	CHECK_STR(policy.landlock.read_only.item[0], "/");
	CHECK_INT(policy.landlock.read_write.count, 5);
	policy_release(&policy);
	json_decref(file);
}

TEST(nothing_asks_for_nothing)
{
	struct policy policy;

	CHECK_INT(policy_decode(&policy, NULL, &err), 0);
	CHECK_INT(policy.restart.when, RESTART_NO);
	CHECK(!readiness_asked(&policy.ready));
	CHECK_INT(policy.health.command.count, 0);
	CHECK_INT(policy.stop_timeout_ms, 10000);
	CHECK_INT(policy.onfail, ONFAIL_CONTINUE);
	CHECK_STR(policy.handler, "");
	CHECK(!policy.landlock.asked);
	policy_release(&policy);
}

TEST(what_a_guess_would_make_worse_is_refused_by_name)
{
	static const struct {
		const char *text;
		const char *wanted;
	} cases[] = {
		{ "[]", "not an object" },
		{ "{\"restrat\": {}}", "'restrat' is unknown here" },
		{ "{\"restart\": \"always\"}", "'restart' is not an object" },
		{ "{\"restart\": {\"policy\": \"often\"}}",
		  "restart: 'policy' is 'often', which is not one of its "
		  "words" },
		{ "{\"restart\": {\"policy\": \"always\", \"limit\": 0}}",
		  "restart: 'limit' is not from 1 to 1000000" },
		{ "{\"restart\": {\"policy\": \"always\", \"delay\": 1}}",
		  "restart: 'delay' is unknown here" },
		{ "{\"stopTimeoutMs\": -1}",
		  "'stopTimeoutMs' is not from 1 to 315360000000" },
		{ "{\"timeoutMs\": 1.5}", "'timeoutMs' is not an integer" },
		{ "{\"after\": [1]}", "'after[0]' is not a string" },
		{ "{\"healthcheck\": {}}", "healthcheck: 'command' is empty" },
		{ "{\"readiness\": {\"timeoutMs\": 1}}",
		  "readiness: needs one of 'fd', 'socket' and 'command'" },
		{ "{\"readiness\": {\"fd\": 3, \"socket\": \"/x\"}}",
		  "readiness: needs one of 'fd', 'socket' and 'command'" },
		{ "{\"readiness\": {\"fd\": 2}}",
		  "readiness: 'fd' is not from 3 to 1023" },
		{ "{\"readiness\": {\"socket\": \"tcp:65536\"}}",
		  "readiness: 'socket' is neither a path nor tcp:PORT" },
		{ "{\"readiness\": {\"socket\": \"tcp: 80\"}}",
		  "readiness: 'socket' is neither a path nor tcp:PORT" },
		{ "{\"onfail\": \"panic\"}",
		  "'onfail' is 'panic', which is not one of its words" },
		{ "{\"handler\": \"../runc\"}",
		  "'handler' is not the name of a program" },
		{ "{\"landlock\": {\"readOnly\": \"/\"}}",
		  "landlock: 'readOnly' is not a list" },
	};
	struct policy policy;
	json_t *json;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CHECK_INT(decode(&policy, cases[i].text, &json), -1);
		CHECK_STR(err.msg, cases[i].wanted);
		json_decref(json);
	}
}

TEST(a_delay_above_the_maximum_is_the_maximum)
{
	struct policy policy;
	json_t *json;

	CHECK_INT(decode(&policy,
			 "{\"restart\": {\"policy\": \"always\", "
			 "\"delayMs\": 90000}}",
			 &json),
		  0);
	CHECK_INT(policy.restart.max_delay_ms, 90000);
	policy_release(&policy);
	json_decref(json);
}
