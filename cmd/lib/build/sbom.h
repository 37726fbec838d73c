/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bill of materials of an image: one SPDX 2.3 document, as JSON, made of
 * what is attested about the images in it or, where nothing is, of the package
 * databases they carry (LinuxKit: rootfs layout, SBOM).
 *
 * The document describes one package, SPDXRef-Root, which contains a package
 * for each image, SPDXRef-Image-1 and so on in the order in which they were
 * built in; each of these contains what its part described. Ids of part N begin
 * with SPDXRef-N-, so that parts never share one.
 */
#pragma once

#include "cmd/lib/base/json.h"
#include "cmd/lib/base/strv.h"
#include "cmd/lib/image/image.h"
#include "cmd/lib/oci/image.h"

/* Where it lies unless the user wants it elsewhere. */
#define SBOM_PATH "sbom.spdx.json"

/* The lists of a document, in the order in which they are written. */
enum sbom_list {
	SBOM_DOCUMENT_REFS,
	SBOM_PACKAGES,
	SBOM_FILES,
	SBOM_SNIPPETS,
	SBOM_LICENSES,
	SBOM_RELATIONSHIPS,
	SBOM_ANNOTATIONS,
	SBOM_LISTS,
};

/* { 0 } with its first two fields set is ready for sbom_begin. */
struct sbom {
	const char *path;    /* borrowed; of the file in the image */
	long long created_s; /* since 1970, UTC */
	struct strv images;  /* names taken in so far */
	unsigned parts;
	/* owned; written elements wait on disk, however many there are */
	struct sbom_written *lists;
};

void sbom_release(struct sbom *sbom);

/* Begins the document, dropping what was taken in before. */
int sbom_begin(struct sbom *sbom, struct err *err) MUST_CHECK;

/* One image. All borrowed. */
struct sbom_input {
	const char *name;  /* its full reference */
	const char *place; /* where it lies in the root; "" is the root */
	struct oci_store *store;
	const struct oci_image *image;
	const struct tree *tree; /* what it holds */
	struct spool *spool;
};

/*
 * Takes an image in, unless it was before. FAULT_INPUT for an attestation that
 * is malformed, FAULT_TRUST for a damaged one. An attestation that is missing,
 * too large or of another version of SPDX is left out with a warning, and so
 * are databases that cannot be read.
 */
int sbom_add_image(struct sbom *sbom, const struct sbom_input *input,
		   struct err *err) MUST_CHECK;

/*
 * Writes the document to its path in the image, as a segment of its own.
 * FAULT_INPUT when a directory is there.
 */
int sbom_put(struct sbom *sbom, struct image *image,
	     struct err *err) MUST_CHECK;

/* Appends an element to a list as it stands. */
int sbom_append(struct sbom *sbom, enum sbom_list list, const json_t *element,
		struct err *err) MUST_CHECK;
