/* SPDX-License-Identifier: Apache-2.0 */
/* Sections behind those of a PE32+ program. */
#include "formats/disk/pe.h"

#include <string.h>

#include "cmd/lib/base/mem.h"
#include "formats/disk/bytes.h"

#define COFF_BYTES 24 /* with the signature */
#define OPTIONAL_MIN 112
#define SECTION_BYTES 40
#define PAGE 4096
#define INITIALIZED_READABLE 0x40000040
#define MAX_UNIT (1U << 20)

/* Where things are in a program that was found to be sound. */
struct pe {
	uint8_t *bytes; /* borrowed */
	size_t coff, optional, sections;
	unsigned section_count;
	uint32_t section_unit, file_unit, headers_bytes;
	uint64_t file_end, memory_end; /* of the sections */
	uint64_t first_raw;
	uint64_t raw_bytes; /* of all sections */
};

static bool is_unit(uint32_t value)
{
	return value >= 1 && value <= MAX_UNIT && (value & (value - 1)) == 0;
}

/* Section headers: what the loader maps, and where new ones can go. */
static bool look_at_sections(struct pe *pe, size_t size)
{
	pe->first_raw = size;
	for (unsigned i = 0; i < pe->section_count; i++) {
		const uint8_t *header =
			pe->bytes + pe->sections + (size_t)i * SECTION_BYTES;
		uint64_t memory_bytes = get_le32(header + 8);
		uint64_t memory = get_le32(header + 12);
		uint64_t raw_bytes = get_le32(header + 16);
		uint64_t raw = get_le32(header + 20);

		if (raw_bytes > 0 && raw + raw_bytes > size)
			return false;
		pe->raw_bytes += raw_bytes;
		if (raw_bytes > 0 && raw < pe->first_raw)
			pe->first_raw = raw;
		if (raw_bytes > 0 && raw + raw_bytes > pe->file_end)
			pe->file_end = raw + raw_bytes;
		if (memory_bytes < raw_bytes)
			memory_bytes = raw_bytes;
		if (memory + memory_bytes > pe->memory_end)
			pe->memory_end = memory + memory_bytes;
	}
	return pe->file_end > 0;
}

static bool parse(struct pe *pe, uint8_t *bytes, size_t size)
{
	size_t optional_bytes;

	*pe = (struct pe){ .bytes = bytes };
	if (size < 64 || memcmp(bytes, "MZ", 2) != 0)
		return false;
	pe->coff = get_le32(bytes + 60);
	if (pe->coff > size || size - pe->coff < COFF_BYTES + OPTIONAL_MIN ||
	    memcmp(bytes + pe->coff, "PE\0\0", 4) != 0)
		return false;
	pe->section_count = get_le16(bytes + pe->coff + 6);
	optional_bytes = get_le16(bytes + pe->coff + 20);
	pe->optional = pe->coff + COFF_BYTES;
	pe->sections = pe->optional + optional_bytes;
	if (optional_bytes < OPTIONAL_MIN ||
	    get_le16(bytes + pe->optional) != 0x20b || pe->sections > size ||
	    (size - pe->sections) / SECTION_BYTES < pe->section_count)
		return false;
	pe->section_unit = get_le32(bytes + pe->optional + 32);
	pe->file_unit = get_le32(bytes + pe->optional + 36);
	pe->headers_bytes = get_le32(bytes + pe->optional + 60);
	return is_unit(pe->section_unit) && is_unit(pe->file_unit) &&
	       pe->headers_bytes <= size && look_at_sections(pe, size);
}

unsigned pe_machine(const void *program, size_t size)
{
	SCOPED_FREE uint8_t *copy = size ? xmalloc(size) : NULL;
	struct pe pe;

	if (!copy)
		return 0;
	memcpy(copy, program, size);
	return parse(&pe, copy, size) ? get_le16(copy + pe.coff + 4) : 0;
}

