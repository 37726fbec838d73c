/* SPDX-License-Identifier: Apache-2.0 */
/* gRPC over HTTP/2: the length prefix and the status text. Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define GRPC_HEAD_BYTES 5

/* Writes the five bytes in front of an uncompressed message. */
void grpc_frame_head(uint8_t head[GRPC_HEAD_BYTES], uint32_t len);

/*
 * Checks that the body of a unary reply is one whole uncompressed message.
 * Returns NULL and its length, or what is wrong.
 */
const char *grpc_frame_check(const uint8_t *body, size_t body_len,
			     size_t *message_len);

/* A status that makes no sense is this one, as it says in gRPC's own rules. */
#define GRPC_UNKNOWN 2

/* Decodes a grpc-status. */
int grpc_status_decode(const char *text);

/*
 * Decodes a grpc-message: "%41" is "A". What does not fit is cut off; bytes
 * that would upset a terminal become '?'.
 */
void grpc_text_decode(const uint8_t *from, size_t len, char *to, size_t size);
