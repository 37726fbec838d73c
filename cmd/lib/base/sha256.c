/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 by libcrypto, which uses the CPU's instructions for it. */
#include "cmd/lib/base/sha256.h"

#include <string.h>

#include <openssl/evp.h>

static void check(int ok)
{
	if (ok != 1) {
		fputs("kitbuild: libcrypto cannot compute SHA-256\n", stderr);
		abort();
	}
}

void sha256_release(struct sha256 *hash)
{
	EVP_MD_CTX_free(hash->context);
	hash->context = NULL;
}

void sha256_start(struct sha256 *hash)
{
	static const EVP_MD *algorithm;

	if (!algorithm)
		algorithm = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (!hash->context)
		hash->context = EVP_MD_CTX_new();
	check(hash->context && algorithm);
	check(EVP_DigestInit_ex2(hash->context, algorithm, NULL));
}

void sha256_add(struct sha256 *hash, const void *data, size_t size)
{
	check(EVP_DigestUpdate(hash->context, data, size));
}

void sha256_add_str(struct sha256 *hash, const char *text)
{
	sha256_add(hash, text, strlen(text) + 1);
}

void sha256_add_u64(struct sha256 *hash, uint64_t value)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(value >> (8 * i));
	sha256_add(hash, bytes, sizeof(bytes));
}

struct digest sha256_finish(struct sha256 *hash)
{
	struct digest digest;
	unsigned size = 0;

	check(EVP_DigestFinal_ex(hash->context, digest.bytes, &size));
	check(size == sizeof(digest.bytes));
	return digest;
}

struct digest sha256_of(const void *data, size_t size)
{
	SCOPED(sha256) hash = { 0 };

	sha256_start(&hash);
	sha256_add(&hash, data, size);
	return sha256_finish(&hash);
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

const char *digest_hex(const struct digest *digest, char text[DIGEST_HEX_SIZE])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < sizeof(digest->bytes); i++) {
		text[2 * i] = digits[digest->bytes[i] >> 4];
		text[2 * i + 1] = digits[digest->bytes[i] & 15];
	}
	text[DIGEST_HEX_SIZE - 1] = '\0';
	return text;
}

const char *digest_text(const struct digest *digest,
			char text[DIGEST_TEXT_SIZE])
{
	static const char prefix[] = "sha256:";

	memcpy(text, prefix, sizeof(prefix));
	digest_hex(digest, text + sizeof(prefix) - 1);
	return text;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

bool digest_parse(struct digest *digest, const char *text)
{
	if (strncmp(text, "sha256:", 7) != 0 ||
	    strlen(text) != DIGEST_TEXT_SIZE - 1)
		return false;
	text += 7;
	for (size_t i = 0; i < sizeof(digest->bytes); i++) {
		int high = hex_value(text[2 * i]);
		int low = hex_value(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		digest->bytes[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}
