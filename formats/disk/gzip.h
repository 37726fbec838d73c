/* SPDX-License-Identifier: Apache-2.0 */
/* Gzip (RFC 1952), the same bytes on every machine. */
#pragma once

#include "cmd/lib/base/stream.h"

/*
 * Compresses with libdeflate into members of 1 MiB of content each, one behind
 * the other: readers take them for one file. Without a name and a time.
 */
struct writer *writer_gzip(struct writer *below);
