/* SPDX-License-Identifier: Apache-2.0 */
/* One SPDX document on its way into another: ids, places, relationships. */
#include "cmd/lib/build/sbom_part.h"

#include <string.h>

#include "cmd/lib/base/mem.h"

#define REF "SPDXRef-"
#define LICENSE_REF "LicenseRef-"
#define DOCUMENT_REF "DocumentRef-"
#define DOCUMENT REF "DOCUMENT"

#define ID_LETTERS                                                             \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-"

void sbom_part_begin(struct sbom_part *part, struct sbom *sbom,
		     const char *image_id, const char *place)
{
	*part = (struct sbom_part){
		.sbom = sbom,
		.number = ++sbom->parts,
		.image_id = image_id,
		.place = place,
		.ids = json_object(),
		.relations = json_object(),
		.has_files = json_object(),
	};
}

void sbom_part_release(struct sbom_part *part)
{
	json_decref(part->ids);
	json_decref(part->relations);
	json_decref(part->has_files);
	*part = (struct sbom_part){ 0 };
}

/* The prefix of an id that begins here, or NULL. */
static const char *prefix_at(const char *text)
{
	static const char *const prefixes[] = { REF, LICENSE_REF,
						DOCUMENT_REF };

	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
		if (strncmp(text, prefixes[i], strlen(prefixes[i])) == 0)
			return prefixes[i];
	return NULL;
}

/*
 * A text with ids in it, be it one id or an expression of licences. What
 * follows a colon belongs to another document and keeps its name.
 */
static char *rename_ids(const struct sbom_part *part, const char *text)
{
	SCOPED(buf) out = { .max_bytes = (size_t)256 << 20 };

	if (strcmp(text, DOCUMENT) == 0)
		return xstrdup(part->image_id);
	while (*text) {
		const char *prefix = prefix_at(text);
		size_t size;

		if (prefix) {
			buf_add_fmt(&out, "%s%u-", prefix, part->number);
			text += strlen(prefix);
		}
		/* The rest of the word, with what a colon joins to it. */
		size = strspn(text, ID_LETTERS ":+");
		if (size == 0 && *text)
			size = 1;
		buf_add(&out, text, size);
		text += size;
	}
	return buf_take(&out);
}

/* Members whose value is an id, an expression of them, or a list of such. */
static bool holds_ids(const char *key)
{
	static const char *const keys[] = {
		"SPDXID",
		"externalDocumentId",
		"fileDependencies",
		"hasFiles",
		"licenseConcluded",
		"licenseDeclared",
		"licenseId",
		"licenseInfoFromFiles",
		"licenseInfoInFiles",
		"licenseInfoInSnippets",
		"reference", /* of a snippet's ranges */
		"relatedSpdxElement",
		"snippetFromFile",
		"spdxElementId",
	};

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (strcmp(keys[i], key) == 0)
			return true;
	return false;
}

/* The parser has bounded the depth. */
static void rename_in(const struct sbom_part *part, json_t *value, bool ids)
{
	if (json_is_string(value) && ids) {
		SCOPED_FREE char *text =
			rename_ids(part, json_string_value(value));

		json_string_set(value, text);
	}
	for (size_t i = 0; i < json_array_size(value); i++)
		rename_in(part, json_array_get(value, i), ids);
	for (void *i = json_object_iter(value); i;
	     i = json_object_iter_next(value, i))
		rename_in(part, json_object_iter_value(i),
			  holds_ids(json_object_iter_key(i)));
}

/* How long a path is without its last name; never less than the floor. */
static size_t parent_size(const struct buf *path, size_t floor)
{
	size_t size = path->size;

	while (size > floor && path->data[size - 1] != '/')
		size--;
	return size > floor ? size - 1 : floor;
}

/* The name of a file of the image, as the root knows it; never above it. */
static char *place_name(const char *place, const char *name)
{
	SCOPED(buf) path = { .max_bytes = (size_t)256 << 20 };
	size_t floor = strlen(place);

	buf_add_str(&path, place);
	while (*name) {
		size_t size = strcspn(name, "/");

		if (size == 2 && strncmp(name, "..", 2) == 0) {
			path.size = parent_size(&path, floor);
			path.data[path.size] = '\0';
		} else if (size && !(size == 1 && *name == '.')) {
			buf_add_char(&path, '/');
			buf_add(&path, name, size);
		}
		name += size;
		name += strspn(name, "/");
	}
	return buf_take(&path);
}

