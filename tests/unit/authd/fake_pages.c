#include "tests/unit/authd/fake_pages.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/taskd.h"
#include "tests/unit/authd/fake_world.h"

fake_page_t fake_pages[FAKE_PAGES_MAX];
size_t fake_pages_len;
fake_passkey_t fake_passkeys[FAKE_PASSKEYS_MAX];
size_t fake_passkeys_len;
size_t fake_pulled, fake_pulls, fake_fits;
const char *fake_refused;

static const char *s_text(const cJSON *body, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(body, key));
    if (!text) {
        fail_msg("%s is no text", key);
    }
    return text;
}

static int64_t s_int(const cJSON *body, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(body, key);
    assert_true(cJSON_IsNumber(item));
    return (int64_t)item->valuedouble;
}

static void s_copy(char *to, size_t size, const char *text)
{
    assert_true(strlen(text) < size);
    (void)snprintf(to, size, "%s", text);
}

fake_page_t *fake_page(const char *job)
{
    for (size_t i = 0; i < fake_pages_len; i++) {
        if (strcmp(fake_pages[i].job, job) == 0) {
            return &fake_pages[i];
        }
    }
    return NULL;
}

void fake_page_answer(const char *job, const char *json)
{
    sb_err_t err;
    fake_page_t *page = fake_page(job);
    if (!page) { /* so that the compiler sees it, too */
        fail_msg("no page of %s", job);
        return;
    }
    assert_string_equal(page->state, "open");
    s_copy(page->state, sizeof page->state, "answered");
    page->answer = sb_json_parse(json, strlen(json), 0, &err);
    assert_non_null(page->answer);
}

static int s_open(const cJSON *body, cJSON **answer_r)
{
    fake_page_t *page = fake_page(s_text(body, "job"));
    if (!page) {
        assert_true(fake_pages_len < FAKE_PAGES_MAX);
        page = &fake_pages[fake_pages_len++];
        memset(page, 0, sizeof *page);
        s_copy(page->job, sizeof page->job, s_text(body, "job"));
        s_copy(page->person, sizeof page->person, s_text(body, "person"));
        s_copy(page->alert, sizeof page->alert, s_text(body, "alert"));
        s_copy(page->driver, sizeof page->driver, s_text(body, "driver"));
        s_copy(page->token_hash, sizeof page->token_hash, s_text(body, "token_hash"));
        const cJSON *challenge = cJSON_GetObjectItemCaseSensitive(body, "challenge");
        s_copy(page->challenge, sizeof page->challenge,
               cJSON_IsNull(challenge) ? "-" : s_text(body, "challenge"));
        char *data = sb_json_print(cJSON_GetObjectItemCaseSensitive(body, "data"));
        s_copy(page->data, sizeof page->data, data);
        free(data);
        s_copy(page->state, sizeof page->state, "open");
        page->ttl_ms = s_int(body, "ttl_ms");
    }
    assert_string_equal(page->token_hash, s_text(body, "token_hash"));
    cJSON *answer = sb_json_object();
    sb_json_add_str(answer, "state", page->state);
    sb_json_add(answer, "answer", page->answer ? sb_json_copy(page->answer) : cJSON_CreateNull());
    sb_json_add_str(answer, "challenge", page->challenge);
    sb_json_add_int(answer, "attempts", page->attempts);
    sb_json_add_str(answer, "result", page->result[0] ? page->result : NULL);
    *answer_r = answer;
    return SB_OK;
}

static int s_pull(const cJSON *body, cJSON **answer_r)
{
    const cJSON *jobs = cJSON_GetObjectItemCaseSensitive(body, "jobs");
    const cJSON *job;
    cJSON *items = sb_json_array();
    fake_pulls++;
    fake_pulled = (size_t)cJSON_GetArraySize(jobs);
    assert_in_range(fake_pulled, 1, SB_PAGE_PULL_MAX);
    cJSON_ArrayForEach(job, jobs)
    {
        const fake_page_t *page = fake_page(job->valuestring);
        assert_non_null(page);
        if (page->answer && (size_t)cJSON_GetArraySize(items) < fake_fits) {
            cJSON *item = sb_json_object();
            sb_json_add_str(item, "job", page->job);
            sb_json_add(item, "answer", sb_json_copy(page->answer));
            sb_json_add_int(item, "attempts", page->attempts);
            sb_json_push(items, item);
        }
    }
    *answer_r = sb_json_object();
    sb_json_add(*answer_r, "pages", items);
    return SB_OK;
}

