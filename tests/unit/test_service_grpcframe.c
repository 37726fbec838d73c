/* SPDX-License-Identifier: Apache-2.0 */
/* gRPC's length prefix and status text. */
/* links: pkg/init/service/grpcframe.c */

#include "pkg/init/service/grpcframe.h"
#include "tests/unit/unit.h"

static void decode(const char *from, char *to, size_t size)
{
	grpc_text_decode((const uint8_t *)from, strlen(from), to, size);
}

TEST(a_head_and_its_message_fit_together)
{
	uint8_t body[GRPC_HEAD_BYTES + 3] = { 0 };
	size_t len;

	grpc_frame_head(body, 3);
	CHECK(grpc_frame_check(body, sizeof(body), &len) == NULL);
	CHECK_INT(len, 3);
	CHECK(grpc_frame_check(body, sizeof(body) - 1, &len) != NULL);
	CHECK(grpc_frame_check(body, 4, &len) != NULL);
}

TEST(a_status_is_a_number_of_two_digits_or_unknown)
{
	CHECK_INT(grpc_status_decode("0"), 0);
	CHECK_INT(grpc_status_decode("16"), 16);
	CHECK_INT(grpc_status_decode(""), GRPC_UNKNOWN);
	CHECK_INT(grpc_status_decode("fine"), GRPC_UNKNOWN);
	CHECK_INT(grpc_status_decode("0x"), GRPC_UNKNOWN);
	CHECK_INT(grpc_status_decode("-1"), GRPC_UNKNOWN);
	CHECK_INT(grpc_status_decode("99999999999"), GRPC_UNKNOWN);
}

TEST(a_compressed_message_is_refused)
{
	const uint8_t body[] = { 1, 0, 0, 0, 0 };
	size_t len;

	CHECK_STR(grpc_frame_check(body, sizeof(body), &len),
		  "reply is compressed");
}

TEST(a_length_beyond_the_body_is_refused)
{
	const uint8_t body[] = { 0, 255, 255, 255, 255 };
	size_t len;

	CHECK(grpc_frame_check(body, sizeof(body), &len) != NULL);
	CHECK_INT(len, 0);
}

TEST(a_status_text_is_decoded_and_made_safe)
{
	char text[16];

	decode("a%20b%3A%2", text, sizeof(text));
	CHECK_STR(text, "a b:%2");
	decode("x%1B[m%0A", text, sizeof(text));
	CHECK_STR(text, "x?[m?");
	decode("0123456789012345678", text, sizeof(text));
	CHECK_STR(text, "012345678901234");
}
