/* SPDX-License-Identifier: Apache-2.0 */
/* A manifest as text again: for metadata files and --dry-run. */
#pragma once

#include "cmd/lib/base/buf.h"
#include "yml/manifest.h"

enum emit_form { EMIT_YAML, EMIT_JSON };

/* How image references are written; `name` returns borrowed text. */
struct emit_names {
	const char *(*name)(const void *context, const char *text);
	const void *context;
};

/*
 * Appends the manifest in LinuxKit's order of fields: YAML with two spaces and
 * unindented dashes, or JSON with four spaces. Absent values are left out, but
 * for those LinuxKit always writes. What is written can be read again and means
 * the same. Volumes keep their image's text as it was given.
 */
int manifest_emit(struct buf *text, const struct manifest *manifest,
		  enum emit_form form, const struct emit_names *names,
		  struct err *err) MUST_CHECK;
