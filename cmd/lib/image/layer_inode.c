/* SPDX-License-Identifier: Apache-2.0 */
/* What an entry of a layer says about its file. */
#include "cmd/lib/image/internal.h"

#include <string.h>

#include "cmd/lib/base/limits.h"
#include "cmd/lib/base/mem.h"
#include "cmd/lib/image/archive.h"

#define DEVICE_MAX 07777777U
#define OWNER_NAME_MAX 255

int layer_refuse(const struct apply *apply, const char *path, const char *why)
{
	return err_set(apply->err, FAULT_INPUT, "%s: %.200s: %s",
		       apply->layer->name, path, why);
}

static int take_xattrs(const struct apply *apply, struct archive_entry *entry,
		       struct inode *inode, const char *path)
{
	const char *name;
	const void *value;
	size_t size;

	archive_entry_xattr_reset(entry);
	while (archive_entry_xattr_next(entry, &name, &value, &size) ==
	       ARCHIVE_OK) {
		if (!name || !*name || strlen(name) > 255 || strchr(name, '='))
			return layer_refuse(
				apply, path,
				"an extended attribute's name is empty, too long or holds '='");
		if (size > limit_of(LIMIT_XATTR))
			return layer_refuse(
				apply, path,
				"an extended attribute is too large (--limit xattr)");
		tree_set_xattr(apply->tree, inode, name, value, size);
	}
	return 0;
}

bool layer_type_of(unsigned file_type, enum inode_type *type)
{
	static const struct {
		unsigned file_type;
		enum inode_type type;
	} types[] = {
		{ AE_IFREG, INODE_FILE },    { AE_IFDIR, INODE_DIRECTORY },
		{ AE_IFLNK, INODE_SYMLINK }, { AE_IFCHR, INODE_CHAR },
		{ AE_IFBLK, INODE_BLOCK },   { AE_IFIFO, INODE_FIFO },
	};

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		if (types[i].file_type != file_type)
			continue;
		*type = types[i].type;
		return true;
	}
	return false;
}

/* A user's or group's name; longer ones than any system allows are left out. */
static const char *owner_name(struct apply *apply, const char **last,
			      const char *name)
{
	if (!name || !*name || strlen(name) > OWNER_NAME_MAX)
		return NULL;
	if (!*last || strcmp(*last, name) != 0)
		*last = arena_text(&apply->tree->arena, name, strlen(name));
	return *last;
}

static void take_extra(struct apply *apply, struct archive_entry *entry,
		       struct inode *inode)
{
	struct inode_extra extra = {
		.uname = owner_name(apply, &apply->uname,
				    archive_entry_uname(entry)),
		.gname = owner_name(apply, &apply->gname,
				    archive_entry_gname(entry)),
		.mtime_ns = (uint32_t)archive_entry_mtime_nsec(entry),
		.has_atime = archive_entry_atime_is_set(entry),
		.has_ctime = archive_entry_ctime_is_set(entry),
		.atime = { archive_entry_atime(entry),
			   (uint32_t)archive_entry_atime_nsec(entry) },
		.ctime = { archive_entry_ctime(entry),
			   (uint32_t)archive_entry_ctime_nsec(entry) },
	};
	struct inode_extra *copy;

	if (!extra.uname && !extra.gname && !extra.mtime_ns &&
	    !extra.has_atime && !extra.has_ctime)
		return;
	copy = arena_alloc(&apply->tree->arena, sizeof(*copy));
	*copy = extra;
	inode->extra = copy;
}

static struct inode *make_inode(struct apply *apply,
				struct archive_entry *entry,
				enum inode_type type)
{
	struct inode *inode = tree_inode_new(
		apply->tree, type, (unsigned)archive_entry_perm(entry) & 07777);
	const char *target;

	inode->uid = (uint32_t)archive_entry_uid(entry);
	inode->gid = (uint32_t)archive_entry_gid(entry);
	inode->mtime = archive_entry_mtime(entry);
	take_extra(apply, entry, inode);
	if (type == INODE_CHAR || type == INODE_BLOCK) {
		inode->rdev_major = (uint32_t)archive_entry_rdevmajor(entry);
		inode->rdev_minor = (uint32_t)archive_entry_rdevminor(entry);
	}
	if (type == INODE_SYMLINK) {
		target = archive_entry_symlink(entry);
		target = target ? target : "";
		inode->target =
			arena_text(&apply->tree->arena, target, strlen(target));
	}
	return inode;
}

int layer_inode(struct apply *apply, struct archive_entry *entry,
		enum inode_type type, struct inode **inode)
{
	*inode = make_inode(apply, entry, type);
	return take_xattrs(apply, entry, *inode, archive_entry_pathname(entry));
}

int layer_check_entry(const struct apply *apply, struct archive_entry *entry,
		      const char *path)
{
	const char *target = archive_entry_symlink(entry);

	if (archive_entry_filetype(entry) == AE_IFLNK &&
	    (!target || !*target || strlen(target) >= TREE_MAX_PATH))
		return layer_refuse(
			apply, path,
			"a symbolic link's target is empty or too long");
	if (archive_entry_uid(entry) < 0 ||
	    archive_entry_uid(entry) > UINT32_MAX ||
	    archive_entry_gid(entry) < 0 ||
	    archive_entry_gid(entry) > UINT32_MAX)
		return layer_refuse(apply, path, "the owner is out of range");
	if (archive_entry_size(entry) < 0)
		return layer_refuse(apply, path, "the size is negative");
	if ((uint64_t)archive_entry_rdevmajor(entry) > DEVICE_MAX ||
	    (uint64_t)archive_entry_rdevminor(entry) > DEVICE_MAX)
		return layer_refuse(apply, path,
				    "the device number is out of range");
	return 0;
}
