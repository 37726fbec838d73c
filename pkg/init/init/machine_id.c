/* SPDX-License-Identifier: Apache-2.0 */
/* What a machine-id looks like. */
#include "pkg/init/init/machine_id.h"

#include <stddef.h>
#include <string.h>

#include "pkg/init/init/base.h"

static int lower_digit(char c)
{
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 'a';
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ? c : -1;
}

bool machine_id_of(const char *text, char id[MACHINE_ID_BYTES])
{
	static const char dashes[] = { 8, 12, 16, 20 };
	bool uuid = strlen(text) > 8 && text[8] == '-';
	size_t count = 0;
	size_t dash = 0;

	for (; *text; text++) {
		if (uuid && dash < ARRAY_LEN(dashes) &&
		    count == (size_t)dashes[dash]) {
			if (*text != '-')
				return false;
			dash++;
			continue;
		}
		int digit = lower_digit(*text);

		if (digit < 0 || count == MACHINE_ID_LEN)
			return false;
		id[count++] = (char)digit;
	}
	id[count] = '\0';
	return count == MACHINE_ID_LEN && strspn(id, "0") != count &&
	       strspn(id, "f") != count;
}