static uint64_t max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Fills a header and says where its content goes. */
static int add_section(struct pe *pe, struct pe_section *section,
		       struct err *err)
{
	uint8_t *header = pe->bytes + pe->sections +
			  (size_t)pe->section_count * SECTION_BYTES;
	uint64_t size = section->content.size_bytes;
	uint64_t memory =
		round_up(pe->memory_end, max_u64(PAGE, pe->section_unit));
	uint64_t raw = round_up(pe->file_end, max_u64(PAGE, pe->file_unit));
	uint64_t raw_bytes = round_up(size, max_u64(PAGE, pe->file_unit));

	if (size > UINT32_MAX || memory + raw_bytes > UINT32_MAX - PAGE ||
	    raw + raw_bytes > UINT32_MAX - PAGE)
		return err_set(
			err, FAULT_INPUT,
			"kernel and initrd together are larger than the 4 GiB that a UEFI program can have");
	memset(header, 0, SECTION_BYTES);
	memcpy(header, section->name, strnlen(section->name, 8));
	put_le32(header + 8, (uint32_t)size);
	put_le32(header + 12, (uint32_t)memory);
	put_le32(header + 16, (uint32_t)raw_bytes);
	put_le32(header + 20, (uint32_t)raw);
	put_le32(header + 36, INITIALIZED_READABLE);
	section->offset = raw;
	pe->section_count++;
	pe->memory_end = memory + max_u64(size, 1);
	pe->file_end = raw + raw_bytes;
	return 0;
}

/*
 * Makes the stub's last section reach to where the next one begins: a signature
 * is over sections, so no byte may lie between them.
 */
static void close_gap(struct pe *pe)
{
	uint64_t end = round_up(pe->file_end, max_u64(PAGE, pe->file_unit));

	for (unsigned i = 0; i < pe->section_count; i++) {
		uint8_t *header =
			pe->bytes + pe->sections + (size_t)i * SECTION_BYTES;
		uint64_t raw = get_le32(header + 20);
		uint64_t raw_bytes = get_le32(header + 16);

		if (raw_bytes > 0 && raw + raw_bytes == pe->file_end)
			put_le32(header + 16, (uint32_t)(end - raw));
	}
	pe->file_end = end;
}

static void finish_headers(const struct pe *pe, uint64_t added_bytes)
{
	uint8_t *coff = pe->bytes + pe->coff;
	uint8_t *optional = pe->bytes + pe->optional;

	put_le16(coff + 6, (uint16_t)pe->section_count);
	put_le32(coff + 8, 0);  /* time */
	put_le64(coff + 12, 0); /* symbols: place and number */
	put_le32(optional + 8,
		 (uint32_t)(get_le32(optional + 8) + added_bytes));
	put_le32(optional + 56,
		 (uint32_t)round_up(pe->memory_end, pe->section_unit));
	put_le32(optional + 64, 0); /* checksum */
}

int pe_append(struct extents *program, const void *stub, size_t stub_bytes,
	      struct pe_section *sections, size_t count, struct err *err)
{
	SCOPED_FREE uint8_t *bytes = xmalloc(stub_bytes + 1);
	uint64_t added_bytes = 0;
	size_t kept_bytes, room;
	struct pe pe;

	memcpy(bytes, stub, stub_bytes);
	if (!parse(&pe, bytes, stub_bytes))
		return err_set(err, FAULT_INPUT,
			       "not a 64-bit UEFI program (PE32+)");
	/* Behind the sections there are symbols, which nobody loads. */
	kept_bytes = (size_t)pe.file_end;
	room = (size_t)(pe.headers_bytes < pe.first_raw ? pe.headers_bytes
							: pe.first_raw);
	if (pe.sections + (pe.section_count + count) * SECTION_BYTES > room)
		return err_set(
			err, FAULT_INPUT,
			"no room for %zu more section headers in the UEFI stub",
			count);
	close_gap(&pe);
	for (size_t i = 0; i < count; i++) {
		if (add_section(&pe, &sections[i], err) < 0)
			return -1;
		added_bytes += round_up(sections[i].content.size_bytes,
					max_u64(PAGE, pe.file_unit));
	}
	finish_headers(&pe, added_bytes);
	program->size_bytes = pe.file_end;
	extents_put(program, 0, bytes, kept_bytes);
	for (size_t i = 0; i < count; i++)
		extents_graft(program, sections[i].offset,
			      &sections[i].content);
	return 0;
}

