/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Command-line options as tables. One row is the parser, the --help text, the
 * man page entry and the shell completion of an option.
 */
#pragma once

#include "cmd/lib/base/err.h"
#include "cmd/lib/base/strv.h"

#include <stdbool.h>
#include <stdint.h>

enum opt_type {
	OPT_END = 0,
	OPT_FLAG,   /* bool */
	OPT_STRING, /* char *, owned */
	OPT_MAYBE,  /* the same; the value only behind "=", "" without one */
	OPT_LIST,   /* struct strv: repeatable, and split at commas */
	OPT_EACH,   /* struct strv: repeatable, taken whole */
	OPT_SIZE,   /* uint64_t bytes: 512M, 2G; a bare number is bytes */
	OPT_MIB,    /* uint64_t bytes: the same; a bare number is MiB */
	OPT_GIB,    /* the same; a bare number is GiB, and "auto" is 0 */
	OPT_NUMBER, /* uint64_t */
	OPT_LEVEL,  /* uint64_t: one more than the digit 0 to 3 that may follow,
		       as in "-v 2"; without one it is 3 */
};

/*
 * A row. `letter` 0: no short form. `arg` names the value in the help; NULL for
 * flags, "[=VALUE]" for OPT_MAYBE. `help` NULL: an alias that help does not
 * show. A table ends in { 0 }; opt_none is the empty one.
 */
struct opt {
	char letter;
	const char *name;
	const char *arg;
	enum opt_type type;
	size_t offset;
	const char *help;
};

extern const struct opt opt_none[];

/* A table together with the struct whose fields its rows set. */
struct opt_set {
	const struct opt *rows;
	void *target;
};

/*
 * Parses `count` arguments. Options and positional arguments may be mixed;
 * "--" ends the options. Positional ones are appended to `rest`. FAULT_INPUT
 * names the option and, for an unknown one, the likely one.
 */
int opt_parse(const struct opt_set *sets, size_t set_count, char *const *args,
	      size_t count, struct strv *rest, struct err *err) MUST_CHECK;

/* Is that argument the digit of an OPT_LEVEL in front of it? */
bool opt_is_level(const char *text);

/*
 * "512M" as a number of bytes; K, M, G, T are powers of 1024, and a bare number
 * counts units of `unit` bytes. FAULT_INPUT when it is no size.
 */
int opt_size(const char *text, uint64_t unit, uint64_t *bytes,
	     struct err *err) MUST_CHECK;

/* Frees what OPT_STRING, OPT_MAYBE, OPT_LIST and OPT_EACH rows own in the
 * target. */
void opt_release(const struct opt *rows, void *target);

/* Prints one aligned line per visible row. */
void opt_print_help(const struct opt *rows, FILE *file);

/*
 * The candidate nearest to a misspelt word, or NULL when none is near. The
 * list ends in NULL. Also used for verbs, keys and formats.
 */
const char *nearest_word(const char *word, const char *const *candidates);
