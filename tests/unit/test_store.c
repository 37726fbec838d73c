/* SPDX-License-Identifier: Apache-2.0 */
/* links: lib */
#include "tests/unit/unit.h"

#include <sys/stat.h>

#include "cmd/lib/base/mem.h"
#include "cmd/lib/base/path.h"
#include "cmd/lib/oci/image.h"
#include "cmd/lib/oci/store.h"

/* A directory of its own for each test, removed afterwards. */
struct place {
	char path[32];
	char *store; /* owned */
};

static void place_make(struct place *place)
{
	snprintf(place->path, sizeof(place->path), "/tmp/test_store-XXXXXX");
	if (!mkdtemp(place->path))
		abort();
	place->store = xasprintf("%s/cache", place->path);
}

static void place_release(struct place *place)
{
	SCOPED(err) err = { 0 };

	if (path_remove_tree(place->path, &err) < 0)
		printf("# %s\n", err.msg);
	free(place->store);
}

static struct oci_store *open_at(const char *path)
{
	SCOPED(err) err = { 0 };
	struct oci_store *store = NULL;

	if (oci_store_open(&store, path, &err) < 0)
		UNIT_FAIL("%s", err.msg);
	return store;
}

static void save(struct oci_store *store, const char *text,
		 struct oci_descriptor *descriptor)
{
	SCOPED(err) err = { 0 };
	SCOPED(buf) content = { 0 };

	buf_add_str(&content, text);
	if (oci_store_save(store, OCI_TYPE_LAYER_TAR, &content, descriptor,
			   &err) < 0)
		UNIT_FAIL("%s", err.msg);
}

static char *blob_path(const struct place *place,
		       const struct oci_descriptor *descriptor)
{
	char hex[DIGEST_HEX_SIZE];

	return xasprintf("%s/blobs/sha256/%s", place->store,
			 digest_hex(&descriptor->digest, hex));
}

static void overwrite(const char *path, const char *text)
{
	SCOPED_FILE FILE *file = fopen(path, "w");

	if (!file || fputs(text, file) < 0)
		abort();
}

TEST(what_is_saved_can_be_loaded)
{
	SCOPED(place) place = { 0 };
	SCOPED(err) err = { 0 };
	SCOPED(buf) content = { 0 };
	SCOPED(oci_descriptor) descriptor = { 0 };
	SCOPED_OCI_STORE struct oci_store *store = NULL;

	place_make(&place);
	store = open_at(place.store);
	save(store, "hello", &descriptor);
	CHECK(oci_store_has(store, &descriptor));
	CHECK_INT(oci_store_load(store, &descriptor, 5, &content, &err), 0);
	CHECK_STR(buf_text(&content), "hello");
	CHECK_INT(oci_store_load(store, &descriptor, 4, &content, &err), -1);
	CHECK_INT(err.fault, FAULT_INPUT);
}

TEST(names_are_put_found_listed_and_removed)
{
	SCOPED(place) place = { 0 };
	SCOPED(err) err = { 0 };
	SCOPED(strv) names = { 0 };
	SCOPED(oci_descriptor) one = { 0 };
	SCOPED(oci_descriptor) two = { 0 };
	SCOPED(oci_descriptor) got = { 0 };
	SCOPED_OCI_STORE struct oci_store *store = NULL;
	bool found;

	place_make(&place);
	store = open_at(place.store);
	save(store, "1", &one);
	save(store, "22", &two);
	CHECK_INT(oci_store_put(store, "b", &one, &err), 0);
	CHECK_INT(oci_store_put(store, "a", &one, &err), 0);
	CHECK_INT(oci_store_put(store, "b", &two, &err), 0);
	CHECK_INT(oci_store_list(store, &names, &err), 0);
	CHECK_INT(names.count, 2);
	CHECK_STR(names.items[0], "a");
	CHECK_INT(oci_store_find(store, "b", &found, &got, &err), 0);
	CHECK(found);
	CHECK(digest_equal(&got.digest, &two.digest));
	CHECK_INT(oci_store_remove(store, "b", &found, &err), 0);
	CHECK(found);
	CHECK_INT(oci_store_remove(store, "b", &found, &err), 0);
	CHECK(!found);
}

