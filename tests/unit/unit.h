/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The unit test harness: TAP on stdout, one program per module.
 *
 *	TEST(an_empty_list_has_no_items)
 *	{
 *		CHECK_INT(list.count, 0);
 *	}
 *
 * A test's name is the sentence it proves. A check that fails ends its test.
 * This header supplies main().
 */
#pragma once

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct unit_test {
	const char *name;
	void (*run)(void);
	struct unit_test *next;
};

static struct unit_test *unit_first;
static struct unit_test **unit_last = &unit_first;
static jmp_buf unit_escape;

#define TEST(sentence)                                                         \
	static void sentence(void);                                            \
	static struct unit_test unit_##sentence = { #sentence, sentence,       \
						    NULL };                    \
	__attribute__((constructor)) static void unit_add_##sentence(void)     \
	{                                                                      \
		*unit_last = &unit_##sentence;                                 \
		unit_last = &unit_##sentence.next;                             \
	}                                                                      \
	static void sentence(void)

#define UNIT_FAIL(...)                                                         \
	do {                                                                   \
		printf("# %s:%d: ", __FILE__, __LINE__);                       \
		printf(__VA_ARGS__);                                           \
		putchar('\n');                                                 \
		longjmp(unit_escape, 1);                                       \
	} while (0)

#define CHECK(condition)                                                       \
	do {                                                                   \
		if (!(condition))                                              \
			UNIT_FAIL("%s does not hold", #condition);             \
	} while (0)

#define CHECK_INT(found, wanted)                                               \
	do {                                                                   \
		long long found_ = (long long)(found);                         \
		long long wanted_ = (long long)(wanted);                       \
		if (found_ != wanted_)                                         \
			UNIT_FAIL("%s is %lld, not %lld", #found, found_,      \
				  wanted_);                                    \
	} while (0)

#define CHECK_STR(found, wanted)                                               \
	do {                                                                   \
		const char *found_ = (found);                                  \
		const char *wanted_ = (wanted);                                \
		if (!found_ || strcmp(found_, wanted_) != 0)                   \
			UNIT_FAIL("%s is '%s', not '%s'", #found,              \
				  found_ ? found_ : "(null)", wanted_);        \
	} while (0)

int main(void)
{
	volatile int number = 0;
	volatile int failed = 0;

	for (struct unit_test *volatile test = unit_first; test;
	     test = test->next) {
		int bad = setjmp(unit_escape);

		if (bad == 0)
			test->run();
		number++;
		failed |= bad;
		printf("%sok %d %s\n", bad ? "not " : "", number, test->name);
	}
	printf("1..%d\n", number);
	return failed ? 1 : 0;
}
