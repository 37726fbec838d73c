/* SPDX-License-Identifier: Apache-2.0 */
/* links: lib */
#include "tests/unit/rpmfix.h"

#include <sqlite3.h>

#define REAL "tests/fuzz/corpus/rpmdb/"

typedef int parse_fn(struct pkgdb *db, uint8_t *data, size_t size,
		     struct err *err);

static void check_refused(parse_fn *parse, struct buf *bytes, const char *why)
{
	SCOPED(pkgdb) db = { 0 };
	SCOPED(err) err = { 0 };

	CHECK_INT(parse(&db, (uint8_t *)bytes->data, bytes->size, &err), -1);
	CHECK_INT(err.fault, FAULT_INPUT);
	if (!strstr(err.msg, why))
		UNIT_FAIL("'%s' does not say '%s'", err.msg, why);
}

static void check_read(parse_fn *parse, struct buf *bytes, struct pkgdb *db)
{
	SCOPED(err) err = { 0 };

	if (parse(db, (uint8_t *)bytes->data, bytes->size, &err) < 0)
		UNIT_FAIL("%s", err.msg);
}

static int parse_header(struct pkgdb *db, uint8_t *data, size_t size,
			struct err *err)
{
	return pkgdb_parse_rpm(db, data, size, err);
}

static void read_real(struct buf *bytes, const char *path)
{
	SCOPED(err) err = { 0 };

	if (buf_read_file(bytes, path, &err) < 0)
		UNIT_FAIL("%s", err.msg);
}

/* What rpmbuild made of a package with everything a header can tell us. */
static void check_one(const struct pkgdb_package *one)
{
	CHECK_INT(one->kind, PKGDB_RPM);
	CHECK_STR(one->name, "one");
	CHECK_STR(one->version, "1.2-3");
	CHECK_STR(one->epoch, "4");
	CHECK_STR(one->arch, "noarch");
	CHECK_STR(one->source, "one-1.2-3.src.rpm");
	CHECK_STR(one->maintainer, "A Person <person@example.org>");
	CHECK_STR(one->vendor, "Somebody");
	CHECK_STR(one->license, "MIT AND Zlib");
	CHECK_STR(one->homepage, "https://example.org/one");
	CHECK_STR(one->checksum_algorithm, "MD5");
	CHECK_INT(strlen(one->checksum), 32);
}

static void check_both(const struct pkgdb *db)
{
	CHECK_INT(db->count, 2);
	CHECK_STR(db->items[0].name, "two");
	CHECK(db->items[0].epoch == NULL);
	check_one(&db->items[1]);
}

TEST(a_header_that_rpm_wrote_is_read)
{
	SCOPED(buf) bytes = { 0 };
	SCOPED(pkgdb) db = { 0 };

	read_real(&bytes, REAL "header-one");
	check_read(parse_header, &bytes, &db);
	CHECK_INT(db.count, 1);
	check_one(&db.items[0]);
}

TEST(a_header_cut_off_anywhere_is_refused)
{
	SCOPED(buf) bytes = { 0 };

	read_real(&bytes, REAL "header-one");
	while (bytes.size > 0) {
		SCOPED(pkgdb) db = { 0 };
		SCOPED(err) err = { 0 };
		/* Exactly as large as it is, so that a sanitizer sees more. */
		SCOPED_FREE uint8_t *copy = malloc(bytes.size--);

		memcpy(copy, bytes.data, bytes.size);
		CHECK_INT(pkgdb_parse_rpm(&db, copy, bytes.size, &err), -1);
	}
}

TEST(numbers_that_overflow_a_header_are_refused)
{
	SCOPED(buf) many = { 0 };
	SCOPED(buf) large = { 0 };

	put_be32(&many, 0xffffffff);
	put_be32(&many, 0);
	check_refused(parse_header, &many, "4294967295 entries");
	put_be32(&large, 0);
	put_be32(&large, 0xffffffff);
	check_refused(parse_header, &large, "cut off");
}

TEST(a_text_without_an_end_or_behind_the_data_is_none)
{
	SCOPED(rpmfix) fix = { 0 };
	SCOPED(buf) bytes = { 0 };
	SCOPED(pkgdb) db = { 0 };

	rpmfix_text(&fix, 1000, "name");
	rpmfix_text(&fix, 1001, "1");
	rpmfix_entry(&fix, 1022, 6, 4000, 1);
	rpmfix_entry(&fix, 1014, 6, (uint32_t)fix.data.size, 1);
	buf_add_str(&fix.data, "no end");
	rpmfix_write(&fix, &bytes);
	check_read(parse_header, &bytes, &db);
	CHECK(db.items[0].arch == NULL);
	CHECK(db.items[0].license == NULL);
	CHECK_STR(db.items[0].version, "1");
}

TEST(a_header_without_a_name_is_refused)
{
	SCOPED(rpmfix) fix = { 0 };
	SCOPED(buf) bytes = { 0 };

	rpmfix_text(&fix, 1001, "1");
	rpmfix_write(&fix, &bytes);
	check_refused(parse_header, &bytes, "without name or version");
}