static void place_member(const struct sbom_part *part, json_t *element,
			 const char *key)
{
	const char *name = json_text(element, key);
	SCOPED_FREE char *placed = NULL;

	if (!*part->place)
		return;
	placed = place_name(part->place, name ? name : "");
	json_object_set_new(element, key, json_string(placed));
}

static bool is_id(const char *text, const char *prefix)
{
	size_t size = strlen(prefix);

	return strncmp(text, prefix, size) == 0 && text[size] &&
	       text[size + strspn(text + size, ID_LETTERS)] == '\0';
}

/* Notes the element's new id: there is one, valid, and never seen before. */
static bool take_id(struct sbom_part *part, const json_t *element,
		    const char *key, const char *prefix)
{
	const char *id = json_text(element, key);

	if (!id || !is_id(id, prefix) || strcmp(id, part->image_id) == 0 ||
	    json_object_get(part->ids, id))
		return false;
	json_object_set_new(part->ids, id, json_true());
	return true;
}

/*
 * The files of a package are known after all packages: what SPDX deprecates as
 * a member becomes the relationships it stands for.
 */
static void take_files(struct sbom_part *part, json_t *package)
{
	json_t *files = json_object_get(package, "hasFiles");

	if (!files)
		return;
	json_object_set(part->has_files, json_text(package, "SPDXID"), files);
	json_object_del(package, "hasFiles");
}

static bool prepare_package(struct sbom_part *part, json_t *package)
{
	if (!json_text(package, "name") ||
	    !take_id(part, package, "SPDXID", REF))
		return false;
	if (!json_text(package, "downloadLocation"))
		json_object_set_new(package, "downloadLocation",
				    json_string("NOASSERTION"));
	take_files(part, package);
	place_member(part, package, "packageFileName");
	return true;
}

static bool prepare_file(struct sbom_part *part, json_t *file)
{
	if (!json_text(file, "fileName") || !take_id(part, file, "SPDXID", REF))
		return false;
	place_member(part, file, "fileName");
	return true;
}

static bool prepare_snippet(struct sbom_part *part, json_t *snippet)
{
	const char *file = json_text(snippet, "snippetFromFile");

	return file && json_object_get(part->ids, file) &&
	       take_id(part, snippet, "SPDXID", REF);
}

static bool prepare_license(struct sbom_part *part, json_t *license)
{
	return json_text(license, "extractedText") &&
	       take_id(part, license, "licenseId", LICENSE_REF);
}

static bool prepare_reference(struct sbom_part *part, json_t *reference)
{
	return json_text(reference, "spdxDocument") &&
	       take_id(part, reference, "externalDocumentId", DOCUMENT_REF);
}

/* One end of a relationship: an element of the part, or of a known document. */
static bool is_end(const struct sbom_part *part, const char *end)
{
	const char *colon = end ? strchr(end, ':') : NULL;
	SCOPED_FREE char *document = NULL;

	if (!end)
		return false;
	if (!colon)
		return strcmp(end, part->image_id) == 0 ||
		       json_object_get(part->ids, end);
	document = xstrndup(end, (size_t)(colon - end));
	return json_object_get(part->ids, document) && is_id(colon + 1, REF);
}

static bool is_nothing(const char *end)
{
	return end &&
	       (strcmp(end, "NONE") == 0 || strcmp(end, "NOASSERTION") == 0);
}

/* "Describes" is what a document does; an image contains. */
static void turn_description(const struct sbom_part *part, json_t *relation,
			     const char *key, const char *from, const char *to)
{
	if (strcmp(json_text(relation, key), part->image_id) == 0 &&
	    strcmp(json_text(relation, "relationshipType"), from) == 0)
		json_object_set_new(relation, "relationshipType",
				    json_string(to));
}

static bool prepare_relation(struct sbom_part *part, json_t *relation)
{
	const char *from = json_text(relation, "spdxElementId");
	const char *to = json_text(relation, "relatedSpdxElement");
	SCOPED_FREE char *all = NULL;

	if (!json_text(relation, "relationshipType") || !is_end(part, from) ||
	    !(is_end(part, to) || is_nothing(to)))
		return false;
	turn_description(part, relation, "spdxElementId", "DESCRIBES",
			 "CONTAINS");
	turn_description(part, relation, "relatedSpdxElement", "DESCRIBED_BY",
			 "CONTAINED_BY");
	all = xasprintf("%s %s %s", from,
			json_text(relation, "relationshipType"), to);
	if (json_object_get(part->relations, all))
		return false;
	json_object_set_new(part->relations, all, json_true());
	return true;
}

