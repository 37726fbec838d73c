/* SPDX-License-Identifier: Apache-2.0 */
/* links: lib */
#include "tests/unit/unit.h"

#include "cmd/lib/base/opt.h"

struct options {
	bool flag, other;
	char *text, *maybe;
	struct strv list, each;
	uint64_t size, mib, gib, number, level;
};

#define FIELD(member) offsetof(struct options, member)

static const struct opt rows[] = {
	{ 'f', "flag", NULL, OPT_FLAG, FIELD(flag), "a flag" },
	{ 'g', "other", NULL, OPT_FLAG, FIELD(other), "another flag" },
	{ 't', "text", "TEXT", OPT_STRING, FIELD(text), "a text" },
	{ 0, "maybe", "[=TEXT]", OPT_MAYBE, FIELD(maybe), "perhaps" },
	{ 0, "list", "A,B", OPT_LIST, FIELD(list), "a list" },
	{ 0, "each", "A", OPT_EACH, FIELD(each), "a list" },
	{ 0, "size", "N", OPT_SIZE, FIELD(size), "a size" },
	{ 0, "mib", "N", OPT_MIB, FIELD(mib), "a size" },
	{ 0, "gib", "N", OPT_GIB, FIELD(gib), "a size" },
	{ 0, "number", "N", OPT_NUMBER, FIELD(number), "a number" },
	{ 'l', "level", "[0-3]", OPT_LEVEL, FIELD(level), "a level" },
	{ 0, "hidden", NULL, OPT_FLAG, FIELD(other), NULL },
	{ 0 },
};

/* One run over up to seven words. */
struct run {
	struct options options;
	struct strv rest;
	struct err err;
	int result;
};

static void run_release(struct run *run)
{
	opt_release(rows, &run->options);
	strv_release(&run->rest);
	err_release(&run->err);
}

#define PARSE(...)                                                             \
	SCOPED(run) run = { 0 };                                               \
	const char *words_[] = { __VA_ARGS__ };                                \
	struct opt_set set_ = { rows, &run.options };                          \
	run.result = opt_parse(&set_, 1, (char *const *)(uintptr_t)words_,     \
			       ARRAY_LEN(words_), &run.rest, &run.err)

TEST(options_and_arguments_may_be_mixed)
{
	PARSE("one", "--flag", "two", "--text=x", "three");
	CHECK_INT(run.result, 0);
	CHECK(run.options.flag);
	CHECK_STR(run.options.text, "x");
	CHECK_INT(run.rest.count, 3);
}

TEST(letters_may_be_joined_and_carry_a_value)
{
	PARSE("-fgtword");
	CHECK_INT(run.result, 0);
	CHECK(run.options.flag && run.options.other);
	CHECK_STR(run.options.text, "word");
}

TEST(two_dashes_end_the_options)
{
	PARSE("--", "--flag", "-x", "-");
	CHECK_INT(run.result, 0);
	CHECK_INT(run.rest.count, 3);
	CHECK(!run.options.flag);
}

TEST(a_lone_dash_is_an_argument)
{
	PARSE("-", "-t", "-");
	CHECK_INT(run.result, 0);
	CHECK_STR(run.rest.items[0], "-");
	CHECK_STR(run.options.text, "-");
}

TEST(lists_are_split_and_the_others_taken_whole)
{
	PARSE("--list", "a,b", "--list=c", "--each", "a,b");
	CHECK_INT(run.result, 0);
	CHECK_INT(run.options.list.count, 3);
	CHECK_INT(run.options.each.count, 1);
}

TEST(the_last_text_wins)
{
	PARSE("--text", "a", "--text", "b");
	CHECK_INT(run.result, 0);
	CHECK_STR(run.options.text, "b");
}

TEST(a_value_that_may_be_left_out_is_never_the_next_word)
{
	PARSE("--maybe", "word", "--maybe=");
	CHECK_INT(run.result, 0);
	CHECK_STR(run.options.maybe, "");
	CHECK_INT(run.rest.count, 1);
}

TEST(a_value_that_may_be_left_out_may_be_given)
{
	PARSE("--maybe=a=b");
	CHECK_INT(run.result, 0);
	CHECK_STR(run.options.maybe, "a=b");
}

