/* SPDX-License-Identifier: Apache-2.0 */
/* What is a machine-id, and what is not. */
/* links: pkg/init/init/machine_id.c */

#include "pkg/init/init/machine_id.h"
#include "tests/unit/unit.h"

TEST(an_id_has_32_digits_with_or_without_the_dashes_of_a_uuid)
{
	static const char want[] = "0123456789abcdef0123456789abcdef";
	static const char *const texts[] = {
		"0123456789abcdef0123456789abcdef",
		"0123456789ABCDEF0123456789ABCDEF",
		"01234567-89ab-cdef-0123-456789abcdef",
		"01234567-89AB-CDEF-0123-456789ABCDEF",
	};
	char id[MACHINE_ID_BYTES];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		CHECK(machine_id_of(texts[i], id));
		CHECK_STR(id, want);
	}
}

TEST(other_texts_are_none)
{
	static const char *const texts[] = {
		"",
		"uninitialized",
		"0123456789abcdef0123456789abcde",
		"0123456789abcdef0123456789abcdef0",
		"0123456789abcdeg0123456789abcdef",
		"01234567-89abcdef-0123-456789abcdef-",
		"01234567-89ab-cdef-0123456789abcdef",
		"0123-456789abcdef0123456789abcdef",
		"00000000000000000000000000000000",
		"00000000-0000-0000-0000-000000000000",
		"FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
	};
	char id[MACHINE_ID_BYTES];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		CHECK(!machine_id_of(texts[i], id));
}
