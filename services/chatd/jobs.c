/* jobs.c. One struct a job holds all that is borrowed from its JSON until the driver has taken it.
 */
#include "services/chatd/jobs.h"

#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "lib/mem.h"
#include "lib/url.h"
#include "proto/bus.h"
#include "proto/chatd.h"
#include "proto/taskd.h"

#define JOB_BODY_MAX (SB_OUTBOX_BODY_MAX + 1024) /* and what the bus puts around it */
#define JOB_LABEL_MAX 100                        /* bytes of a button's label */
#define JOB_TO_MAX (SB_PERSON_ID_MAX + 1)

typedef struct job job_t;
typedef void(driver_fn)(void *driver, const chat_message_t *message, chat_done_fn *done, void *arg);

typedef enum { SEND, UPDATE, LOOKUP } kind_t;

struct job {
    jobs_t *jobs;
    sb_call_t *call;
    kind_t kind;
    bool team; /* to the security team */
};

static const char *const s_styles[] = {"primary", "danger", "plain"};

static int s_read_buttons(sb_reader_t *r, chat_button_t buttons[SB_BUTTONS_MAX], size_t *len_r)
{
    const cJSON *array = sb_read_array_or_null(r, "buttons", SB_BUTTONS_MAX);
    size_t n = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, array)
    {
        sb_reader_t b = sb_reader_item(r, "buttons", item, n);
        const char *label = sb_read_str(&b, "label", 1, JOB_LABEL_MAX);
        const char *value = sb_read_str(&b, "value", 1, SB_VALUE_MAX);
        const int style = sb_read_enum(&b, "style", s_styles, sizeof s_styles / sizeof s_styles[0]);
        const char *url = sb_read_str_or(&b, "url", SB_URL_MAX, NULL);
        if (url && sb_url_origin(url) == 0) {
            (void)sb_reader_fault(&b, "url", "expected https, or http of this machine");
        }
        if (sb_reader_join(r, &b)) {
            break;
        }
        buttons[n++] =
            (chat_button_t){.label = label, .value = value, .style = s_styles[style], .url = url};
    }
    *len_r = n;
    return sb_reader_code(r);
}

static bool s_is_team(const char *to)
{
    return to && strcmp(to, SB_CHAT_SECURITY) == 0;
}

/* As botd sees it: it is not tried again. */
static bool s_is_final(int code)
{
    return code == SB_ENOTFOUND || code == SB_EINVALID || code == SB_ETOOLARGE ||
           code == SB_EFORBIDDEN;
}

/* What the security team will not be told is for somebody to see. */
static void s_note_failure(jobs_t *jobs, const sb_call_t *call, bool told_team, sb_level_t level,
                           const sb_err_t *err)
{
    const bool given_up = told_team && s_is_final(err->code);
    jobs->stats.failed++;
    jobs->stats.given_up += given_up ? 1 : 0;
    sb_log(given_up ? SB_ERROR : level,
           given_up ? "the security team is not told: the message is given up" : "job failed",
           "request", sb_call_name(call), "id", sb_call_id(call), "code", sb_code_name(err->code),
           "why", err->text, NULL);
}

static void s_done(void *arg, int code, const char *message, const sb_err_t *err)
{
    job_t *job = arg;
    if (code) {
        s_note_failure(job->jobs, job->call, job->team && job->kind == SEND, SB_INFO, err);
        sb_call_nack(&job->call, err);
    } else {
        cJSON *body = sb_json_object();
        if (job->kind != UPDATE) {
            sb_json_add_str(body, "message", message);
        }
        job->jobs->stats.sent += job->kind == SEND;
        job->jobs->stats.updated += job->kind == UPDATE;
        sb_call_result(&job->call, &body);
    }
    free(job);
}

static void s_hand_over(jobs_t *jobs, sb_call_t *call, const chat_message_t *message, kind_t kind)
{
    const chat_driver_t *driver = jobs->driver;
    driver_fn *const fns[] = {driver->send, driver->update, driver->lookup};
    job_t *job = sb_alloc(sizeof *job);
    *job = (job_t){.jobs = jobs, .call = call, .kind = kind, .team = s_is_team(message->to)};
    if (driver->slow) {
        sb_call_accept(call, NULL);
    }
    fns[kind](jobs->self, message, s_done, job);
}

static void s_refuse(jobs_t *jobs, sb_call_t *call, bool told_team, const sb_err_t *err)
{
    s_note_failure(jobs, call, told_team, SB_WARN, err);
    sb_call_nack(&call, err);
}

/* send and update, which differ in how the message is named. */
static void s_on_text(jobs_t *jobs, sb_call_t *call, bool update)
{
    sb_err_t err = {0};
    chat_button_t buttons[SB_BUTTONS_MAX];
    chat_card_t card;
    sb_reader_t r = sb_reader(sb_call_body(call), "body", &err);
    chat_message_t message = {
        .id = update ? sb_read_str(&r, "question", 1, SB_ID_SIZE_MAX - 1) : sb_call_id(call),
        .to = sb_read_str(&r, "to", 2, JOB_TO_MAX),
        .chat_id = sb_read_str_or(&r, "chat_id", SB_NAME_MAX, NULL),
        .message = update ? sb_read_str_or(&r, "message", SB_NAME_MAX, NULL) : NULL,
        .alert = sb_read_str_or(&r, "alert", SB_HASH_HEX, NULL),
        .text = sb_read_str(&r, "text", 1, SB_TEXT_MAX),
        .buttons = buttons,
        .card = chat_card_read(&r, &card) ? &card : NULL,
        .thread = sb_read_str_or(&r, "thread", SB_ID_SIZE_MAX - 1, NULL),
        .again = sb_read_bool_or(&r, SB_JOB_AGAIN, false),
        .until_ms = sb_call_deadline_ms(call),
    };
    if (s_read_buttons(&r, buttons, &message.buttons_len)) {
        s_refuse(jobs, call, !update && s_is_team(message.to), &err);
    } else {
        s_hand_over(jobs, call, &message, update ? UPDATE : SEND);
    }
}

static void s_on_send(void *ctx, sb_call_t *call)
{
    s_on_text(ctx, call, false);
}

static void s_on_update(void *ctx, sb_call_t *call)
{
    s_on_text(ctx, call, true);
}

static void s_on_lookup(void *ctx, sb_call_t *call)
{
    jobs_t *jobs = ctx;
    sb_err_t err = {0};
    sb_reader_t r = sb_reader(sb_call_body(call), "body", &err);
    const chat_message_t message = {
        .id = sb_read_str(&r, "id", 1, SB_ID_SIZE_MAX - 1),
        .to = sb_read_str(&r, "to", 2, JOB_TO_MAX),
        .chat_id = sb_read_str_or(&r, "chat_id", SB_NAME_MAX, NULL),
        .thread = sb_read_str_or(&r, "thread", SB_ID_SIZE_MAX - 1, NULL),
        .until_ms = sb_call_deadline_ms(call),
    };
    if (sb_reader_code(&r)) {
        s_refuse(jobs, call, false, &err);
    } else {
        s_hand_over(jobs, call, &message, LOOKUP);
    }
}

const sb_route_t jobs_routes[] = {
    {SB_CHAT_SEND,   SB_ROLE_BOTD, JOB_BODY_MAX, s_on_send  },
    {SB_CHAT_UPDATE, SB_ROLE_BOTD, JOB_BODY_MAX, s_on_update},
    {SB_CHAT_LOOKUP, SB_ROLE_BOTD, 4096,         s_on_lookup},
};
const size_t jobs_routes_len = sizeof jobs_routes / sizeof jobs_routes[0];
