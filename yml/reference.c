/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of the manifest as a manual in Markdown. */
#include "yml/schema.h"

#include "yml/internal.h"
#include "yml/manifest.h"

static const char introduction[] =
	"# The manifest\n"
	"\n"
	"A manifest is a YAML file that says what an image consists of. "
	"`kitbuild build`\n"
	"reads it. Its keys and their meaning are LinuxKit's.\n"
	"\n"
	"    kernel:\n"
	"      image: \"@pkg:kernels/debian-cloud\"\n"
	"      cmdline: console=ttyS0\n"
	"    init:\n"
	"      - \"@pkg:pkg/init\"\n"
	"      - \"@pkg:pkg/runc\"\n"
	"      - \"@pkg:pkg/containerd\"\n"
	"    services:\n"
	"      - name: nginx\n"
	"        image: docker.io/library/nginx:1.27\n"
	"    files:\n"
	"      - path: etc/hostname\n"
	"        contents: \"kitbuild\\n\"\n"
	"\n"
	"A key that is not below is an error, and so is one without a value: leave it\n"
	"out instead. Text that looks like a number or like true and false has to be\n"
	"in quotes. Of several manifests that are built together, lists are appended\n"
	"and the later kernel texts win. An image is a reference, or `@pkg:` and the\n"
	"folder of a package, relative to the manifest's.\n"
	"\n"
	"What an entry leaves out is taken from its image's label\n"
	"`org.mobyproject.config`, which is an [entry](#entry) in JSON without name and\n"
	"image.\n"
	"\n"
	"`kitbuild build --print-reference` prints this page,\n"
	"`kitbuild build --print-schema` a JSON Schema for editors, and\n"
	"`kitbuild build --dry-run` a manifest as it is understood.\n";

static void add_link(struct buf *text, const struct schema *schema)
{
	SCOPED_FREE char *anchor = schema_anchor(schema);

	buf_add_fmt(text, "[%s](#%s)", schema_noun(schema), anchor);
}

static void add_type(struct buf *text, const struct field *field)
{
	static const char *const words[] = {
		[FIELD_STR] = "text",
		[FIELD_BOOL] = "true or false",
		[FIELD_INT] = "integer",
		[FIELD_STRS] = "list of texts",
		[FIELD_MAP] = "texts by name",
		[FIELD_ID] = "number or name",
		[FIELD_IDS] = "list of numbers or names",
		[FIELD_LIST] = "list of ",
		[FIELD_STRUCT] = "",
		[FIELD_IGNORED] = "anything",
	};

	buf_add_str(text, words[field->type]);
	if (field->schema)
		add_link(text, field->schema);
}

static void add_table(struct buf *text, const struct schema *schema)
{
	buf_add_fmt(
		text,
		"\n## %s\n\n| Key | Type | Meaning |\n| --- | --- | --- |\n",
		schema_noun(schema));
	for (const struct field *field = schema->fields;
	     field->type != FIELD_END; field++) {
		buf_add_fmt(text, "| `%s` | ", field->key);
		add_type(text, field);
		buf_add_fmt(text, "%s | %s |\n",
			    field->needed ? ", needed" : "", field->help);
	}
}

void manifest_reference(struct buf *text)
{
	struct schema_list list = { 0 };

	schema_list_manifest(&list);
	buf_add_str(text, introduction);
	for (size_t i = 0; i < list.count; i++)
		add_table(text, list.items[i]);
}
