/* SPDX-License-Identifier: Apache-2.0 */
/* What scalars are, and messages about nodes. */
#include "yml/yml.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "cmd/lib/base/mem.h"

static bool is_one_of(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (strcmp(text, *words) == 0)
			return true;
	return false;
}

static const char *const true_words[] = { "true", "True", "TRUE", NULL };
static const char *const false_words[] = { "false", "False", "FALSE", NULL };
static const char *const null_words[] = {
	"", "~", "null", "Null", "NULL", NULL
};
static const char *const odd_floats[] = { ".inf",  ".Inf",  ".INF",  "+.inf",
					  "+.Inf", "+.INF", "-.inf", "-.Inf",
					  "-.INF", ".nan",  ".NaN",  ".NAN",
					  NULL };

/* Skips the prefix that says the base. */
static int take_base(const char **text)
{
	static const struct {
		const char *letters;
		int base;
	} prefixes[] = { { "xX", 16 }, { "oO", 8 }, { "bB", 2 } };
	const char *p = *text;

	if (p[0] != '0' || !p[1])
		return 10;
	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
		if (strchr(prefixes[i].letters, p[1])) {
			*text += 2;
			return prefixes[i].base;
		}
	return 8;
}

/* Longer ones are no numbers to us; go-yaml's would not fit either. */
#define NUMBER_MAX 72

/*
 * A number begins with a digit, a sign or a dot. Underscores in it are nothing,
 * unless it begins with the dot.
 */
static bool take_number(const char *text, char *number)
{
	size_t count = 0;

	if (!*text || !strchr("+-.0123456789", *text))
		return false;
	for (const char *p = text; *p; p++) {
		if (*p == '_' && *text != '.')
			continue;
		if (count + 1 == NUMBER_MAX)
			return false;
		number[count++] = *p;
	}
	number[count] = '\0';
	return true;
}

/*
 * go-yaml v3: decimal, 0x, 0o, 0b and, left over from YAML 1.1, octal by a
 * leading zero.
 */
static bool parse_integer(const char *text, int64_t *number)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	char taken[NUMBER_MAX];
	const char *p = taken;
	bool negative;
	int base;
	char *end;
	unsigned long long value;

	if (!take_number(text, taken))
		return false;
	negative = *p == '-';
	if (*p == '-' || *p == '+')
		p++;
	base = take_base(&p);
	if (!*p || p[strspn(p, digits)])
		return false;
	errno = 0;
	value = strtoull(p, &end, base);
	if (errno || *end || value > (unsigned long long)INT64_MAX + negative)
		return false;
	*number = (int64_t)(negative ? 0 - value : value);
	return true;
}

static const char *skip_digits(const char *text)
{
	return text + strspn(text, "0123456789");
}

/* go-yaml v3: digits with a dot, an exponent or both; or too many of them. */
static bool is_decimal(const char *text)
{
	const char *start, *dot;

	if (*text == '-' || *text == '+')
		text++;
	start = text;
	text = skip_digits(text);
	dot = text;
	if (*text == '.')
		text = skip_digits(text + 1);
	if (dot == start && text - dot < 2)
		return false;
	if (*text == 'e' || *text == 'E') {
		text++;
		if (*text == '-' || *text == '+')
			text++;
		if (skip_digits(text) == text)
			return false;
		text = skip_digits(text);
	}
	return !*text;
}

static bool looks_like_float(const char *text)
{
	char taken[NUMBER_MAX];

	return is_one_of(text, odd_floats) ||
	       (take_number(text, taken) && is_decimal(taken));
}

enum yml_type yml_type_of(const struct yml_node *scalar)
{
	int64_t number;

	/* Most texts show by their first letter that they are nothing else. */
	if (!scalar->plain ||
	    (*scalar->text && !strchr("~nNtTfF+-.0123456789", *scalar->text)))
		return YML_STRING;
	if (is_one_of(scalar->text, null_words))
		return YML_NULL;
	if (is_one_of(scalar->text, true_words) ||
	    is_one_of(scalar->text, false_words))
		return YML_BOOLEAN;
	if (parse_integer(scalar->text, &number))
		return YML_INTEGER;
	if (looks_like_float(scalar->text))
		return YML_FLOAT;
	return YML_STRING;
}

bool yml_integer(const struct yml_node *scalar, int64_t *number)
{
	return scalar->kind == YML_SCALAR && scalar->plain &&
	       parse_integer(scalar->text, number);
}

bool yml_whole_number(const struct yml_node *scalar, int64_t *number)
{
	char taken[NUMBER_MAX];
	/* The first that does not fit. */
	const double limit = 9223372036854775808.0;
	double value;

	if (yml_integer(scalar, number))
		return true;
	if (scalar->kind != YML_SCALAR || yml_type_of(scalar) != YML_FLOAT ||
	    !take_number(scalar->text, taken) || !is_decimal(taken))
		return false;
	value = strtod(taken, NULL);
	if (value < -limit || value >= limit || value != (double)(int64_t)value)
		return false;
	*number = (int64_t)value;
	return true;
}

bool yml_boolean(const struct yml_node *scalar, bool *value)
{
	if (scalar->kind != YML_SCALAR || yml_type_of(scalar) != YML_BOOLEAN)
		return false;
	*value = is_one_of(scalar->text, true_words);
	return true;
}

const char *yml_describe(const struct yml_node *node)
{
	static const char *const types[] = {
		[YML_STRING] = "a string",     [YML_INTEGER] = "an integer",
		[YML_FLOAT] = "a number",      [YML_BOOLEAN] = "a boolean",
		[YML_NULL] = "an empty value",
	};

	if (node->kind == YML_SEQUENCE)
		return "a list";
	if (node->kind == YML_MAPPING)
		return "a mapping";
	return types[yml_type_of(node)];
}

int yml_fail(const struct yml_node *node, struct err *err, const char *fmt, ...)
{
	SCOPED_FREE char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	return err_set(err, FAULT_INPUT, "%s:%u:%u: %s", node->file, node->line,
		       node->column, text);
}

int yml_wrap(const struct yml_node *node, struct err *err)
{
	return err_wrap(err, "%s:%u:%u", node->file, node->line, node->column);
}

const struct yml_node *yml_get(const struct yml_node *mapping, const char *key)
{
	for (size_t i = 0; i + 1 < mapping->count; i += 2)
		if (strcmp(mapping->items[i]->text, key) == 0)
			return mapping->items[i + 1];
	return NULL;
}
