/* answer.h: what a page's visitor posts, as the `answer` of page.answer (proto/page.md). Pure. */
#pragma once

#include "lib/json.h"

/* Of a code or a passkey; NULL and err for anything else. What it proves is authd's to say. */
cJSON *answer_read(const cJSON *posted, sb_err_t *err);
cJSON *answer_refuse(void);
cJSON *answer_oidc(const char *code, const char *state);
