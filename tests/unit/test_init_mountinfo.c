/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of mountinfo and of a process's status. */
/* links: pkg/init/common/proctext.c pkg/init/init/mountinfo.c */

#include <signal.h>

#include "pkg/init/common/proctext.h"
#include "pkg/init/init/mountinfo.h"
#include "tests/unit/unit.h"

TEST(a_line_gives_place_type_and_source)
{
	char line[] =
		"36 35 98:0 / /mnt rw,noatime shared:1 - ext4 /dev/vda1 rw";
	struct mount_line mount;

	CHECK(mountinfo_parse(line, &mount));
	CHECK_STR(mount.where, "/mnt");
	CHECK_STR(mount.type, "ext4");
	CHECK_STR(mount.what, "/dev/vda1");
}

TEST(escapes_are_decoded)
{
	char line[] = "36 35 98:0 / /a\\040b\\134c rw - tmpfs t\\011x rw";
	struct mount_line mount;

	CHECK(mountinfo_parse(line, &mount));
	CHECK_STR(mount.where, "/a b\\c");
	CHECK_STR(mount.what, "t\tx");
}

TEST(a_dash_before_the_options_is_no_separator)
{
	char line[] = "36 35 98:0 / - rw - tmpfs t rw";
	struct mount_line mount;

	CHECK(mountinfo_parse(line, &mount));
	CHECK_STR(mount.where, "-");
	CHECK_STR(mount.type, "tmpfs");
}

TEST(a_cut_line_is_refused)
{
	char line[] = "36 35 98:0 / /mnt rw shared:1";
	struct mount_line mount;

	CHECK(!mountinfo_parse(line, &mount));
}

TEST(the_first_process_of_a_container_may_be_deaf)
{
	static const struct {
		const char *status;
		bool deaf;
	} rows[] = {
		{ "\nNSpid:\t90\t1\nSigBlk:\t0\nSigIgn:\t0\nSigCgt:\t0\n",
		  true },
		{ "\nNSpid:\t90\t1\nSigBlk:\t0\nSigIgn:\t0\nSigCgt:\t4000\n",
		  false },
		{ "\nNSpid:\t90\t1\nSigBlk:\t0\nSigIgn:\t4000\nSigCgt:\t0\n",
		  false },
		{ "\nNSpid:\t90\t1\nSigBlk:\t4000\nSigIgn:\t0\nSigCgt:\t0\n",
		  false },
		{ "\nNSpid:\t90\t2\nSigBlk:\t0\nSigIgn:\t0\nSigCgt:\t0\n",
		  false },
		{ "\nNSpid:\t90\nSigBlk:\t0\nSigIgn:\t0\nSigCgt:\t0\n", false },
		{ "", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CHECK_INT(status_is_deaf(rows[i].status, SIGTERM),
			  rows[i].deaf);
}

TEST(a_process_on_a_terminal_is_told_from_its_stat_line)
{
	CHECK(stat_has_terminal("12 (ash) S 1 12 12 1088 12 4194304"));
	CHECK(!stat_has_terminal("12 (ash) S 1 12 12 0 -1 4194304"));
	CHECK(!stat_has_terminal("12 (a) b 7 7 7) S 1 12 12 0 -1"));
	CHECK(stat_has_terminal("12 (a) b 0) S 1 12 12 1088 -1"));
	CHECK(!stat_has_terminal("12 (ash) S 1"));
	CHECK(!stat_has_terminal(""));
}
