/* SPDX-License-Identifier: Apache-2.0 */
/* What is done around a container's command that no OCI runtime does. */
/* links: pkg/init/service/inside_wrap.c pkg/init/service/policy.c */
/* links: pkg/init/service/jsonget.c pkg/init/service/jsonspan.c */
/* links: pkg/init/service/process.c pkg/init/service/fs.c */
/* links: pkg/init/common/proctext.c */
/* links: pkg/init/service/err.c -ljansson */

#include <jansson.h>

#include "pkg/init/common/proctext.h"
#include "pkg/init/service/fs.h"
#include "pkg/init/service/inside.h"
#include "pkg/init/service/process.h"
#include "tests/unit/unit.h"

static struct err err;

static void check_wrapped(const char *kitbuild, const char *config,
			  const char *wanted)
{
	SCOPED_FREE char *out = NULL;
	json_t *json = json_loads(kitbuild, 0, NULL);
	struct policy policy;

	CHECK_INT(policy_decode(&policy, json, &err), 0);
	CHECK(inside_needed(&policy));
	CHECK_INT(inside_wrap(config, &policy, "/run/f", &out, &err), 0);
	CHECK_STR(out, wanted);
	policy_release(&policy);
	json_decref(json);
}

TEST(a_command_that_reports_readiness_is_started_through_the_launcher)
{
	check_wrapped(
		"{\"readiness\": {\"fd\": 5}}",
		"{\"process\": {\"args\": [\"/a\"]}, \"mounts\": [{}], "
		"\"x\": 18446744073709551615}",
		"{\"process\": {\"args\": [\"/dev/.kitbuild/service\","
		"\"inside\",\"fd\",\"5\",\"ready\",\"/dev/.kitbuild/ready\","
		"\"--\",\"/a\"]}, \"mounts\": [{},"
		"{\"destination\":\"/dev/.kitbuild/service\",\"type\":\"bind\","
		"\"source\":\"/usr/bin/service\",\"options\":[\"bind\",\"ro\","
		"\"nosuid\",\"nodev\"]},"
		"{\"destination\":\"/dev/.kitbuild/ready\",\"type\":\"bind\","
		"\"source\":\"/run/f\",\"options\":[\"bind\",\"ro\",\"nosuid\","
		"\"nodev\"]}], \"x\": 18446744073709551615}");
}

TEST(landlock_reaches_the_inside_path_by_path)
{
	check_wrapped(
		"{\"landlock\": {\"readOnly\": [\"/\"], \"readWrite\": "
		"[\"/t\"]}}",
		"{\"mounts\": [ ], \"process\": {\"args\": [\"a\", \"b\"]}}",
		"{\"mounts\": [ {\"destination\":\"/dev/.kitbuild/service\","
		"\"type\":\"bind\",\"source\":\"/usr/bin/service\","
		"\"options\":[\"bind\",\"ro\",\"nosuid\",\"nodev\"]}], "
		"\"process\": {\"args\": [\"/dev/.kitbuild/service\","
		"\"inside\",\"ro\",\"/\",\"rw\",\"/t\",\"--\",\"a\", \"b\"]}}");
}

TEST(a_config_without_a_command_is_refused)
{
	struct policy policy;
	json_t *json = json_loads("{\"readiness\": {\"fd\": 3}}", 0, NULL);
	char *out = NULL;

	CHECK_INT(policy_decode(&policy, json, &err), 0);
	CHECK_INT(inside_wrap("{\"mounts\": [], \"process\": {\"args\": []}}",
			      &policy, "/f", &out, &err),
		  -1);
	CHECK_STR(err.msg, "config.json: no process.args");
	CHECK(!out);
	CHECK_INT(inside_wrap("{\"process\": {\"args\": [\"a\"]}}", &policy,
			      "/f", &out, &err),
		  -1);
	CHECK_STR(err.msg, "config.json: no mounts");
	policy_release(&policy);
	json_decref(json);
}

TEST(only_a_first_process_with_the_default_action_is_deaf)
{
	static const struct {
		const char *status;
		bool deaf;
	} rows[] = {
		{ "NSpid:\t7\t1\nSigBlk:\t0\nSigIgn:\t0\nSigCgt:\t0\n", true },
		{ "NSpid:\t7\t1\nSigBlk:\t0\nSigIgn:\t0\nSigCgt:\t4000\n",
		  false },
		/* Blocked ones wait for a signalfd. */
		{ "NSpid:\t7\t1\nSigBlk:\t4000\nSigIgn:\t0\nSigCgt:\t0\n",
		  false },
		/* trap '' TERM: on purpose, so it has its grace. */
		{ "NSpid:\t7\t1\nSigBlk:\t0\nSigIgn:\t4000\nSigCgt:\t0\n",
		  false },
		{ "NSpid:\t7\t1\nSigBlk:\t0\nSigIgn:\t2000\nSigCgt:\t0\n",
		  true },
		{ "NSpid:\t7\t2\nSigBlk:\t0\nSigIgn:\t0\nSigCgt:\t0\n", false },
		{ "NSpid:\t7\nSigBlk:\t0\nSigIgn:\t0\nSigCgt:\t0\n", false },
		{ "", false },
	};
	char text[256];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)snprintf(text, sizeof(text), "Name:\tx\n%s",
			       rows[i].status);
		CHECK_INT(status_is_deaf(text, 15), rows[i].deaf);
	}
}

TEST(memory_events_tell_of_kills)
{
	CHECK(process_events_tell_oom("low 0\noom 1\noom_kill 2\n"));
	CHECK(!process_events_tell_oom("low 0\noom 1\noom_kill 0\n"));
	CHECK(!process_events_tell_oom(""));
}
