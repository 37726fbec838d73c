/* SPDX-License-Identifier: Apache-2.0 */
/* What init reads of partition tables, and of the word that says what to
 * verify. */
/* links: pkg/init/init/parttable.c pkg/init/init/verity.c */

#include <stdint.h>
#include <string.h>

#include "pkg/init/init/parttable.h"
#include "pkg/init/init/verity.h"
#include "tests/unit/unit.h"

#define HASH "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

/* A header whose entries are at LBA 2, 128 of 128 bytes. */
static void make_header(uint8_t header[512])
{
	memset(header, 0, 512);
	memcpy(header, "EFI PART", 8);
	header[72] = 2;
	header[80] = 128;
	header[84] = 128;
}

TEST(an_entry_lies_where_the_header_and_the_sector_size_say)
{
	uint8_t header[512];
	uint64_t place = 0;

	make_header(header);
	CHECK(gpt_entry_place(header, 512, 1, &place));
	CHECK_INT(place, 1024);
	CHECK(gpt_entry_place(header, 4096, 128, &place));
	CHECK_INT(place, 2 * 4096 + 127 * 128);
}

TEST(entries_that_cannot_be_are_not_looked_at)
{
	uint8_t header[512];
	uint64_t place;

	make_header(header);
	CHECK(!gpt_entry_place(header, 512, 0, &place));
	CHECK(!gpt_entry_place(header, 512, 129, &place));
	header[84] = 64;
	CHECK(!gpt_entry_place(header, 512, 1, &place));
	make_header(header);
	header[86] = 1;
	CHECK(!gpt_entry_place(header, 512, 1, &place));
	make_header(header);
	header[79] = 0x80;
	CHECK(!gpt_entry_place(header, 512, 1, &place));
	make_header(header);
	header[0] = 'X';
	CHECK(!gpt_entry_place(header, 512, 1, &place));
}

TEST(a_guid_is_written_with_three_fields_turned)
{
	uint8_t entry[32] = { 0 };
	char text[PARTUUID_BYTES];

	for (uint8_t i = 0; i < 16; i++)
		entry[16 + i] = (uint8_t)(i * 17);
	gpt_entry_uuid(entry, text);
	CHECK_STR(text, "33221100-5544-7766-8899-aabbccddeeff");
}

TEST(an_mbr_names_its_partitions_unless_it_protects_a_gpt)
{
	uint8_t sector[512] = { 0 };
	char text[PARTUUID_BYTES];

	CHECK(!mbr_uuid(sector, 2, text));
	sector[510] = 0x55;
	sector[511] = 0xaa;
	sector[440] = 0x78;
	sector[441] = 0x56;
	sector[442] = 0x34;
	sector[443] = 0x02;
	CHECK(mbr_uuid(sector, 2, text));
	CHECK_STR(text, "02345678-02");
	sector[450] = 0xee;
	CHECK(!mbr_uuid(sector, 2, text));
}

TEST(what_to_verify_is_read_whole_or_not_at_all)
{
	struct verity verity;

	CHECK(verity_parse(&verity, "1234:" HASH ":" HASH));
	CHECK_INT(verity.blocks, 1234);
	CHECK_STR(verity.root, HASH);
	CHECK_STR(verity.salt, HASH);
	CHECK(!verity_parse(&verity, ""));
	CHECK(!verity_parse(&verity, "0:" HASH ":" HASH));
	CHECK(!verity_parse(&verity, "-1:" HASH ":" HASH));
	CHECK(!verity_parse(&verity, "1234:" HASH));
	CHECK(!verity_parse(&verity, "1234:" HASH ":" HASH "0"));
	CHECK(!verity_parse(&verity, "1234:" HASH ":" HASH ":x"));
	CHECK(!verity_parse(&verity, "1234:" HASH " 1 panic:" HASH));
	CHECK(!verity_parse(&verity, "9999999999999999:" HASH ":" HASH));
}
