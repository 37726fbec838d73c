/* SPDX-License-Identifier: Apache-2.0 */
/* One SPDX document on its way into another. */
#pragma once

#include "cmd/lib/build/pkgdb.h"
#include "cmd/lib/build/sbom.h"

struct sbom_part {
	struct sbom *sbom; /* borrowed */
	unsigned number;
	const char *image_id; /* borrowed; what stands for its document */
	const char *place;    /* borrowed */
	json_t *ids;          /* owned; the keys are ids of its elements */
	json_t *relations;    /* owned; the keys are what was written */
	json_t *has_files;    /* owned; of packages, to become relations */
	size_t left_out;
};

/* Gives the part its number. `image_id` and `place` outlive it. */
void sbom_part_begin(struct sbom_part *part, struct sbom *sbom,
		     const char *image_id, const char *place);
void sbom_part_release(struct sbom_part *part);

/*
 * Adds an element of the part's document, which is changed: ids get the part's
 * prefix, names of files the image's place; SPDXRef-DOCUMENT becomes the image,
 * which contains what its document describes. An element without a valid id of
 * its own, or a relationship with an end that does not exist, is counted in
 * `left_out`. Elements come before the relationships between them.
 */
int sbom_part_add(struct sbom_part *part, enum sbom_list list, json_t *element,
		  struct err *err) MUST_CHECK;

/* Says that the document describes the element with that id. */
int sbom_part_describe(struct sbom_part *part, const char *id,
		       struct err *err) MUST_CHECK;

/*
 * Adds all of a document, which is changed. FAULT_INPUT when it is none of
 * SPDX: lists that are no lists, say.
 */
int sbom_part_merge(struct sbom_part *part, json_t *document,
		    struct err *err) MUST_CHECK;

/* What SPDX calls a list. */
const char *sbom_list_key(enum sbom_list list);

/* Adds what package databases hold. */
int sbom_part_add_packages(struct sbom_part *part, const struct pkgdb *db,
			   struct err *err) MUST_CHECK;
