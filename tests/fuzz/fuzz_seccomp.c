/* SPDX-License-Identifier: Apache-2.0 */
/* Seccomp profiles. What comes out is a profile that stays as it is. */
/* links: lib */
#include "cmd/lib/build/seccomp.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void compile(struct buf *text, const json_t *profile, json_t **seccomp)
{
	SCOPED_JSON json_t *capabilities =
		json_pack("[s,s]", "CAP_SYS_ADMIN", "CAP_AUDIT_WRITE");
	struct seccomp_target target = { "amd64", capabilities };
	SCOPED(err) err = { 0 };

	*seccomp = NULL;
	if (seccomp_compile(seccomp, profile, &target, &err) < 0 &&
	    err.fault != FAULT_INPUT)
		abort();
	if (*seccomp)
		json_write(text, *seccomp);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED_JSON json_t *profile = NULL;
	SCOPED_JSON json_t *once = NULL;
	SCOPED_JSON json_t *twice = NULL;
	SCOPED(buf) first = { 0 };
	SCOPED(buf) second = { 0 };
	SCOPED(err) err = { 0 };

	if (size > SECCOMP_MAX_BYTES ||
	    json_parse(&profile, (const char *)data, size, "fuzz", &err) < 0)
		return 0;
	compile(&first, profile, &once);
	if (!once)
		return 0;
	compile(&second, once, &twice);
	if (!twice || strcmp(buf_text(&first), buf_text(&second)) != 0)
		abort();
	return 0;
}
