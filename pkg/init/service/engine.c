/* SPDX-License-Identifier: Apache-2.0 */
/* Which engine carries out a service. */
#include "pkg/init/service/engine.h"

#include <string.h>

const struct engine *engine_choose(const struct bundle *bundle,
				   bool with_containerd)
{
	const char *handler = bundle->runtime.policy.handler;

	/* A broken bundle has no policy. */
	if (handler && strcmp(handler, "none") == 0)
		return &engine_plain;
	if (with_containerd && (!handler || !handler[0]))
		return &engine_containerd;
	return &engine_oci;
}
