/* SPDX-License-Identifier: Apache-2.0 */
/* rpm's database as SQLite keeps it: table Packages, a header a row. */
#include "cmd/lib/build/pkgdb.h"

#include <sqlite3.h>

#define HEADER_BYTES 100
/* Virtual machine steps: some thousands are needed for a package. */
#define STEPS_MAX 100000000
#define STEPS_AT_A_TIME 1000000

static void scope_sqlite(sqlite3 **handle)
{
	sqlite3_close_v2(*handle);
}
static void scope_statement(sqlite3_stmt **statement)
{
	sqlite3_finalize(*statement);
}
#define SCOPED_SQLITE __attribute__((cleanup(scope_sqlite)))
#define SCOPED_STATEMENT __attribute__((cleanup(scope_statement)))

static int failed(sqlite3 *handle, struct err *err)
{
	return err_set(err, FAULT_INPUT, "%s",
		       handle ? sqlite3_errmsg(handle) : "no memory");
}

/* A file can hold what runs on without end. */
static int count_steps(void *context)
{
	unsigned *steps = context;

	*steps += STEPS_AT_A_TIME;
	return *steps > STEPS_MAX;
}

/* Nothing the file defines is run: no views, no triggers, no functions. */
static void distrust(sqlite3 *handle)
{
	sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, (int)PKGDB_MAX_BYTES);
}

static int open_memory(sqlite3 **handle, uint8_t *data, size_t size,
		       struct err *err)
{
	if (sqlite3_open_v2(":memory:", handle,
			    SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY,
			    NULL) != SQLITE_OK)
		return failed(*handle, err);
	distrust(*handle);
	if (sqlite3_deserialize(*handle, "main", data, (sqlite3_int64)size,
				(sqlite3_int64)size,
				SQLITE_DESERIALIZE_READONLY) != SQLITE_OK)
		return failed(*handle, err);
	return 0;
}

/* Rows do not overlap in a file of `left` bytes. */
static int read_rows(struct pkgdb *db, sqlite3_stmt *rows, size_t left,
		     int *state, struct err *err)
{
	while ((*state = sqlite3_step(rows)) == SQLITE_ROW) {
		const uint8_t *blob = sqlite3_column_blob(rows, 0);
		size_t size = (size_t)sqlite3_column_bytes(rows, 0);

		if (size > left)
			return err_set(err, FAULT_INPUT, "its headers overlap");
		left -= size;
		if (blob && pkgdb_parse_rpm(db, blob, size, err) < 0)
			return -1;
	}
	return 0;
}

int pkgdb_parse_rpm_sqlite(struct pkgdb *db, uint8_t *data, size_t size,
			   struct err *err)
{
	SCOPED_SQLITE sqlite3 *handle = NULL;
	SCOPED_STATEMENT sqlite3_stmt *rows = NULL;
	unsigned steps = 0;
	int state;

	if (size < HEADER_BYTES)
		return err_set(err, FAULT_INPUT, "no database of SQLite");
	/*
	 * Bytes 18 and 19 (SQLite's file format, "The Database Header") say
	 * with 2 that a log lies beside. In memory there can be none.
	 */
	for (size_t i = 18; i < 20; i++)
		if (data[i] == 2)
			data[i] = 1;
	if (open_memory(&handle, data, size, err) < 0)
		return -1;
	sqlite3_progress_handler(handle, STEPS_AT_A_TIME, count_steps, &steps);
	if (sqlite3_prepare_v2(handle,
			       "SELECT blob FROM Packages ORDER BY hnum", -1,
			       &rows, NULL) != SQLITE_OK)
		return failed(handle, err);
	if (read_rows(db, rows, size, &state, err) < 0)
		return -1;
	return state == SQLITE_DONE ? 0 : failed(handle, err);
}
