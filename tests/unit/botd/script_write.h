/* script_write.h: what the bot did, as the lines of a play say it (script.h). */
#pragma once

#include "lib/buf.h"
#include "lib/json.h"

/* On one line. */
void script_write_text(sb_buf_t *out, const char *text);
/* A row of the outbox, with its line break. */
void script_write_row(sb_buf_t *out, const cJSON *row);
