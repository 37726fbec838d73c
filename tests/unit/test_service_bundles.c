/* SPDX-License-Identifier: Apache-2.0 */
/* The order of bundles, and paths. */
/* links: pkg/init/service/fs.c pkg/init/service/err.c */
/* links: pkg/init/service/timeline.c -ljansson */

#include <sys/stat.h>
#include <unistd.h>

#include "pkg/init/service/fs.h"
#include "pkg/init/service/timeline.h"
#include "tests/unit/unit.h"

static struct err err;

TEST(bundles_come_in_byte_order_and_files_are_left_out)
{
	char top[] = "/tmp/bundles-XXXXXX";
	static const char *const made[] = { "010-b", "002-a", "100",
					    "B",     "a",     ".hidden" };
	char path[PATH_BYTES];
	SCOPED_NAMES names = { 0 };

	CHECK(mkdtemp(top));
	for (size_t i = 0; i < ARRAY_LEN(made); i++) {
		CHECK_INT(fs_path(path, &err, "%s/%s", top, made[i]), 0);
		CHECK_INT(fs_mkdir(path, &err), 0);
	}
	CHECK_INT(fs_path(path, &err, "%s/file", top), 0);
	fclose(fopen(path, "w"));
	CHECK_INT(fs_folders(top, &names, &err), 0);
	CHECK_INT(names.count, 5);
	CHECK_STR(names.name[0], "002-a");
	CHECK_STR(names.name[1], "010-b");
	CHECK_STR(names.name[2], "100");
	CHECK_STR(names.name[3], "B");
	CHECK_STR(names.name[4], "a");
	unlink(path);
	for (size_t i = 0; i < ARRAY_LEN(made); i++) {
		CHECK_INT(fs_path(path, &err, "%s/%s", top, made[i]), 0);
		rmdir(path);
	}
	rmdir(top);
}

TEST(a_missing_folder_has_no_bundles)
{
	SCOPED_NAMES names = { 0 };

	CHECK_INT(fs_folders("/proc/none", &names, &err), 0);
	CHECK_INT(names.count, 0);
}

TEST(a_list_has_whole_names_only)
{
	CHECK(fs_list_has("a,bc,d", "a"));
	CHECK(fs_list_has("a,bc,d", "bc"));
	CHECK(fs_list_has("a,bc,d", "d"));
	CHECK(!fs_list_has("a,bc,d", "b"));
	CHECK(!fs_list_has("a,bc,d", "c"));
	CHECK(!fs_list_has("a,bc,d", "bc,d,e"));
	CHECK(!fs_list_has("", "a"));
	CHECK(!fs_list_has(",,", ""));
}

TEST(a_timeline_gives_its_whole_lines)
{
	char text[] = "912 kernel done\nnoise\n930 init\n\n 5 a b\n"
		      "1000 000-dhcp started\n1100 x y z\n12";
	static const struct moment want[] = {
		{ 912, "kernel", "done" },
		{ 5, "a", "b" },
		{ 1000, "000-dhcp", "started" },
		{ 1100, "x", "y z" },
	};
	char *at = text;
	struct moment moment;

	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		CHECK(timeline_next(&at, &moment));
		CHECK_INT(moment.ms, want[i].ms);
		CHECK_STR(moment.who, want[i].who);
		CHECK_STR(moment.what, want[i].what);
	}
	CHECK(!timeline_next(&at, &moment));
}

TEST(a_timeline_tells_how_long_each_first_start_took)
{
	static const struct moment moments[] = {
		{ 900, "kernel", "done" },
		{ 1000, "000-dhcp", "started" },
		{ 1412, "000-dhcp", "done" },
		{ 1500, "containerd", "starting" },
		{ 1500, "ill", "starting" },
		{ 1520, "ill", "backoff" },
		{ 1600, "slow", "starting" },
		{ 1610, "slow", "running" },
		{ 1696, "containerd", "ready" },
		{ 1700, "ill", "starting" },
		{ 1750, "ill", "ready" },
		{ 1800, "never", "starting" },
		{ 3600, "slow", "ready" },
	};
	char line[128];

	CHECK_INT(
		timeline_spans(moments, ARRAY_LEN(moments), line, sizeof(line)),
		strlen(line));
	CHECK_STR(line,
		  "000-dhcp 0.412, containerd 0.196, ill 0.020, slow 2.000");
	/* Nothing is cut in two. */
	CHECK_INT(timeline_spans(moments, ARRAY_LEN(moments), line, 40), 32);
	CHECK_STR(line, "000-dhcp 0.412, containerd 0.196");
	CHECK_INT(timeline_spans(moments, 1, line, sizeof(line)), 0);
	CHECK_STR(line, "");
}

TEST(errors_are_built_from_the_inside_outwards)
{
	CHECK_INT(err_set(&err, "inner %d", 1), -1);
	CHECK_INT(err_wrap(&err, "outer"), -1);
	CHECK_STR(err.msg, "outer: inner 1");
}
