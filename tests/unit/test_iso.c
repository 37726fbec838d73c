/* SPDX-License-Identifier: Apache-2.0 */
/* CDs, read back by libarchive. */
/* links: lib */
#include "tests/unit/unit.h"

#include <archive.h>
#include <archive_entry.h>

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/fd.h"
#include "formats/disk/iso9660.h"
#include "formats/disk/rockridge.h"

/* A CD in the making: what put_node puts below `parent`. */
struct cd {
	struct iso_node nodes[4096];
	struct iso iso;
	struct extents image;
	int fd;
};

static void cd_release(struct cd *cd)
{
	for (size_t i = 0; i < cd->iso.count; i++)
		extents_release(&cd->nodes[i].content);
	iso_release(&cd->iso);
	extents_release(&cd->image);
	if (cd->fd >= 0)
		close(cd->fd);
}

static size_t put_node(struct cd *cd, size_t parent, const char *name,
		       unsigned mode, const char *text)
{
	struct iso_node *node = &cd->nodes[cd->iso.count];

	*node = (struct iso_node){ .name = name,
				   .parent = parent,
				   .mode = mode,
				   .links = 1,
				   .same_as = ISO_NONE };
	if (text) {
		node->content.size_bytes = strlen(text);
		extents_put(&node->content, 0, text, strlen(text));
	}
	return cd->iso.count++;
}

/* The one CD there is; the last one's storage goes. */
static struct cd *start(void)
{
	static struct cd cd = { .fd = -1 };

	cd_release(&cd);
	cd = (struct cd){ .fd = -1 };
	cd.iso = (struct iso){ .nodes = cd.nodes,
			       .volume_id = "TEST",
			       .bios_boot = ISO_NONE,
			       .efi_boot = ISO_NONE };
	put_node(&cd, 0, "", 0040755, NULL);
	return &cd;
}

static void make(struct cd *cd)
{
	SCOPED(err) err = { 0 };

	if (iso_plan(&cd->iso, &err) < 0)
		UNIT_FAIL("%s", err.msg);
	iso_make(&cd->image, &cd->iso);
	/* libarchive takes nothing smaller for a CD. */
	cd->image.size_bytes += (uint64_t)64 << 10;
	if (fd_temporary(&cd->fd, NULL, &err) < 0 ||
	    extents_write(&cd->image, cd->fd, "a CD", &err) < 0)
		UNIT_FAIL("%s", err.msg);
}

static struct archive *open_cd(const struct cd *cd)
{
	struct archive *archive = archive_read_new();

	archive_read_support_format_iso9660(archive);
	lseek(cd->fd, 0, SEEK_SET);
	if (archive_read_open_fd(archive, cd->fd, 2048) != ARCHIVE_OK)
		UNIT_FAIL("%s", archive_error_string(archive));
	return archive;
}

/* The entry with this path, of an archive that stays open. */
static struct archive_entry *find(struct archive *archive, const char *path)
{
	struct archive_entry *entry;

	while (archive_read_next_header(archive, &entry) == ARCHIVE_OK)
		if (strcmp(archive_entry_pathname(entry), path) == 0)
			return entry;
	UNIT_FAIL("there is no %s", path);
}

/* libarchive forgets the slash between two fields: compare without slashes. */
static void check_target(const char *found, const char *wanted)
{
	static char texts[2][4096];
	const char *from[2] = { found, wanted };

	for (size_t i = 0; i < 2; i++) {
		char *to = texts[i];

		for (const char *c = from[i]; *c; c++)
			if (*c != '/')
				*to++ = *c;
		*to = '\0';
	}
	CHECK_STR(texts[0], texts[1]);
}

TEST(a_link_that_fills_sectors_of_continuations_is_read_back)
{
	struct cd *cd = start();
	char target[4096] = "";
	struct archive *archive;

	for (size_t i = 0; i < 800; i++)
		snprintf(target + 5 * i, 6, "%04zu/", i);
	target[3999] = '\0';
	cd->nodes[put_node(cd, 0, "link", 0120777, NULL)].target = target;
	cd->nodes[put_node(cd, 0, "other", 0120777, NULL)].target = target;
	make(cd);
	archive = open_cd(cd);
	check_target(archive_entry_symlink(find(archive, "link")), target);
	check_target(archive_entry_symlink(find(archive, "other")), target);
	archive_read_free(archive);
	CHECK(cd->iso.continued_bytes > (uint64_t)4 * ISO_SECTOR);
}

TEST(components_longer_than_a_field_are_read_back)
{
	struct cd *cd = start();
	char target[1024] = "/";
	char name[256];
	struct archive *archive;

	memset(name, 'n', 255);
	name[255] = '\0';
	memset(target + 1, 'c', 255);
	memcpy(target + 256, "/../", 4);
	memset(target + 260, 'd', 249);
	cd->nodes[put_node(cd, 0, name, 0120777, NULL)].target = target;
	make(cd);
	archive = open_cd(cd);
	check_target(archive_entry_symlink(find(archive, name)), target);
	archive_read_free(archive);
}