TEST(sizes_have_suffixes)
{
	PARSE("--size", "512M", "--mib", "512", "--number", "7");
	CHECK_INT(run.result, 0);
	CHECK_INT(run.options.size, 512LL << 20);
	CHECK_INT(run.options.mib, 512LL << 20);
	CHECK_INT(run.options.number, 7);
}

TEST(a_size_in_gib_may_be_left_to_the_program)
{
	PARSE("--gib", "2", "--gib", "auto");
	CHECK_INT(run.result, 0);
	CHECK_INT(run.options.gib, 0);
}

TEST(a_size_that_is_none_is_refused)
{
	static const char *const wrong[] = { "",    "M",   "-1",  "+1",
					     " 1",  "1MB", "1m",  "0x1",
					     "1.5", "1 ",  "1T2", "ten" };

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		PARSE("--size", wrong[i]);
		CHECK_INT(run.result, -1);
		CHECK_INT(run.err.fault, FAULT_INPUT);
	}
}

TEST(a_size_that_does_not_fit_is_refused)
{
	{
		PARSE("--size", "17179869184G");
		CHECK_STR(run.err.msg, "--size: '17179869184G' is too large");
	}
	{
		PARSE("--size", "99999999999999999999");
		CHECK_INT(run.result, -1);
	}
	{
		PARSE("--mib", "17592186044415");
		CHECK_INT(run.result, 0);
	}
}

TEST(an_unknown_option_is_told_with_the_likely_one)
{
	PARSE("--falg");
	CHECK_INT(run.result, -1);
	CHECK_STR(run.err.msg, "unknown option --falg; is it --flag?");
}

TEST(an_unknown_option_near_nothing_is_just_told)
{
	PARSE("--wonderful=yes");
	CHECK_STR(run.err.msg, "unknown option --wonderful");
}

TEST(an_alias_is_not_suggested)
{
	PARSE("--hiden");
	CHECK_STR(run.err.msg, "unknown option --hiden");
}

TEST(an_unknown_letter_is_told)
{
	PARSE("-fz");
	CHECK_STR(run.err.msg, "unknown option -z");
}

TEST(a_missing_value_is_told)
{
	PARSE("--text");
	CHECK_STR(run.err.msg, "--text needs a value: TEXT");
}

TEST(a_flag_takes_no_value)
{
	PARSE("--flag=yes");
	CHECK_STR(run.err.msg, "--flag takes no value");
}

TEST(a_wrong_value_names_its_option)
{
	PARSE("--number", "many");
	CHECK_STR(run.err.msg, "--number: 'many' is not a number");
}

static const char *const animals[] = { "cat", "horse", "elephant", NULL };

TEST(near_words_are_one_or_two_slips_away)
{
	CHECK_STR(nearest_word("cta", animals), "cat");
	CHECK_STR(nearest_word("hrose", animals), "horse");
	CHECK_STR(nearest_word("elefant", animals), "elephant");
	CHECK_STR(nearest_word("horse", animals), "horse");
}

TEST(far_words_are_not_suggested)
{
	CHECK(!nearest_word("dog", animals));
	CHECK(!nearest_word("", animals));
	CHECK(!nearest_word("elephantelephantelephantelephantelephant"
			    "elephantelephantelephantelephantelephant",
			    animals));
}

TEST(a_bare_size_of_a_disk_is_in_gib)
{
	PARSE("--gib", "20");
	CHECK_INT(run.options.gib, 20LL << 30);
}

static void check_level(const char *first, const char *second, unsigned wanted,
			size_t rest)
{
	PARSE(first, second);
	CHECK_INT(run.result, 0);
	CHECK_INT(run.options.level, wanted);
	CHECK_INT(run.rest.count, rest);
}

TEST(a_level_may_have_its_digit_behind_it)
{
	check_level("-l", "2", 3, 0);
	check_level("--level", "0", 1, 0);
	check_level("--level=1", "x", 2, 1);
	check_level("-l3", "x", 4, 1);
	check_level("-l", "file", 3, 1);
	check_level("-lf", "file", 3, 1);
}

TEST(a_level_is_no_other_number)
{
	PARSE("--level=7");
	CHECK_INT(run.result, -1);
	CHECK_STR(run.err.msg, "--level: '7' is none of 0, 1, 2 and 3");
}
