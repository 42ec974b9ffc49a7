/* reactions.c. One table, state by what was heard; each cell is a few lines below. What authd says
 * that is not known here is never an approval. */
#include "services/botd/reactions.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "proto/authd.h"
#include "services/botd/late.h"
#include "services/botd/proof.h"
#include "services/botd/question.h"
#include "services/botd/show.h"
#include "services/botd/text.h"

#define DRIVER_MAX 24 /* room for what item.c writes behind it */
#define STRENGTH_MAX (ITEM_STRENGTH_SIZE - 1)
#define WORDS_MAX 2000 /* said besides the comment, e.g. when declining */
#define STATUS_SHOWN_MAX 64
#define AUDIT_COMMENT_MAX 2000

/* ---- Time. */

static bool s_is_over(const step_t *step)
{
    return step->conv.deadline_ms <= step->now_ms;
}

/* The time was up before the factor could be asked: botd was away, although the person was not. */
static void s_out_of_time(step_t *step)
{
    question_escalate(step, SB_OUTCOME_NO_ANSWER, MSG_NO_RESPONSE, NULL);
}

/* ---- The question. */

static void s_audit_answer(step_t *step, const char *answer, const char *comment)
{
    char *words =
        text_cut(comment ? comment : "", comment ? strlen(comment) : 0, AUDIT_COMMENT_MAX);
    cJSON *detail = sb_json_object();
    sb_json_add_str(detail, "answer", answer);
    sb_json_add_str(detail, "comment", words);
    step_audit(step, step->open, step->item->id, "answered", detail);
    free(words);
}

static void s_keep_comment(step_t *step, const heard_t *heard)
{
    const answer_t *answer = &heard->answer;
    char code[SB_CODE_DIGITS + 1];
    if (answer->comment && answer->comment_size > 0 &&
        !answer_code(answer->comment, answer->comment_size, code)) { /* a code is no explanation */
        step->conv.comment =
            step_keep(step, text_cut(answer->comment, answer->comment_size, SB_COMMENT_MAX));
    }
}

static void s_asked_yes(step_t *step, const heard_t *heard)
{
    s_keep_comment(step, heard);
    s_audit_answer(step, "yes", step->conv.comment);
    question_lock(step, MSG_ANSWERED_YES, NULL);
    step->conv.state = CONV_CHECKING;
    if (s_is_over(step)) {
        s_out_of_time(step);
        return;
    }
    /* Durable now, not when the factor is through. */
    const transition_answer_t answer = {1, -1, step->conv.comment, NULL, NULL};
    transition_answer(step->out, step->open->hash, &answer);
    proof_find(step);
}

static void s_asked_no(step_t *step, const heard_t *heard)
{
    s_keep_comment(step, heard);
    s_audit_answer(step, "no", step->conv.comment);
    question_escalate(step, SB_OUTCOME_DENIED, MSG_ESCALATED, NULL);
}

/* What was said where a code could have been typed. NULL if nothing was; the caller frees it. */
static char *s_words(const heard_t *heard)
{
    if (!heard->answer.comment || heard->answer.comment_size == 0) {
        return NULL;
    }
    char *words = text_cut(heard->answer.comment, heard->answer.comment_size, WORDS_MAX);
    text_hide_codes(words);
    return words;
}

/* No answer that settles anything; pressed after a yes it takes that back. */
static void s_hand_over(step_t *step, const heard_t *heard, const char *answer, const char *outcome,
                        message_t said)
{
    char *words = NULL;
    if (step->conv.state == CONV_ASKED) {
        s_keep_comment(step, heard);
    } else {
        words = s_words(heard);
    }
    s_audit_answer(step, answer, words ? words : step->conv.comment);
    question_escalate(step, outcome, said, words);
    free(words);
}

static void s_unsure(step_t *step, const heard_t *heard)
{
    s_hand_over(step, heard, "unsure", SB_OUTCOME_UNSURE, MSG_ESCALATED);
}

static void s_help(step_t *step, const heard_t *heard)
{
    s_hand_over(step, heard, "help", SB_OUTCOME_NEEDS_HELP, MSG_HELP_COMES);
}