static int s_reply(const cJSON *body, cJSON **answer_r)
{
    fake_page_t *page = fake_page(s_text(body, "job"));
    const bool open = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(body, "open"));
    const cJSON *attempts = cJSON_GetObjectItemCaseSensitive(body, "attempts");
    *answer_r = sb_json_object();
    if (!page || strcmp(page->state, "closed") == 0 || (!page->answer && open) ||
        (attempts && (int)attempts->valuedouble != page->attempts)) {
        return SB_OK;
    }
    page->attempts += page->answer != NULL;
    cJSON_Delete(page->answer);
    page->answer = NULL;
    s_copy(page->state, sizeof page->state,
           open && page->attempts < SB_PAGE_ATTEMPTS_MAX ? "open" : "closed");
    s_copy(page->result, sizeof page->result, s_text(body, "result"));
    return SB_OK;
}

static int s_passkeys(const cJSON *body, cJSON **answer_r)
{
    cJSON *items = sb_json_array();
    for (size_t i = 0; i < fake_passkeys_len; i++) {
        const fake_passkey_t *passkey = &fake_passkeys[i];
        if (strcmp(passkey->person, s_text(body, "person")) == 0) {
            cJSON *item = sb_json_object();
            sb_json_add_str(item, "id", passkey->id);
            sb_json_add_str(item, "public_key", passkey->public_key);
            sb_json_add_int(item, "algorithm", passkey->algorithm);
            sb_json_add_int(item, "count", passkey->count);
            sb_json_add_bool(item, "backup_eligible", passkey->backup_eligible);
            sb_json_add_str(item, "name", "a passkey");
            sb_json_push(items, item);
        }
    }
    *answer_r = sb_json_object();
    sb_json_add(*answer_r, "passkeys", items);
    return SB_OK;
}

static int s_advance(const cJSON *body, cJSON **answer_r)
{
    const char *job = s_text(body, "job");
    const int64_t count = s_int(body, "count");
    bool accepted = false;
    for (size_t i = 0; i < fake_passkeys_len; i++) {
        fake_passkey_t *passkey = &fake_passkeys[i];
        if (strcmp(passkey->person, s_text(body, "person")) == 0 &&
            strcmp(passkey->id, s_text(body, "id")) == 0) {
            const bool grows = count > passkey->count || (count == 0 && passkey->count == 0);
            accepted = grows || strcmp(passkey->accepted_job, job) == 0;
            if (grows) {
                passkey->count = count;
                s_copy(passkey->accepted_job, sizeof passkey->accepted_job, job);
            }
        }
    }
    *answer_r = sb_json_object();
    sb_json_add_bool(*answer_r, "accepted", accepted);
    return SB_OK;
}

static int s_more(const char *request, const cJSON *body, cJSON **answer_r)
{
    static const struct {
        const char *name;
        int (*fn)(const cJSON *body, cJSON **answer_r);
    } rows[] = {
        {"page.open",       s_open    },
        {"page.pull",       s_pull    },
        {"page.reply",      s_reply   },
        {"passkey.get",     s_passkeys},
        {"passkey.advance", s_advance },
    };
    if (fake_refused && strcmp(fake_refused, request) == 0) {
        return SB_ECONFLICT;
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(rows[i].name, request) == 0) {
            return rows[i].fn(body, answer_r);
        }
    }
    fail_msg("nobody serves %s", request);
    return SB_EUNKNOWN;
}

void fake_pages_reset(void)
{
    fake_pages_len = fake_passkeys_len = fake_pulled = fake_pulls = 0;
    memset(fake_passkeys, 0, sizeof fake_passkeys);
    fake_fits = SB_PAGE_PULL_MAX;
    fake_refused = NULL;
    fake_taskd.more = s_more;
}

void fake_pages_end(void)
{
    for (size_t i = 0; i < fake_pages_len; i++) {
        cJSON_Delete(fake_pages[i].answer);
        fake_pages[i].answer = NULL;
    }
    for (size_t i = 0; i < fake_passkeys_len; i++) {
        free(fake_passkeys[i].id);
        free(fake_passkeys[i].public_key);
    }
    fake_pages_len = fake_passkeys_len = 0;
}
