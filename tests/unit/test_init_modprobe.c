/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel command line and modprobe.d say of modules. */
/* clang-format off */
/* links: pkg/init/init/blacklist.c pkg/init/init/cmdline.c pkg/init/init/modindex.c */
/* links: pkg/init/init/modprobeconf.c */
/* clang-format on */

#include "pkg/init/init/base.h"
#include "pkg/init/init/blacklist.h"
#include "pkg/init/init/modprobeconf.h"
#include "tests/unit/unit.h"

TEST(names_stand_between_commas)
{
	const char *line = "quiet modprobe.blacklist=one,two-b,three";

	CHECK(blacklist_has(line, "one"));
	CHECK(blacklist_has(line, "two_b"));
	CHECK(blacklist_has(line, "three"));
	CHECK(!blacklist_has(line, "two"));
	CHECK(!blacklist_has(line, "thre"));
	CHECK(!blacklist_has(line, "threes"));
	CHECK(!blacklist_has(line, "quiet"));
}

TEST(every_word_counts)
{
	const char *line =
		"modprobe.blacklist=a modprobe.blacklist=\"b,c\" modprobe.blacklist= modprobe.blacklist modprobe.blacklists=d x.modprobe.blacklist=e";

	CHECK(blacklist_has(line, "a"));
	CHECK(blacklist_has(line, "b"));
	CHECK(blacklist_has(line, "c"));
	CHECK(!blacklist_has(line, "d"));
	CHECK(!blacklist_has(line, "e"));
	CHECK(!blacklist_has("", "a"));
}

TEST(a_list_may_be_as_long_as_the_line)
{
	char line[4000] = "modprobe.blacklist=";

	for (size_t len = strlen(line); len < 3900; len += 8)
		memcpy(line + len, "module1,", 9);
	memcpy(line + strlen(line), "last", sizeof("last"));
	CHECK(blacklist_has(line, "module1"));
	CHECK(blacklist_has(line, "last"));
	CHECK(!blacklist_has(line, "module2"));
}

static const struct {
	const char *text;
	const char *words;
} configs[] = {
	{ "", "" },
	{ "blacklist pcspkr\n", " modprobe.blacklist=pcspkr" },
	{ "  blacklist\ta  \nblacklist b",
	  " modprobe.blacklist=a modprobe.blacklist=b" },
	{ "options loop max_loop=3 max_part=15\n",
	  " loop.max_loop=\"3\" loop.max_part=\"15\"" },
	{ "options kvm ignore_msrs\r\n", " kvm.ignore_msrs" },
	{ "options a \\\n  b=\"two words\" \\\n c=1\noptions d e=2",
	  " a.b=\"two words\" a.c=\"1\" d.e=\"2\"" },
	{ "# options a b=1\n#blacklist c\n\n \n", "" },
	{ "alias eth0 e1000\ninstall a /bin/true\nremove a b\nsoftdep a pre: b\n",
	  "" },
	{ "blacklist\noptions\noptions x\nblacklisted y\n", "" },
	/* Nothing takes in what follows. */
	{ "blacklist a\"\noptions b\" c=1\noptions d e=\"1 f=2\nblacklist g",
	  " d.e=\"1 f=2\" modprobe.blacklist=g" },
	{ "options a b=x\"y c\\\n", "" },
};

TEST(lines_of_modprobe_d_are_words_of_the_command_line)
{
	for (size_t i = 0; i < ARRAY_LEN(configs); i++) {
		char text[256], words[256] = "";

		(void)snprintf(text, sizeof(text), "%s", configs[i].text);
		CHECK(modprobe_words(text, words, sizeof(words)));
		CHECK_STR(words, configs[i].words);
	}
}

TEST(what_has_no_room_is_left_out_whole)
{
	char text[] = "blacklist one\noptions two a=1\nblacklist three\n";
	char words[40] = "kept";

	CHECK(!modprobe_words(text, words, sizeof(words)));
	CHECK_STR(words, "kept modprobe.blacklist=one two.a=\"1\"");
}
