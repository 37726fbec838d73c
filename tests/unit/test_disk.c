/* SPDX-License-Identifier: Apache-2.0 */
/* Partition tables, FAT volumes and PE programs. Other hands' tools look at
 * what is made of them in tests/formats. */
/* links: lib */
#include <sys/stat.h>

#include "tests/unit/unit.h"

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/fd.h"
#include "formats/disk/bytes.h"
#include "formats/disk/fat.h"
#include "formats/disk/guid.h"
#include "formats/disk/layout.h"
#include "formats/disk/partition.h"
#include "formats/disk/pe.h"
#include "formats/disk/qcow2.h"
#include "formats/disk/verity.h"

#define MIB ((uint64_t)1 << 20)

static void read_at(const struct extents *from, uint64_t offset, void *data,
		    size_t size)
{
	SCOPED(err) err = { 0 };

	if (extents_read(from, offset, data, size, &err) < 0)
		UNIT_FAIL("%s", err.msg);
}

TEST(a_guid_is_stored_with_three_fields_turned)
{
	struct guid guid = guid_from_text(GPT_TYPE_ESP);

	CHECK(memcmp(guid.bytes,
		     "\x28\x73\x2a\xc1\x1f\xf8\xd2\x11\xba\x4b\x00\xa0\xc9\x3e\xc9\x3b",
		     16) == 0);
}

TEST(identifiers_come_from_content_and_label)
{
	struct digest one = sha256_of("one", 3);
	struct digest two = sha256_of("two", 3);
	struct guid a = guid_derive(&one, "disk");
	struct guid b = guid_derive(&one, "disk");
	struct guid c = guid_derive(&one, "esp");
	struct guid d = guid_derive(&two, "disk");

	CHECK(memcmp(&a, &b, 16) == 0);
	CHECK(memcmp(&a, &c, 16) != 0);
	CHECK(memcmp(&a, &d, 16) != 0);
	CHECK_INT(a.bytes[7] >> 4, 8);
	CHECK_INT(a.bytes[8] >> 6, 2);
	CHECK(serial_derive(&one, "x") == serial_derive(&one, "x"));
	CHECK(serial_derive(&one, "x") != serial_derive(&one, "y"));
}

TEST(a_gpt_has_its_backup_in_the_last_sectors)
{
	static const struct partition esp = { .type = GPT_TYPE_ESP,
					      .name = "esp",
					      .start_lba = 2048,
					      .sectors = 2048 };
	struct partition_table table = { .partitions = &esp, .count = 1 };
	SCOPED(extents) disk = { .size_bytes = 4 * MIB };
	uint8_t sector[512], backup[512];

	gpt_put(&disk, &table);
	read_at(&disk, 0, sector, 512);
	CHECK_INT(sector[450], 0xee);
	CHECK_INT(get_le32(sector + 454), 1);
	CHECK_INT(get_le32(sector + 458), 8191);
	CHECK_INT(get_le16(sector + 510), 0xaa55);
	read_at(&disk, 512, sector, 512);
	read_at(&disk, 4 * MIB - 512, backup, 512);
	CHECK(memcmp(sector, "EFI PART", 8) == 0);
	CHECK_INT(get_le32(sector + 32), 8191);
	CHECK_INT(get_le32(backup + 24), 8191);
	CHECK_INT(get_le32(backup + 72), 8192 - 33);
	CHECK_INT(get_le32(sector + 88), get_le32(backup + 88));
	read_at(&disk, 1024, sector, 512);
	CHECK_INT(get_le32(sector + 32), 2048);
	CHECK_INT(get_le32(sector + 40), 4095);
	CHECK_INT(get_le16(sector + 58), 's');
}