#define CHECKSUM_AT 64
#define CHECKSUM_BYTES 4
#define DIRECTORIES_AT 108
#define SIGNATURES_AT 144
#define SIGNATURES_BYTES 8
#define SIGNATURES_INDEX 4
#define HEADERS_MAX 65536
#define CERTIFICATE_HEAD 8
#define CERTIFICATE_REVISION 0x0200
#define CERTIFICATE_PKCS7 0x0002

/* The headers of a program, which lie in memory. */
static int look_at_headers(const struct extents *program, struct pe *pe,
			   struct err *err)
{
	const struct extent *first = program->items;

	/* Of what lies behind the headers only the sizes are looked at. */
	if (program->count == 0 || first->offset != 0 || !first->bytes ||
	    !parse(pe, first->bytes, (size_t)program->size_bytes) ||
	    get_le32(pe->bytes + pe->optional + DIRECTORIES_AT) <=
		    SIGNATURES_INDEX)
		return err_set(err, FAULT_INPUT,
			       "the UEFI stub has no place for a signature");
	if (pe->headers_bytes + pe->raw_bytes != program->size_bytes)
		return err_set(
			err, FAULT_INPUT,
			"the UEFI stub has gaps between its sections and cannot be signed");
	return 0;
}

/* Adds the bytes from `*at` to `end` to the hash, and goes on behind. */
static int hash_to(struct sha256 *hash, const struct extents *program,
		   uint64_t *at, uint64_t end, struct err *err)
{
	SCOPED_FREE uint8_t *chunk = xmalloc(HEADERS_MAX);

	while (*at < end) {
		uint64_t left = end - *at;
		size_t size = left < HEADERS_MAX ? (size_t)left : HEADERS_MAX;

		if (extents_read(program, *at, chunk, size, err) < 0)
			return -1;
		sha256_add(hash, chunk, size);
		*at += size;
	}
	return 0;
}

int pe_digest(const struct extents *program, struct digest *digest,
	      struct err *err)
{
	SCOPED(sha256) hash = { 0 };
	uint64_t at = 0;
	struct pe pe = { 0 };

	if (look_at_headers(program, &pe, err) < 0)
		return -1;
	sha256_start(&hash);
	if (hash_to(&hash, program, &at, pe.optional + CHECKSUM_AT, err) < 0)
		return -1;
	at += CHECKSUM_BYTES;
	if (hash_to(&hash, program, &at, pe.optional + SIGNATURES_AT, err) < 0)
		return -1;
	at += SIGNATURES_BYTES;
	if (hash_to(&hash, program, &at, program->size_bytes, err) < 0)
		return -1;
	*digest = sha256_finish(&hash);
	return 0;
}

int pe_attach(struct extents *program, const void *signature, size_t size,
	      struct err *err)
{
	uint64_t at = program->size_bytes;
	size_t padded = (size_t)round_up(CERTIFICATE_HEAD + size, 8);
	uint8_t *certificate;
	struct pe pe = { 0 };

	if (look_at_headers(program, &pe, err) < 0)
		return -1;
	if (at + padded > UINT32_MAX)
		return err_set(err, FAULT_INPUT,
			       "no room for a signature below 4 GiB");
	certificate = xcalloc(1, padded);
	put_le32(certificate, (uint32_t)padded);
	put_le16(certificate + 4, CERTIFICATE_REVISION);
	put_le16(certificate + 6, CERTIFICATE_PKCS7);
	memcpy(certificate + CERTIFICATE_HEAD, signature, size);
	put_le32(pe.bytes + pe.optional + SIGNATURES_AT, (uint32_t)at);
	put_le32(pe.bytes + pe.optional + SIGNATURES_AT + 4, (uint32_t)padded);
	program->size_bytes += padded;
	extents_put_adopt(program, at, certificate, padded);
	return 0;
}
