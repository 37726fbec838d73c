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

/* The digits without underscores; false when there is none or another. */
static bool take_digits(const char *text, char *digits, size_t size)
{
	size_t count = 0;

	for (; *text; text++) {
		if (*text == '_')
			continue;
		if (count + 1 == size ||
		    !strchr("0123456789abcdefABCDEF", *text))
			return false;
		digits[count++] = *text;
	}
	digits[count] = '\0';
	return count > 0;
}

/*
 * go-yaml v3: decimal, 0x, 0o, 0b and, left over from YAML 1.1, octal by a
 * leading zero; underscores between digits are dropped.
 */
static bool parse_integer(const char *text, int64_t *number)
{
	char digits[72];
	bool negative = *text == '-';
	int base;
	char *end;
	unsigned long long value;

	if (*text == '-' || *text == '+')
		text++;
	base = take_base(&text);
	if (*text == '_' || !take_digits(text, digits, sizeof(digits)))
		return false;
	errno = 0;
	value = strtoull(digits, &end, base);
	if (errno || *end || value > (unsigned long long)INT64_MAX)
		return false;
	*number = negative ? -(int64_t)value : (int64_t)value;
	return true;
}

static bool is_exponent(char c)
{
	return c == 'e' || c == 'E';
}

static bool looks_like_float(const char *text)
{
	bool digits = false, mark = false;

	if (is_one_of(text, odd_floats))
		return true;
	if (*text == '-' || *text == '+')
		text++;
	for (; *text; text++) {
		if (*text >= '0' && *text <= '9')
			digits = true;
		else if (*text == '.' || (digits && is_exponent(*text)))
			mark = true;
		else if (!strchr("+-", *text) || !is_exponent(text[-1]))
			return false;
	}
	return digits && mark;
}

enum yml_type yml_type_of(const struct yml_node *scalar)
{
	int64_t number;

	if (!scalar->plain)
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