TEST(an_mbr_has_the_boot_code_and_the_partitions)
{
	static const uint8_t code[BOOT_CODE_BYTES] = { 0xfa, [439] = 0xf4 };
	static const struct partition fat = { .mbr_type = 0x0c,
					      .active = true,
					      .start_lba = 2048,
					      .sectors = 99 };
	struct partition_table table = { .partitions = &fat,
					 .count = 1,
					 .boot_code = code };
	SCOPED(extents) disk = { .size_bytes = 4 * MIB };
	uint8_t sector[512];

	mbr_put(&disk, &table);
	read_at(&disk, 0, sector, 512);
	CHECK_INT(sector[0], 0xfa);
	CHECK_INT(sector[439], 0xf4);
	CHECK(get_le32(sector + 440) != 0);
	CHECK_INT(sector[446], 0x80);
	CHECK_INT(sector[450], 0x0c);
	CHECK_INT(get_le32(sector + 454), 2048);
	CHECK_INT(get_le32(sector + 458), 99);
}

static void put_content(struct fat_file *file, uint64_t size)
{
	file->content.size_bytes = size;
	if (size)
		extents_put(&file->content, size - 1, "x", 1);
}

/* What the FAT specification makes of the numbers in the boot sector. */
static uint32_t clusters_of(const struct extents *volume, bool *fat32)
{
	uint8_t boot[512];
	uint32_t fat, root, data;

	read_at(volume, 0, boot, sizeof(boot));
	fat = get_le16(boot + 22) ? get_le16(boot + 22) : get_le32(boot + 36);
	*fat32 = get_le16(boot + 22) == 0;
	root = get_le16(boot + 17) * 32U / 512;
	data = get_le16(boot + 14) + 2 * fat + root;
	CHECK_INT(data % 8, 0);
	return (get_le32(boot + 32) - data) / boot[13];
}

TEST(fat_volumes_of_every_size_have_clusters_that_fit_their_type)
{
	static const uint64_t mib[] = { 3,    4,     31,    32,     33,   34,
					35,   64,    255,   259,    260,  261,
					300,  511,   1024,  8191,   8192, 8193,
					9000, 16385, 32769, 2 << 20 };

	for (size_t i = 0; i < ARRAY_LEN(mib); i++) {
		struct fat fat = { .label = "T", .size_bytes = mib[i] * MIB };
		SCOPED(extents) volume = { 0 };
		SCOPED(err) err = { 0 };
		uint32_t clusters;
		bool fat32;

		if (mib[i] == 2 << 20) /* a sector less than 2 TiB */
			fat.size_bytes -= 512;
		if (fat_make(&volume, &fat, &err) < 0)
			UNIT_FAIL("%s", err.msg);
		clusters = clusters_of(&volume, &fat32);
		CHECK_INT(fat32, mib[i] >= 34);
		CHECK(fat32 ? clusters >= 65600
			    : clusters >= 4200 && clusters <= 65000);
	}
}

TEST(the_files_of_a_fat_volume_lie_in_one_piece_at_pages)
{
	struct fat_file files[] = { { .path = "EFI/BOOT/BOOTX64.EFI" },
				    { .path = "cmdline" },
				    { .path = "initrd.img" } };
	struct fat fat = { .files = files, .count = 3, .label = "ESP" };
	SCOPED(extents) volume = { 0 };
	SCOPED(err) err = { 0 };
	char x;

	put_content(&files[0], 40 * MIB + 1);
	put_content(&files[1], 10);
	put_content(&files[2], 5 * MIB);
	CHECK(fat_fit(&fat, 0, &err) == 0);
	CHECK_INT(fat.size_bytes % MIB, 0);
	CHECK(fat.size_bytes < 51 * MIB);
	CHECK(fat_make(&volume, &fat, &err) == 0);
	CHECK_INT(files[0].offset % 4096, 0);
	CHECK_INT(files[2].offset % 4096, 0);
	read_at(&volume, files[0].offset + 40 * MIB, &x, 1);
	CHECK_INT(x, 'x');
	read_at(&volume, files[2].offset + 5 * MIB - 1, &x, 1);
	CHECK_INT(x, 'x');
}

