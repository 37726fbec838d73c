/* SPDX-License-Identifier: Apache-2.0 */
/* Children that ended before anybody knew whose they were. */
/* links: pkg/init/service/reaped.c pkg/init/service/fs.c */
/* links: pkg/init/service/err.c */

#include "pkg/init/service/reaped.h"
#include "tests/unit/unit.h"

TEST(a_child_that_ended_during_a_start_is_found_with_its_status)
{
	struct reaped reaped;
	int status = 0;

	reaped_open(&reaped, 4);
	CHECK(!reaped_find(&reaped, 0, 7, &status));
	reaped_add(&reaped, 7, 256);
	reaped_add(&reaped, 8, 9);
	CHECK(reaped_find(&reaped, 0, 7, &status));
	CHECK_INT(status, 256);
	CHECK(reaped_find(&reaped, 1, 8, &status));
	CHECK_INT(status, 9);
	reaped_release(&reaped);
}

/* The kernel gives numbers of processes out again. */
TEST(one_that_ended_before_the_start_began_was_another_of_the_same_number)
{
	struct reaped reaped;
	int status = 5;

	reaped_open(&reaped, 4);
	reaped_add(&reaped, 7, 256);
	CHECK(!reaped_find(&reaped, reaped.count, 7, &status));
	CHECK_INT(status, 5);
	reaped_add(&reaped, 7, 0);
	CHECK(reaped_find(&reaped, 1, 7, &status));
	CHECK_INT(status, 0);
	reaped_release(&reaped);
}

TEST(only_the_latest_are_kept)
{
	struct reaped reaped;
	int status;

	reaped_open(&reaped, 4);
	for (int i = 0; i < 10; i++)
		reaped_add(&reaped, 100 + i, i);
	CHECK(!reaped_find(&reaped, 0, 105, &status));
	for (int i = 6; i < 10; i++) {
		CHECK(reaped_find(&reaped, 0, 100 + i, &status));
		CHECK_INT(status, i);
	}
	reaped_release(&reaped);
}
