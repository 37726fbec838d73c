/* SPDX-License-Identifier: Apache-2.0 */
/* config.json and runtime.json of one entry, for unit tests. */
#pragma once

#include "tests/lib/manifest.h"
#include "tests/unit/unit.h"

#include "cmd/lib/build/runtime_spec.h"

/* Manifest, label and image of one entry. */
struct place {
	struct manifest manifest;
	struct yml_document label_document;
	struct entry label, merged;
	json_t *image;
	struct err err;
};

static inline void place_release(struct place *place)
{
	manifest_release(&place->manifest);
	yml_document_release(&place->label_document);
	json_decref(place->image);
	err_release(&place->err);
}

static inline void prepare(struct place *place, const char *manifest,
			   const char *label, const char *image)
{
	if (decode_checked(&place->manifest, "m.yml", manifest,
			   strlen(manifest), &place->err) < 0 ||
	    entry_decode_label(&place->label, &place->label_document, "img",
			       label, &place->err) < 0 ||
	    json_parse(&place->image, image, strlen(image), "image",
		       &place->err) < 0)
		UNIT_FAIL("%s", place->err.msg);
}

static inline void merge(struct place *place, enum section section)
{
	struct arena *arena = &place->label_document.arena;
	struct entry own =
		*(const struct entry *)place->manifest.sections[section].items;

	entry_lead_to_volumes(&own, &place->manifest, arena);
	entry_merge(&place->merged, &own, &place->label, arena);
	entry_harden(&place->merged, &place->manifest);
}

static inline int write_spec(struct place *place, struct buf *text)
{
	struct spec_input input = { &place->merged, place->image,
				    &place->manifest, "amd64" };

	return runtime_spec_write(text, &input, &place->err);
}

static inline int write_runtime(struct place *place,
				const struct bundle *bundle, struct buf *text)
{
	struct spec_input input = { &place->merged, place->image,
				    &place->manifest, "amd64" };

	return runtime_json_write(text, &input, bundle, &place->err);
}

static inline void check_golden(const struct buf *found, const char *name)
{
	SCOPED(buf) wanted = { 0 };
	SCOPED(err) err = { 0 };
	char path[100];

	snprintf(path, sizeof(path), "tests/golden/%s", name);
	if (buf_read_file(&wanted, path, &err) < 0)
		UNIT_FAIL("%s", err.msg);
	CHECK_STR(buf_text(found), buf_text(&wanted));
}

/* config.json of one onboot entry with these keys over this label. */
static inline int spec_of(struct place *place, const char *keys,
			  const char *label, struct buf *text)
{
	SCOPED(buf) manifest = { 0 };

	buf_add_fmt(&manifest, "onboot: [{name: a, image: b%s}]\n", keys);
	prepare(place, buf_text(&manifest), label, "{}");
	merge(place, SECTION_ONBOOT);
	return write_spec(place, text);
}

static inline void check_has(const char *keys, const char *label,
			     const char *part)
{
	SCOPED(place) place = { 0 };
	SCOPED(buf) text = { 0 };

	if (spec_of(&place, keys, label, &text) < 0)
		UNIT_FAIL("%s", place.err.msg);
	if (!strstr(buf_text(&text), part))
		UNIT_FAIL("no '%s' for '%s' and '%s'", part, keys, label);
}

static inline void check_has_not(const char *keys, const char *label,
				 const char *part)
{
	SCOPED(place) place = { 0 };
	SCOPED(buf) text = { 0 };

	if (spec_of(&place, keys, label, &text) < 0)
		UNIT_FAIL("%s", place.err.msg);
	if (strstr(buf_text(&text), part))
		UNIT_FAIL("'%s' for '%s' and '%s'", part, keys, label);
}

static inline void check_refused(const char *keys, const char *wanted)
{
	SCOPED(place) place = { 0 };
	SCOPED(buf) text = { 0 };

	CHECK_INT(spec_of(&place, keys, "", &text), -1);
	CHECK_STR(place.err.msg, wanted);
	CHECK_INT(place.err.fault, FAULT_INPUT);
}