static void s_unsent(step_t *step, const heard_t *heard)
{
    (void)heard;
    question_escalate(step, SB_OUTCOME_UNDELIVERABLE, MSG_NONE, NULL);
}

static void s_no_answer(step_t *step, const heard_t *heard)
{
    (void)heard;
    question_escalate(step, SB_OUTCOME_NO_ANSWER, MSG_NO_RESPONSE, NULL);
}

/* ---- Which factor is there. */

static const char *s_status(const heard_t *heard, sb_reader_t *reader_r, sb_err_t *err)
{
    *reader_r = sb_reader(heard->result, "result", err);
    return sb_read_str_or(reader_r, "status", SB_TEXT_MAX, "");
}

static void s_audit_result(step_t *step, const char *action, const char *status)
{
    char *shown = text_line(status, STATUS_SHOWN_MAX);
    cJSON *detail = sb_json_object();
    sb_json_add_str(detail, "job", step->conv.job);
    sb_json_add_str(detail, "status", shown);
    step_audit(step, step->open, "authd", action, detail);
    free(shown);
}

/* What authd's status means for the alert; what is not listed is an unavailable factor. */
static const char *s_outcome(const char *status)
{
    static const struct {
        const char *status;
        const char *outcome;
    } rows[] = {
        {SB_FACTOR_REFUSED, SB_OUTCOME_REFUSED       },
        {SB_FACTOR_FRAUD,   SB_OUTCOME_FRAUD         },
        {SB_FACTOR_TIMEOUT, SB_OUTCOME_FACTOR_TIMEOUT},
        {SB_FACTOR_NONE,    SB_OUTCOME_NO_FACTOR     },
        {SB_FACTOR_LOCKED,  SB_OUTCOME_THROTTLED     },
        {SB_FACTOR_DENIED,  SB_OUTCOME_ACCOUNT_DENIED},
        {SB_FACTOR_SUSPECT, SB_OUTCOME_SUSPECT       },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(rows[i].status, status) == 0) {
            return rows[i].outcome;
        }
    }
    return SB_OUTCOME_FACTOR_UNAVAILABLE;
}

/* Yes, but not proven. */
static void s_unverified(step_t *step, const char *outcome)
{
    const bool none = strcmp(outcome, SB_OUTCOME_NO_FACTOR) == 0;
    const bool throttled = strcmp(outcome, SB_OUTCOME_THROTTLED) == 0;
    question_escalate(step, outcome,
                      none        ? MSG_NO_2FA
                      : throttled ? MSG_THROTTLED
                                  : MSG_BAD_AUTH,
                      NULL);
}

static void s_start_factor(step_t *step, const char *code)
{
    if (s_is_over(step)) {
        s_out_of_time(step);
    } else if (proof_is_throttled(step, code != NULL)) {
        s_unverified(step, SB_OUTCOME_THROTTLED);
    } else {
        if (!code) {
            step_say(step, MSG_SENDING_PUSH, NULL);
        }
        proof_start(step, code);
    }
}

static void s_agreed(step_t *step)
{
    if (step->conv.typed) {
        step->conv.state = CONV_CODE;
        step_say(step, MSG_2FA_CODE, NULL);
    } else {
        s_start_factor(step, NULL);
    }
}

/* Why the factor that authd found can't be used, or NULL. */
static const char *s_objection(const step_t *step, const char *driver, const char *strength,
                               bool typed)
{
    if (!proof_may_use(step, driver)) {
        return SB_OUTCOME_FACTOR_UNAVAILABLE;
    }
    if (!proof_suffices(step, strength)) {
        return step->conv.tried[0] ? SB_OUTCOME_FACTOR_UNAVAILABLE : SB_OUTCOME_NO_FACTOR;
    }
    return proof_is_throttled(step, typed) ? SB_OUTCOME_THROTTLED : NULL;
}

static void s_factor_found(step_t *step, const char *driver, const char *strength, bool typed)
{
    conv_t *conv = &step->conv;
    const char *objection = s_objection(step, driver, strength, typed);
    if (objection) {
        s_unverified(step, objection);
        return;
    }
    (void)snprintf(conv->driver, sizeof conv->driver, "%s", driver);
    (void)snprintf(conv->strength, sizeof conv->strength, "%s", strength);
    conv->typed = typed;
    if (conv->tried[0]) { /* the person has agreed, before the first one turned out to be away */
        s_agreed(step);
    } else {
        question_consent(step);
    }
}

