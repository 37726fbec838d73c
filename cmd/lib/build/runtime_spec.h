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

/* The label org.mobyproject.config of an image's config; NULL: none. */
const char *entry_label(const json_t *image);

/*
 * Replaces the volumes that an entry of the manifest, not yet merged, names in
 * binds and in mounts of type bind by where the system mounts them. A label
 * knows no volumes: what it says stays. New text lives in `arena`.
 */
void entry_lead_to_volumes(struct entry *entry, const struct manifest *manifest,
			   struct arena *arena);

/*
 * For a merged entry whose security, or else the manifest's, is `hardened`:
 * fills in the safe value of every key that neither manifest nor label states
 * (docs/manifest.md has the list). Afterwards the entry's `security` is the one
 * that holds.
 */
void entry_harden(struct entry *merged, const struct manifest *manifest);

bool entry_is_hardened(const struct entry *merged);

/*
 * Does an unwritable root lie where the container sees it? Otherwise it is the
 * lower directory of an overlay, also where hardening makes the root read-only:
 * the runtime can then make the mount points that an image lacks.
 */
bool entry_root_is_bound(const struct entry *merged);

/*
 * Reports what is wrong with the profile that a `seccomp` names, so that it is
 * known before anything is fetched.
 */
void seccomp_check(const struct val_str *value, struct yml_report *report);

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
	const char *arch; /* as registries spell it: amd64, arm64, riscv64 */
};

/* Appends config.json. FAULT_INPUT carries the place in manifest or label. */
int runtime_spec_write(struct buf *text, const struct spec_input *input,
		       struct err *err) MUST_CHECK;

/* Where a bundle lies in the image; no leading slashes. */
struct bundle {
	const char *path; /* containers/services/web */
	const char *root; /* the directory that holds the unpacked image */
	bool readonly;    /* entry_root_is_bound */
};

/*
 * Appends runtime.json: LinuxKit's members and, where the entry has keys for
 * it, `kitbuild` (docs/boot-contract.md, section 8).
 */
int runtime_json_write(struct buf *text, const struct spec_input *input,
		       const struct bundle *bundle, struct err *err) MUST_CHECK;
