/* SPDX-License-Identifier: Apache-2.0 */
/* Rules across the keys of a manifest. */
#include "yml/manifest.h"

#include <string.h>

#include "cmd/lib/base/mem.h"
#include "cmd/lib/base/names.h"
#include "yml/internal.h"
#include "yml/policy.h"

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

bool volume_is_oci(const struct volume *volume)
{
	return strcmp(val_text(&volume->format, "filesystem"), "oci") == 0;
}

const struct volume *manifest_volume(const struct manifest *manifest,
				     const char *name, size_t length)
{
	const struct volume *volumes = manifest->volumes.items;

	for (size_t i = 0; i < manifest->volumes.count; i++) {
		const char *own = val_text(&volumes[i].name, "");

		if (strlen(own) == length && strncmp(own, name, length) == 0)
			return &volumes[i];
	}
	return NULL;
}

static void check_volume_name(const struct manifest *manifest,
			      const struct volume *volume,
			      struct yml_report *report)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
	const struct val_str *name = &volume->name;

	if (!name->at)
		yml_report_add(report, volume->at, "a volume needs a name");
	else if (!*name->text || name->text[strspn(name->text, allowed)])
		yml_report_add(report, name->at,
			       "'%s' is no volume name: a-z, 0-9, _ and - only",
			       name->text);
	else if (manifest_volume(manifest, name->text, strlen(name->text)) !=
		 volume)
		yml_report_add(report, name->at,
			       "the volume '%s' stands here twice", name->text);
}

static void check_volume(const struct manifest *manifest,
			 const struct volume *volume, struct yml_report *report)
{
	check_volume_name(manifest, volume, report);
	if (volume->format.at &&
	    strcmp(volume->format.text, "filesystem") != 0 &&
	    strcmp(volume->format.text, "oci") != 0)
		yml_report_add(report, volume->format.at,
			       "'%s' is no volume format: filesystem or oci",
			       volume->format.text);
}

/* The name becomes one directory below containers/. */
static void check_entry_name(const struct entry *entry,
			     struct yml_report *report)
{
	const struct val_str *name = &entry->name;

	if (!name->at)
		yml_report_add(report, entry->at, "an entry needs a name");
	else if (!*name->text || strchr(name->text, '/') ||
		 strcmp(name->text, ".") == 0 || strcmp(name->text, "..") == 0)
		yml_report_add(
			report, name->at,
			"'%s' cannot be a name: it must be one path component",
			name->text);
	else if (strlen(name->text) > 200)
		yml_report_add(report, name->at,
			       "the name is longer than 200 bytes");
}

static void check_entry_image(const struct entry *entry,
			      struct yml_report *report)
{
	if (val_text(&entry->image, NULL))
		return;
	if (entry->name.at)
		yml_report_add(report, entry->at, "'%s' needs an image",
			       entry->name.text);
	else
		yml_report_add(report, entry->at, "an entry needs an image");
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

static void check_binds(const struct manifest *manifest,
			const struct val_strs *binds, struct yml_report *report)
{
	for (size_t i = 0; i < binds->count; i++) {
		const char *bind = binds->items[i];
		size_t length = strcspn(bind, ":");
		const struct volume *volume;

		if (bind[0] == '/')
			continue;
		volume = manifest_volume(manifest, bind, length);
		if (!volume)
			yml_report_add(report, binds->at->items[i],
				       "there is no volume '%.*s'", (int)length,
				       bind);
		else if (volume->readonly.value && !asks_read_only(bind))
			yml_report_add(
				report, binds->at->items[i],
				"the volume '%.*s' is read-only: bind it with :ro",
				(int)length, bind);
	}
}

static bool has_word(const struct val_strs *list, const char *word)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i], word) == 0)
			return true;
	return false;
}

static void check_bind_mount(const struct manifest *manifest,
			     const struct mount *mount,
			     struct yml_report *report)
{
	const char *source = val_text(&mount->source, "");
	const struct volume *volume;

	if (strcmp(val_text(&mount->type, ""), "bind") != 0 || source[0] == '/')
		return;
	volume = manifest_volume(manifest, source, strlen(source));
	if (!volume)
		yml_report_add(report, mount->at, "there is no volume '%s'",
			       source);
	else if (volume->readonly.value && !has_word(&mount->options, "ro"))
		yml_report_add(
			report, mount->at,
			"the volume '%s' is read-only: mount it with the option ro",
			source);
}

