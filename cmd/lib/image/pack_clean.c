/* SPDX-License-Identifier: Apache-2.0 */
/* The cache of packed segments: what is not used goes. */
#include "cmd/lib/image/pack.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/lib/base/clock.h"
#include "cmd/lib/base/path.h"

#define HEX_DIGITS (DIGEST_HEX_SIZE - 1)
/* Somebody may still be writing what is younger. */
#define TEMPORARY_S 3600

/* A key, and for a file on its way a dot and what makes it unique. */
static bool is_ours(const char *name, bool *temporary)
{
	size_t digits = strspn(name, "0123456789abcdef");

	*temporary = name[digits] == '.';
	return digits == HEX_DIGITS && (!name[digits] || *temporary);
}

static int clean_one(const char *path, long long unused_s,
		     uint64_t *freed_bytes, struct err *err)
{
	struct stat st;

	if (lstat(path, &st) < 0 || !S_ISREG(st.st_mode) ||
	    (unused_s > 0 && clock_age_s(&st) < unused_s))
		return 0;
	if (unlink(path) < 0)
		return errno == ENOENT ? 0 : err_sys(err, "remove %s", path);
	*freed_bytes += (uint64_t)st.st_size;
	return 0;
}

int pack_cache_clean(const char *cache, long long unused_s,
		     uint64_t *freed_bytes, struct err *err)
{
	SCOPED(strv) names = { 0 };

	if (!path_exists(cache))
		return 0;
	if (path_list(&names, cache, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count; i++) {
		SCOPED_FREE char *path = path_join(cache, names.items[i]);
		long long age_s = unused_s;
		bool temporary;

		if (!is_ours(names.items[i], &temporary))
			continue;
		if (temporary && age_s < TEMPORARY_S)
			age_s = TEMPORARY_S;
		if (clean_one(path, age_s, freed_bytes, err) < 0)
			return -1;
	}
	return 0;
}
