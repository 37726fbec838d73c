/* SPDX-License-Identifier: Apache-2.0 */
/* Tar archives written by hand, right or wrong on purpose. */
#pragma once

#include "cmd/lib/base/buf.h"

/* Tables of entries say what differs and leave out the rest. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

/* One entry; what is 0 gets a usual value. */
struct tarfix {
	const char *name;
	char type; /* '0' when 0 */
	const char *link, *text;
	unsigned mode, uid;
};

static void tarfix_block(struct buf *out, const void *data, size_t size)
{
	static const char zeros[512];

	buf_add(out, data, size);
	buf_add(out, zeros, (512 - size % 512) % 512);
}

static void tarfix_octal(char *field, unsigned width, unsigned long value)
{
	char text[32];

	snprintf(text, sizeof(text), "%0*lo", (int)width, value);
	memcpy(field, text, width);
}

static void tarfix_header(struct buf *out, const struct tarfix *entry,
			  size_t size)
{
	char head[512] = { 0 };
	unsigned sum = 0;

	memcpy(head, entry->name, strnlen(entry->name, 100));
	tarfix_octal(head + 100, 7, entry->mode ? entry->mode : 0644U);
	tarfix_octal(head + 108, 7, entry->uid);
	tarfix_octal(head + 116, 7, 0U);
	tarfix_octal(head + 124, 11, size);
	tarfix_octal(head + 136, 11, 5U);
	head[156] = entry->type ? entry->type : '0';
	if (entry->link)
		memcpy(head + 157, entry->link, strnlen(entry->link, 100));
	memcpy(head + 257,
	       "ustar\0"
	       "00",
	       8);
	tarfix_octal(head + 329, 7, 1U);
	tarfix_octal(head + 337, 7, 3U);
	memset(head + 148, ' ', 8);
	for (size_t i = 0; i < sizeof(head); i++)
		sum += (unsigned char)head[i];
	tarfix_octal(head + 148, 6, sum);
	buf_add(out, head, sizeof(head));
}

static void tarfix_add(struct buf *out, const struct tarfix *entry)
{
	size_t size = entry->text ? strlen(entry->text) : 0;

	tarfix_header(out, entry, size);
	tarfix_block(out, entry->text, size);
}

/* A PAX record for the next entry. */
static void tarfix_pax(struct buf *out, const char *key, const void *value,
		       size_t size)
{
	struct tarfix entry = { .name = "PaxHeaders/x", .type = 'x' };
	SCOPED(buf) record = { 0 };
	size_t length = strlen(key) + size + 3;
	size_t digits = length > 99994  ? 6
			: length > 9995 ? 5
			: length > 996  ? 4
			: length > 97   ? 3
					: 2;

	buf_add_fmt(&record, "%zu %s=", length + digits, key);
	buf_add(&record, value, size);
	buf_add_char(&record, '\n');
	tarfix_header(out, &entry, record.size);
	tarfix_block(out, record.data, record.size);
}

static void tarfix_end(struct buf *out)
{
	static const char zeros[1024];

	buf_add(out, zeros, sizeof(zeros));
}