TEST(what_fat_cannot_hold_is_refused)
{
	struct fat_file file = { .path = "initrd.img" };
	struct fat fat = { .files = &file, .count = 1, .label = "ESP" };
	SCOPED(extents) volume = { 0 };
	SCOPED(err) large = { 0 };
	SCOPED(err) tight = { 0 };

	file.content.size_bytes = (uint64_t)4 << 30;
	CHECK(fat_fit(&fat, 0, &large) < 0);
	CHECK_INT(large.fault, FAULT_INPUT);
	file.content.size_bytes--;
	fat.size_bytes = (uint64_t)4 << 30;
	CHECK(fat_make(&volume, &fat, &tight) < 0);
	CHECK_INT(tight.fault, FAULT_INPUT);
}

/* The smallest program that has a section. */
static void make_stub(uint8_t stub[1536])
{
	memset(stub, 0, 1536);
	memcpy(stub, "MZ", 2);
	put_le32(stub + 60, 64);
	memcpy(stub + 64, "PE\0\0\x64\x86\x01", 7);
	put_le32(stub + 72, 0x11223344);
	put_le32(stub + 76, 1536);
	put_le16(stub + 84, 112);
	put_le16(stub + 88, 0x20b);
	put_le32(stub + 88 + 32, 512);
	put_le32(stub + 88 + 36, 512);
	put_le32(stub + 88 + 60, 1024);
	memcpy(stub + 200, ".text", 5);
	put_le32(stub + 208, 16);
	put_le32(stub + 212, 4096);
	put_le32(stub + 216, 512);
	put_le32(stub + 220, 1024);
}

TEST(sections_are_put_behind_those_of_a_program)
{
	struct pe_section sections[] = { { .name = ".cmdline" },
					 { .name = ".linux" } };
	SCOPED(extents) program = { 0 };
	SCOPED(err) err = { 0 };
	uint8_t stub[1536], head[1024];

	make_stub(stub);
	sections[0].content.size_bytes = 3;
	extents_put(&sections[0].content, 0, "abc", 3);
	sections[1].content.size_bytes = 10000;
	CHECK(pe_append(&program, stub, sizeof(stub), sections, 2, &err) == 0);
	CHECK_INT(program.size_bytes, 8192 + 12288);
	read_at(&program, 0, head, sizeof(head));
	CHECK_INT(get_le16(head + 70), 3);
	CHECK_INT(get_le32(head + 72), 0);
	CHECK_INT(get_le32(head + 76), 0);
	CHECK(memcmp(head + 240, ".cmdline", 8) == 0);
	CHECK_INT(get_le32(head + 248), 3);
	CHECK_INT(get_le32(head + 252), 8192);
	CHECK_INT(get_le32(head + 256), 4096);
	CHECK_INT(get_le32(head + 260), 4096);
	CHECK_INT(get_le32(head + 288), 10000);
	CHECK_INT(get_le32(head + 292), 12288);
	CHECK_INT(get_le32(head + 300), 8192);
	/* No byte lies between them. */
	CHECK_INT(get_le32(head + 216), 4096 - 1024);
	CHECK_INT(get_le32(head + 88 + 56), 12288 + 10240);
	CHECK_INT(sections[1].offset, 8192);
	read_at(&program, 4096, head, 4);
	CHECK(memcmp(head, "abc", 4) == 0);
	CHECK_INT(pe_machine(stub, sizeof(stub)), PE_MACHINE_AMD64);
}

TEST(a_program_that_passes_4_gib_is_refused)
{
	struct pe_section section = { .name = ".initrd" };
	SCOPED(extents) program = { 0 };
	SCOPED(err) err = { 0 };
	uint8_t stub[1536];

	make_stub(stub);
	section.content.size_bytes = ((uint64_t)4 << 30) - 8192;
	CHECK(pe_append(&program, stub, sizeof(stub), &section, 1, &err) < 0);
	CHECK_INT(err.fault, FAULT_INPUT);
}

