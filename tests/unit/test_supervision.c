/* SPDX-License-Identifier: Apache-2.0 */
/* kitbuild's own part of runtime.json, and which values its keys take. */
/* links: lib */
#include "tests/lib/spec.h"

static const char everything[] =
	"onboot:\n"
	"  - name: format\n"
	"    image: demo/format:v1\n"
	"    timeout: 1m30s\n"
	"    onfail: reboot\n"
	"services:\n"
	"  - name: web\n"
	"    image: demo/web:v1\n"
	"    readonly: true\n"
	"    tmpfs: [\"/tmp:size=1m\"]\n"
	"    binds: [\"/var/web:/srv\", \"/etc/web:/etc/web:ro\"]\n"
	"    restart: {policy: on-failure, limit: 5, delay: 500ms, maxDelay: 2m}\n"
	"    after: [db]\n"
	"    requires: [log, db]\n"
	"    healthcheck:\n"
	"      command: [/bin/web, check]\n"
	"      interval: 10s\n"
	"      timeout: 2s\n"
	"      startPeriod: 1h\n"
	"      retries: 4\n"
	"    readiness: {socket: \"tcp:80\", timeout: 20s}\n"
	"    stopTimeout: 45s\n"
	"    landlock: auto\n"
	"    runtime: {handler: crun}\n"
	"  - {name: db, image: i}\n"
	"  - {name: log, image: i}\n";

/* runtime.json of the first entry of a section. */
static int runtime_of(struct place *place, const char *manifest,
		      enum section section, struct buf *text)
{
	struct bundle bundle = { .path = "containers/services/web",
				 .root = "containers/services/web/rootfs",
				 .readonly = true };

	prepare(place, manifest, "", "{}");
	merge(place, section);
	return write_runtime(place, &bundle, text);
}

TEST(every_key_is_written_with_its_defaults_filled_in)
{
	SCOPED(place) place = { 0 };
	SCOPED(buf) text = { 0 };

	CHECK_INT(runtime_of(&place, everything, SECTION_SERVICES, &text), 0);
	check_golden(&text, "supervised-runtime.json");
}

/* The `kitbuild` of one service with these keys, without blanks. */
static void check_own(const char *keys, const char *wanted)
{
	SCOPED(place) place = { 0 };
	SCOPED(buf) manifest = { 0 };
	SCOPED(buf) text = { 0 };
	SCOPED(buf) own = { 0 };
	SCOPED_JSON json_t *json = NULL;

	buf_add_fmt(&manifest,
		    "services: [{name: a, image: i%s}, {name: b, image: i}]\n",
		    keys);
	if (runtime_of(&place, buf_text(&manifest), SECTION_SERVICES, &text) <
		    0 ||
	    json_parse(&json, buf_text(&text), text.size, "r", &place.err) < 0)
		UNIT_FAIL("%s", place.err.msg);
	if (json_object_get(json, "kitbuild"))
		json_write_compact(&own, json_object_get(json, "kitbuild"));
	CHECK_STR(buf_text(&own), wanted);
}

TEST(an_entry_without_such_a_key_has_no_part_of_ours)
{
	check_own("", "");
	check_own(", restart: 'no'", "");
	check_own(", restart: no", "");
	check_own(", landlock: off", "");
	check_own(", after: []", "");
}

TEST(restart_is_a_word_or_a_mapping)
{
#define DELAYS "\"delayMs\":1000,\"maxDelayMs\":60000}}"
	check_own(", restart: always",
		  "{\"restart\":{\"policy\":\"always\"," DELAYS);
	check_own(
		", restart: on-failure:7",
		"{\"restart\":{\"policy\":\"on-failure\",\"limit\":7," DELAYS);
	check_own(
		", restart: {policy: on-failure, limit: 7}",
		"{\"restart\":{\"policy\":\"on-failure\",\"limit\":7," DELAYS);
	check_own(", restart: {policy: always, delay: 2s, maxDelay: 2s}",
		  "{\"restart\":{\"policy\":\"always\",\"delayMs\":2000,"
		  "\"maxDelayMs\":2000}}");
}

TEST(a_healthcheck_has_the_usual_times)
{
	check_own(", healthcheck: {command: [x]}",
		  "{\"healthcheck\":{\"command\":[\"x\"],\"intervalMs\":30000,"
		  "\"timeoutMs\":30000,\"startPeriodMs\":0,\"retries\":3}}");
}

TEST(readiness_is_seen_in_one_of_three_ways)
{
	check_own(", readiness: {fd: 3}",
		  "{\"readiness\":{\"fd\":3,\"timeoutMs\":60000}}");
	check_own(
		", readiness: {socket: /run/a.sock}",
		"{\"readiness\":{\"socket\":\"/run/a.sock\",\"timeoutMs\":60000}}");
	check_own(
		", readiness: {command: [x, y], timeout: 5s}",
		"{\"readiness\":{\"command\":[\"x\",\"y\"],\"timeoutMs\":5000}}");
}

TEST(landlock_lets_write_where_mounts_do)
{
	check_own(", landlock: auto",
		  "{\"landlock\":{\"readOnly\":[],\"readWrite\":[\"/\"]}}");
	check_own(
		", landlock: auto, security: hardened, binds: ['/a:/a', '/b:/b:ro']",
		"{\"landlock\":{\"readOnly\":[\"/\"],\"readWrite\":[\"/a\",\"/dev\","
		"\"/dev/pts\",\"/proc\",\"/run\",\"/tmp\",\"/var/tmp\"]}}");
}