static bool prepare_annotation(struct sbom_part *part, json_t *annotation)
{
	(void)part;
	return json_text(annotation, "comment") != NULL;
}

/* Members of a document; relationships after all they can join. */
static const struct member {
	const char *key;
	bool (*prepare)(struct sbom_part *part, json_t *element);
} members[SBOM_LISTS] = {
	[SBOM_DOCUMENT_REFS] = { "externalDocumentRefs", prepare_reference },
	[SBOM_PACKAGES] = { "packages", prepare_package },
	[SBOM_FILES] = { "files", prepare_file },
	[SBOM_SNIPPETS] = { "snippets", prepare_snippet },
	[SBOM_LICENSES] = { "hasExtractedLicensingInfos", prepare_license },
	[SBOM_RELATIONSHIPS] = { "relationships", prepare_relation },
	[SBOM_ANNOTATIONS] = { "annotations", prepare_annotation },
};

const char *sbom_list_key(enum sbom_list list)
{
	return members[list].key;
}

/* An element that has its new ids. */
static int add_renamed(struct sbom_part *part, enum sbom_list list,
		       json_t *element, struct err *err)
{
	if (!members[list].prepare(part, element)) {
		part->left_out++;
		return 0;
	}
	return sbom_append(part->sbom, list, element, err);
}

int sbom_part_add(struct sbom_part *part, enum sbom_list list, json_t *element,
		  struct err *err)
{
	rename_in(part, element, false);
	return add_renamed(part, list, element, err);
}

int sbom_part_describe(struct sbom_part *part, const char *id, struct err *err)
{
	SCOPED_JSON json_t *relation = json_pack(
		"{s:s, s:s, s:s}", "spdxElementId", DOCUMENT,
		"relationshipType", "DESCRIBES", "relatedSpdxElement", id);

	return sbom_part_add(part, SBOM_RELATIONSHIPS, relation, err);
}

static int merge_list(struct sbom_part *part, const json_t *document,
		      enum sbom_list list, struct err *err)
{
	const char *key = members[list].key;
	const json_t *elements = json_object_get(document, key);

	/* Writers of Go leave null where there is nothing. */
	if (!elements || json_is_null(elements))
		return 0;
	if (!json_is_array(elements))
		return err_set(err, FAULT_INPUT, "'%s' is no list", key);
	for (size_t i = 0; i < json_array_size(elements); i++) {
		json_t *element = json_array_get(elements, i);

		if (!json_is_object(element))
			return err_set(err, FAULT_INPUT, "%s[%zu] is no object",
				       key, i);
		if (sbom_part_add(part, list, element, err) < 0)
			return -1;
	}
	return 0;
}

static int relate_files(struct sbom_part *part, const char *package,
			const json_t *files, struct err *err)
{
	for (size_t i = 0; i < json_array_size(files); i++) {
		const char *file = json_string_value(json_array_get(files, i));
		SCOPED_JSON json_t *relation = NULL;

		if (!file)
			continue;
		relation = json_pack("{s:s, s:s, s:s}", "spdxElementId",
				     package, "relationshipType", "CONTAINS",
				     "relatedSpdxElement", file);
		if (add_renamed(part, SBOM_RELATIONSHIPS, relation, err) < 0)
			return -1;
	}
	return 0;
}

/* Short forms, which often repeat what relationships have said. */
static int add_short_forms(struct sbom_part *part, const json_t *document,
			   struct err *err)
{
	const json_t *described =
		json_object_get(document, "documentDescribes");
	size_t left_out = part->left_out;

	for (size_t i = 0; i < json_array_size(described); i++) {
		const char *id =
			json_string_value(json_array_get(described, i));

		if (id && sbom_part_describe(part, id, err) < 0)
			return -1;
	}
	for (void *i = json_object_iter(part->has_files); i;
	     i = json_object_iter_next(part->has_files, i))
		if (relate_files(part, json_object_iter_key(i),
				 json_object_iter_value(i), err) < 0)
			return -1;
	part->left_out = left_out;
	return 0;
}

int sbom_part_merge(struct sbom_part *part, json_t *document, struct err *err)
{
	for (enum sbom_list list = 0; list < SBOM_LISTS; list++)
		if (merge_list(part, document, list, err) < 0)
			return -1;
	return add_short_forms(part, document, err);
}