static void check_digest(const struct extents *extents, const char *wanted)
{
	struct digest digest;
	char text[DIGEST_HEX_SIZE];
	SCOPED(err) err = { 0 };

	if (extents_digest(extents, &digest, &err) < 0)
		UNIT_FAIL("%s", err.msg);
	CHECK_STR(digest_hex(&digest, text), wanted);
}

/* A disk with a boot volume of this size and a second partition. */
static void make_disk(struct extents *disk, enum table_kind kind,
		      uint64_t volume_bytes)
{
	struct fat_file files[] = { { .path = "EFI/BOOT/BOOTX64.EFI" },
				    { .path = "cmdline" } };
	struct fat fat = { .files = files,
			   .count = 2,
			   .label = "LINUXKIT",
			   .start_lba = LAYOUT_FIRST_LBA,
			   .size_bytes = volume_bytes };
	struct layout_options options = { .table = kind };
	SCOPED(layout) layout = { .next_lba = LAYOUT_FIRST_LBA };
	SCOPED(extents) volume = { 0 };
	SCOPED(extents) root = { .size_bytes = 5000 };
	SCOPED(err) err = { 0 };

	put_content(&files[0], 2 * MIB - 7);
	put_content(&files[1], 7);
	extents_put(&root, 4999, "r", 1);
	if (fat_make(&volume, &fat, &err) < 0)
		UNIT_FAIL("%s", err.msg);
	layout_add(&layout,
		   &(struct partition){ .type = GPT_TYPE_ESP,
					.name = "EFI System",
					.mbr_type = 0x0c,
					.active = true },
		   &volume);
	layout_add(&layout,
		   &(struct partition){ .type = GPT_TYPE_BIOS_BOOT,
					.name = "root",
					.mbr_type = 0x83 },
		   &root);
	if (layout_make(disk, &layout, &options, &err) < 0)
		UNIT_FAIL("%s", err.msg);
}

TEST(disks_are_as_they_always_were)
{
	SCOPED(extents) gpt = { 0 };
	SCOPED(extents) mbr = { 0 };

	make_disk(&gpt, TABLE_GPT, 40 * MIB);
	CHECK_INT(gpt.size_bytes, 43 * MIB);
	check_digest(
		&gpt,
		"0d72572cfe0d10fe4d8c9b0006cd5bffa89dbfffdc08ffecbd61cd9f37c46c9f");
	make_disk(&mbr, TABLE_MBR, 8 * MIB);
	CHECK_INT(mbr.size_bytes, 10 * MIB);
	check_digest(
		&mbr,
		"1671b7ad51ab003d1720810eed479ff125c8de79c3a00958393b6f0b2503e7c6");
}

TEST(a_disk_that_is_too_small_is_refused)
{
	struct layout_options options = { .table = TABLE_GPT,
					  .size_bytes = 5 * MIB - 1 };
	SCOPED(layout) layout = { .next_lba = LAYOUT_FIRST_LBA };
	SCOPED(extents) content = { .size_bytes = 3 * MIB };
	SCOPED(extents) disk = { 0 };
	SCOPED(err) err = { 0 };

	layout_add(&layout,
		   &(struct partition){ .type = GPT_TYPE_ESP, .name = "x" },
		   &content);
	CHECK(layout_make(&disk, &layout, &options, &err) < 0);
	CHECK_INT(err.fault, FAULT_INPUT);
	CHECK_STR(err.msg,
		  "the image needs a disk of 5 MiB, and --size gives 4 MiB");
	options.size_bytes = 5 * MIB;
	CHECK(layout_make(&disk, &layout, &options, &err) == 0);
}

/* A qcow2 of this disk in a temporary file. */
static int make_qcow2(const struct extents *disk, struct buf *file)
{
	SCOPED(err) err = { 0 };
	SCOPED_FD int fd = -1;

	if (fd_temporary(&fd, NULL, &err) < 0 ||
	    qcow2_write(disk, fd, "a disk", &err) < 0)
		UNIT_FAIL("%s", err.msg);
	lseek(fd, 0, SEEK_SET);
	return buf_read_fd(file, fd, &err);
}

