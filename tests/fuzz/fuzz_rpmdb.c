/* SPDX-License-Identifier: Apache-2.0 */
/* A header of rpm, and its databases "ndb" and Berkeley DB: magic tells. */
/* links: lib */
#include <string.h>

#include "cmd/lib/build/pkgdb.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int parse_header(struct pkgdb *db, uint8_t *data, size_t size,
			struct err *err)
{
	return pkgdb_parse_rpm(db, data, size, err);
}

typedef int parse_fn(struct pkgdb *db, uint8_t *data, size_t size,
		     struct err *err);

static void check(parse_fn *parse, uint8_t *data, size_t size)
{
	SCOPED(pkgdb) db = { 0 };
	SCOPED(err) err = { 0 };

	if (parse(&db, data, size, &err) < 0)
		return;
	for (size_t i = 0; i < db.count; i++)
		if (!*db.items[i].name || !*db.items[i].version)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	parse_fn *const parsers[] = { parse_header, pkgdb_parse_rpm_ndb,
				      pkgdb_parse_rpm_bdb };

	for (size_t i = 0; size && i < ARRAY_LEN(parsers); i++) {
		/* As large as it is: what lies behind is not for reading. */
		uint8_t *copy = malloc(size);

		if (!copy)
			abort();
		memcpy(copy, data, size);
		check(parsers[i], copy, size);
		free(copy);
	}
	return 0;
}
