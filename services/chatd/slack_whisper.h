/* slack_whisper.h: an answer that only one person sees, by the response_url of what they did. It is
 * a courtesy: whether it arrives is not known, and nothing depends on it. */
#pragma once

#include "lib/http.h"
#include "lib/json.h"

/* Takes the blocks, which may be NULL. text is shown where blocks are not. response_url is used
 * only if it is Slack's: of https://hooks.slack.com, or of the host of api_url. All are copied. */
void slack_whisper(sb_http_t *http, const char *api_url, const char *ca_file,
                   const char *response_url, const char *text, cJSON *blocks);

/* Is url one to which an answer may go? */
bool slack_whisper_allowed(const char *api_url, const char *url);