static void s_factor_known(step_t *step, const heard_t *heard)
{
    sb_err_t err;
    sb_reader_t r;
    const char *status = s_status(heard, &r, &err);
    const char *driver = sb_read_str_or(&r, "driver", DRIVER_MAX, "");
    const char *strength = sb_read_str_or(&r, "strength", STRENGTH_MAX, "");
    const bool typed = sb_read_bool_or(&r, "typed", false);
    const bool ok = sb_reader_code(&r) == SB_OK && strcmp(status, SB_FACTOR_OK) == 0 && driver[0];
    s_audit_result(step, "factor", status);
    step->conv.job[0] = '\0';
    if (ok) {
        s_factor_found(step, driver, strength, typed);
    } else if (step->conv.tried[0] && strcmp(status, SB_FACTOR_NONE) == 0) {
        s_unverified(step, SB_OUTCOME_FACTOR_UNAVAILABLE); /* there was one, and it is away */
    } else {
        s_unverified(step, s_outcome(status));
    }
}

static void s_factor_away(step_t *step, const heard_t *heard)
{
    (void)heard;
    question_escalate(step, SB_OUTCOME_FACTOR_UNAVAILABLE, MSG_NO_RESPONSE, NULL);
}

/* ---- Consent and code. */

static void s_code(step_t *step, const heard_t *heard)
{
    question_lock(step, MSG_ANSWERED_YES, NULL);
    s_start_factor(step, heard->code);
}

static void s_consent_yes(step_t *step, const heard_t *heard)
{
    (void)heard;
    question_lock(step, MSG_ANSWERED_YES, NULL);
    s_agreed(step);
}

/* No to the factor, or a no on second thoughts while it is at work. */
static void s_declined(step_t *step, const heard_t *heard)
{
    char *words = s_words(heard);
    cJSON *detail = sb_json_object();
    sb_json_add_str(detail, "text", words);
    step_audit(step, step->open, step->item->id, "declined", detail);
    question_escalate(step, SB_OUTCOME_DECLINED, MSG_ESCALATED, words);
    free(words);
}

/* The question's no, pressed after a yes: the answer that is safe counts. */
static void s_denied(step_t *step, const heard_t *heard)
{
    s_hand_over(step, heard, "no", SB_OUTCOME_DENIED, MSG_ESCALATED);
}

/* A button that is pressed twice means nothing more than once. */
static bool s_is_typed(const heard_t *heard)
{
    return heard->kind == HEARD_CODE || heard->answer.comment;
}

/* Yes again, where a code is waited for. */
static void s_code_please(step_t *step, const heard_t *heard)
{
    if (s_is_typed(heard)) {
        step_say(step, MSG_2FA_CODE, NULL);
    }
}

/* ---- The proof. */

static void s_wrong_code(step_t *step)
{
    conv_t *conv = &step->conv;
    conv->attempts++;
    if (!conv->typed || conv->attempts >= step->policy->codes_max) {
        question_escalate(step, SB_OUTCOME_REFUSED, MSG_BAD_AUTH, NULL);
        return;
    }
    question_lock(step, MSG_NONE, NULL);
    conv->state = CONV_CODE;
    char tries[24];
    (void)snprintf(tries, sizeof tries, "%lld",
                   (long long)(step->policy->codes_max - conv->attempts));
    const fields_t fields = {.tries = tries};
    step_say(step, MSG_BAD_CODE, &fields);
}

/* The driver is away: the next one that is strong enough, while there is one and time. */
static void s_next_factor(step_t *step)
{
    question_lock(step, MSG_NONE, NULL);
    if (s_is_over(step) || !proof_pass_over(step)) {
        s_unverified(step, SB_OUTCOME_FACTOR_UNAVAILABLE);
        return;
    }
    step_say(step, MSG_NEXT_FACTOR, NULL);
    proof_find(step);
}