TEST(a_name_that_another_process_puts_is_found_at_once)
{
	SCOPED(place) place = { 0 };
	SCOPED(err) err = { 0 };
	SCOPED(oci_descriptor) one = { 0 };
	SCOPED(oci_descriptor) two = { 0 };
	SCOPED(oci_descriptor) got = { 0 };
	SCOPED_OCI_STORE struct oci_store *ours = NULL;
	SCOPED_OCI_STORE struct oci_store *theirs = NULL;
	bool found = true;

	place_make(&place);
	ours = open_at(place.store);
	theirs = open_at(place.store);
	save(ours, "1", &one);
	save(ours, "22", &two);
	CHECK_INT(oci_store_find(ours, "a", &found, &got, &err), 0);
	CHECK(!found);
	CHECK_INT(oci_store_put(theirs, "a", &one, &err), 0);
	CHECK_INT(oci_store_find(ours, "a", &found, &got, &err), 0);
	CHECK(found);
	oci_descriptor_release(&got);
	CHECK_INT(oci_store_put(theirs, "a", &two, &err), 0);
	CHECK_INT(oci_store_find(ours, "a", &found, &got, &err), 0);
	CHECK(found && digest_equal(&got.digest, &two.digest));
	CHECK_INT(oci_store_remove(theirs, "a", &found, &err), 0);
	CHECK_INT(oci_store_find(ours, "a", &found, &got, &err), 0);
	CHECK(!found);
}

TEST(a_changed_blob_is_refused_and_remembered_until_it_is_written_anew)
{
	SCOPED(place) place = { 0 };
	SCOPED(err) err = { 0 };
	SCOPED(buf) content = { 0 };
	SCOPED(oci_descriptor) descriptor = { 0 };
	SCOPED_OCI_STORE struct oci_store *store = NULL;
	SCOPED_FREE char *path = NULL;

	place_make(&place);
	store = open_at(place.store);
	save(store, "hello", &descriptor);
	path = blob_path(&place, &descriptor);
	overwrite(path, "hellO");
	CHECK(oci_store_has(store, &descriptor));
	CHECK_INT(oci_store_load(store, &descriptor, 5, &content, &err), -1);
	CHECK_INT(err.fault, FAULT_TRUST);
	CHECK(!oci_store_has(store, &descriptor));
	CHECK(oci_store_is_damaged(store, &descriptor));
	CHECK(oci_store_met_damage(store));
	oci_descriptor_release(&descriptor);
	save(store, "hello", &descriptor);
	CHECK(oci_store_has(store, &descriptor));
	CHECK(!oci_store_is_damaged(store, &descriptor));
	CHECK(!oci_store_met_damage(store));
}

TEST(what_is_missing_is_not_damaged)
{
	SCOPED(place) place = { 0 };
	SCOPED(oci_descriptor) descriptor = { 0 };
	SCOPED_OCI_STORE struct oci_store *store = NULL;
	SCOPED_FREE char *path = NULL;

	place_make(&place);
	store = open_at(place.store);
	save(store, "hello", &descriptor);
	path = blob_path(&place, &descriptor);
	CHECK_INT(unlink(path), 0);
	CHECK(!oci_store_has(store, &descriptor));
	CHECK(!oci_store_is_damaged(store, &descriptor));
}

TEST(a_blob_of_another_size_is_refused)
{
	SCOPED(place) place = { 0 };
	SCOPED(err) err = { 0 };
	SCOPED(oci_descriptor) descriptor = { 0 };
	SCOPED_OCI_STORE struct oci_store *store = NULL;
	SCOPED_FREE char *path = NULL;
	struct reader *reader = NULL;

	place_make(&place);
	store = open_at(place.store);
	save(store, "hello", &descriptor);
	path = blob_path(&place, &descriptor);
	overwrite(path, "hello, world");
	CHECK(!oci_store_has(store, &descriptor));
	CHECK(oci_store_is_damaged(store, &descriptor));
	CHECK_INT(oci_store_read(store, &descriptor, &reader, &err), -1);
	CHECK_INT(err.fault, FAULT_TRUST);
}

