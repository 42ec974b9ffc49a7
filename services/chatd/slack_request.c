#include "services/chatd/slack_request.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "services/chatd/slack_form.h"
#include "services/chatd/slack_frame.h"

static const char s_json_type[] = "application/json";
static const char s_form_type[] = "application/x-www-form-urlencoded";

/* Is type this one, with or without parameters? */
static bool s_is(const char *type, const char *name)
{
    const size_t len = strlen(name);
    return strncasecmp(type, name, len) == 0 &&
           (type[len] == '\0' || type[len] == ';' || type[len] == ' ');
}

static const char *s_text(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsString(item) ? item->valuestring : NULL;
}

static int s_challenge(slack_request_t *request, sb_err_t *err)
{
    const char *challenge = s_text(request->payload, "challenge");
    if (!challenge || strlen(challenge) >= sizeof request->challenge) {
        return sb_fail(err, SB_EINVALID, "url_verification without a challenge of up to %d bytes",
                       SLACK_CHALLENGE_MAX - 1);
    }
    (void)snprintf(request->challenge, sizeof request->challenge, "%s", challenge);
    request->kind = SLACK_REQUEST_CHALLENGE;
    return SB_OK;
}

static int s_event(slack_request_t *request, const char *body, size_t size, sb_err_t *err)
{
    request->payload = sb_json_parse_foreign(body, size, SLACK_FRAME_VALUES_MAX, err);
    if (!request->payload) {
        return sb_fail_in(err, "body");
    }
    const char *type = s_text(request->payload, "type");
    if (type && strcmp(type, "url_verification") == 0) {
        return s_challenge(request, err);
    }
    if (type && strcmp(type, "app_rate_limited") == 0) {
        request->kind = SLACK_REQUEST_LIMITED;
        return SB_OK;
    }
    request->kind = SLACK_REQUEST_ENVELOPE;
    request->envelope_kind = SLACK_EVENTS_API;
    return SB_OK;
}

/* Takes the form. */
static int s_interaction(slack_request_t *request, cJSON *form, sb_err_t *err)
{
    const char *text = s_text(form, "payload");
    request->payload = sb_json_parse_foreign(text, strlen(text), SLACK_FRAME_VALUES_MAX, err);
    cJSON_Delete(form);
    request->kind = SLACK_REQUEST_ENVELOPE;
    request->envelope_kind = SLACK_INTERACTIVE;
    return request->payload ? SB_OK : sb_fail_in(err, "payload");
}

static int s_form(slack_request_t *request, const char *body, size_t size, sb_err_t *err)
{
    cJSON *form = slack_form_parse(body, size, err);
    if (!form) {
        return err->code;
    }
    if (s_text(form, "payload")) {
        return s_interaction(request, form, err);
    }
    request->payload = form;
    request->envelope_kind = SLACK_SLASH_COMMANDS;
    if (s_text(form, "ssl_check")) {
        request->kind = SLACK_REQUEST_PROBE;
        return SB_OK;
    }
    request->kind = SLACK_REQUEST_ENVELOPE;
    if (!s_text(form, "command")) {
        return sb_fail(err, SB_EINVALID, "a form with neither payload nor command");
    }
    return SB_OK;
}

int slack_request_parse(const char *type, const char *body, size_t size, slack_request_t *request_r,
                        sb_err_t *err)
{
    int code;
    *request_r = (slack_request_t){0};
    if (s_is(type, s_json_type)) {
        code = s_event(request_r, body, size, err);
    } else if (s_is(type, s_form_type)) {
        code = s_form(request_r, body, size, err);
    } else {
        code = sb_fail(err, SB_EINVALID, "expected %s or %s", s_json_type, s_form_type);
    }
    if (code) {
        slack_request_clear(request_r);
    }
    return code;
}

void slack_request_clear(slack_request_t *request)
{
    cJSON_Delete(request->payload);
    *request = (slack_request_t){0};
}
