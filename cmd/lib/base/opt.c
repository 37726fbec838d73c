/* SPDX-License-Identifier: Apache-2.0 */
/* The option parser. */
#include "cmd/lib/base/opt.h"

#include <errno.h>
#include <string.h>

#include "cmd/lib/base/mem.h"

const struct opt opt_none[] = { { 0 } };

/* What is being parsed. */
struct scan {
	const struct opt_set *sets;
	size_t set_count;
	char *const *args;
	size_t count;
	size_t next;
};

struct match {
	const struct opt *row;
	void *target;
};

static struct match find(const struct scan *scan, char letter, const char *name,
			 size_t length)
{
	for (size_t s = 0; s < scan->set_count; s++) {
		const struct opt *row = scan->sets[s].rows;

		for (; row->type != OPT_END; row++) {
			bool same = name ? strlen(row->name) == length &&
						    strncmp(row->name, name,
							    length) == 0
					 : row->letter == letter;

			if (same)
				return (struct match){ row,
						       scan->sets[s].target };
		}
	}
	return (struct match){ 0 };
}

int opt_size(const char *text, uint64_t unit, uint64_t *bytes, struct err *err)
{
	static const char suffixes[] = "KMGT";
	char *end = NULL;
	uint64_t number;

	errno = 0;
	number = strtoull(text, &end, 10);
	if (errno || end == text || *text < '0' || *text > '9')
		return err_set(err, FAULT_INPUT,
			       "'%s' is not a size such as 512M", text);
	if (*end) {
		const char *suffix = strchr(suffixes, *end);

		if (!suffix || end[1])
			return err_set(err, FAULT_INPUT,
				       "'%s' is not a size such as 512M", text);
		unit = (uint64_t)1 << (10 * (suffix - suffixes + 1));
	}
	if (!mul_size(number, unit ? unit : 1, bytes))
		return err_set(err, FAULT_INPUT, "'%s' is too large", text);
	return 0;
}

static int parse_number(const char *text, uint64_t *number, struct err *err)
{
	char *end = NULL;

	errno = 0;
	*number = strtoull(text, &end, 10);
	if (errno || end == text || *end || *text < '0' || *text > '9')
		return err_set(err, FAULT_INPUT, "'%s' is not a number", text);
	return 0;
}

static int store(const struct match *match, const char *value, struct err *err)
{
	void *field = (char *)match->target + match->row->offset;
	char **text = field;

	switch (match->row->type) {
	case OPT_FLAG:
		*(bool *)field = true;
		return 0;
	case OPT_STRING:
	case OPT_MAYBE:
		free(*text);
		*text = xstrdup(value ? value : "");
		return 0;
	case OPT_LIST:
		strv_split(field, value, ',');
		return 0;
	case OPT_EACH:
		strv_add(field, value);
		return 0;
	case OPT_SIZE:
		return opt_size(value, 1, field, err);
	case OPT_MIB:
		return opt_size(value, 1 << 20, field, err);
	case OPT_GIB:
		if (strcmp(value, "auto") == 0) {
			*(uint64_t *)field = 0;
			return 0;
		}
		return opt_size(value, 1 << 30, field, err);
	case OPT_NUMBER:
		return parse_number(value, field, err);
	case OPT_LEVEL:
		if (value && !opt_is_level(value))
			return err_set(err, FAULT_INPUT,
				       "'%s' is none of 0, 1, 2 and 3", value);
		*(uint64_t *)field = value ? (uint64_t)(*value - '0') + 1 : 3;
		return 0;
	case OPT_END:
		break;
	}
	return 0;
}

bool opt_is_level(const char *text)
{
	return *text >= '0' && *text <= '3' && text[1] == '\0';
}

/* The digit behind an option that can do without. */
static const char *next_level(struct scan *scan)
{
	if (scan->next == scan->count || !opt_is_level(scan->args[scan->next]))
		return NULL;
	return scan->args[scan->next++];
}

