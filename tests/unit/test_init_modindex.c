/* SPDX-License-Identifier: Apache-2.0 */
/* depmod's indexes: aliases, dependencies, built-in modules. */
/* links: pkg/init/init/modindex.c */

#include "pkg/init/init/modindex.h"
#include "tests/unit/unit.h"

static bool match(const char *pattern, const char *alias)
{
	return alias_match((struct span){ pattern, strlen(pattern) }, alias);
}

static const char aliases[] = "# Aliases extracted from modules themselves.\n"
			      "alias virtio:d00000001v* virtio_net\n"
			      "alias pci:v00001AF4d*sv*sd*bc*sc*i* virtio_pci\n"
			      "alias\n"
			      "alias virtio:d0000000[12]v* other\n"
			      "alias fs-overlay overlay\n"
			      "alias broken";

static const char deps[] =
	"kernel/drivers/net/virtio_net.ko: kernel/drivers/net/net_failover.ko "
	"kernel/net/core/failover.ko\n"
	"kernel/net/core/failover.ko:\n"
	"garbage\n"
	"kernel/drivers/char/hw_random/virtio-rng.ko.xz:";

TEST(stars_match_any_run)
{
	CHECK(match("a*c", "abc"));
	CHECK(match("a*c", "ac"));
	CHECK(match("*", ""));
	CHECK(match("a*b*c", "a1b2b3c"));
	CHECK(!match("a*c", "acx"));
	CHECK(!match("", "a"));
}

TEST(a_class_matches_one_character)
{
	CHECK(match("v[0-9A]x", "v5x"));
	CHECK(match("v[0-9A]x", "vAx"));
	CHECK(!match("v[0-9A]x", "vBx"));
	CHECK(!match("v[!0-9]x", "v5x"));
	CHECK(match("v[!0-9]x", "vax"));
	CHECK(!match("v[0-9", "v5"));
	CHECK(match("a?c", "abc"));
	CHECK(!match("a?", "a"));
}

TEST(dash_and_underscore_are_the_same)
{
	CHECK(match("fs_overlay", "fs-overlay"));
	CHECK(module_name_equal((struct span){ "virtio-rng", 10 },
				"virtio_rng"));
	CHECK(!module_name_equal((struct span){ "virtio", 6 }, "virtio_rng"));
	CHECK(!module_name_equal((struct span){ "virtio_rng", 10 }, "virtio"));
}

TEST(many_stars_do_not_take_for_ever)
{
	char alias[2048];

	memset(alias, 'a', sizeof(alias) - 1);
	alias[sizeof(alias) - 1] = '\0';
	CHECK(!match("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", alias));
}

TEST(every_module_that_serves_an_alias_is_found)
{
	const char *at = aliases;
	struct span module;
	char name[MODULE_NAME_BYTES];

	CHECK(alias_next(&at, "virtio:d00000001v00001AF4", &module));
	CHECK(span_copy(module, name, sizeof(name)));
	CHECK_STR(name, "virtio_net");
	CHECK(alias_next(&at, "virtio:d00000001v00001AF4", &module));
	CHECK(span_copy(module, name, sizeof(name)));
	CHECK_STR(name, "other");
	CHECK(!alias_next(&at, "virtio:d00000001v00001AF4", &module));
}

/* The modules that serve an alias, in the order of the walk. */
static const char *walk_index(const struct alias_index *index,
			      const char *alias)
{
	static char got[128];
	char name[MODULE_NAME_BYTES];
	struct alias_walk walk = { 0 };
	struct span module;

	got[0] = '\0';
	while (alias_index_next(index, &walk, alias, &module)) {
		CHECK(span_copy(module, name, sizeof(name)));
		size_t len = strlen(got);

		(void)snprintf(got + len, sizeof(got) - len, "%s ", name);
	}
	return got;
}

static const char lines[] =
	"# a comment\nalias pci:v01* one\nalias virtio:d1v* two\n"
	"alias * three\nalias pc?:v0[12]* four\n"
	"alias devname:x five\nalias nobus six\nalias pci:v01x seven";

TEST(an_index_finds_what_the_text_has_first_that_of_the_own_bus)
{
	static struct alias_index index;

	alias_index_build(&index, lines);
	CHECK_INT(index.count, 7);
	CHECK_STR(walk_index(&index, "pci:v01x"), "one seven three four ");
	CHECK_STR(walk_index(&index, "pci:v02"), "three four ");
	CHECK_STR(walk_index(&index, "virtio:d1v9"), "two three ");
	CHECK_STR(walk_index(&index, "nobus"), "six three ");
	CHECK_STR(walk_index(&index, "usb:v1"), "three ");
	CHECK_STR(walk_index(&index, ""), "three ");
}

TEST(lines_beyond_the_index_are_found_too)
{
	static const char line[] = "alias x:y z\n";
	static char text[ALIAS_LINES * (sizeof(line) - 1) + sizeof(lines)];
	static struct alias_index index;

	for (size_t i = 0; i < ALIAS_LINES; i++)
		memcpy(text + i * (sizeof(line) - 1), line, sizeof(line));
	memcpy(text + strlen(text), lines, sizeof(lines));
	alias_index_build(&index, text);
	CHECK_INT(index.count, ALIAS_LINES);
	CHECK_STR(walk_index(&index, "pci:v01x"), "one three four seven ");
	CHECK_STR(walk_index(&index, "nobus"), "three six ");
}

TEST(dependencies_come_last_first)
{
	struct span path, needs, need;
	char text[MODULE_PATH_BYTES];

	CHECK(dep_find(deps, "virtio-net", &path, &needs));
	CHECK(span_copy(path, text, sizeof(text)));
	CHECK_STR(text, "kernel/drivers/net/virtio_net.ko");
	CHECK(span_last_word(&needs, &need));
	CHECK(span_copy(need, text, sizeof(text)));
	CHECK_STR(text, "kernel/net/core/failover.ko");
	CHECK(span_last_word(&needs, &need));
	CHECK(span_copy(need, text, sizeof(text)));
	CHECK_STR(text, "kernel/drivers/net/net_failover.ko");
	CHECK(!span_last_word(&needs, &need));
}

TEST(a_compressed_module_is_found_by_its_bare_name)
{
	struct span path, needs;

	CHECK(dep_find(deps, "virtio_rng", &path, &needs));
	CHECK_INT(needs.len, 0);
}

TEST(a_missing_module_is_not_found)
{
	struct span path, needs;

	CHECK(!dep_find(deps, "nothing", &path, &needs));
	CHECK(!dep_find("", "nothing", &path, &needs));
	CHECK(!builtin_has("", "nothing"));
}

TEST(built_in_modules_are_known_by_name)
{
	CHECK(builtin_has("kernel/fs/ext4/ext4.ko\nkernel/lib/crc-t10dif.ko\n",
			  "crc_t10dif"));
	CHECK(!builtin_has("kernel/fs/ext4/ext4.ko\n", "ext"));
}
