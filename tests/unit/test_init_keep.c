/* SPDX-License-Identifier: Apache-2.0 */
/* How process 1 starts the supervisor of services again. */
/* links: pkg/init/init/keep.c */

#include <stdio.h>

#include "pkg/init/init/keep.h"
#include "tests/unit/unit.h"

TEST(the_lines_are_a_process_and_the_words_of_its_command)
{
	char text[] = "123\n/usr/bin/service\nresume\nalone\n";
	struct keep keep;

	CHECK(keep_parse(text, &keep));
	CHECK_INT(keep.pid, 123);
	CHECK_STR(keep.argv[0], "/usr/bin/service");
	CHECK_STR(keep.argv[2], "alone");
	CHECK(!keep.argv[3]);
}

TEST(other_lines_start_nothing)
{
	static const char *const texts[] = {
		"",
		"\n",
		"123\n",
		"1\n/usr/bin/service\n",
		"-5\n/usr/bin/service\n",
		"4194305\n/usr/bin/service\n",
		"12x\n/usr/bin/service\n",
		"12\nservice\n",
		"12\n/a\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char text[128];
		struct keep keep;

		(void)snprintf(text, sizeof(text), "%s", texts[i]);
		CHECK(!keep_parse(text, &keep));
	}
}

TEST(deaths_in_a_row_have_an_end_and_a_long_life_ends_the_row)
{
	static const long long delays[] = { 0, 100, 200, 400, 800, -1, -1 };
	struct keep_row row = { 0 };
	long long now = 1000;

	for (size_t i = 0; i < sizeof(delays) / sizeof(delays[0]); i++) {
		row.started = now;
		CHECK_INT(keep_delay(&row, now += 10), delays[i]);
	}
	CHECK_INT(keep_delay(&row, row.started + 60001), 0);
	CHECK_INT(row.deaths, 1);
}
