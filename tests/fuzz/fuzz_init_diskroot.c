/* SPDX-License-Identifier: Apache-2.0 */
/* Partition tables that disks show to init, to be read and to be grown, and
 * kit.verity=. */
/* clang-format off */
/* links: pkg/init/init/parttable.c pkg/init/init/growtable.c pkg/init/init/verity.c */
/* clang-format on */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pkg/init/init/growtable.h"
#include "pkg/init/init/parttable.h"
#include "pkg/init/init/verity.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A table that was accepted once is valid afterwards, too. */
static void grow(uint8_t *header, const uint8_t *data, size_t size)
{
	size_t bytes = gpt_entries_bytes(header);
	uint8_t *entries = calloc(1, bytes + 1);
	struct grown grown;
	struct gpt_table table = { header, entries, 1U << 20, 2 };

	memcpy(entries, data, size < bytes ? size : bytes);
	if (bytes && gpt_grow(&table, &grown) &&
	    gpt_entries_bytes(header) != bytes)
		abort();
	if (mbr_grow(header, 1U << 20, header[0] % 6, &grown) &&
	    grown.start + grown.sectors > 1U << 20)
		abort();
	free(entries);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t sector[512];
	char text[PARTUUID_BYTES];
	char *word = malloc(size + 1);
	struct verity verity;
	uint64_t place = 0;

	memset(sector, 0, sizeof(sector));
	memcpy(sector, data, size < sizeof(sector) ? size : sizeof(sector));
	for (unsigned number = 0; number < 130; number++)
		if (gpt_entry_place(sector, 4096, number, &place) &&
		    place > (uint64_t)1 << 53)
			abort();
	if (mbr_uuid(sector, 255, text) && strlen(text) != 11)
		abort();
	if (size > sizeof(sector))
		grow(sector, data + sizeof(sector), size - sizeof(sector));
	gpt_entry_uuid(sector, text);
	if (strlen(text) != 36)
		abort();
	memcpy(word, data, size);
	word[size] = 0;
	if (verity_parse(&verity, word) &&
	    (strlen(verity.root) != 64 || strlen(verity.salt) != 64))
		abort();
	free(word);
	return 0;
}