static void s_proven(step_t *step, const heard_t *heard)
{
    sb_err_t err;
    sb_reader_t r;
    const char *status = s_status(heard, &r, &err);
    s_audit_result(step, "proof", status);
    const bool approved = sb_reader_code(&r) == SB_OK && strcmp(status, SB_FACTOR_APPROVED) == 0;
    if (approved && !step->item->refused && proof_suffices(step, step->conv.strength)) {
        question_confirm(step);
        return;
    }
    step->conv.job[0] = '\0'; /* it has ended: nothing to cancel */
    if (strcmp(status, SB_FACTOR_WRONG_CODE) == 0) {
        s_wrong_code(step);
    } else if (strcmp(status, SB_FACTOR_UNAVAILABLE) == 0) {
        s_next_factor(step);
    } else {
        s_unverified(step, s_outcome(status));
    }
}

/* The person was asked, and needs to see something. Once: a restart shows nothing twice. */
static void s_show(step_t *step, const heard_t *heard)
{
    sb_err_t err;
    sb_reader_t r = sb_reader(heard->result, "result", &err);
    const cJSON *show = sb_read_object_or_null(&r, "show");
    if (!show || step->conv.question[0]) {
        return;
    }
    sb_reader_t in = sb_reader_in(&r, "show", show);
    const char *kind = sb_read_str_or(&in, "kind", SB_NAME_MAX, "");
    const char *text = sb_read_str_or(&in, "text", SB_SHOW_TEXT_MAX, "");
    if (strcmp(kind, SB_SHOW_NUMBER) == 0 && show_is_number(text)) {
        question_show(step, text, NULL);
    } else if (strcmp(kind, SB_SHOW_LINK) == 0 && show_is_link(text)) {
        question_show(step, NULL, text);
    } else { /* what it says is not repeated, not even here */
        step_audit(step, step->open, STEP_BOT, "show refused", NULL);
    }
}

static void s_proof_late(step_t *step, const heard_t *heard)
{
    (void)heard;
    question_escalate(step, SB_OUTCOME_FACTOR_TIMEOUT, MSG_NO_RESPONSE, NULL);
}

/* ---- At any time. */

static void s_busy(step_t *step, const heard_t *heard)
{
    if (s_is_typed(heard)) {
        step_say(step, MSG_BUSY, NULL);
    }
}

static void s_late(step_t *step, const heard_t *heard)
{
    late_typed(step, &heard->answer);
}

/* Nothing is open, but the queue was left where an earlier step had no room for more. */
static void s_wake(step_t *step, const heard_t *heard)
{
    (void)heard;
    step->conv.deadline_ms = -1;
    step->continues = true;
}

typedef void(reaction_fn)(step_t *step, const heard_t *heard);

/* An empty cell can't be reached: conversation.c makes no such input in that state. */
/* clang-format off */
static reaction_fn *const s_reactions[CONV_STATES][HEARD_LEN] = {
    [CONV_IDLE]     = {s_late,        s_late,     NULL,       s_late,   s_late, NULL,   NULL,           NULL,   NULL,     s_wake},
    [CONV_ASKED]    = {s_asked_yes,   s_asked_no, s_asked_no, s_unsure, s_help, NULL,   NULL,           NULL,   s_unsent, s_no_answer},
    [CONV_CHECKING] = {s_busy,        s_declined, s_denied,   s_unsure, s_help, NULL,   s_factor_known, NULL,   NULL,     s_factor_away},
    [CONV_CONSENT]  = {s_consent_yes, s_declined, s_denied,   s_unsure, s_help, s_code, NULL,           NULL,   s_unsent, s_no_answer},
    [CONV_CODE]     = {s_code_please, s_declined, s_denied,   s_unsure, s_help, s_code, NULL,           NULL,   NULL,     s_no_answer},
    [CONV_PROVING]  = {s_busy,        s_declined, s_denied,   s_unsure, s_help, s_busy, s_proven,       s_show, s_unsent, s_proof_late},
};
/* clang-format on */

void reactions_run(step_t *step, const heard_t *heard)
{
    assert(step);
    assert(heard);
    reaction_fn *reaction = s_reactions[step->conv.state][heard->kind];
    assert(reaction);
    reaction(step, heard);
}
