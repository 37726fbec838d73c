/* SPDX-License-Identifier: Apache-2.0 */
/* The words of the kernel command line. */
/* links: pkg/init/init/cmdline.c */

#include "pkg/init/init/cmdline.h"
#include "tests/unit/unit.h"

TEST(a_word_is_found_only_as_a_whole)
{
	CHECK(cmdline_has("quiet ro kit.debug=shell", "ro"));
	CHECK(cmdline_has("quiet ro kit.debug=shell\n", "kit.debug=shell"));
	CHECK(!cmdline_has("root=/dev/vda", "ro"));
	CHECK(!cmdline_has("kit.debug=shellx", "kit.debug=shell"));
	CHECK(!cmdline_has("", "ro"));
}

TEST(the_last_value_of_a_key_wins)
{
	char value[16];

	CHECK(cmdline_value("a=1 b=2 a=3", "a", value, sizeof(value)));
	CHECK_STR(value, "3");
}

TEST(a_value_that_does_not_fit_is_left_out)
{
	char value[4] = "old";

	CHECK(!cmdline_value("a=12345", "a", value, sizeof(value)));
	CHECK_STR(value, "old");
}

TEST(a_word_without_a_value_gives_none)
{
	char value[4];

	CHECK(!cmdline_value("a b", "a", value, sizeof(value)));
	CHECK(cmdline_value("a=", "a", value, sizeof(value)));
	CHECK_STR(value, "");
}

TEST(blanks_in_quotes_belong_to_the_word)
{
	char value[16];

	CHECK(cmdline_value("x a=\"1 2\" y", "a", value, sizeof(value)));
	CHECK_STR(value, "1 2");
	CHECK(cmdline_value("\"a=3 4\" y", "a", value, sizeof(value)));
	CHECK_STR(value, "3 4");
	CHECK(cmdline_value("a=\"open", "a", value, sizeof(value)));
	CHECK_STR(value, "open");
}

TEST(a_key_is_mentioned_with_or_without_a_value)
{
	CHECK(cmdline_mentions("a kit.verity=1:2:3", "kit.verity"));
	CHECK(cmdline_mentions("a kit.verity b", "kit.verity"));
	CHECK(!cmdline_mentions("a kit.verityx=1 xkit.verity", "kit.verity"));
}