TEST(a_qcow2_leaves_out_zeros_and_is_as_it_always_was)
{
	SCOPED(extents) disk = { .size_bytes = 2048 * MIB + 512 };
	SCOPED(buf) file = { 0 };
	static const uint8_t zeros[200000];
	struct digest digest;
	char text[DIGEST_HEX_SIZE];

	extents_put(&disk, 0, "start", 5);
	extents_put(&disk, 65530, "across clusters", 15);
	extents_put(&disk, 700 * MIB, zeros, sizeof(zeros));
	extents_put(&disk, 2048 * MIB + 511, "e", 1);
	CHECK(make_qcow2(&disk, &file) == 0);
	/* Header, two of refcounts, L1, two L2, three of data. */
	CHECK_INT(file.size, 9 * 65536);
	digest = sha256_of(file.data, file.size);
	CHECK_STR(
		digest_hex(&digest, text),
		"df8ecf28b6837f455d7c43ca0dd0c32fdabe5748af9c8fa319a238e50044b72c");
}

TEST(an_empty_disk_is_a_qcow2_without_data)
{
	SCOPED(extents) disk = { .size_bytes = MIB };
	SCOPED(buf) file = { 0 };

	CHECK(make_qcow2(&disk, &file) == 0);
	CHECK_INT(file.size, 4 * 65536);
}

TEST(a_guid_as_text_is_what_it_was_made_of)
{
	struct guid guid = guid_from_text(GPT_TYPE_ESP);
	char text[GUID_TEXT_SIZE];

	CHECK_STR(guid_text(&guid, text),
		  "c12a7328-f81f-11d2-ba4b-00a0c93ec93b");
}

TEST(a_partition_is_called_what_its_table_says)
{
	struct digest seed = sha256_of("seed", 4);
	struct partition root = { .type = GPT_TYPE_LINUX_DATA,
				  .name = "root",
				  .mbr_type = 0x83,
				  .start_lba = 2048,
				  .sectors = 8 };
	struct partition_table table = { &root, 1, NULL, seed };
	SCOPED(extents) gpt = { .size_bytes = 4 * MIB };
	SCOPED(extents) mbr = { .size_bytes = 4 * MIB };
	char said[PARTITION_UUID_SIZE], text[PARTITION_UUID_SIZE];
	struct guid guid;
	uint8_t bytes[4];

	gpt_put(&gpt, &table);
	read_at(&gpt, 1024 + 16, guid.bytes, 16);
	CHECK_STR(gpt_partition_uuid(&seed, "root", said),
		  guid_text(&guid, text));
	mbr_put(&mbr, &table);
	read_at(&mbr, 440, bytes, sizeof(bytes));
	snprintf(text, sizeof(text), "%08x-02", get_le32(bytes));
	CHECK_STR(mbr_partition_uuid(&seed, 2, said), text);
}

TEST(a_hash_tree_has_the_levels_its_data_needs)
{
	static const struct {
		uint64_t data, hashes;
	} sizes[] = {
		{ 2, 1 }, { 128, 1 }, { 129, 3 }, { 16384, 129 }, { 16385, 132 }
	};
	struct digest seed = sha256_of("seed", 4);

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		SCOPED(err) err = { 0 };
		SCOPED_FD int fd = -1;
		struct verity verity;
		struct stat st;

		CHECK(fd_temporary(&fd, NULL, &err) == 0);
		CHECK(ftruncate(fd, (off_t)(sizes[i].data * 4096)) == 0);
		CHECK(verity_write(&verity, fd, 0, sizes[i].data, &seed,
				   &err) == 0);
		CHECK_INT(verity.hash_bytes, (sizes[i].hashes + 1) * 4096);
		CHECK(fstat(fd, &st) == 0);
		CHECK_INT(st.st_size,
			  (sizes[i].data + sizes[i].hashes + 1) * 4096);
	}
}