TEST(links_in_the_store_are_not_followed)
{
	SCOPED(place) place = { 0 };
	SCOPED(err) err = { 0 };
	SCOPED(oci_descriptor) descriptor = { 0 };
	SCOPED_OCI_STORE struct oci_store *store = NULL;
	SCOPED_FREE char *path = NULL;
	SCOPED_FREE char *secret = NULL;
	struct reader *reader = NULL;

	place_make(&place);
	store = open_at(place.store);
	save(store, "hello", &descriptor);
	path = blob_path(&place, &descriptor);
	secret = xasprintf("%s/secret", place.path);
	CHECK_INT(rename(path, secret), 0);
	CHECK_INT(symlink(secret, path), 0);
	CHECK(!oci_store_has(store, &descriptor));
	CHECK(oci_store_is_damaged(store, &descriptor));
	CHECK_INT(oci_store_read(store, &descriptor, &reader, &err), -1);
}

TEST(an_index_that_is_a_link_is_refused)
{
	SCOPED(place) place = { 0 };
	SCOPED(err) err = { 0 };
	SCOPED(strv) names = { 0 };
	SCOPED_OCI_STORE struct oci_store *store = NULL;
	SCOPED_FREE char *path = NULL;
	SCOPED_FREE char *moved = NULL;

	place_make(&place);
	store = open_at(place.store);
	path = xasprintf("%s/index.json", place.store);
	moved = xasprintf("%s/elsewhere", place.path);
	CHECK_INT(rename(path, moved), 0);
	CHECK_INT(symlink(moved, path), 0);
	CHECK_INT(oci_store_list(store, &names, &err), -1);
}

TEST(entries_without_a_name_are_kept_and_not_shown)
{
	SCOPED(place) place = { 0 };
	SCOPED(err) err = { 0 };
	SCOPED(strv) names = { 0 };
	SCOPED(buf) text = { 0 };
	SCOPED(oci_descriptor) descriptor = { 0 };
	SCOPED_OCI_STORE struct oci_store *store = NULL;
	SCOPED_FREE char *path = NULL;

	place_make(&place);
	store = open_at(place.store);
	path = xasprintf("%s/index.json", place.store);
	overwrite(
		path,
		"{\"schemaVersion\":2,\"extra\":1,\"manifests\":[{\"x\":1}]}");
	save(store, "1", &descriptor);
	CHECK_INT(oci_store_put(store, "a", &descriptor, &err), 0);
	CHECK_INT(oci_store_list(store, &names, &err), 0);
	CHECK_INT(names.count, 1);
	CHECK_INT(buf_read_file(&text, path, &err), 0);
	CHECK(strstr(buf_text(&text), "\"extra\""));
	CHECK(strstr(buf_text(&text), "\"x\""));
}

TEST(a_blob_that_is_not_committed_leaves_nothing)
{
	SCOPED(place) place = { 0 };
	SCOPED(err) err = { 0 };
	SCOPED(strv) left = { 0 };
	SCOPED_OCI_STORE struct oci_store *store = NULL;
	SCOPED_FREE char *scratch = NULL;
	struct oci_blob_writer writer = { 0 };
	struct oci_descriptor wrong = { .size_bytes = 3 };

	place_make(&place);
	store = open_at(place.store);
	scratch = xasprintf("%s/tmp", place.store);
	CHECK_INT(oci_blob_writer_start(&writer, store, &err), 0);
	CHECK_INT(writer_write(writer.stream, "abc", 3, &err), 0);
	CHECK_INT(oci_blob_writer_commit(&writer, &wrong, NULL, &err), -1);
	CHECK_INT(err.fault, FAULT_TRUST);
	oci_blob_writer_release(&writer);
	CHECK_INT(path_list(&left, scratch, &err), 0);
	CHECK_INT(left.count, 0);
}

