/* SPDX-License-Identifier: Apache-2.0 */
/* gRPC over HTTP/2: the length prefix and the status text. Pure. */
#include "pkg/init/service/grpcframe.h"

#include <string.h>

void grpc_frame_head(uint8_t head[GRPC_HEAD_BYTES], uint32_t len)
{
	head[0] = 0;
	head[1] = (uint8_t)(len >> 24);
	head[2] = (uint8_t)(len >> 16);
	head[3] = (uint8_t)(len >> 8);
	head[4] = (uint8_t)len;
}

const char *grpc_frame_check(const uint8_t *body, size_t body_len,
			     size_t *message_len)
{
	*message_len = 0;
	if (body_len < GRPC_HEAD_BYTES)
		return "reply too short";
	if (body[0] != 0)
		return "reply is compressed";
	uint32_t len = (uint32_t)body[1] << 24 | (uint32_t)body[2] << 16 |
		       (uint32_t)body[3] << 8 | body[4];

	if (len != body_len - GRPC_HEAD_BYTES)
		return "reply is not one whole message";
	*message_len = len;
	return NULL;
}

int grpc_status_decode(const char *text)
{
	int status = 0;

	if (!text[0] || strlen(text) > 2)
		return GRPC_UNKNOWN;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return GRPC_UNKNOWN;
		status = status * 10 + (*text - '0');
	}
	return status;
}

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

void grpc_text_decode(const uint8_t *from, size_t len, char *to, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < len && used + 1 < size; i++) {
		int c = from[i];

		if (c == '%' && i + 2 < len && hex_digit(from[i + 1]) >= 0 &&
		    hex_digit(from[i + 2]) >= 0) {
			c = hex_digit(from[i + 1]) * 16 +
			    hex_digit(from[i + 2]);
			i += 2;
		}
		if (c < ' ' || c == 127)
			c = '?';
		to[used++] = (char)c;
	}
	to[used] = '\0';
}