TEST(keys_of_signers_are_no_packages)
{
	SCOPED(buf) bytes = { 0 };
	SCOPED(pkgdb) db = { 0 };

	put_header(&bytes, "gpg-pubkey", "1");
	check_read(parse_header, &bytes, &db);
	CHECK_INT(db.count, 0);
}

TEST(odd_bytes_in_a_text_do_not_reach_the_document)
{
	SCOPED(buf) bytes = { 0 };
	SCOPED(pkgdb) db = { 0 };

	put_header(&bytes, "n\xff", "1\xc3\xa9");
	check_read(parse_header, &bytes, &db);
	CHECK_STR(db.items[0].name, "n?");
	CHECK_STR(db.items[0].version, "1\xc3\xa9");
}

TEST(a_hash_of_berkeley_db_is_read_in_either_order_of_bytes)
{
	static const char *const files[] = { REAL "bdb-little",
					     REAL "bdb-big" };

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		SCOPED(buf) bytes = { 0 };
		SCOPED(pkgdb) db = { 0 };

		read_real(&bytes, files[i]);
		check_read(pkgdb_parse_rpm_bdb, &bytes, &db);
		CHECK_INT(db.count, 2);
		check_one(strcmp(db.items[0].name, "one") == 0 ? &db.items[0]
							       : &db.items[1]);
	}
}

/* Of the real file, whose pages have 512 bytes. */
static void spoil(struct buf *bytes, size_t at, uint8_t value)
{
	read_real(bytes, REAL "bdb-little");
	CHECK(at < bytes->size);
	bytes->data[at] = (char)value;
}

