/* SPDX-License-Identifier: Apache-2.0 */
/* Volumes: empty, with the files of an image, or with images as they are. */
#include "cmd/lib/build/volume.h"

#include <string.h>

#include "cmd/lib/oci/whole.h"

struct oci_whole volume_whole(const struct volume *volume,
			      const struct planned_image *planned)
{
	return (struct oci_whole){
		.name = planned_reference(planned),
		.platforms = volume->platforms.items,
		.platform_count = volume->platforms.count,
	};
}

/* One volume on its way. */
struct volume_work {
	const struct build *build;
	struct image *image;
	const struct volume *volume;
	const struct planned_image *planned; /* NULL: it begins empty */
	const char *location;
};

static char *volume_path(const struct volume_work *work, const char *part)
{
	return xasprintf("containers/volumes/%s/%s", work->volume->name.text,
			 part);
}

static int put_content(struct volume_work *work, struct err *err)
{
	SCOPED_FREE char *lower = volume_path(work, "lower");

	image_begin_segment(work->image, work->location,
			    work->planned ? work->planned->name : "empty");
	if (image_put_directory(work->image, lower, 0755, err) < 0)
		return -1;
	if (!work->planned)
		return 0;
	if (volume_is_oci(work->volume)) {
		const struct oci_whole whole =
			volume_whole(work->volume, work->planned);
		const struct volume_layout layout = { &whole, lower,
						      work->planned->name };

		return volume_put_layout(work->build, work->image, &layout,
					 err);
	}
	return assemble_unpack(work->build, work->image, work->planned, lower,
			       FLATTEN_SYSTEM, err);
}

/* The names LinuxKit's builder writes with a slash behind. */
static int put_mount_point(struct volume_work *work, const char *part,
			   struct err *err)
{
	SCOPED_FREE char *path = volume_path(work, part);
	struct tree *tree = &work->image->tree;

	if (image_put_directory(work->image, path, 0755, err) < 0)
		return -1;
	tree_lookup(tree, tree->root, path, false)->slash = true;
	return 0;
}

static int assemble_volume(struct volume_work *work, struct err *err)
{
	SCOPED_FREE char *readonly = volume_path(work, "readonly");

	if (put_content(work, err) < 0)
		return -1;
	image_begin_segment(work->image, work->location, "linuxkit.volumes");
	if (put_mount_point(work, "tmp", err) < 0 ||
	    put_mount_point(work, "merged", err) < 0)
		return -1;
	if (!work->volume->readonly.value)
		return 0;
	return image_put_file(work->image, readonly, 0644, "", 0, err);
}

int assemble_volumes(const struct build *build, struct image *image,
		     struct err *err)
{
	const struct volume *volumes = build->manifest->volumes.items;

	for (size_t i = 0; i < build->manifest->volumes.count; i++) {
		SCOPED_FREE char *location = xasprintf("volume[%zu]", i);
		const struct val_str *ref = &volumes[i].image;
		struct volume_work work = {
			.build = build,
			.image = image,
			.volume = &volumes[i],
			.location = location,
		};

		if (val_text(ref, NULL))
			work.planned = plan_image(build->plan, ref->text);
		if (assemble_volume(&work, err) < 0)
			return -1;
	}
	return 0;
}
