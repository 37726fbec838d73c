/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of the manifest as documents: for editors and for people. */
#pragma once

#include "cmd/lib/base/buf.h"

/*
 * Appends a JSON Schema, draft 7. It knows keys, types and the shape of single
 * values; what a manifest may say beyond that only the program knows.
 */
void manifest_json_schema(struct buf *text);

/* Appends the manual of the manifest in Markdown: docs/manifest.md. */
void manifest_reference(struct buf *text);
