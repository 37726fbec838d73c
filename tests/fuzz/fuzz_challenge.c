/* fuzzes: oci_challenge_add, the WWW-Authenticate header */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/lib/base/mem.h"
#include "cmd/lib/oci/auth.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED_FREE char *text = xstrndup((const char *)data, size);
	SCOPED(oci_challenge) challenge = { 0 };

	oci_challenge_add(&challenge, text);
	oci_challenge_add(&challenge, text);
	if (challenge.bearer && !challenge.realm)
		abort();
	return 0;
}
