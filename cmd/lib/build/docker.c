/* SPDX-License-Identifier: Apache-2.0 */
/* Images that the Docker daemon has. */
#include "cmd/lib/build/build.h"

#include <string.h>

#include "cmd/lib/base/log.h"
#include "cmd/lib/base/mem.h"
#include "cmd/lib/build/volume.h"
#include "cmd/lib/oci/ref.h"

static bool is_kept_whole(const struct build *build,
			  const struct planned_image *image)
{
	const struct volume *volumes = build->manifest->volumes.items;

	for (size_t i = 0; i < build->manifest->volumes.count; i++) {
		const char *text = val_text(&volumes[i].image, NULL);

		if (volume_is_oci(&volumes[i]) && text &&
		    strcmp(text, image->text) == 0)
			return true;
	}
	return false;
}

static bool may_be_docker(const struct build *build,
			  const struct planned_image *image)
{
	return !image->package && !image->stored && !image->pinned &&
	       !strchr(image->name, '@') && !is_kept_whole(build, image);
}

/* False when Docker could not be asked. */
static bool take(const struct build *build, struct planned_image *image)
{
	SCOPED_FREE char *text = xasprintf("docker-daemon:%s", image->name);
	SCOPED(strv) names = { 0 };
	const struct oci_request request = { .names = &names,
					     .arch = build->arch };
	SCOPED(oci_ref) ref = { 0 };
	SCOPED(err) why = { 0 };

	strv_add(&names, text);
	if (oci_ref_parse(&ref, text, &why) == 0 &&
	    oci_fetch(build->store, build->client, &request, &why) == 0) {
		image->stored = TAKE(ref.name);
		log_info("take %s from Docker", image->name);
		return true;
	}
	log_debug("%s: not taken from Docker: %s", image->name, why.msg);
	return why.fault != FAULT_SYSTEM;
}

void build_use_docker(const struct build *build, struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		if (may_be_docker(build, &plan->images[i]) &&
		    !take(build, &plan->images[i]))
			return;
}