TEST(an_onboot_entry_has_a_time_and_a_consequence)
{
	SCOPED(place) place = { 0 };
	SCOPED(buf) text = { 0 };

	CHECK_INT(runtime_of(&place, everything, SECTION_ONBOOT, &text), 0);
	CHECK(strstr(buf_text(&text), "    \"kitbuild\": {\n"
				      "        \"timeoutMs\": 90000,\n"
				      "        \"onfail\": \"reboot\"\n"
				      "    }\n}"));
}

TEST(the_label_gives_what_the_manifest_leaves_out)
{
	SCOPED(place) place = { 0 };

	prepare(&place, "services: [{name: a, image: i, stopTimeout: 1s}]\n",
		"{\"stopTimeout\":\"9s\",\"restart\":\"always\","
		"\"runtime\":{\"handler\":\"runsc\"}}",
		"{}");
	merge(&place, SECTION_SERVICES);
	CHECK_STR(place.merged.stop_timeout.text, "1s");
	CHECK_STR(place.merged.restart.policy.text, "always");
	CHECK_STR(place.merged.runtime.handler.text, "runsc");
}

TEST(durations_add_up)
{
	CHECK_INT(duration_ms("1m30s"), 90000);
	CHECK_INT(duration_ms("1500ms"), 1500);
	CHECK_INT(duration_ms("2h"), 7200000);
	CHECK_INT(duration_ms("1h1m1s1ms"), 3661001);
	CHECK_INT(duration_ms("0s"), 0);
	/* The most that a manifest can say. */
	CHECK_INT(duration_ms("999999h999999h999999h999999h"),
		  14399985600000000 / 1000);
}

static void check_duration(const char *text, bool taken)
{
	SCOPED(manifest) manifest = { 0 };
	SCOPED(err) err = { 0 };
	SCOPED(buf) whole = { 0 };

	buf_add_fmt(&whole,
		    "services: [{name: a, image: i, stopTimeout: '%s'}]", text);
	if ((decode_checked(&manifest, "m", buf_text(&whole), whole.size,
			    &err) == 0) != taken)
		UNIT_FAIL("'%s' is %s", text, taken ? err.msg : "taken");
}

TEST(only_durations_are_durations)
{
	static const char *const good[] = { "0s", "1h", "10ms", "1m30s" };
	static const char *const bad[] = {
		"",    "s",  "1",    "-1s",      "1.5s",       "1d",   "1 s",
		"1s ", "1S", "1s\n", "1000000s", "1s1s1s1s1s", "0x1s",
	};

	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		check_duration(good[i], true);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		check_duration(bad[i], false);
}

TEST(control_groups_have_their_newer_keys)
{
	SCOPED(place) place = { 0 };
	SCOPED(buf) text = { 0 };

	CHECK_INT(
		spec_of(&place,
			", resources: {"
			"unified: {memory.high: '5', cpu.weight: '7'},"
			"rdma: [{device: z, hcaObjects: 2}, {device: a, hcaHandles: 1}],"
			"memory: {checkBeforeUpdate: true, limit: 9},"
			"cpu: {idle: 1, burst: 3, quota: 2, period: 4, mems: '0'}}",
			"", &text),
		0);
	check_golden(&text, "resources-config.json");
}

static void check_told(const char *text, const char *wanted)
{
	SCOPED(manifest) manifest = { 0 };
	SCOPED(err) err = { 0 };

	CHECK_INT(decode_checked(&manifest, "m", text, strlen(text), &err), -1);
	CHECK_STR(err.msg, wanted);
}

TEST(delays_do_not_shrink)
{
	check_told(
		"services: [{name: a, image: i,"
		" restart: {policy: always, delay: 2s, maxDelay: 1500ms}}]\n",
		"m:1:79: maxDelay 1500ms is shorter than the delay, 2s");
}

/* Services of which each waits for the next; the last one for `last`. */
static void add_chain(struct buf *text, size_t count, const char *last)
{
	buf_add_str(text, "services:\n");
	for (size_t i = 0; i + 1 < count; i++)
		buf_add_fmt(text, "- {name: s%zu, image: i, after: [s%zu]}\n",
			    i, i + 1);
	buf_add_fmt(text, "- {name: s%zu, image: i, requires: [%s]}\n",
		    count - 1, last);
}

TEST(a_long_chain_is_no_cycle)
{
	SCOPED(manifest) manifest = { 0 };
	SCOPED(buf) text = { 0 };
	SCOPED(err) err = { 0 };

	add_chain(&text, 3000, "");
	if (decode_checked(&manifest, "m", buf_text(&text), text.size, &err) <
	    0)
		UNIT_FAIL("%s", err.msg);
}

TEST(of_a_long_cycle_ten_services_are_named)
{
	SCOPED(buf) text = { 0 };

	add_chain(&text, 12, "s1");
	check_told(
		buf_text(&text),
		"m:13:35: services wait for each other: 's1' for 's2' for 's3'"
		" for 's4' for 's5' for 's6' for 's7' for 's8' for 's9' for"
		" 's10' for ... for 's1'");
}

TEST(every_cycle_and_every_unknown_service_is_told)
{
	check_told("services:\n"
		   "- {name: a, image: i, after: [b]}\n"
		   "- {name: b, image: i, after: [a]}\n"
		   "- {name: c, image: i, requires: [c, elsewhere]}\n",
		   "m:3:30: services wait for each other: 'a' for 'b' for 'a'\n"
		   "m:4:33: services wait for each other: 'c' for 'c'\n"
		   "m:4:37: there is no service 'elsewhere'");
}
