/* SPDX-License-Identifier: Apache-2.0 */
/* JSON (RFC 8259) by jansson, with limits on what comes from outside. */
#pragma once

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/err.h"

#include <jansson.h>

static inline void scope_json(json_t **json)
{
	json_decref(*json);
}
#define SCOPED_JSON __attribute__((cleanup(scope_json)))

/* About how many bytes of memory the parsed text will take. */
size_t json_cost(const char *text, size_t size);

/*
 * Parses one document; repeated keys, trailing text and what would take more
 * memory than allowed (limits.h) are FAULT_INPUT. `name`
 * is what the message calls the text. The caller owns `*json`.
 */
int json_parse(json_t **json, const char *text, size_t size, const char *name,
	       struct err *err) MUST_CHECK;

/* The text member, or NULL when it is absent or of another type. */
const char *json_text(const json_t *object, const char *key);

/* jansson's integers are signed: this real is written as 2^64 - 1. */
#define JSON_U64_MAX 18446744073709551616.0

/*
 * Appends the document as LinuxKit writes it: four spaces of indent, "key":
 * value, no final newline, and < > & U+2028 U+2029 as \u escapes. Object keys
 * keep their order.
 */
void json_write(struct buf *out, const json_t *json);

/* The same content without blanks, keys in their order. */
void json_write_compact(struct buf *out, const json_t *json);
