/* SPDX-License-Identifier: Apache-2.0 */
/* links: lib */
#include "tests/unit/unit.h"

#include <poll.h>
#include <unistd.h>

#include "cmd/lib/vm/console.h"

TEST(the_end_of_a_service_has_a_status)
{
	static const struct {
		const char *line;
		int status;
	} cases[] = {
		{ "service: job: exit status 0", 0 },
		{ "[    7.5] service: job: exit status 7\r", 7 },
		{ "service: job: failed: exit status 3; restarted 2 times in a row",
		  3 },
		{ "service: job: killed by signal 9 (out of memory)", 137 },
		{ "service: job: failed: killed by signal 15", 143 },
		{ "service: job: started", -1 },
		{ "service: jobs: exit status 1", -1 },
		{ "service: the job: exit status 1", -1 },
		{ "service: job: exit status 9999", -1 },
		{ "service: job: exit status ", -1 },
		{ "", -1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		CHECK_INT(console_service_status(cases[i].line, "job"),
			  cases[i].status);
}

static void say(struct timeline *timeline)
{
	static const struct {
		long long ms;
		const char *line;
	} lines[] = {
		{ 900, "[    0.000000] Linux version 6.1.0" },
		{ 3100, "[    2.0] Run /init as init process" },
		{ 3500, "[    2.5] init: /etc/init.d/030-services\r" },
		{ 3600, "[    2.6] service: web: started" },
		{ 4100, "[    3.1] service: web: ready" },
		{ 4200, "[    3.2] service: web: exit status 0" },
		{ 4300, "[    3.3] init: boot complete after 3.3 s" },
		{ 4400, "noise" },
	};

	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		timeline_see_at(timeline, lines[i].line, lines[i].ms);
	timeline_end(timeline, 5000);
}

TEST(a_timeline_tells_begin_and_length_of_each_phase)
{
	SCOPED(timeline) timeline = { 0 };
	SCOPED(buf) out = { 0 };

	say(&timeline);
	timeline_text(&timeline, &out);
	CHECK_STR(buf_text(&out), "   begin s   length s  phase\n"
				  "     0.000      0.900  firmware\n"
				  "     0.900      2.200  kernel\n"
				  "     3.100      0.400  init\n"
				  "     3.500      0.800  030-services\n"
				  "     3.600      0.500  service web\n"
				  "     4.300      0.700  running\n");
}

TEST(a_timeline_is_a_picture_whose_names_cannot_break_it)
{
	SCOPED(timeline) timeline = { 0 };
	SCOPED(buf) out = { 0 };

	timeline_see_at(&timeline, "service: <a&b>: started", 10);
	timeline_end(&timeline, 20);
	timeline_svg(&timeline, &out);
	CHECK(strstr(buf_text(&out), "&#60;a&#38;b&#62;"));
	CHECK(strstr(buf_text(&out), "</svg>\n"));
}

TEST(a_guest_cannot_make_a_timeline_endless)
{
	SCOPED(timeline) timeline = { 0 };

	for (int i = 0; i < 1000; i++)
		timeline_see_at(&timeline, "init: /etc/init.d/x", i);
	CHECK(timeline.count <= 400);
}

TEST(ctrl_bracket_on_a_terminal_is_a_way_out_and_other_keys_are_the_guests)
{
	struct console console = CONSOLE_INIT;
	int keys[2], guest[2];
	char typed[16] = "";

	CHECK_INT(pipe(keys), 0);
	CHECK_INT(pipe(guest), 0);
	console.on_terminal = true;
	console.keys = keys[0];
	console.fd = guest[1];
	CHECK_INT(write(keys[1], "ab\035c\003", 5), 5);
	console_pump(&console, 100);
	console_pump(&console, 100);
	CHECK_INT(console.leaves, 1);
	CHECK_INT(read(guest[0], typed, sizeof(typed) - 1), 4);
	CHECK_STR(typed, "abc\003");
	console_release(&console);
}