static int set_value(struct scan *scan, const struct match *match,
		     const char *attached, struct err *err)
{
	const char *value = attached;

	if (match->row->type == OPT_FLAG && attached)
		return err_set(err, FAULT_INPUT, "--%s takes no value",
			       match->row->name);
	if (match->row->type == OPT_LEVEL && !value) {
		value = next_level(scan);
	} else if (match->row->type != OPT_FLAG &&
		   match->row->type != OPT_MAYBE && !value) {
		if (scan->next == scan->count)
			return err_set(err, FAULT_INPUT,
				       "--%s needs a value: %s",
				       match->row->name, match->row->arg);
		value = scan->args[scan->next++];
	}
	if (store(match, value, err) < 0)
		return err_wrap(err, "--%s", match->row->name);
	return 0;
}

static int unknown(const struct scan *scan, const char *name, struct err *err)
{
	const char *words[64];
	size_t count = 0;
	const char *near;

	for (size_t s = 0; s < scan->set_count; s++)
		for (const struct opt *row = scan->sets[s].rows;
		     row->type != OPT_END && count < ARRAY_LEN(words) - 1;
		     row++)
			if (row->help)
				words[count++] = row->name;
	words[count] = NULL;
	near = nearest_word(name, words);
	if (near)
		return err_set(err, FAULT_INPUT,
			       "unknown option --%s; is it --%s?", name, near);
	return err_set(err, FAULT_INPUT, "unknown option --%s", name);
}

static int parse_long(struct scan *scan, const char *arg, struct err *err)
{
	const char *name = arg + 2;
	const char *equals = strchr(name, '=');
	size_t length = equals ? (size_t)(equals - name) : strlen(name);
	struct match match = find(scan, 0, name, length);
	SCOPED_FREE char *wrong = NULL;

	if (match.row)
		return set_value(scan, &match, equals ? equals + 1 : NULL, err);
	wrong = xstrndup(name, length);
	return unknown(scan, wrong, err);
}

static int parse_letters(struct scan *scan, const char *arg, struct err *err)
{
	for (const char *c = arg + 1; *c; c++) {
		struct match match = find(scan, *c, NULL, 0);

		if (!match.row)
			return err_set(err, FAULT_INPUT, "unknown option -%c",
				       *c);
		if (match.row->type != OPT_FLAG &&
		    !(match.row->type == OPT_LEVEL && c[1] &&
		      !opt_is_level(c + 1)))
			return set_value(scan, &match, c[1] ? c + 1 : NULL,
					 err);
		if (set_value(scan, &match, NULL, err) < 0)
			return -1;
	}
	return 0;
}

int opt_parse(const struct opt_set *sets, size_t set_count, char *const *args,
	      size_t count, struct strv *rest, struct err *err)
{
	struct scan scan = { sets, set_count, args, count, 0 };

	while (scan.next < count) {
		const char *arg = args[scan.next++];
		int result = 0;

		if (strcmp(arg, "--") == 0)
			break;
		if (strncmp(arg, "--", 2) == 0)
			result = parse_long(&scan, arg, err);
		else if (arg[0] == '-' && arg[1])
			result = parse_letters(&scan, arg, err);
		else
			strv_add(rest, arg);
		if (result < 0)
			return -1;
	}
	while (scan.next < count)
		strv_add(rest, args[scan.next++]);
	return 0;
}

void opt_release(const struct opt *rows, void *target)
{
	for (const struct opt *row = rows; row->type != OPT_END; row++) {
		void *field = (char *)target + row->offset;
		char **text = field;

		if (row->type == OPT_STRING || row->type == OPT_MAYBE) {
			free(*text);
			*text = NULL;
		} else if (row->type == OPT_LIST || row->type == OPT_EACH) {
			strv_release(field);
		}
	}
}

void opt_print_help(const struct opt *rows, FILE *file)
{
	for (const struct opt *row = rows; row->type != OPT_END; row++) {
		SCOPED_FREE char *left = NULL;
		char letter[] = "    ";

		if (!row->help)
			continue;
		if (row->letter) {
			letter[0] = '-';
			letter[1] = row->letter;
			letter[2] = ',';
		}
		left = xasprintf("  %s--%s%s%s", letter, row->name,
				 row->arg && row->type != OPT_MAYBE ? " " : "",
				 row->arg ? row->arg : "");
		fprintf(file, "%-32s %s\n", left, row->help);
	}
}
