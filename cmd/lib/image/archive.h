/* SPDX-License-Identifier: Apache-2.0 */
/* Scope ownership of libarchive's readers. */
#pragma once

#include <archive.h>

static inline void scope_archive(struct archive **archive)
{
	archive_read_free(*archive);
}
#define SCOPED_ARCHIVE __attribute__((cleanup(scope_archive)))
