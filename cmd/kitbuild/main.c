/* SPDX-License-Identifier: Apache-2.0 */
/* The program: the verb table, the one place that prints an error and exits. */
#include "cmd/kitbuild/verb.h"

#include <signal.h>
#include <string.h>

#include "cmd/kitbuild/describe.h"
#include "cmd/lib/base/limits.h"
#include "cmd/lib/base/log.h"
#include "cmd/lib/base/mem.h"
#include "cmd/lib/base/path.h"

static const struct verb *const verbs[] = {
	&verb_build,        &verb_lock,
	&verb_inspect,      &verb_diff,
	&verb_run,          &verb_pkg_build,
	&verb_cache_ls,     &verb_cache_pull,
	&verb_cache_push,   &verb_cache_rm,
	&verb_cache_verify, &verb_cache_gc,
	&verb_cache_export, &verb_cache_import,
	&verb_cache_clean,  NULL,
};

#define GLOBAL(member) offsetof(struct global_options, member)

static const struct opt global_rows[] = {
	{ 0, "cache", "DIR", OPT_STRING, GLOBAL(cache),
	  "where images are kept; also KITBUILD_CACHE" },
	{ 0, "mirror", "[REG=]URL", OPT_EACH, GLOBAL(mirrors),
	  "fetch from there instead; repeatable; also KITBUILD_MIRROR" },
	{ 0, "cert-file", "FILE", OPT_EACH, GLOBAL(cert_files),
	  "trust these CA certificates too; repeatable" },
	{ 0, "offline", NULL, OPT_FLAG, GLOBAL(offline), "open no connection" },
	{ 0, "limit", "NAME=VALUE", OPT_EACH, GLOBAL(limits),
	  "move a limit on foreign input, such as layer=64G; repeatable" },
	{ 0, "timeout", "SECONDS", OPT_NUMBER, GLOBAL(timeout_s),
	  "give up what is not fetched within, by default 3600, or a machine" },
	{ 0, "progress", "FORM", OPT_STRING, GLOBAL(progress),
	  "what standard error is for: auto, plain or json; default: auto" },
	{ 'q', "quiet", NULL, OPT_FLAG, GLOBAL(quiet), "only errors" },
	{ 'v', "verbose", "[0-3]", OPT_LEVEL, GLOBAL(verbosity),
	  "say less or more of what is done; alone: 2" },
	{ 'h', "help", NULL, OPT_FLAG, GLOBAL(help), "this text" },
	{ 0, "version", NULL, OPT_FLAG, GLOBAL(version), "print the version" },
	{ 0 },
};

char *global_cache_path(const struct global_options *global)
{
	const char *own = getenv("KITBUILD_CACHE");
	const char *xdg = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");

	if (global->cache)
		return xstrdup(global->cache);
	if (own && *own)
		return xstrdup(own);
	if (xdg && *xdg == '/')
		return path_join(xdg, "kitbuild");
	return xasprintf("%s/.cache/kitbuild", home && *home ? home : ".");
}

/* How many of the words at `args` are the verb's name; 0: they are not. */
static size_t match_verb(const struct verb *verb, char *const *args,
			 size_t count)
{
	const char *space = strchr(verb->name, ' ');
	size_t first =
		space ? (size_t)(space - verb->name) : strlen(verb->name);

	if (count == 0 || strlen(args[0]) != first ||
	    strncmp(args[0], verb->name, first) != 0)
		return 0;
	if (!space)
		return 1;
	return count > 1 && strcmp(args[1], space + 1) == 0 ? 2 : 0;
}

static const struct verb *find_verb(char *const *args, size_t count,
				    size_t *words)
{
	for (size_t i = 0; verbs[i]; i++) {
		*words = match_verb(verbs[i], args, count);
		if (*words)
			return verbs[i];
	}
	return NULL;
}

/* Is the argument behind an option of every verb its value? */
static bool takes_next(const char *option, const char *next)
{
	for (const struct opt *row = global_rows; row->type != OPT_END; row++) {
		const char letter[] = { '-', row->letter, '\0' };
		bool named = (row->letter && strcmp(option, letter) == 0) ||
			     (strncmp(option, "--", 2) == 0 &&
			      strcmp(option + 2, row->name) == 0);

		if (named && row->type == OPT_LEVEL)
			return opt_is_level(next);
		if (named)
			return row->type != OPT_FLAG;
	}
	return false;
}

/* Options may stand before the verb: moves them behind it. */
static void split_args(int argc, char **argv, struct strv *before,
		       struct strv *from_verb)
{
	int i = 1;

	for (; i < argc && argv[i][0] == '-'; i++) {
		strv_add(before, argv[i]);
		if (i + 1 < argc && takes_next(argv[i], argv[i + 1]))
			strv_add(before, argv[++i]);
	}
	for (; i < argc; i++)
		strv_add(from_verb, argv[i]);
}

