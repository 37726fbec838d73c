/* SPDX-License-Identifier: Apache-2.0 */
/* YAML text as nodes that know their place. */
#pragma once

#include "cmd/lib/base/arena.h"
#include "cmd/lib/base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum yml_kind { YML_SCALAR, YML_SEQUENCE, YML_MAPPING };

/* The types of YAML 1.2's core schema, with go-yaml v3's leftovers of 1.1. */
enum yml_type { YML_STRING, YML_INTEGER, YML_FLOAT, YML_BOOLEAN, YML_NULL };

/*
 * Owned by its document. An alias is the anchored node itself, so that a node
 * may have several parents; the parser has limited what that can add up to.
 */
struct yml_node {
	enum yml_kind kind;
	unsigned line, column; /* from 1 */
	const char *file;
	/* scalar: NUL-terminated; `length` tells of NULs within */
	const char *text;
	size_t length;
	bool plain; /* without quotes, or of a type: its text is looked at */
	bool raw;   /* not UTF-8, as only a !!binary can be */
	/* sequence: the items; mapping: key, value, key, value, ... */
	struct yml_node **items;
	size_t count;
	size_t weight; /* nodes below and this one, aliases counted each time */
};

/* { 0 } is empty. */
struct yml_document {
	struct arena arena;
	struct yml_node *root; /* NULL when there is no document in the text */
};

void yml_document_release(struct yml_document *document);

/*
 * Parses the first document of the text (YAML 1.1 syntax as libyaml reads it).
 * `name` stands for the file in messages. Refused with FAULT_INPUT and
 * name:line:column: syntax errors, keys that repeat or are not scalars, merge
 * keys of other things than mappings, more levels, keys or anchors than the
 * limits below, aliases that add up to more than YML_MAX_WEIGHT nodes.
 */
int yml_parse(struct yml_document *document, const char *name, const char *text,
	      size_t size, struct err *err) MUST_CHECK;

#define YML_MAX_DEPTH 64
#define YML_MAX_KEYS ((size_t)4096) /* of one mapping */
#define YML_MAX_ANCHORS ((size_t)1024)
#define YML_MAX_WEIGHT ((size_t)1 << 20)

/* FAULT_INPUT with the node's file:line:column in front; returns -1. */
int yml_fail(const struct yml_node *node, struct err *err, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

/* Puts the node's file:line:column before the message err holds; returns -1. */
int yml_wrap(const struct yml_node *node, struct err *err);

/* The value of a key in a mapping, or NULL. */
const struct yml_node *yml_get(const struct yml_node *mapping, const char *key);

/* What a scalar is. Quoted ones are strings. */
enum yml_type yml_type_of(const struct yml_node *scalar);

/* "a list", "an integer": what the node is, for messages. */
const char *yml_describe(const struct yml_node *node);

/* Both false when the scalar is something else or does not fit. */
bool yml_integer(const struct yml_node *scalar, int64_t *number) MUST_CHECK;
/* The same, or a number without a fraction such as 1.0 and 1e3. */
bool yml_whole_number(const struct yml_node *scalar,
		      int64_t *number) MUST_CHECK;
bool yml_boolean(const struct yml_node *scalar, bool *value) MUST_CHECK;
