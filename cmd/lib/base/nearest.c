/* SPDX-License-Identifier: Apache-2.0 */
/* The likely word for a misspelt one: the edit distance of Damerau. */
#include "cmd/lib/base/opt.h"

#include <string.h>

#define WORD_MAX 40

static size_t least(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

/* Insertions, deletions, changes and swaps of neighbours between two words. */
static size_t distance(const char *a, const char *b)
{
	size_t table[WORD_MAX + 1][WORD_MAX + 1];
	size_t rows = strlen(a), columns = strlen(b);

	if (rows > WORD_MAX || columns > WORD_MAX)
		return WORD_MAX;
	for (size_t i = 0; i <= rows; i++)
		table[i][0] = i;
	for (size_t j = 0; j <= columns; j++)
		table[0][j] = j;
	for (size_t i = 1; i <= rows; i++) {
		for (size_t j = 1; j <= columns; j++) {
			size_t cost = a[i - 1] == b[j - 1] ? 0 : 1;

			table[i][j] =
				least(table[i - 1][j] + 1, table[i][j - 1] + 1,
				      table[i - 1][j - 1] + cost);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] &&
			    table[i - 2][j - 2] + 1 < table[i][j])
				table[i][j] = table[i - 2][j - 2] + 1;
		}
	}
	return table[rows][columns];
}

const char *nearest_word(const char *word, const char *const *candidates)
{
	size_t limit = strlen(word) <= 4 ? 1 : 2;
	const char *best = NULL;

	for (; *candidates; candidates++) {
		size_t d = distance(word, *candidates);

		if (d <= limit) {
			best = *candidates;
			limit = d ? d - 1 : 0;
		}
	}
	return best;
}
