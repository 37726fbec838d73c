/* SPDX-License-Identifier: Apache-2.0 */
/* The system call filter and the SELinux contexts of config.json. */
#include "cmd/lib/build/internal.h"

#include <string.h>

#include "cmd/lib/build/files.h"
#include "cmd/lib/build/seccomp.h"

static bool is_file(const struct val_str *value)
{
	return value->at && strcmp(value->text, "default") != 0 &&
	       strcmp(value->text, "unconfined") != 0;
}

static int read_profile(json_t **profile, const struct val_str *value,
			struct err *err)
{
	SCOPED_FREE char *path = source_path(value);
	SCOPED(buf) text = { .max_bytes = SECCOMP_MAX_BYTES };

	if (!path)
		return err_set(err, FAULT_INPUT,
			       "there is no seccomp profile '%.200s'",
			       value->text);
	if (buf_read_file(&text, path, err) < 0)
		return -1;
	return json_parse(profile, buf_text(&text), text.size, value->text,
			  err);
}

static int compile(json_t **seccomp, const struct val_str *value,
		   const struct seccomp_target *target, struct err *err)
{
	SCOPED_JSON json_t *profile = NULL;

	if (!is_file(value))
		profile = seccomp_default();
	else if (read_profile(&profile, value, err) < 0)
		return -1;
	if (seccomp_compile(seccomp, profile, target, err) < 0)
		return err_wrap(err, "%.200s", value->text);
	return 0;
}

void seccomp_check(const struct val_str *value, struct yml_report *report)
{
	struct seccomp_target target = { .arch = "" };
	SCOPED_JSON json_t *seccomp = NULL;
	SCOPED(err) err = { 0 };

	if (is_file(value) && compile(&seccomp, value, &target, &err) < 0)
		yml_report_add(report, value->at, "%s", err.msg);
}

int spec_seccomp(json_t **seccomp, const struct spec_input *input,
		 const json_t *capabilities, struct err *err)
{
	const struct val_str *value = &input->entry->seccomp;
	struct seccomp_target target = {
		.arch = input->arch,
		.capabilities = json_object_get(capabilities, "bounding"),
	};

	*seccomp = NULL;
	if (!value->at || strcmp(value->text, "unconfined") == 0)
		return 0;
	if (compile(seccomp, value, &target, err) < 0)
		return yml_wrap(value->at, err);
	return 0;
}

void spec_selinux_label(json_t *process, const struct selinux *selinux)
{
	spec_set_text(process, "selinuxLabel", &selinux->label);
}

/* The user and level of the process, and the type of containers' files. */
static json_t *file_context(const char *label)
{
	const char *role = strchr(label, ':') + 1;
	const char *type = strchr(role, ':') + 1;
	const char *level = strchr(type, ':');

	return json_sprintf("%.*s:object_r:container_file_t%s",
			    (int)(role - 1 - label), label, level ? level : "");
}

void spec_mount_label(json_t *object, const struct selinux *selinux)
{
	if (selinux->mount_label.at)
		spec_set_text(object, "mountLabel", &selinux->mount_label);
	else if (selinux->label.at)
		json_object_set_new(object, "mountLabel",
				    file_context(selinux->label.text));
}
