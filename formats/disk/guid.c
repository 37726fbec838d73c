/* SPDX-License-Identifier: Apache-2.0 */
/* Identifiers, fixed ones and ones that come from content. */
#include "formats/disk/guid.h"

#include <stdlib.h>
#include <string.h>

#include "formats/disk/bytes.h"

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	abort();
}

/* Where each stored byte stands in the text. */
static const uint8_t places[16] = { 6,  4,  2,  0,  11, 9,  16, 14,
				    19, 21, 24, 26, 28, 30, 32, 34 };

const char *guid_text(const struct guid *guid, char text[GUID_TEXT_SIZE])
{
	static const char digits[] = "0123456789abcdef";

	memcpy(text, "........-....-....-....-............", GUID_TEXT_SIZE);
	for (size_t i = 0; i < sizeof(places); i++) {
		text[places[i]] = digits[guid->bytes[i] >> 4];
		text[places[i] + 1] = digits[guid->bytes[i] & 15];
	}
	return text;
}

struct guid guid_from_text(const char *text)
{
	struct guid guid;

	if (strlen(text) != 36)
		abort();
	for (size_t i = 0; i < sizeof(places); i++)
		guid.bytes[i] = (uint8_t)(hex_digit(text[places[i]]) << 4 |
					  hex_digit(text[places[i] + 1]));
	return guid;
}

static struct digest derive(const struct digest *digest, const char *label)
{
	SCOPED(sha256) hash = { 0 };

	sha256_start(&hash);
	sha256_add_str(&hash, label);
	sha256_add(&hash, digest->bytes, sizeof(digest->bytes));
	return sha256_finish(&hash);
}

struct guid guid_derive(const struct digest *digest, const char *label)
{
	struct digest derived = derive(digest, label);
	struct guid guid;

	memcpy(guid.bytes, derived.bytes, sizeof(guid.bytes));
	guid.bytes[7] = (uint8_t)((guid.bytes[7] & 0x0f) | 0x80);
	guid.bytes[8] = (uint8_t)((guid.bytes[8] & 0x3f) | 0x80);
	return guid;
}

uint32_t serial_derive(const struct digest *digest, const char *label)
{
	struct digest derived = derive(digest, label);
	uint32_t serial = get_le32(derived.bytes);

	/* Zero means "none" to some readers. */
	return serial ? serial : 1;
}
