/* SPDX-License-Identifier: Apache-2.0 */
/* A verb of the command line: one row in the table of main.c, one file. */
#pragma once

#include "cmd/lib/base/opt.h"

/* Options that every verb takes. */
struct global_options {
	char *cache;            /* --cache */
	struct strv mirrors;    /* --mirror */
	struct strv cert_files; /* --cert-file */
	bool offline;           /* --offline */
	struct strv limits;     /* --limit */
	uint64_t timeout_s;     /* --timeout; 0: not given */
	char *progress;         /* --progress */
	bool quiet;             /* -q */
	uint64_t verbosity;     /* -v; one more than its number, 0: not given */
	bool help;              /* -h */
	bool version;           /* --version */
};

struct verb_args {
	const struct global_options *global;
	const void *options; /* what the verb's own rows have set */
	const struct strv *rest;
	/* The exit status of a verb that succeeds, for `run`; else 0. */
	int status;
};

struct verb {
	const char *name;    /* "build", or two words: "cache pull" */
	const char *args;    /* "MANIFEST...", shown in the usage line */
	const char *summary; /* one line */
	const char *details; /* paragraphs for --help and the man page */
	const struct opt *opts;
	size_t options_size; /* of the struct the rows fill; starts zeroed */
	size_t min_rest, max_rest; /* how many positional arguments */
	int (*run)(struct verb_args *args, struct err *err);
};

#define REST_ANY ((size_t)-1)

/* Each defined by its verb_<name>.c. */
extern const struct verb verb_build;
extern const struct verb verb_inspect;
extern const struct verb verb_diff;
extern const struct verb verb_lock;
extern const struct verb verb_pkg_build;
extern const struct verb verb_cache_ls;
extern const struct verb verb_cache_pull;
extern const struct verb verb_cache_push;
extern const struct verb verb_cache_rm;
extern const struct verb verb_cache_verify;
extern const struct verb verb_cache_gc;
extern const struct verb verb_cache_clean;
extern const struct verb verb_cache_export;
extern const struct verb verb_cache_import;
extern const struct verb verb_run;

/*
 * The store's folder: --cache, else KITBUILD_CACHE, else
 * ${XDG_CACHE_HOME:-~/.cache}/kitbuild. Caller frees.
 */
char *global_cache_path(const struct global_options *global);
