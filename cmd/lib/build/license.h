/* SPDX-License-Identifier: Apache-2.0 */
/* Licence expressions: SPDX 2.3, annex D. */
#pragma once

#include <stdbool.h>

/*
 * Is the text an expression over identifiers of the SPDX licence list? The
 * common ones are known; of others it is not claimed. LicenseRef- is not
 * accepted: what it refers to is not here.
 */
bool license_is_expression(const char *text);
