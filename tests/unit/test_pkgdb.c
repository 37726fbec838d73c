/* SPDX-License-Identifier: Apache-2.0 */
/* links: lib */
#include "tests/unit/unit.h"

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/mem.h"
#include "cmd/lib/build/license.h"
#include "cmd/lib/build/pkgdb.h"

typedef int parse_fn(struct pkgdb *db, const char *text, size_t size,
		     struct err *err);

static void check_parses(parse_fn *parse, struct pkgdb *db, const char *text)
{
	SCOPED(err) err = { 0 };

	if (parse(db, text, strlen(text), &err) < 0)
		UNIT_FAIL("%s", err.msg);
}

static void check_refused(parse_fn *parse, const char *text, const char *why)
{
	SCOPED(pkgdb) db = { 0 };
	SCOPED(err) err = { 0 };

	CHECK_INT(parse(&db, text, strlen(text), &err), -1);
	CHECK_INT(err.fault, FAULT_INPUT);
	if (!strstr(err.msg, why))
		UNIT_FAIL("'%s' does not say '%s'", err.msg, why);
}

TEST(a_stanza_of_dpkg_is_a_package)
{
	SCOPED(pkgdb) db = { 0 };

	check_parses(pkgdb_parse_dpkg, &db,
		     "Package: libc6\nStatus: install ok installed\n"
		     "Maintainer: A Team <team@example.org>\n"
		     "architecture:  amd64 \nSource: glibc\n"
		     "Version: 2.36-9\nDescription: first\n Version: not this\n"
		     "Homepage: https://example.org\n\n\n"
		     "Package: two\nVersion: 1:2");
	CHECK_INT(db.count, 2);
	CHECK_STR(db.items[0].name, "libc6");
	CHECK_STR(db.items[0].version, "2.36-9");
	CHECK_STR(db.items[0].arch, "amd64");
	CHECK_STR(db.items[0].source, "glibc");
	CHECK_STR(db.items[0].maintainer, "A Team <team@example.org>");
	CHECK_STR(db.items[0].homepage, "https://example.org");
	CHECK(db.items[0].checksum == NULL);
	CHECK_STR(db.items[1].version, "1:2");
	CHECK(db.items[1].arch == NULL);
}

TEST(what_dpkg_only_knows_of_is_no_package)
{
	SCOPED(pkgdb) db = { 0 };

	check_parses(pkgdb_parse_dpkg, &db,
		     "Package: a\nStatus: deinstall ok config-files\n"
		     "Version: 1\n\n"
		     "Package: b\nStatus: unknown ok not-installed\n\n"
		     "Package: c\nStatus: install ok unpacked\nVersion: 1\n");
	CHECK_INT(db.count, 1);
	CHECK_STR(db.items[0].name, "c");
}

TEST(a_stanza_without_a_version_is_refused)
{
	check_refused(pkgdb_parse_dpkg, "Package: a\n", "without name");
	check_refused(pkgdb_parse_dpkg, "Version: 1\n\n", "without name");
	check_refused(pkgdb_parse_apk, "P:a\nV:\n", "without name");
}

TEST(an_entry_of_apk_is_a_package)
{
	SCOPED(pkgdb) db = { 0 };

	check_parses(pkgdb_parse_apk, &db,
		     "C:Q1YW2nWUOUlTR0YNoQJOEKIEaX3w8=\nP:musl\nV:1.2.4-r2\n"
		     "A:x86_64\nS:407278\nT:the C library\n"
		     "U:https://musl.libc.org/\nL:MIT\no:musl-source\n"
		     "m:A Person <person@example.org>\np:so:libc=1\n"
		     "F:lib\nR:libc.so\na:0:0:755\n\n");
	CHECK_INT(db.count, 1);
	CHECK_STR(db.items[0].name, "musl");
	CHECK_STR(db.items[0].version, "1.2.4-r2");
	CHECK_STR(db.items[0].license, "MIT");
	CHECK_STR(db.items[0].source, "musl-source");
	CHECK_STR(db.items[0].checksum_algorithm, "SHA1");
	/* What base64(1) makes of it. */
	CHECK_STR(db.items[0].checksum, "616da7594394953474"
					"60da1024e10a204697df0f");
}

TEST(a_checksum_of_another_form_is_none)
{
	static const char *const sums[] = {
		"Q2YW2nWUOUlTR0YNoQJOEKIEaX3w8=",
		"Q1short=",
		"Q1YW2nWUOUlTR0YNoQJOEKIEaX3w8A",
		"Q1YW2nWUOU*TR0YNoQJOEKIEaX3w8=",
		"",
	};

	for (size_t i = 0; i < ARRAY_LEN(sums); i++) {
		SCOPED(pkgdb) db = { 0 };
		SCOPED_FREE char *text = xasprintf("C:%s\nP:a\nV:1\n", sums[i]);

		check_parses(pkgdb_parse_apk, &db, text);
		CHECK(db.items[0].checksum == NULL);
		CHECK(db.items[0].checksum_algorithm == NULL);
	}
}

TEST(nothing_but_blank_lines_is_no_package)
{
	SCOPED(pkgdb) db = { 0 };

	check_parses(pkgdb_parse_dpkg, &db, "\n \n\t\r\n\n");
	CHECK_INT(db.count, 0);
}

TEST(more_packages_than_any_image_has_are_refused)
{
	SCOPED(buf) text = { 0 };

	for (size_t i = 0; i <= PKGDB_MAX_PACKAGES; i++)
		buf_add_str(&text, "P:a\nV:1\n\n");
	check_refused(pkgdb_parse_apk, buf_text(&text), "more than 16384");
}

TEST(a_long_text_is_cut)
{
	SCOPED(buf) text = { 0 };
	SCOPED(pkgdb) db = { 0 };

	buf_add_str(&text, "P:a\nV:1\nL:");
	for (size_t i = 0; i < 100000; i++)
		buf_add_char(&text, 'x');
	check_parses(pkgdb_parse_apk, &db, buf_text(&text));
	CHECK_INT(strlen(db.items[0].license), PKGDB_MAX_TEXT);
}

TEST(expressions_of_licences_are_known)
{
	static const char *const good[] = {
		"MIT",
		"GPL-2.0-or-later AND LGPL-2.1+",
		"(MIT OR Apache-2.0) AND Zlib",
		"GPL-2.0-only WITH Linux-syscall-note",
		" ( ( ISC ) ) ",
	};
	static const char *const bad[] = {
		"",
		"GPLv2+",
		"MIT Zlib",
		"MIT AND",
		"(MIT",
		"MIT)",
		"MIT WITH Linux",
		"LicenseRef-mine",
		"mit",
		"MIT and Zlib",
		"()",
	};

	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		if (!license_is_expression(good[i]))
			UNIT_FAIL("'%s' is not accepted", good[i]);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (license_is_expression(bad[i]))
			UNIT_FAIL("'%s' is accepted", bad[i]);
}

TEST(an_expression_without_bottom_is_none)
{
	SCOPED(buf) text = { 0 };

	for (size_t i = 0; i < 100000; i++)
		buf_add_char(&text, '(');
	CHECK(!license_is_expression(buf_text(&text)));
}
