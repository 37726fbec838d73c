/* SPDX-License-Identifier: Apache-2.0 */
/* Reports: all that is wrong, in order, and no more than a page. */
/* links: lib */
#include "tests/unit/unit.h"

#include "tests/lib/manifest.h"
#include "yml/pkgfile.h"

static struct yml_node place(const char *file, unsigned line, unsigned column)
{
	return (struct yml_node){ .file = file,
				  .line = line,
				  .column = column };
}

TEST(an_empty_report_is_no_error)
{
	struct yml_report report = { 0 };
	SCOPED(err) err = { 0 };

	CHECK_INT(yml_report_end(&report, &err), 0);
	CHECK(!err.msg);
}

TEST(messages_stand_in_the_order_of_their_places)
{
	const struct yml_node nodes[] = { place("b", 1, 1), place("a", 10, 1),
					  place("a", 9, 12), place("a", 9, 2) };
	SCOPED(yml_report) report = { 0 };
	SCOPED(err) err = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(nodes); i++)
		yml_report_add(&report, &nodes[i], "the %zu.", i);
	yml_report_add(&report, &nodes[3], "second");
	CHECK_INT(yml_report_end(&report, &err), -1);
	CHECK_INT(err.fault, FAULT_INPUT);
	CHECK_STR(err.msg, "a:9:2: the 3.\na:9:2: second\na:9:12: the 2.\n"
			   "a:10:1: the 1.\nb:1:1: the 0.");
}

TEST(a_rule_is_told_once_at_a_place)
{
	const struct yml_node node = place("a", 1, 1);
	SCOPED(yml_report) report = { 0 };
	SCOPED(err) err = { 0 };

	for (int i = 0; i < 3; i++)
		yml_report_add(&report, &node, "%d", i);
	CHECK_INT(yml_report_end(&report, &err), -1);
	CHECK_STR(err.msg, "a:1:1: 0");
}

TEST(the_first_are_kept_and_the_others_counted)
{
	struct yml_node nodes[YML_REPORT_MAX + 3];
	SCOPED(yml_report) report = { 0 };
	SCOPED(err) err = { 0 };

	for (unsigned i = 0; i < ARRAY_LEN(nodes); i++) {
		nodes[i] = place("a", (unsigned)ARRAY_LEN(nodes) - i, 1);
		yml_report_add(&report, &nodes[i], "x");
	}
	CHECK_INT(yml_report_end(&report, &err), -1);
	CHECK(strncmp(err.msg, "a:1:1: x\na:2:1: x\n", 18) == 0);
	CHECK(strstr(err.msg, "\na:20:1: x\nand 3 more"));
	CHECK(!strstr(err.msg, "a:21:1"));
}

TEST(what_an_alias_repeats_is_told_once)
{
	static const char text[] = "onboot:\n- &e {name: a, image: b, x: 1}\n"
				   "- *e\nfiles: 5\n";
	SCOPED(manifest) manifest = { 0 };
	SCOPED(err) err = { 0 };

	CHECK_INT(decode_checked(&manifest, "m", text, strlen(text), &err), -1);
	CHECK_STR(err.msg, "m:2:26: unknown key 'x' in an entry\n"
			   "m:4:8: files: an integer where a list is wanted");
}

TEST(each_message_of_a_label_names_its_image)
{
	SCOPED(yml_document) document = { 0 };
	SCOPED(err) err = { 0 };
	struct entry entry = { 0 };

	CHECK_INT(entry_decode_label(&entry, &document, "img",
				     "{\"binds\": 1, \"x\": 2}", &err),
		  -1);
	CHECK_STR(
		err.msg,
		"img: org.mobyproject.config: label:1:11: binds: an integer where a list of strings is wanted\n"
		"img: org.mobyproject.config: label:1:14: unknown key 'x' in an entry");
}

TEST(a_package_is_told_of_everything)
{
	static const char text[] =
		"org: o\ncontents: {files: [{path: a, metadata: x}]}\n";
	SCOPED(pkgfile) pkgfile = { 0 };
	SCOPED(err) err = { 0 };

	CHECK_INT(pkgfile_decode(&pkgfile, "b", text, strlen(text), &err), -1);
	CHECK_STR(err.msg, "b:1:1: the package needs an image\n"
			   "b:2:40: 'x' is no form of metadata: yaml or json\n"
			   "b:2:40: a package has no metadata");
}
