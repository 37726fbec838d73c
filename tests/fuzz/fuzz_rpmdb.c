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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int (*const parsers[])(struct pkgdb * db, uint8_t * data, size_t size,
			       struct err * err) = {
		parse_header,
		pkgdb_parse_rpm_ndb,
		pkgdb_parse_rpm_bdb,
	};

	for (size_t i = 0; size && i < ARRAY_LEN(parsers); i++) {
		SCOPED(pkgdb) db = { 0 };
		SCOPED(err) err = { 0 };
		/* As large as it is: what lies behind is not for reading. */
		SCOPED_FREE uint8_t *copy = malloc(size);

		memcpy(copy, data, size);
		if (parsers[i](&db, copy, size, &err) < 0)
			continue;
		for (size_t p = 0; p < db.count; p++)
			if (!*db.items[p].name || !*db.items[p].version)
				abort();
	}
	return 0;
}
