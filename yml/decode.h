/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nodes into structs, driven by tables: one row per key. The same rows print
 * the manual, so each carries its sentence.
 *
 * Every decoded value remembers the node it came from: `at` is NULL when the
 * key is absent, and gives the place for messages when it is not. All text is
 * borrowed from the document.
 */
#pragma once

#include "yml/report.h"

struct val_str {
	const char *text; /* NULL when absent */
	const struct yml_node *at;
};

/* The text when there is any, else `otherwise`. */
static inline const char *val_text(const struct val_str *value,
				   const char *otherwise)
{
	return value->at && *value->text ? value->text : otherwise;
}

struct val_bool {
	bool value;
	const struct yml_node *at;
};

struct val_int {
	int64_t value;
	const struct yml_node *at;
};

struct val_strs {
	const char **items;
	size_t count;
	const struct yml_node *at; /* at->items[i] is the place of items[i] */
};

/* A map of strings to strings, in the order written. */
struct val_map {
	const char **keys;
	const char **values;
	size_t count;
	const struct yml_node *at;
};

/* A user or group: a number, or a name to be looked up. */
struct val_id {
	const char *name; /* NULL: it is a number */
	int64_t number;
	const struct yml_node *at;
};

struct val_ids {
	struct val_id *items;
	size_t count;
	const struct yml_node *at;
};

/* A list of structs; the field's schema says of which. */
struct val_list {
	void *items;
	size_t count;
	const struct yml_node *at;
};

enum field_type {
	FIELD_END = 0,
	FIELD_STR,
	FIELD_BOOL,
	FIELD_INT,
	FIELD_STRS,
	FIELD_MAP,
	FIELD_ID,
	FIELD_IDS,
	FIELD_LIST,    /* struct val_list of `schema` */
	FIELD_STRUCT,  /* a struct of `schema`, in place */
	FIELD_SHORT,   /* the same, or just the text of its first field */
	FIELD_IGNORED, /* accepted and dropped, whatever it holds */
};

struct schema;

/*
 * What a text has to look like. `pattern` means the same as an extended regular
 * expression of POSIX, by which decoding checks the text, and as one of
 * ECMA 262, which the JSON schema shows.
 */
struct form {
	const char *wanted; /* "a duration such as 1m30s", for messages */
	const char *pattern;
};

/*
 * `needed` and `pattern` (a regular expression of ECMA 262) are for the JSON
 * schema and the manual: they repeat what is checked after decoding. `form`,
 * `low` and `high` are what decoding checks itself.
 */
struct field {
	const char *key;
	enum field_type type;
	size_t offset;
	const struct schema *schema; /* FIELD_LIST, FIELD_STRUCT, FIELD_SHORT */
	const char *help;
	bool needed;
	const char *pattern;     /* FIELD_STR; or NULL */
	const struct form *form; /* FIELD_STR, FIELD_STRS; or NULL */
	bool any_bytes;          /* FIELD_STR: NULs, and what is no UTF-8 */
	int64_t low, high;       /* FIELD_INT; both 0: any */
};

/*
 * `at_offset` is where the struct keeps its own `const struct yml_node *at`.
 * `fields` ends in { 0 }.
 */
struct schema {
	const char *what; /* "a service", for messages */
	const struct field *fields;
	size_t size;
	size_t at_offset;
};

/*
 * Fills the zeroed struct `target` from a mapping. Reports, with place and path
 * such as services[2].binds[0], every unknown key (naming the likely one) and
 * every value of another type; after a report `target` is not to be used.
 * Arrays live in `arena`.
 */
void decode_struct(const struct schema *schema, const struct yml_node *node,
		   struct arena *arena, void *target,
		   struct yml_report *report);

/* One list behind the other; both stay where they are. */
struct val_strs val_strs_join(const struct val_strs *first,
			      const struct val_strs *second,
			      struct arena *arena);
