/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From manifest entry, image label and image config to the OCI runtime
 * configuration (runtime-spec 1.2.1, config.md) and LinuxKit's runtime.json.
 */
#pragma once

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/json.h"
#include "yml/manifest.h"

/*
 * The entry with every field taken from the manifest where it is present, else
 * from the label. Text stays borrowed from both; new lists live in `arena`.
 */
void entry_merge(struct entry *merged, const struct entry *manifest,
		 const struct entry *label, struct arena *arena);

/*
 * Resolves a name or number to an id: numbers (also as text) are themselves,
 * "" and "root" are 0, an entry's name is its number: entries are counted from
 * 100 over onboot, onshutdown, services. FAULT_INPUT otherwise.
 */
int entry_id(const struct val_id *value, const struct manifest *manifest,
	     uint32_t *id, struct err *err) MUST_CHECK;

/* What config.json is made from. All borrowed. */
struct spec_input {
	const struct entry *entry; /* merged */
	const json_t *image;       /* the image's whole config */
	const struct manifest *manifest;
};

/* Appends config.json. FAULT_INPUT carries the place in manifest or label. */
int runtime_spec_write(struct buf *text, const struct spec_input *input,
		       struct err *err) MUST_CHECK;

/* Where a bundle lies in the image; no leading slashes. */
struct bundle {
	const char *path; /* containers/services/web */
	const char *root; /* the directory that holds the unpacked image */
	bool readonly;
};

/* Appends runtime.json. */
void runtime_json_write(struct buf *text, const struct entry *entry,
			const struct bundle *bundle);
