/* SPDX-License-Identifier: Apache-2.0 */
/* Rules across the keys of a manifest. */
#include "yml/manifest.h"

#include <string.h>

static const char *const section_names[SECTION_COUNT] = {
	[SECTION_ONBOOT] = "onboot",
	[SECTION_ONSHUTDOWN] = "onshutdown",
	[SECTION_SERVICES] = "services",
};

const char *section_name(enum section section)
{
	return section_names[section];
}

void manifest_release(struct manifest *manifest)
{
	yml_document_release(&manifest->document);
	*manifest = (struct manifest){ 0 };
}

const struct volume *manifest_volume(const struct manifest *manifest,
				     const char *name, size_t length)
{
	const struct volume *volumes = manifest->volumes.items;

	for (size_t i = 0; i < manifest->volumes.count; i++)
		if (strlen(volumes[i].name.text) == length &&
		    strncmp(volumes[i].name.text, name, length) == 0)
			return &volumes[i];
	return NULL;
}

static int check_volume_name(const struct volume *volume, struct err *err)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";

	if (!volume->name.at)
		return yml_fail(volume->at, err, "a volume needs a name");
	if (!*volume->name.text ||
	    volume->name.text[strspn(volume->name.text, allowed)])
		return yml_fail(
			volume->name.at, err,
			"'%s' is no volume name: a-z, 0-9, _ and - only",
			volume->name.text);
	if (volume->format.at &&
	    strcmp(volume->format.text, "filesystem") != 0 &&
	    strcmp(volume->format.text, "oci") != 0)
		return yml_fail(volume->format.at, err,
				"'%s' is no volume format: filesystem or oci",
				volume->format.text);
	return 0;
}

static int check_volumes(const struct manifest *manifest, struct err *err)
{
	const struct volume *volumes = manifest->volumes.items;

	for (size_t i = 0; i < manifest->volumes.count; i++) {
		const struct val_str *name = &volumes[i].name;

		if (check_volume_name(&volumes[i], err) < 0)
			return -1;
		if (manifest_volume(manifest, name->text, strlen(name->text)) !=
		    &volumes[i])
			return yml_fail(name->at, err,
					"the volume '%s' stands here twice",
					name->text);
	}
	return 0;
}

/* The name becomes one directory below containers/. */
static int check_entry_name(const struct entry *entry, struct err *err)
{
	const struct val_str *name = &entry->name;

	if (!name->at)
		return yml_fail(entry->at, err, "an entry needs a name");
	if (!entry->image.at || !*entry->image.text)
		return yml_fail(entry->at, err, "'%s' needs an image",
				name->text);
	if (!*name->text || strchr(name->text, '/') ||
	    strcmp(name->text, ".") == 0 || strcmp(name->text, "..") == 0)
		return yml_fail(
			name->at, err,
			"'%s' cannot be a name: it must be one path component",
			name->text);
	if (strlen(name->text) > 200)
		return yml_fail(name->at, err,
				"the name is longer than 200 bytes");
	return 0;
}

static bool asks_read_only(const char *bind)
{
	const char *colon = strchr(bind, ':');
	SCOPED(strv) options = { 0 };

	colon = colon ? strchr(colon + 1, ':') : NULL;
	if (colon)
		strv_split(&options, colon + 1, ',');
	return strv_has(&options, "ro");
}

static int check_binds(const struct manifest *manifest,
		       const struct val_strs *binds, struct err *err)
{
	for (size_t i = 0; i < binds->count; i++) {
		const char *bind = binds->items[i];
		size_t length = strcspn(bind, ":");
		const struct volume *volume;

		if (bind[0] == '/')
			continue;
		volume = manifest_volume(manifest, bind, length);
		if (!volume)
			return yml_fail(binds->at->items[i], err,
					"there is no volume '%.*s'",
					(int)length, bind);
		if (volume->readonly.value && !asks_read_only(bind))
			return yml_fail(
				binds->at->items[i], err,
				"the volume '%.*s' is read-only: bind it with :ro",
				(int)length, bind);
	}
	return 0;
}

static bool has_word(const struct val_strs *list, const char *word)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i], word) == 0)
			return true;
	return false;
}

