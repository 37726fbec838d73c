/* SPDX-License-Identifier: Apache-2.0 */
/* What a build needs, brought into the store. */
#include "cmd/lib/build/build.h"

#include "cmd/lib/build/trust.h"
#include "cmd/lib/build/volume.h"
#include "cmd/lib/oci/whole.h"

static int build_packages(const struct build *build, struct err *err)
{
	for (size_t i = 0; i < build->plan->count; i++) {
		const struct planned_image *planned = &build->plan->images[i];
		bool built;

		if (planned->package &&
		    package_ensure(planned->package, build->store, build->arch,
				   build->offline, &built, err) < 0)
			return yml_wrap(planned->at, err);
	}
	return 0;
}

static int fetch_layouts(const struct build *build, enum oci_pull pull,
			 struct err *err)
{
	const struct volume *volumes = build->manifest->volumes.items;

	for (size_t i = 0; i < build->manifest->volumes.count; i++) {
		const struct val_str *text = &volumes[i].image;
		const struct planned_image *planned;
		struct oci_whole whole;

		if (!volume_is_oci(&volumes[i]) || !val_text(text, NULL))
			continue;
		planned = plan_image(build->plan, text->text);
		whole = volume_whole(&volumes[i], planned);
		if (!planned->package &&
		    oci_whole_fetch(build->store, build->client, &whole, pull,
				    err) < 0)
			return yml_wrap(text->at, err);
	}
	return 0;
}

static int fetch_unpacked(const struct build *build, enum oci_pull pull,
			  struct err *err)
{
	SCOPED(strv) names = { 0 };
	const struct oci_request request = {
		.names = &names,
		.arch = build->arch,
		.pull = pull,
		.predicate = build->sbom ? OCI_PREDICATE_SPDX : NULL,
	};

	for (size_t i = 0; i < build->plan->count; i++) {
		const struct planned_image *image = &build->plan->images[i];

		if (!image->package && image->unpacked)
			strv_add(&names, planned_reference(image));
	}
	if (names.count == 0)
		return 0;
	return oci_fetch(build->store, build->client, &request, err);
}

int build_fetch(const struct build *build, struct err *err)
{
	enum oci_pull pull =
		build->pull ? OCI_PULL_ALWAYS : OCI_PULL_IF_MISSING;

	if (trust_check_names(build, err) < 0 ||
	    build_packages(build, err) < 0 ||
	    fetch_unpacked(build, pull, err) < 0 ||
	    fetch_layouts(build, pull, err) < 0)
		return -1;
	return trust_check_signatures(build, err);
}
