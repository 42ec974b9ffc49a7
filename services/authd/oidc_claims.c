/* oidc_claims.c */
#include "services/authd/oidc_claims.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "lib/json.h"

#define AMR_MAX 32

static oidc_verdict_t s_no(sb_err_t *err, oidc_verdict_t verdict, const char *text)
{
    (void)sb_fail(err, SB_EFORBIDDEN, "%s", text);
    return verdict;
}

static const char *s_text(const cJSON *claims, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(claims, name));
    return text ? text : "";
}

/* Seconds; maybe with a fraction, which RFC 7519 allows. False if it is none. */
static bool s_time(const cJSON *claims, const char *name, int64_t *at_s_r)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(claims, name);
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0) || item->valuedouble > 1e11) {
        return false;
    }
    *at_s_r = (int64_t)item->valuedouble;
    return true;
}

static bool s_is_listed(const char *text, char *const *list)
{
    while (*list && strcmp(*list, text) != 0) {
        list++;
    }
    return *list != NULL;
}

/* For us, and for nobody else: a token that others have too proves less. */
static bool s_is_ours(const cJSON *claims, const char *client_id)
{
    const cJSON *aud = cJSON_GetObjectItemCaseSensitive(claims, "aud");
    const cJSON *azp = cJSON_GetObjectItemCaseSensitive(claims, "azp");
    if (cJSON_IsArray(aud)) {
        aud = cJSON_GetArraySize(aud) == 1 ? cJSON_GetArrayItem(aud, 0) : NULL;
    }
    const char *whose = cJSON_GetStringValue(aud);
    const char *party = azp ? cJSON_GetStringValue(azp) : client_id;
    return whose && party && strcmp(whose, client_id) == 0 && strcmp(party, client_id) == 0;
}

/* ---- The parts of the judgement, in their order: OIDC_PROVEN goes on. */

static oidc_verdict_t s_judge_token(const cJSON *claims, const oidc_want_t *want, sb_err_t *err)
{
    int64_t exp_s = 0;
    int64_t iat_s = 0;
    int64_t nbf_s = 0;
    if (strcmp(s_text(claims, "iss"), want->issuer) != 0) {
        return s_no(err, OIDC_BROKEN, "iss: it is from another issuer");
    }
    if (!s_is_ours(claims, want->client_id)) {
        return s_no(err, OIDC_BROKEN, "aud, azp: it is not for oidc.client_id alone");
    }
    if (!s_text(claims, "sub")[0]) {
        return s_no(err, OIDC_BROKEN, "sub: it is missing");
    }
    if (!s_time(claims, "exp", &exp_s) || exp_s + OIDC_LEEWAY_S <= want->now_s) {
        return s_no(err, OIDC_BROKEN, "exp: it has ended, or never would");
    }
    if (!s_time(claims, "iat", &iat_s) || iat_s > want->now_s + OIDC_LEEWAY_S) {
        return s_no(err, OIDC_BROKEN, "iat: it is missing, or to come");
    }
    if (cJSON_GetObjectItemCaseSensitive(claims, "nbf") &&
        (!s_time(claims, "nbf", &nbf_s) || nbf_s > want->now_s + OIDC_LEEWAY_S)) {
        return s_no(err, OIDC_BROKEN, "nbf: it is not good yet");
    }
    return OIDC_PROVEN;
}

static oidc_verdict_t s_judge_person(const cJSON *claims, const oidc_want_t *want, sb_err_t *err)
{
    const char *nonce = s_text(claims, "nonce");
    const char *name = s_text(claims, want->claim);
    if (!nonce[0]) {
        return s_no(err, OIDC_BROKEN, "nonce: it is missing");
    }
    if (strcmp(nonce, want->nonce) != 0) {
        return s_no(err, OIDC_STRANGE, "nonce: it was made for another question");
    }
    if (!name[0] || strlen(name) > OIDC_CLAIM_MAX) {
        return s_no(err, OIDC_BROKEN, "the claim of oidc.claim is missing, or no text");
    }
    if (strcasecmp(name, want->name) != 0) {
        return s_no(err, OIDC_STRANGE, "somebody else signed in, by the claim of oidc.claim");
    }
    if (strcmp(want->claim, "email") == 0 &&
        !cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(claims, "email_verified"))) {
        return s_no(err, OIDC_BROKEN, "email_verified: it is not true");
    }
    return OIDC_PROVEN;
}

static oidc_verdict_t s_judge_freshness(const cJSON *claims, const oidc_want_t *want, sb_err_t *err)
{
    int64_t at_s = 0;
    if (!s_time(claims, "auth_time", &at_s)) {
        return s_no(err, OIDC_WEAK, "auth_time: it is missing, so the sign-in may be an old one");
    }
    if (at_s > want->now_s + OIDC_LEEWAY_S) {
        return s_no(err, OIDC_WEAK, "auth_time: it is to come");
    }
    if (at_s + OIDC_LEEWAY_S < want->asked_s) {
        return s_no(err, OIDC_WEAK, "auth_time: the person signed in before they were asked");
    }
    if (at_s + want->max_age_s + OIDC_LEEWAY_S < want->now_s) {
        return s_no(err, OIDC_WEAK, "auth_time: it is longer ago than oidc.max_age");
    }
    return OIDC_PROVEN;
}

static bool s_has_amr(const cJSON *claims, const char *method)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(claims, "amr");
    const cJSON *items = cJSON_IsArray(list) ? list : NULL;
    const cJSON *item;
    size_t seen = 0;
    cJSON_ArrayForEach(item, items)
    {
        if (seen++ == AMR_MAX) {
            return false;
        }
        if (cJSON_IsString(item) && strcmp(item->valuestring, method) == 0) {
            return true;
        }
    }
    return false;
}

static oidc_verdict_t s_judge_means(const cJSON *claims, const oidc_want_t *want, sb_err_t *err)
{
    if (want->acr[0] && !s_is_listed(s_text(claims, "acr"), want->acr)) {
        return s_no(err, OIDC_WEAK, "acr: it is none of oidc.acr_values");
    }
    for (char *const *method = want->amr; *method; method++) {
        if (!s_has_amr(claims, *method)) {
            return s_no(err, OIDC_WEAK, "amr: it lacks one of oidc.require_amr");
        }
    }
    return OIDC_PROVEN;
}

oidc_verdict_t oidc_judge(const cJSON *claims, const oidc_want_t *want, sb_err_t *err)
{
    assert(claims && want && want->acr && want->amr && err);
    oidc_verdict_t (*const parts[])(const cJSON *, const oidc_want_t *, sb_err_t *) = {
        s_judge_token,
        s_judge_person,
        s_judge_freshness,
        s_judge_means,
    };
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        const oidc_verdict_t verdict = parts[i](claims, want, err);
        if (verdict != OIDC_PROVEN) {
            return verdict;
        }
    }
    return OIDC_PROVEN;
}
