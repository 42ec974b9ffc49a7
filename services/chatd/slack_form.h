/* slack_form.h: application/x-www-form-urlencoded, as Slack reads and writes it. Pure. */
#pragma once

#include <stddef.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/json.h"

#define SLACK_FORM_MEMBERS_MAX 128

/* Appends name=value, after a & if something stands there already. */
void slack_form_add(sb_buf_t *out, const char *name, const char *value);

/* The members as an object of strings; NULL and err if it is no form, or a member stands there
 * twice, or something in it is no text. The caller owns it. */
cJSON *slack_form_parse(const char *data, size_t size, sb_err_t *err);
