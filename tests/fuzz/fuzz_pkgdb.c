/* SPDX-License-Identifier: Apache-2.0 */
/* The text databases of packages: dpkg's and apk's. */
/* links: lib */
#include <string.h>

#include "cmd/lib/build/license.h"
#include "cmd/lib/build/pkgdb.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct pkgdb *db)
{
	for (size_t i = 0; i < db->count; i++) {
		const struct pkgdb_package *package = &db->items[i];

		if (!package->name || !*package->name || !package->version ||
		    strlen(package->name) > PKGDB_MAX_TEXT)
			abort();
		if (package->license)
			license_is_expression(package->license);
		if (!package->checksum != !package->checksum_algorithm)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	SCOPED(pkgdb) dpkg = { 0 };
	SCOPED(pkgdb) apk = { 0 };
	SCOPED(err) err = { 0 };

	if (pkgdb_parse_dpkg(&dpkg, text, size, &err) == 0)
		check(&dpkg);
	err_release(&err);
	if (pkgdb_parse_apk(&apk, text, size, &err) == 0)
		check(&apk);
	return 0;
}