TEST(thousands_of_names_that_start_alike_are_all_there)
{
	struct cd *cd = start();
	static char names[4000][40];
	struct archive_entry *entry;
	struct archive *archive;
	size_t count = 0;

	for (size_t i = 0; i < 4000; i++) {
		snprintf(names[i], sizeof(names[i]),
			 "a-name-that-is-too-long-%zu.text", i);
		put_node(cd, 0, names[i], 0100644, i % 100 ? "" : "content");
	}
	make(cd);
	archive = open_cd(cd);
	while (archive_read_next_header(archive, &entry) == ARCHIVE_OK) {
		const char *path = archive_entry_pathname(entry);
		char text[8] = "";

		if (path[0] == '.')
			continue;
		count++;
		if (archive_entry_size(entry) == 0)
			continue;
		CHECK_INT(archive_read_data(archive, text, 8), 7);
		CHECK_STR(text, "content");
	}
	archive_read_free(archive);
	CHECK_INT(count, 4000);
	for (size_t i = 1; i < 4001; i++)
		for (size_t k = i + 1; i % 97 == 0 && k < 4001; k++)
			CHECK(strcmp(cd->nodes[i].id, cd->nodes[k].id) != 0);
}

TEST(owners_modes_times_and_devices_are_read_back)
{
	struct cd *cd = start();
	size_t directory = put_node(cd, 0, "dir", 0041777, NULL);
	size_t file = put_node(cd, directory, "f", 0104750, "x");
	size_t device = put_node(cd, 0, "tty", 0020600, NULL);
	struct archive_entry *entry;
	struct archive *archive;

	cd->nodes[file].uid = 100000;
	cd->nodes[file].gid = UINT32_MAX - 1;
	cd->nodes[file].mtime = 951782400; /* 2000-02-29 */
	cd->nodes[device].rdev_major = 4;
	cd->nodes[device].rdev_minor = 64;
	make(cd);
	archive = open_cd(cd);
	entry = find(archive, "dir/f");
	CHECK_INT(archive_entry_mode(entry), 0104750);
	CHECK_INT(archive_entry_uid(entry), 100000);
	CHECK_INT(archive_entry_gid(entry), UINT32_MAX - 1);
	CHECK_INT(archive_entry_mtime(entry), 951782400);
	archive_read_free(archive);
	archive = open_cd(cd);
	CHECK_INT(archive_entry_mode(find(archive, "dir")), 0041777);
	archive_read_free(archive);
	archive = open_cd(cd);
	entry = find(archive, "tty");
	CHECK_INT(archive_entry_mode(entry), 0020600);
	CHECK_INT(archive_entry_rdev(entry), 4 << 8 | 64);
	archive_read_free(archive);
}

static void check_date(int64_t seconds, const char *wanted)
{
	uint8_t date[7];
	char text[40];

	iso_put_date(date, seconds);
	snprintf(text, sizeof(text), "%d-%02d-%02d %02d:%02d:%02d",
		 1900 + date[0], date[1], date[2], date[3], date[4], date[5]);
	CHECK_STR(text, wanted);
	CHECK_INT(date[6], 0);
}

TEST(dates_stay_within_the_years_that_a_byte_counts)
{
	check_date(0, "1970-01-01 00:00:00");
	check_date(-1, "1969-12-31 23:59:59");
	check_date(1492533000, "2017-04-18 16:30:00");
	check_date(4107542399, "2100-02-28 23:59:59");
	check_date(4107542400, "2100-03-01 00:00:00");
	check_date(-2208988800, "1900-01-01 00:00:00");
	check_date(INT64_MIN, "1900-01-01 00:00:00");
	check_date(INT64_MAX, "2155-12-31 23:59:59");
}

TEST(what_a_cd_cannot_hold_is_refused)
{
	struct cd *cd = start();
	size_t file = put_node(cd, 0, "large", 0100644, NULL);
	SCOPED(err) err = { 0 };

	cd->nodes[file].content.size_bytes = (uint64_t)4 << 30;
	CHECK(iso_plan(&cd->iso, &err) < 0);
	CHECK_INT(err.fault, FAULT_INPUT);
}

TEST(a_cd_is_as_it_always_was)
{
	struct cd *cd = start();
	size_t directory = put_node(cd, 0, "boot", 0040755, NULL);
	struct digest digest;
	char text[DIGEST_TEXT_SIZE];
	SCOPED(err) err = { 0 };

	cd->iso.bios_boot = put_node(cd, directory, "loader.img", 0100644, "l");
	cd->iso.efi_boot = put_node(cd, directory, "efi.img", 0100644, "esp");
	make(cd);
	CHECK(extents_digest(&cd->image, &digest, &err) == 0);
	CHECK_STR(
		digest_text(&digest, text),
		"sha256:c55a9afcf179917b6509f47f7032fa9da02868485fa8f360424b49215114f769");
}