static int check_bind_mount(const struct manifest *manifest,
			    const struct mount *mount, struct err *err)
{
	const char *source = val_text(&mount->source, "");
	const struct volume *volume;

	if (source[0] == '/')
		return 0;
	volume = manifest_volume(manifest, source, strlen(source));
	if (!volume)
		return yml_fail(mount->at, err, "there is no volume '%s'",
				source);
	if (volume->readonly.value && !has_word(&mount->options, "ro"))
		return yml_fail(
			mount->at, err,
			"the volume '%s' is read-only: mount it with the option ro",
			source);
	return 0;
}

static int check_bind_mounts(const struct manifest *manifest,
			     const struct entry *entry, struct err *err)
{
	const struct mount *mounts = entry->mounts.items;

	for (size_t i = 0; i < entry->mounts.count; i++)
		if (strcmp(val_text(&mounts[i].type, ""), "bind") == 0 &&
		    check_bind_mount(manifest, &mounts[i], err) < 0)
			return -1;
	return 0;
}

static int check_section(const struct manifest *manifest, enum section section,
			 struct err *err)
{
	const struct entry *entries = manifest->sections[section].items;

	for (size_t i = 0; i < manifest->sections[section].count; i++) {
		if (check_entry_name(&entries[i], err) < 0 ||
		    check_binds(manifest, &entries[i].binds, err) < 0 ||
		    check_binds(manifest, &entries[i].binds_add, err) < 0 ||
		    check_bind_mounts(manifest, &entries[i], err) < 0)
			return -1;
		for (size_t j = 0; section == SECTION_SERVICES && j < i; j++)
			if (strcmp(entries[i].name.text,
				   entries[j].name.text) == 0)
				return yml_fail(
					entries[i].name.at, err,
					"the service '%s' stands here twice",
					entries[i].name.text);
	}
	return 0;
}

int file_check(const struct file *file, struct err *err)
{
	bool directory = file->directory.value;
	bool link = !directory && val_text(&file->symlink, NULL);

	if (!val_text(&file->path, NULL))
		return yml_fail(file->at, err, "a file needs a path");
	if ((directory || link) && (file->source.at || file->metadata.at))
		return yml_fail(
			file->at, err, "%s: a %s has no source or metadata",
			file->path.text, directory ? "directory" : "link");
	if (directory && file->contents.at)
		return yml_fail(file->at, err,
				"%s: a directory has no contents",
				file->path.text);
	if (directory || link)
		return 0;
	if (!!file->contents.at + !!file->source.at + !!file->metadata.at != 1)
		return yml_fail(
			file->at, err,
			"%s: exactly one of contents, source and metadata is needed",
			file->path.text);
	if (file->metadata.at && strcmp(file->metadata.text, "yaml") != 0 &&
	    strcmp(file->metadata.text, "json") != 0)
		return yml_fail(file->metadata.at, err,
				"'%s' is no form of metadata: yaml or json",
				file->metadata.text);
	return 0;
}

static int check_files(const struct manifest *manifest, struct err *err)
{
	const struct file *files = manifest->files.items;

	for (size_t i = 0; i < manifest->files.count; i++) {
		if (file_check(&files[i], err) < 0)
			return -1;
	}
	return 0;
}

int manifest_check(const struct manifest *manifest, struct err *err)
{
	if (check_volumes(manifest, err) < 0 || check_files(manifest, err) < 0)
		return -1;
	for (size_t i = 0; i < SECTION_COUNT; i++)
		if (check_section(manifest, (enum section)i, err) < 0)
			return -1;
	return 0;
}

int manifest_decode(struct manifest *manifest, const char *name,
		    const char *text, size_t size, struct err *err)
{
	struct yml_document *document = &manifest->document;

	if (yml_parse(document, name, text, size, err) < 0)
		return -1;
	if (!document->root)
		return err_set(err, FAULT_INPUT, "%s: the manifest is empty",
			       name);
	return decode_struct(&manifest_schema, document->root, &document->arena,
			     manifest, err);
}

int entry_decode_label(struct entry *entry, struct yml_document *document,
		       const char *image, const char *text, struct err *err)
{
	if (yml_parse(document, "label", text, strlen(text), err) == 0 &&
	    (!document->root ||
	     decode_struct(&entry_schema, document->root, &document->arena,
			   entry, err) == 0)) {
		if (!entry->name.at && !entry->image.at)
			return 0;
		yml_fail(entry->at, err, "a label cannot set name or image");
	}
	return err_wrap(err, "%s: org.mobyproject.config", image);
}
