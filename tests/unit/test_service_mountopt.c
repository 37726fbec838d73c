/* SPDX-License-Identifier: Apache-2.0 */
/* Mount options by name. */
/* links: pkg/init/service/mountopt.c */

#include <sys/mount.h>

#include "pkg/init/service/mountopt.h"
#include "tests/unit/unit.h"

static struct mount_plan plan;

static void add_all(const char *const *options)
{
	mount_plan_init(&plan);
	for (; *options; options++)
		CHECK(mount_plan_add(&plan, *options));
}

TEST(bind_and_read_only_are_two_steps)
{
	add_all((const char *const[]){ "bind", "ro", NULL });
	CHECK_INT(plan.bind, MS_BIND);
	CHECK_INT(plan.flags, MS_RDONLY);
}

TEST(remount_and_private_are_two_steps)
{
	add_all((const char *const[]){ "remount", "private", NULL });
	CHECK(plan.remount);
	CHECK_INT(plan.propagation, MS_PRIVATE);
	CHECK_INT(plan.flags, 0);
}

TEST(recursive_propagation_is_known)
{
	add_all((const char *const[]){ "rbind", "rslave", NULL });
	CHECK_INT(plan.bind, MS_BIND | MS_REC);
	CHECK_INT(plan.propagation, MS_SLAVE | MS_REC);
}

TEST(the_later_of_two_opposites_wins)
{
	add_all((const char *const[]){ "ro", "nosuid", "rw", NULL });
	CHECK_INT(plan.flags, MS_NOSUID);
}

TEST(what_no_table_knows_is_data)
{
	add_all((const char *const[]){ "defaults", "size=1m", "noexec",
				       "mode=755", NULL });
	CHECK_STR(plan.data, "size=1m,mode=755");
	CHECK_INT(plan.flags, MS_NOEXEC);
}

TEST(too_much_data_is_refused)
{
	static char text[MOUNT_DATA_BYTES];

	memset(text, 'x', sizeof(text) - 1);
	mount_plan_init(&plan);
	CHECK(mount_plan_add(&plan, text));
	CHECK(!mount_plan_add(&plan, "y"));
}
