/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 (FIPS 180-4) and OCI digests (image-spec, descriptor.md, Digests). */
#pragma once

#include "cmd/lib/base/err.h"

#include <stdbool.h>
#include <stdint.h>

/* The value; { 0 } is "none". */
struct digest {
	uint8_t bytes[32];
};

#define DIGEST_HEX_SIZE 65  /* 64 digits and a NUL */
#define DIGEST_TEXT_SIZE 72 /* "sha256:", 64 digits and a NUL */

struct evp_md_ctx_st;

/* A running hash. { 0 } is not started; sha256_start makes it usable. */
struct sha256 {
	struct evp_md_ctx_st *context;
};

void sha256_release(struct sha256 *hash);
void sha256_start(struct sha256 *hash);
void sha256_add(struct sha256 *hash, const void *data, size_t size);
/* Adds the text and its NUL, so that ("ab","c") and ("a","bc") differ. */
void sha256_add_str(struct sha256 *hash, const char *text);
void sha256_add_u64(struct sha256 *hash, uint64_t value);
/* Ends the hash; sha256_start begins another. */
struct digest sha256_finish(struct sha256 *hash);

struct digest sha256_of(const void *data, size_t size);

bool digest_equal(const struct digest *a, const struct digest *b);

/* Writes 64 lower-case digits; returns `text`. */
const char *digest_hex(const struct digest *digest, char text[DIGEST_HEX_SIZE]);
/* Writes "sha256:" and the digits; returns `text`. */
const char *digest_text(const struct digest *digest,
			char text[DIGEST_TEXT_SIZE]);

/* Accepts exactly "sha256:" and 64 lower-case hexadecimal digits. */
bool digest_parse(struct digest *digest, const char *text) MUST_CHECK;