static void check_entry(const struct manifest *manifest,
			const struct entry *entry, struct yml_report *report)
{
	const struct mount *mounts = entry->mounts.items;

	check_entry_name(entry, report);
	check_entry_image(entry, report);
	check_binds(manifest, &entry->binds, report);
	check_binds(manifest, &entry->binds_add, report);
	for (size_t i = 0; i < entry->mounts.count; i++)
		check_bind_mount(manifest, &mounts[i], report);
}

static void check_service_name(struct names *seen, const struct entry *service,
			       struct yml_report *report)
{
	const struct val_str *name = &service->name;

	if (name->at && !names_add(seen, name->text, 0))
		yml_report_add(report, name->at,
			       "the service '%s' stands here twice",
			       name->text);
}

static void check_section(const struct manifest *manifest, enum section section,
			  struct yml_report *report)
{
	const struct entry *entries = manifest->sections[section].items;
	SCOPED(names) seen = { 0 };

	for (size_t i = 0; i < manifest->sections[section].count; i++) {
		check_entry(manifest, &entries[i], report);
		entry_check(&entries[i], section, report);
		if (section == SECTION_SERVICES)
			check_service_name(&seen, &entries[i], report);
	}
}

/* An empty source or metadata is none; empty contents are. */
static void check_contents(const struct file *file, struct yml_report *report)
{
	const char *form = val_text(&file->metadata, NULL);

	if (!!file->contents.at + !!val_text(&file->source, NULL) + !!form != 1)
		yml_report_add(
			report, file->at,
			"%s: exactly one of contents, source and metadata is needed",
			val_text(&file->path, "a file"));
	if (form && strcmp(form, "yaml") != 0 && strcmp(form, "json") != 0)
		yml_report_add(report, file->metadata.at,
			       "'%s' is no form of metadata: yaml or json",
			       form);
}

void file_check(const struct file *file, struct yml_report *report)
{
	bool directory = file->directory.value;
	bool link = !directory && val_text(&file->symlink, NULL);
	const char *path = val_text(&file->path, "a file");

	if (!val_text(&file->path, NULL))
		yml_report_add(report, file->at, "a file needs a path");
	if ((directory || link) &&
	    (val_text(&file->source, NULL) || val_text(&file->metadata, NULL)))
		yml_report_add(report, file->at,
			       "%s: a %s has no source or metadata", path,
			       directory ? "directory" : "link");
	if (directory && file->contents.at)
		yml_report_add(report, file->at,
			       "%s: a directory has no contents", path);
	if (!directory && !link)
		check_contents(file, report);
}

int manifest_check(const struct manifest *manifest, struct err *err)
{
	SCOPED(yml_report) report = { 0 };
	const struct volume *volumes = manifest->volumes.items;
	const struct file *files = manifest->files.items;

	for (size_t i = 0; i < manifest->volumes.count; i++)
		check_volume(manifest, &volumes[i], &report);
	for (size_t i = 0; i < manifest->files.count; i++)
		file_check(&files[i], &report);
	for (size_t i = 0; i < SECTION_COUNT; i++)
		check_section(manifest, (enum section)i, &report);
	services_check(&manifest->sections[SECTION_SERVICES], &report);
	policy_check(&manifest->policy, &report);
	if (manifest->security_against.at)
		yml_report_add(&report, manifest->security_against.at,
			       "security is '%s' here and '%s' in %s",
			       manifest->security_against.text,
			       manifest->security.text,
			       manifest->security.at->file);
	return yml_report_end(&report, err);
}

int manifest_decode(struct manifest *manifest, const char *name,
		    const struct buf *text,
		    const struct manifest_templates *templates, struct err *err)
{
	struct yml_document *document = &manifest->document;
	SCOPED(yml_report) report = { 0 };

	if (yml_parse(document, name, buf_text(text), text->size, err) < 0)
		return -1;
	if (!document->root)
		return err_set(err, FAULT_INPUT, "%s: the manifest is empty",
			       name);
	if (templates)
		template_expand(document->root, templates, &document->arena,
				&report);
	decode_struct(&manifest_schema, document->root, &document->arena,
		      manifest, &report);
	return yml_report_end(&report, err);
}

int entry_decode_label(struct entry *entry, struct yml_document *document,
		       const char *image, const char *text, struct err *err)
{
	SCOPED_FREE char *name =
		xasprintf("%s: org.mobyproject.config: label", image);
	SCOPED(yml_report) report = { 0 };

	if (yml_parse(document, name, text, strlen(text), err) < 0)
		return -1;
	if (!document->root)
		return 0;
	decode_struct(&entry_schema, document->root, &document->arena, entry,
		      &report);
	if (yml_report_end(&report, err) < 0)
		return -1;
	label_check(entry, &report);
	return yml_report_end(&report, err);
}
