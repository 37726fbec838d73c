/* SPDX-License-Identifier: Apache-2.0 */
/* Volumes: writable layers over what the image holds. */
#include "pkg/init/service/volume.h"

#include <sys/mount.h>

#include "pkg/init/service/fs.h"

#define VOLUMES BUNDLES "/volumes"

static int mount_layer(const char *volume, struct err *err)
{
	char tmp[PATH_BYTES], upper[PATH_BYTES], work[PATH_BYTES];

	if (fs_path(tmp, err, "%s/tmp", volume) < 0 ||
	    fs_path(upper, err, "%s/upper", tmp) < 0 ||
	    fs_path(work, err, "%s/work", tmp) < 0)
		return -1;
	if (mount("tmpfs", tmp, "tmpfs", MS_RELATIME, NULL) < 0)
		return err_sys(err, "mount %s", tmp);
	if (fs_mkdir(upper, err) < 0)
		return -1;
	return fs_mkdir(work, err);
}

/* Read-only: what the image holds, with nothing over it. */
static int mount_read_only(const char *lower, const char *merged,
			   struct err *err)
{
	if (mount(lower, merged, NULL, MS_BIND | MS_REC, NULL) < 0 ||
	    mount(NULL, merged, NULL,
		  MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NODEV, NULL) < 0)
		return err_sys(err, "mount %s", merged);
	return 0;
}

static int mount_volume(const char *volume, struct err *err)
{
	char lower[PATH_BYTES], merged[PATH_BYTES], options[PATH_BYTES];
	char mark[PATH_BYTES];

	if (fs_path(lower, err, "%s/lower", volume) < 0 ||
	    fs_path(merged, err, "%s/merged", volume) < 0 ||
	    fs_path(mark, err, "%s/readonly", volume) < 0 ||
	    fs_path(options, err,
		    "lowerdir=%s,upperdir=%s/tmp/upper,workdir=%s/tmp/work",
		    lower, volume, volume) < 0)
		return -1;
	if (!fs_exists(lower) || !fs_exists(merged))
		return err_set(err, "no 'lower' or no 'merged' folder");
	if (fs_exists(mark))
		return mount_read_only(lower, merged, err);
	if (mount_layer(volume, err) < 0)
		return -1;
	if (mount("overlay", merged, "overlay", MS_RELATIME, options) < 0)
		return err_sys(err, "mount %s", merged);
	return 0;
}

int volumes_mount(void)
{
	SCOPED_NAMES names = { 0 };
	char volume[PATH_BYTES];
	struct err err;
	int failed = 0;

	if (fs_folders(VOLUMES, &names, &err) < 0) {
		say("volumes: %s", err.msg);
		return 1;
	}
	for (size_t i = 0; i < names.count; i++) {
		if (fs_path(volume, &err, VOLUMES "/%s", names.name[i]) < 0 ||
		    mount_volume(volume, &err) < 0) {
			say("volume %s: %s", names.name[i], err.msg);
			failed++;
			continue;
		}
		say_step("volume %s: mounted", names.name[i]);
	}
	return failed;
}
