/* SPDX-License-Identifier: Apache-2.0 */
/* How the rows of field tables are written; `sentence` is what manuals show. */
#pragma once

#include <stddef.h>

#include "yml/decode.h"

#define ROW(struct_, member, word, kind, ...)                                  \
	{                                                                      \
		.key = (word), .type = (kind),                                 \
		.offset = offsetof(struct struct_, member), __VA_ARGS__        \
	}
#define STR(struct_, member, word, sentence)                                   \
	ROW(struct_, member, word, FIELD_STR, .help = (sentence))
#define STR_LIKE(struct_, member, word, shape, sentence)                       \
	ROW(struct_, member, word, FIELD_STR, .pattern = (shape),              \
	    .help = (sentence))
#define STR_NEEDED(struct_, member, word, shape, sentence)                     \
	ROW(struct_, member, word, FIELD_STR, .pattern = (shape),              \
	    .needed = true, .help = (sentence))
#define STR_FORM(struct_, member, word, shape, sentence)                       \
	ROW(struct_, member, word, FIELD_STR, .form = &(shape),                \
	    .help = (sentence))
#define BYTES(struct_, member, word, sentence)                                 \
	ROW(struct_, member, word, FIELD_STR, .any_bytes = true,               \
	    .help = (sentence))
#define BOOL(struct_, member, word, sentence)                                  \
	ROW(struct_, member, word, FIELD_BOOL, .help = (sentence))
#define INT(struct_, member, word, sentence)                                   \
	ROW(struct_, member, word, FIELD_INT, .help = (sentence))
#define INT_IN(struct_, member, word, least, most, sentence)                   \
	ROW(struct_, member, word, FIELD_INT, .low = (least), .high = (most),  \
	    .help = (sentence))
#define STRS(struct_, member, word, sentence)                                  \
	ROW(struct_, member, word, FIELD_STRS, .help = (sentence))
#define STRS_FORM(struct_, member, word, shape, sentence)                      \
	ROW(struct_, member, word, FIELD_STRS, .form = &(shape),               \
	    .help = (sentence))
#define MAP(struct_, member, word, sentence)                                   \
	ROW(struct_, member, word, FIELD_MAP, .help = (sentence))
#define ID(struct_, member, word, sentence)                                    \
	ROW(struct_, member, word, FIELD_ID, .help = (sentence))
#define IDS(struct_, member, word, sentence)                                   \
	ROW(struct_, member, word, FIELD_IDS, .help = (sentence))
#define LIST(struct_, member, word, of, sentence)                              \
	ROW(struct_, member, word, FIELD_LIST, .schema = &(of),                \
	    .help = (sentence))
#define STRUCT(struct_, member, word, of, sentence)                            \
	ROW(struct_, member, word, FIELD_STRUCT, .schema = &(of),              \
	    .help = (sentence))
#define SHORT(struct_, member, word, of, sentence)                             \
	ROW(struct_, member, word, FIELD_SHORT, .schema = &(of),               \
	    .help = (sentence))
#define IGNORED(word, sentence)                                                \
	{                                                                      \
		.key = (word), .type = FIELD_IGNORED, .help = (sentence)       \
	}
#define END                                                                    \
	{                                                                      \
		.type = FIELD_END                                              \
	}
#define SCHEMA(struct_, words, rows)                                           \
	{                                                                      \
		.what = (words), .fields = (rows),                             \
		.size = sizeof(struct struct_),                                \
		.at_offset = offsetof(struct struct_, at)                      \
	}