static int unknown_verb(char *const *args, size_t count, struct err *err)
{
	SCOPED_FREE char *word = xstrdup(args[0]);
	const char *names[ARRAY_LEN(verbs)] = { NULL };
	const char *near;

	for (size_t i = 0; verbs[i]; i++) {
		names[i] = verbs[i]->name;
		/* "cache" or "pkg" alone, or with a wrong second word */
		if (strncmp(verbs[i]->name, word, strlen(word)) == 0 &&
		    verbs[i]->name[strlen(word)] == ' ') {
			free(word);
			word = xasprintf("%s %s", args[0],
					 count > 1 ? args[1] : "");
		}
	}
	near = nearest_word(word, names);
	if (near)
		return err_set(err, FAULT_INPUT,
			       "unknown command '%s'; is it '%s'?", word, near);
	return err_set(err, FAULT_INPUT,
		       "unknown command '%s'; `kitbuild --help` lists them",
		       word);
}

static int check_rest(const struct verb *verb, const struct strv *rest,
		      struct err *err)
{
	if (rest->count < verb->min_rest)
		return err_set(err, FAULT_INPUT,
			       "usage: kitbuild %s [options] %s", verb->name,
			       verb->args);
	if (rest->count > verb->max_rest)
		return err_set(
			err, FAULT_INPUT,
			"%s takes no argument '%s': usage: kitbuild %s [options] %s",
			verb->name, rest->items[verb->max_rest], verb->name,
			verb->args);
	return 0;
}

static int set_log(const struct global_options *global, struct err *err)
{
	static const enum log_level levels[] = {
		LOG_LEVEL_INFO, /* nothing is said of it */
		LOG_LEVEL_ERROR, LOG_LEVEL_INFO,
		LOG_LEVEL_DEBUG, LOG_LEVEL_DEBUG,
	};

	log_set_level(global->quiet ? LOG_LEVEL_ERROR
				    : levels[global->verbosity]);
	if (log_set_form(global->progress ? global->progress : "auto", err) < 0)
		return err_wrap(err, "--progress");
	return 0;
}

static int set_limits(const struct global_options *global, struct err *err)
{
	for (size_t i = 0; i < global->limits.count; i++)
		if (limit_set(global->limits.items[i], err) < 0)
			return -1;
	return 0;
}

static int run_verb(const struct verb *verb, struct strv *args,
		    struct global_options *global, int *status, struct err *err)
{
	SCOPED_FREE void *options = xcalloc(1, verb->options_size);
	SCOPED(strv) rest = { 0 };
	struct opt_set sets[] = { { verb->opts, options },
				  { global_rows, global } };
	struct verb_args verb_args = { .global = global,
				       .options = options,
				       .rest = &rest };
	int result = opt_parse(sets, ARRAY_LEN(sets), args->items, args->count,
			       &rest, err);

	if (result == 0 && global->help) {
		describe_verb(verb, global_rows);
	} else if (result == 0) {
		result = set_log(global, err);
		if (result == 0)
			result = check_rest(verb, &rest, err);
		if (result == 0)
			result = set_limits(global, err);
		if (result == 0)
			result = verb->run(&verb_args, err);
		*status = verb_args.status;
	}
	opt_release(verb->opts, options);
	return result;
}

static int run(int argc, char **argv, struct global_options *global,
	       int *status, struct err *err)
{
	SCOPED(strv) args = { 0 };
	SCOPED(strv) behind = { 0 };
	SCOPED(strv) none = { 0 };
	struct opt_set set = { global_rows, global };
	const struct verb *verb;
	size_t words = 0;

	split_args(argc, argv, &args, &behind);
	if (behind.count == 1 && strcmp(behind.items[0], "version") == 0) {
		puts("kitbuild " KITBUILD_VERSION);
		return 0;
	}
	verb = find_verb(behind.items, behind.count, &words);
	if (verb) {
		for (size_t i = words; i < behind.count; i++)
			strv_add(&args, behind.items[i]);
		return run_verb(verb, &args, global, status, err);
	}
	if (opt_parse(&set, 1, args.items, args.count, &none, err) < 0)
		return -1;
	if (global->version) {
		puts("kitbuild " KITBUILD_VERSION);
		return 0;
	}
	if (global->help || behind.count == 0 ||
	    strcmp(behind.items[0], "help") == 0) {
		describe_program(verbs, global_rows);
		return 0;
	}
	return describe_extra(verbs, global_rows, &behind)
		       ? 0
		       : unknown_verb(behind.items, behind.count, err);
}

/* An error may be a list: of all that is wrong with a manifest. */
static void print_error(const struct err *err)
{
	SCOPED(strv) lines = { 0 };

	strv_split(&lines, err->msg, '\n');
	for (size_t i = 0; i < lines.count; i++)
		log_error("%s", lines.items[i]);
}

int main(int argc, char **argv)
{
	struct global_options global = { 0 };
	SCOPED(err) err = { 0 };
	int status = 0;

	/* A closed pipe is an error of write(2), with its sentence. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a file too large is an error of write */
	if (run(argc, argv, &global, &status, &err) < 0) {
		print_error(&err);
		status = (int)err.fault;
	} else if (fflush(stdout) != 0 || ferror(stdout)) {
		log_error("cannot write to standard output");
		status = FAULT_SYSTEM;
	}
	opt_release(global_rows, &global);
	return status;
}
