/* SPDX-License-Identifier: Apache-2.0 */
/* depmod's text indexes: which module serves an alias, and what it needs. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Longest module name or path taken; longer lines are skipped. */
#define MODULE_NAME_BYTES 64
#define MODULE_PATH_BYTES 256

/* A piece of a line; not ended by a NUL. */
struct span {
	const char *text;
	size_t len;
};

/*
 * Matches a shell pattern with *, ? and [a-z]. Outside brackets '-' and '_'
 * are the same, as everywhere in module names.
 */
bool alias_match(struct span pattern, const char *alias);

/* Compares two module names; '-' and '_' are the same. */
bool module_name_equal(struct span name, const char *want);

/*
 * Finds the next module of modules.alias that serves the alias. *at starts as
 * the text of the file and moves on; returns false at its end.
 */
bool alias_next(const char **at, const char *alias, struct span *module);

/*
 * The lines of modules.alias by their bus, "pci" or "virtio", so that a device
 * costs a look at those of its own bus and at those that may be of any. Lines
 * beyond the table are looked at each time.
 */
#define ALIAS_LINES 32768
#define ALIAS_BUSES 256

struct alias_index {
	const char *text;
	const char *rest; /* where the table ends */
	unsigned count;
	unsigned start[ALIAS_LINES];
	/* Lines of a bus as a list, by number from 1. */
	unsigned short next[ALIAS_LINES];
	unsigned short first[ALIAS_BUSES], last[ALIAS_BUSES];
};

/* A walk through the index; begins as { 0 }. */
struct alias_walk {
	enum { WALK_BEGIN, WALK_OWN, WALK_ANY, WALK_REST } where;
	unsigned line;
	const char *at;
};

/* The text is borrowed, and shorter than 4 GiB. */
void alias_index_build(struct alias_index *index, const char *text);

/* As alias_next, in the order of the walk. */
bool alias_index_next(const struct alias_index *index, struct alias_walk *walk,
		      const char *alias, struct span *module);

/* The module name in "kernel/fs/overlayfs/overlay.ko.xz": "overlay". */
struct span module_of_path(struct span path);

/*
 * Finds a module in modules.dep: its own path, and the rest of the line, which
 * span_word takes apart. Returns false if the module is not listed.
 */
bool dep_find(const char *text, const char *name, struct span *path,
	      struct span *needs);

/* Takes the last blank-separated word off the span; false if none is left. */
bool span_last_word(struct span *list, struct span *word);

/* True if modules.builtin names the module. */
bool builtin_has(const char *text, const char *name);

/* Copies a span into a NUL-ended buffer; false if it does not fit. */
bool span_copy(struct span from, char *to, size_t size);