TEST(a_damaged_hash_of_berkeley_db_is_refused)
{
	static const struct {
		size_t at;
		uint8_t value;
		const char *why;
	} cases[] = {
		{ 12, 0, "no hash of Berkeley DB" },
		{ 25, 9, "no hash of Berkeley DB" },
		{ 24, 1, "encrypted" },
		{ 21, 3, "pages of 768 bytes" },
		{ 32, 200, "cut off" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		SCOPED(buf) bytes = { 0 };

		spoil(&bytes, cases[i].at, cases[i].value);
		check_refused(pkgdb_parse_rpm_bdb, &bytes, cases[i].why);
	}
}

/* The first page of that type; what rpm's pages are is told in byte 25. */
static size_t page_of(const struct buf *bytes, char type)
{
	for (size_t page = 512; page < bytes->size; page += 512)
		if (bytes->data[page + 25] == type)
			return page;
	UNIT_FAIL("no page of type %d", type);
}

TEST(a_chain_of_pages_that_runs_in_a_circle_ends)
{
	SCOPED(buf) bytes = { 0 };
	size_t page;

	read_real(&bytes, REAL "bdb-little");
	page = page_of(&bytes, 7);
	/* It is its own successor, with one byte of data each time. */
	memset(bytes.data + page + 16, 0, 4);
	bytes.data[page + 16] = (char)(page / 512);
	bytes.data[page + 22] = 1;
	bytes.data[page + 23] = 0;
	check_refused(pkgdb_parse_rpm_bdb, &bytes, "");
}

/* A value of a page, and the type that says it lies on other pages. */
static const char *off_page_item(const struct buf *bytes)
{
	for (size_t page = 512; page < bytes->size; page += 512) {
		const uint8_t *p = (const uint8_t *)bytes->data + page;

		for (size_t i = 1; p[25] == 13 && i < p[20]; i += 2) {
			size_t at = p[26 + 2 * i] | (size_t)p[27 + 2 * i] << 8;

			if (p[at] == 3)
				return bytes->data + page + at;
		}
	}
	UNIT_FAIL("no value of the file lies on other pages");
}

TEST(headers_that_share_their_pages_are_refused)
{
	SCOPED(buf) bytes = { 0 };
	char item[12];
	char *page;

	read_real(&bytes, REAL "bdb-little");
	memcpy(item, off_page_item(&bytes), sizeof(item));
	page = bytes.data + page_of(&bytes, 13);
	/* A key of two bytes and the same chain of pages, twenty times. */
	page[20] = 40;
	for (size_t i = 0; i < 20; i++) {
		size_t value = 512 - 14 * (i + 1), key = value + 12;

		page[26 + 4 * i] = (char)key;
		page[27 + 4 * i] = (char)(key >> 8);
		page[28 + 4 * i] = (char)value;
		page[29 + 4 * i] = (char)(value >> 8);
		memcpy(page + value, item, sizeof(item));
	}
	check_refused(pkgdb_parse_rpm_bdb, &bytes, "overlap");
}

TEST(a_database_of_the_ndb_form_is_read)
{
	SCOPED(buf) one = { 0 };
	SCOPED(buf) two = { 0 };
	SCOPED(buf) bytes = { 0 };
	SCOPED(pkgdb) db = { 0 };

	read_real(&two, REAL "header-two");
	read_real(&one, REAL "header-one");
	put_ndb(&bytes, (struct buf[]){ two, one }, 2);
	check_read(pkgdb_parse_rpm_ndb, &bytes, &db);
	check_both(&db);
}

TEST(a_damaged_database_of_the_ndb_form_is_refused)
{
	static const struct {
		size_t at;
		uint8_t value;
		const char *why;
	} cases[] = {
		{ 0, 'X', "no database of rpm" },
		{ 4, 9, "version 9" },
		{ 12, 0, "0 pages" },
		{ 13, 9, "2305 pages" },
		{ 32, 'X', "slot 2 is damaged" },
		{ 43, 9, "package 1 lies behind the end" },
		{ 36, 9, "package 9 is not there" },
		{ 4096 + 14, 9, "package 1 is cut off" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		SCOPED(buf) blob = { 0 };
		SCOPED(buf) bytes = { 0 };

		put_header(&blob, "name", "1");
		put_ndb(&bytes, &blob, 1);
		bytes.data[cases[i].at] = (char)cases[i].value;
		check_refused(pkgdb_parse_rpm_ndb, &bytes, cases[i].why);
	}
}

TEST(packages_of_the_ndb_form_that_share_their_bytes_are_refused)
{
	SCOPED(buf) blob = { 0 };
	SCOPED(buf) bytes = { 0 };
	SCOPED(rpmfix) fix = { 0 };

	rpmfix_text(&fix, 1000, "name");
	rpmfix_text(&fix, 1001, "1");
	put_zeros(&fix.data, 8000);
	rpmfix_write(&fix, &blob);
	put_ndb(&bytes, &blob, 1);
	/* All slots name the one package. */
	for (size_t i = 3; i < 256; i++)
		memcpy(bytes.data + 16 * i, bytes.data + 32, 16);
	check_refused(pkgdb_parse_rpm_ndb, &bytes, "overlap");
}

/* A database in memory, after these statements; ?1 is a header. */
static void put_sqlite(struct buf *to, const char *const *statements,
		       size_t count)
{
	SCOPED(buf) header = { 0 };
	sqlite3 *handle = NULL;
	sqlite3_int64 size = 0;
	uint8_t *bytes;

	put_header(&header, "name", "1");
	CHECK_INT(sqlite3_open(":memory:", &handle), SQLITE_OK);
	for (size_t i = 0; i < count; i++) {
		sqlite3_stmt *statement = NULL;

		CHECK_INT(sqlite3_prepare_v2(handle, statements[i], -1,
					     &statement, NULL),
			  SQLITE_OK);
		if (sqlite3_bind_parameter_count(statement))
			sqlite3_bind_blob(statement, 1, header.data,
					  (int)header.size, SQLITE_STATIC);
		CHECK_INT(sqlite3_step(statement), SQLITE_DONE);
		sqlite3_finalize(statement);
	}
	bytes = sqlite3_serialize(handle, "main", &size, 0);
	buf_add(to, bytes, (size_t)size);
	sqlite3_free(bytes);
	sqlite3_close(handle);
}

static const char table[] =
	"CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL)";

TEST(a_database_of_sqlite_is_read_log_or_not)
{
	static const char *const statements[] = {
		table, "INSERT INTO Packages VALUES (1, ?1)"
	};
	SCOPED(buf) bytes = { 0 };

	put_sqlite(&bytes, statements, ARRAY_LEN(statements));
	for (char format = 1; format <= 2; format++) {
		SCOPED(pkgdb) db = { 0 };

		bytes.data[18] = format;
		bytes.data[19] = format;
		check_read(pkgdb_parse_rpm_sqlite, &bytes, &db);
		CHECK_INT(db.count, 1);
		CHECK_STR(db.items[0].name, "name");
	}
}

TEST(a_view_in_the_table_s_place_is_not_run)
{
	static const char *const statements[] = {
		"CREATE VIEW Packages AS WITH RECURSIVE n(hnum, blob) AS "
		"(SELECT 1, x'00' UNION ALL SELECT hnum + 1, blob FROM n) "
		"SELECT * FROM n"
	};
	SCOPED(buf) bytes = { 0 };

	put_sqlite(&bytes, statements, 1);
	check_refused(pkgdb_parse_rpm_sqlite, &bytes, "");
}

TEST(a_database_of_sqlite_without_the_table_is_refused)
{
	static const char *const statements[] = { "CREATE TABLE Other (x)" };
	SCOPED(buf) bytes = { 0 };
	SCOPED(buf) garbage = { 0 };

	put_sqlite(&bytes, statements, 1);
	check_refused(pkgdb_parse_rpm_sqlite, &bytes, "no such table");
	put_zeros(&garbage, 4096);
	memset(garbage.data, 'x', 4096);
	check_refused(pkgdb_parse_rpm_sqlite, &garbage, "not a database");
}

TEST(a_database_of_sqlite_that_is_cut_off_is_refused)
{
	static const char *const statements[] = {
		table, "INSERT INTO Packages VALUES (1, ?1)"
	};
	SCOPED(buf) bytes = { 0 };

	put_sqlite(&bytes, statements, ARRAY_LEN(statements));
	bytes.size = 4096;
	check_refused(pkgdb_parse_rpm_sqlite, &bytes, "malformed");
	bytes.size = 50;
	check_refused(pkgdb_parse_rpm_sqlite, &bytes, "no database of SQLite");
}