TEST(opening_removes_leftovers_and_spares_live_files)
{
	SCOPED(place) place = { 0 };
	SCOPED(err) err = { 0 };
	SCOPED(strv) left = { 0 };
	SCOPED_OCI_STORE struct oci_store *store = NULL;
	SCOPED_OCI_STORE struct oci_store *second = NULL;
	SCOPED_FREE char *scratch = NULL;
	SCOPED_FREE char *stale = NULL;
	SCOPED(oci_blob_writer) writer = { 0 };

	place_make(&place);
	store = open_at(place.store);
	scratch = xasprintf("%s/tmp", place.store);
	stale = xasprintf("%s/stale", scratch);
	overwrite(stale, "left over");
	CHECK_INT(oci_blob_writer_start(&writer, store, &err), 0);
	second = open_at(place.store);
	CHECK_INT(path_list(&left, scratch, &err), 0);
	CHECK_INT(left.count, 1);
	CHECK(strcmp(left.items[0], "stale") != 0);
}

TEST(a_directory_of_another_kind_is_refused)
{
	SCOPED(place) place = { 0 };
	SCOPED(err) err = { 0 };
	SCOPED_FREE char *path = NULL;
	struct oci_store *store = NULL;

	place_make(&place);
	CHECK_INT(mkdir(place.store, 0755), 0);
	path = xasprintf("%s/oci-layout", place.store);
	overwrite(path, "{\"imageLayoutVersion\":\"2.0.0\"}");
	CHECK_INT(oci_store_open(&store, place.store, &err), -1);
	CHECK_INT(err.fault, FAULT_INPUT);
}

static void write_image(struct oci_store *store, struct digest *digest,
			const char *arch)
{
	SCOPED(err) err = { 0 };
	SCOPED(oci_image) image = { 0 };

	image.config = json_pack("{s:s,s:s,s:{}}", "architecture", arch, "os",
				 "linux", "config");
	image.layers = xcalloc(1, sizeof(*image.layers));
	image.layer_count = 1;
	save(store, "a layer", &image.layers[0]);
	if (oci_image_write(store, "own/image:1", &image, &err) < 0)
		UNIT_FAIL("%s", err.msg);
	*digest = image.manifest_digest;
}

TEST(an_image_that_is_written_can_be_loaded)
{
	SCOPED(place) place = { 0 };
	SCOPED(err) err = { 0 };
	SCOPED(oci_image) image = { 0 };
	SCOPED_OCI_STORE struct oci_store *store = NULL;
	struct digest first;
	struct digest second;

	place_make(&place);
	store = open_at(place.store);
	write_image(store, &first, "amd64");
	write_image(store, &second, "amd64");
	CHECK(digest_equal(&first, &second));
	CHECK_INT(oci_image_load(&image, store, "docker.io/own/image:1",
				 "amd64", &err),
		  0);
	CHECK(image.config != NULL);
	CHECK(digest_equal(&image.manifest_digest, &first));
	CHECK_INT(image.layer_count, 1);
	CHECK_INT(image.layers[0].size_bytes, 7);
}

TEST(an_image_that_is_not_there_is_empty)
{
	SCOPED(place) place = { 0 };
	SCOPED(err) err = { 0 };
	SCOPED(oci_image) image = { 0 };
	SCOPED_OCI_STORE struct oci_store *store = NULL;

	place_make(&place);
	store = open_at(place.store);
	CHECK_INT(oci_image_load(&image, store, "none", "amd64", &err), 0);
	CHECK(image.config == NULL);
}

TEST(an_image_for_another_platform_is_refused)
{
	SCOPED(place) place = { 0 };
	SCOPED(err) err = { 0 };
	SCOPED(oci_image) image = { 0 };
	SCOPED_OCI_STORE struct oci_store *store = NULL;
	struct digest digest;

	place_make(&place);
	store = open_at(place.store);
	write_image(store, &digest, "arm64");
	CHECK_INT(oci_image_load(&image, store, "own/image:1", "amd64", &err),
		  -1);
	CHECK_INT(err.fault, FAULT_INPUT);
	CHECK_STR(
		err.msg,
		"image docker.io/own/image:1: made for linux/arm64, not for linux/amd64");
	CHECK(image.config == NULL);
}
