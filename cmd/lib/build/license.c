/* SPDX-License-Identifier: Apache-2.0 */
/* Licence expressions: terms joined by AND and OR, WITH exceptions. */
#include "cmd/lib/build/license.h"

#include <string.h>

#include "cmd/lib/base/scope.h"

#define DEPTH_MAX 32

static const char *const licenses[] = {
	"0BSD",
	"AFL-2.1",
	"AFL-3.0",
	"AGPL-3.0",
	"AGPL-3.0-only",
	"AGPL-3.0-or-later",
	"Apache-1.1",
	"Apache-2.0",
	"APSL-2.0",
	"Artistic-1.0",
	"Artistic-1.0-Perl",
	"Artistic-2.0",
	"Beerware",
	"BSD-1-Clause",
	"BSD-2-Clause",
	"BSD-2-Clause-Patent",
	"BSD-2-Clause-Views",
	"BSD-3-Clause",
	"BSD-3-Clause-Clear",
	"BSD-4-Clause",
	"BSD-4-Clause-UC",
	"BSL-1.0",
	"bzip2-1.0.6",
	"CC-BY-3.0",
	"CC-BY-4.0",
	"CC-BY-SA-3.0",
	"CC-BY-SA-4.0",
	"CC0-1.0",
	"CDDL-1.0",
	"CDDL-1.1",
	"CPL-1.0",
	"curl",
	"ECL-2.0",
	"EFL-2.0",
	"EPL-1.0",
	"EPL-2.0",
	"EUPL-1.1",
	"EUPL-1.2",
	"FSFAP",
	"FSFUL",
	"FSFULLR",
	"FTL",
	"GFDL-1.1-or-later",
	"GFDL-1.2-only",
	"GFDL-1.2-or-later",
	"GFDL-1.3-only",
	"GFDL-1.3-or-later",
	"GPL-1.0",
	"GPL-1.0-only",
	"GPL-1.0-or-later",
	"GPL-2.0",
	"GPL-2.0-only",
	"GPL-2.0-or-later",
	"GPL-3.0",
	"GPL-3.0-only",
	"GPL-3.0-or-later",
	"HPND",
	"ICU",
	"IJG",
	"ImageMagick",
	"Info-ZIP",
	"IPL-1.0",
	"ISC",
	"JSON",
	"LGPL-2.0",
	"LGPL-2.0-only",
	"LGPL-2.0-or-later",
	"LGPL-2.1",
	"LGPL-2.1-only",
	"LGPL-2.1-or-later",
	"LGPL-3.0",
	"LGPL-3.0-only",
	"LGPL-3.0-or-later",
	"Libpng",
	"libpng-2.0",
	"libtiff",
	"Linux-OpenIB",
	"LPPL-1.3c",
	"MIT",
	"MIT-0",
	"MIT-CMU",
	"MIT-Modern-Variant",
	"mpich2",
	"MPL-1.0",
	"MPL-1.1",
	"MPL-2.0",
	"MS-PL",
	"NAIST-2003",
	"NCSA",
	"NTP",
	"OFL-1.0",
	"OFL-1.1",
	"OLDAP-2.8",
	"OpenSSL",
	"PHP-3.01",
	"PostgreSQL",
	"PSF-2.0",
	"Python-2.0",
	"QPL-1.0",
	"Ruby",
	"Sendmail",
	"SGI-B-2.0",
	"Sleepycat",
	"SMLNJ",
	"SPL-1.0",
	"SSH-OpenSSH",
	"SSH-short",
	"TCL",
	"TCP-wrappers",
	"Unicode-DFS-2015",
	"Unicode-DFS-2016",
	"Unlicense",
	"UPL-1.0",
	"Vim",
	"W3C",
	"Watcom-1.0",
	"WTFPL",
	"X11",
	"XFree86-1.1",
	"Xnet",
	"Zlib",
	"zlib-acknowledgement",
	"ZPL-2.1",
};

static const char *const exceptions[] = {
	"Autoconf-exception-2.0",
	"Autoconf-exception-3.0",
	"Bison-exception-2.2",
	"Bootloader-exception",
	"Classpath-exception-2.0",
	"Font-exception-2.0",
	"GCC-exception-2.0",
	"GCC-exception-3.1",
	"Libtool-exception",
	"Linux-syscall-note",
	"LLVM-exception",
	"OCaml-LGPL-linking-exception",
	"openvpn-openssl-exception",
	"Qt-LGPL-exception-1.1",
	"u-boot-exception-2.0",
};

/* What is left of the text. */
struct words {
	const char *next;
	unsigned depth;
};

static size_t word_size(const struct words *words)
{
	return strcspn(words->next, " ()");
}

static void skip_blanks(struct words *words)
{
	words->next += strspn(words->next, " ");
}

static bool take(struct words *words, const char *word)
{
	size_t size = strlen(word);

	skip_blanks(words);
	if (strncmp(words->next, word, size) != 0)
		return false;
	if (*word != '(' && *word != ')' && word_size(words) != size)
		return false;
	words->next += size;
	return true;
}

/* Takes a word of the list; "+" after it means later versions too. */
static bool take_of(struct words *words, const char *const *list, size_t count,
		    bool plus)
{
	size_t size;

	skip_blanks(words);
	size = word_size(words);
	for (size_t i = 0; i < count; i++) {
		size_t length = strlen(list[i]);
		bool later = plus && size == length + 1 &&
			     words->next[length] == '+';

		if ((size == length || later) &&
		    strncmp(words->next, list[i], length) == 0) {
			words->next += size;
			return true;
		}
	}
	return false;
}

static bool take_expression(struct words *words);

static bool take_term(struct words *words)
{
	if (take(words, "(")) {
		if (++words->depth > DEPTH_MAX || !take_expression(words))
			return false;
		words->depth--;
		return take(words, ")");
	}
	if (!take_of(words, licenses, ARRAY_LEN(licenses), true))
		return false;
	return !take(words, "WITH") ||
	       take_of(words, exceptions, ARRAY_LEN(exceptions), false);
}

static bool take_expression(struct words *words)
{
	do
		if (!take_term(words))
			return false;
	while (take(words, "AND") || take(words, "OR"));
	return true;
}

bool license_is_expression(const char *text)
{
	struct words words = { .next = text };

	if (!take_expression(&words))
		return false;
	skip_blanks(&words);
	return *words.next == '\0';
}
