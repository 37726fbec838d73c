/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers in memory in the byte order that an on-disk format states. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* `size` bytes, the lowest first. */
static inline void put_le(void *to, uint64_t value, size_t size)
{
	uint8_t *bytes = to;

	for (size_t i = 0; i < size; i++, value >>= 8)
		bytes[i] = (uint8_t)value;
}

/* `size` bytes, the highest first. */
static inline void put_be(void *to, uint64_t value, size_t size)
{
	uint8_t *bytes = to;

	for (size_t i = size; i > 0; i--, value >>= 8)
		bytes[i - 1] = (uint8_t)value;
}

static inline void put_le16(void *to, uint16_t value)
{
	put_le(to, value, 2);
}
static inline void put_le32(void *to, uint32_t value)
{
	put_le(to, value, 4);
}
static inline void put_le64(void *to, uint64_t value)
{
	put_le(to, value, 8);
}
static inline void put_be16(void *to, uint16_t value)
{
	put_be(to, value, 2);
}
static inline void put_be32(void *to, uint32_t value)
{
	put_be(to, value, 4);
}
static inline void put_be64(void *to, uint64_t value)
{
	put_be(to, value, 8);
}

static inline uint64_t get_le(const void *from, size_t size)
{
	const uint8_t *bytes = from;
	uint64_t value = 0;

	for (size_t i = size; i > 0; i--)
		value = value << 8 | bytes[i - 1];
	return value;
}
static inline uint16_t get_le16(const void *from)
{
	return (uint16_t)get_le(from, 2);
}
static inline uint32_t get_le32(const void *from)
{
	return (uint32_t)get_le(from, 4);
}

/* Text without its NUL, for fields of a fixed size. */
static inline void put_text(void *to, const char *text)
{
	uint8_t *bytes = to;

	while (*text)
		*bytes++ = (uint8_t)*text++;
}

/* The next multiple of `unit`, which need not be a power of two. */
static inline uint64_t round_up(uint64_t value, uint64_t unit)
{
	return (value + unit - 1) / unit * unit;
}
