/* SPDX-License-Identifier: Apache-2.0 */
/* The package databases that are text: dpkg's and apk's. */
#include "cmd/lib/build/pkgdb.h"

#include <string.h>
#include <strings.h>

/* A line, without its end. */
struct line {
	const char *text;
	size_t size;
};

static bool next_line(const char **text, size_t *left, struct line *line)
{
	const char *end;

	if (*left == 0)
		return false;
	end = memchr(*text, '\n', *left);
	line->text = *text;
	line->size = end ? (size_t)(end - *text) : *left;
	*left -= line->size + (end != NULL);
	*text += line->size + (end != NULL);
	if (line->size && line->text[line->size - 1] == '\r')
		line->size--;
	return true;
}

static bool is_blank(const struct line *line)
{
	for (size_t i = 0; i < line->size; i++)
		if (line->text[i] != ' ' && line->text[i] != '\t')
			return false;
	return true;
}

/* What follows the colon, without blanks around it. */
static const char *value_of(struct pkgdb *db, const struct line *line,
			    size_t name_size)
{
	const char *value = line->text + name_size + 1;
	const char *end = line->text + line->size;

	while (value < end && (*value == ' ' || *value == '\t'))
		value++;
	while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	return pkgdb_text(db, value, (size_t)(end - value));
}

/* Fields of a stanza; names of dpkg's are not case-sensitive. */
struct field {
	const char *name;
	size_t offset;
};

#define FIELD(member) offsetof(struct pkgdb_package, member)

static const struct field dpkg_fields[] = {
	{ "Package", FIELD(name) },
	{ "Version", FIELD(version) },
	{ "Architecture", FIELD(arch) },
	{ "Source", FIELD(source) },
	{ "Maintainer", FIELD(maintainer) },
	{ "Homepage", FIELD(homepage) },
	{ 0 },
};

static const struct field apk_fields[] = {
	{ "P", FIELD(name) },
	{ "V", FIELD(version) },
	{ "A", FIELD(arch) },
	{ "o", FIELD(source) },
	{ "L", FIELD(license) },
	{ "m", FIELD(maintainer) },
	{ "U", FIELD(homepage) },
	{ "C", FIELD(checksum) },
	{ 0 },
};

static void take_field(struct pkgdb *db, const struct field *fields,
		       const struct line *line, struct pkgdb_package *package)
{
	for (const struct field *field = fields; field->name; field++) {
		size_t size = strlen(field->name);
		const char **value = (const char **)(void *)((char *)package +
							     field->offset);

		if (line->size <= size || line->text[size] != ':')
			continue;
		/* One letter is apk's, where p and P differ. */
		if (size == 1 ? *line->text == *field->name
			      : strncasecmp(line->text, field->name, size) == 0)
			*value = value_of(db, line, size);
	}
}

/* "Status: install ok installed"; what is only known of is not in the image. */
static bool says_not_installed(const struct line *line)
{
	static const char *const states[] = { "not-installed", "config-files",
					      "half-installed" };
	size_t size = line->size;

	if (size < 7 || strncasecmp(line->text, "Status:", 7) != 0)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(states); i++) {
		size_t tail = strlen(states[i]);

		if (size > tail &&
		    memcmp(line->text + size - tail, states[i], tail) == 0)
			return true;
	}
	return false;
}

static bool digit_of(char c, unsigned *digit)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *found = c ? strchr(digits, c) : NULL;

	*digit = found ? (unsigned)(found - digits) : 0;
	return found;
}

/* "Q1" and a SHA-1 in base64: 27 digits and one "=". Anything else is none. */
static void read_apk_checksum(struct pkgdb *db, struct pkgdb_package *package)
{
	const char *text = package->checksum;
	uint8_t bytes[21];
	size_t count = 0;

	package->checksum = NULL;
	if (!text || strlen(text) != 30 || strncmp(text, "Q1", 2) != 0 ||
	    text[29] != '=')
		return;
	for (size_t i = 2; i < 30; i += 4) {
		unsigned bits = 0, digit;

		for (size_t j = 0; j < 4; j++) {
			if (!digit_of(text[i + j], &digit) && i + j != 29)
				return;
			bits = bits << 6 | digit;
		}
		bytes[count++] = (uint8_t)(bits >> 16);
		bytes[count++] = (uint8_t)(bits >> 8);
		bytes[count++] = (uint8_t)bits;
	}
	package->checksum_algorithm = "SHA1";
	package->checksum = pkgdb_hex(db, bytes, 20);
}

/* A stanza that names no package is of no use; dpkg writes none. */
static int end_stanza(struct pkgdb *db, struct pkgdb_package *package,
		      struct err *err)
{
	if (!package->name || !*package->name || !package->version ||
	    !*package->version)
		return err_set(err, FAULT_INPUT,
			       "a stanza without name or version");
	if (package->kind == PKGDB_APK)
		read_apk_checksum(db, package);
	return 0;
}

struct stanzas {
	enum pkgdb_kind kind;
	const struct field *fields;
};

static int parse(struct pkgdb *db, const struct stanzas *stanzas,
		 const char *text, size_t left, struct err *err)
{
	struct pkgdb_package *package = NULL;
	bool absent = false;
	struct line line;

	while (next_line(&text, &left, &line)) {
		if (!is_blank(&line)) {
			if (!package &&
			    pkgdb_add(db, stanzas->kind, &package, err) < 0)
				return -1;
			absent |= stanzas->kind == PKGDB_DEB &&
				  says_not_installed(&line);
			take_field(db, stanzas->fields, &line, package);
		}
		if (!package || (!is_blank(&line) && left))
			continue;
		if (absent)
			pkgdb_drop(db);
		else if (end_stanza(db, package, err) < 0)
			return -1;
		package = NULL;
		absent = false;
	}
	return 0;
}

int pkgdb_parse_dpkg(struct pkgdb *db, const char *text, size_t size,
		     struct err *err)
{
	static const struct stanzas stanzas = { PKGDB_DEB, dpkg_fields };

	return parse(db, &stanzas, text, size, err);
}

int pkgdb_parse_apk(struct pkgdb *db, const char *text, size_t size,
		    struct err *err)
{
	static const struct stanzas stanzas = { PKGDB_APK, apk_fields };

	return parse(db, &stanzas, text, size, err);
}
