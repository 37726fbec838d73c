/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that make config.json share. */
#pragma once

#include "cmd/lib/build/runtime_spec.h"

/* A list of strings as JSON; never NULL. */
json_t *spec_strings(const struct val_strs *strings);
/* Sets the member unless the list is empty. */
void spec_set_strings(json_t *object, const char *key,
		      const struct val_strs *strings);
/* Sets the member unless the array or object is empty; takes the reference. */
void spec_set_unless_empty(json_t *object, const char *key, json_t *value);
/* Sets the member unless the text is absent or empty. */
void spec_set_text(json_t *object, const char *key, const struct val_str *text);
/* Sets the member, to "" when the text is absent. */
void spec_set_text_always(json_t *object, const char *key,
			  const struct val_str *text);
/* Sets the member, with sorted keys as Go writes maps, unless it is empty. */
void spec_set_map(json_t *object, const char *key, const struct val_map *map);
/* Sets the member when the key is present. */
void spec_set_int(json_t *object, const char *key, const struct val_int *value);

int spec_mounts(json_t **mounts, const struct spec_input *input,
		struct err *err) MUST_CHECK;
int spec_capabilities(json_t **capabilities, const struct entry *entry,
		      struct err *err) MUST_CHECK;
int spec_rlimits(json_t **rlimits, const struct val_strs *limits,
		 struct err *err) MUST_CHECK;
/* linux.devices (NULL when none) and linux.resources, with its device rules. */
int spec_devices(json_t **devices, json_t **resources,
		 const struct entry *entry, struct err *err) MUST_CHECK;
/* linux.seccomp; NULL when there is no filter. */
int spec_seccomp(json_t **seccomp, const struct spec_input *input,
		 const json_t *capabilities, struct err *err) MUST_CHECK;
/* process.selinuxLabel, after process.oomScoreAdj. */
void spec_selinux_label(json_t *process, const struct selinux *selinux);
/* linux.mountLabel: the file context that belongs to the process's. */
void spec_mount_label(json_t *object, const struct selinux *selinux);
/* runtime.json's `kitbuild`; an empty object when the entry has no such key. */
int kitbuild_json(json_t **object, const struct spec_input *input,
		  struct err *err) MUST_CHECK;
json_t *spec_namespaces(const struct entry *entry);
json_t *spec_id_mappings(const struct val_list *mappings);
