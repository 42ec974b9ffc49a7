/* token.c */
#include "tests/support/fake_okta/token.h"

#include <stdlib.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/json.h"
#include "lib/mem.h"
#include "tests/support/fake/jose.h"
#include "tests/support/fake/table.h"

#define ASSERTION_TYPE "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
#define ASSERTION_LIFE_S 3600 /* at most */
#define SKEW_S 60
#define TOKEN_SIZE 32
#define TOKENS_MAX 10000 /* then all are forgotten */
#define JTIS_MAX 100000  /* likewise */

typedef struct {
    char *text;
    char *scope;
    int64_t expires_s;
} token_t;

struct tokens {
    const token_rules_t *rules;
    EVP_PKEY *key; /* NULL: no client */
    table_t *by_text;
    table_t *jtis; /* of assertions that were used */
    int64_t granted;
};

tokens_t *tokens_new(const token_rules_t *rules, const char *key_path, sb_err_t *err)
{
    EVP_PKEY *key = key_path ? jose_key_load(key_path, err) : NULL;
    if (key_path && !key) {
        return NULL;
    }
    tokens_t *self = sb_alloc(sizeof *self);
    self->rules = rules;
    self->key = key;
    self->by_text = table_new();
    self->jtis = table_new();
    return self;
}

static void s_forget_jtis(tokens_t *self)
{
    size_t place = 0;
    char *jti;
    while ((jti = table_next(self->jtis, &place))) {
        free(jti);
    }
    table_destroy(&self->jtis);
    self->jtis = table_new();
}

void tokens_revoke(tokens_t *self)
{
    size_t place = 0;
    token_t *token;
    while ((token = table_next(self->by_text, &place))) {
        free(token->text);
        free(token->scope);
        free(token);
    }
    table_destroy(&self->by_text);
    self->by_text = table_new();
}

void tokens_destroy(tokens_t **self_p)
{
    tokens_t *self = *self_p;
    if (self) {
        tokens_revoke(self);
        s_forget_jtis(self);
        table_destroy(&self->by_text);
        table_destroy(&self->jtis);
        EVP_PKEY_free(self->key);
        free(self);
        *self_p = NULL;
    }
}

bool scope_lists(const char *list, const char *by, const char *name)
{
    const size_t len = strlen(name);
    for (const char *at = list + strspn(list, by); *at; at += strspn(at, by)) {
        const size_t word = strcspn(at, by);
        if (word == len && strncmp(at, name, len) == 0) {
            return true;
        }
        at += word;
    }
    return false;
}

/* ---- The assertion. */

static const char *s_text(const cJSON *claims, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(claims, name));
    return text ? text : "";
}

static int64_t s_number(const cJSON *claims, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(claims, name);
    return cJSON_IsNumber(item) && item->valuedouble > -9e15 && item->valuedouble < 9e15
               ? (int64_t)item->valuedouble
               : 0;
}

static bool s_is_for(const cJSON *claims, const char *url)
{
    const cJSON *aud = cJSON_GetObjectItemCaseSensitive(claims, "aud");
    if (!cJSON_IsArray(aud)) {
        return strcmp(s_text(claims, "aud"), url) == 0;
    }
    const cJSON *one;
    cJSON_ArrayForEach(one, aud)
    {
        if (cJSON_IsString(one) && strcmp(one->valuestring, url) == 0) {
            return true;
        }
    }
    return false;
}

/* NULL, or what is wrong with it. */
static const char *s_judge(const tokens_t *self, const jose_token_t *assertion, const char *url,
                           int64_t now_s)
{
    const cJSON *claims = assertion->claims;
    const int64_t exp = s_number(claims, "exp");
    if (!jose_token_verify(assertion, self->key)) {
        return "The client_assertion signature is invalid.";
    }
    if (strcmp(s_text(claims, "iss"), self->rules->client_id) != 0 ||
        strcmp(s_text(claims, "sub"), self->rules->client_id) != 0) {
        return "The issuer and the subject of the client_assertion must be the client's id.";
    }
    if (!s_is_for(claims, url)) {
        return "The audience claim for client_assertion must be the endpoint invoked for the "
               "request.";
    }
    if (exp <= now_s) {
        return "The client_assertion token is expired.";
    }
    if (exp > now_s + ASSERTION_LIFE_S) {
        return "The client_assertion token has an expiration too far into the future.";
    }
    if (s_number(claims, "iat") > now_s + SKEW_S) {
        return "The client_assertion token was issued in the future.";
    }
    return table_get(self->jtis, s_text(claims, "jti"))
               ? "The client_assertion token has been used already."
               : NULL;
}

static void s_use(tokens_t *self, const char *jti)
{
    if (*jti) {
        if (table_len(self->jtis) >= JTIS_MAX) {
            s_forget_jtis(self);
        }
        char *kept = sb_strdup(jti);
        table_set(self->jtis, kept, kept);
    }
}

static const char *s_authenticate(tokens_t *self, args_t *form, const char *url, int64_t now_s)
{
    const char *type = args_str(form, "client_assertion_type");
    const char *text = args_str(form, "client_assertion");
    if (!self->key || !text || !type || strcmp(type, ASSERTION_TYPE) != 0) {
        return "Client authentication by a client_assertion is required.";
    }
    jose_token_t assertion;
    sb_err_t err = {0};
    const char *wrong = "The client_assertion is no signed token.";
    if (jose_token_read(&assertion, text, &err) == SB_OK) {
        wrong = s_judge(self, &assertion, url, now_s);
        if (!wrong) {
            s_use(self, s_text(assertion.claims, "jti"));
        }
    }
    jose_token_free(&assertion);
    return wrong;
}

/* ---- The grant. */

static bool s_scope_allowed(const tokens_t *self, const char *asked)
{
    char *words = sb_strdup(asked);
    char *rest = words;
    bool good = *asked != '\0';
    for (char *word; good && (word = strsep(&rest, " "));) {
        good = scope_lists(self->rules->scopes, ",", word);
    }
    free(words);
    return good;
}

static token_grant_t s_refuse(int status, const char *error, const char *description)
{
    return (token_grant_t){.status = status, .error = error, .description = description};
}

token_grant_t tokens_grant(tokens_t *self, args_t *form, const char *url, int64_t now_s)
{
    const char *grant = args_str(form, "grant_type");
    const char *scope = args_str(form, "scope");
    if (!grant || strcmp(grant, "client_credentials") != 0) {
        return s_refuse(400, "unsupported_grant_type", "The grant type is not supported.");
    }
    const char *wrong = s_authenticate(self, form, url, now_s);
    if (wrong) {
        return s_refuse(401, "invalid_client", wrong);
    }
    if (!scope || !s_scope_allowed(self, scope)) {
        return s_refuse(400, "invalid_scope", "One or more scopes are not allowed for the client.");
    }
    if (table_len(self->by_text) >= TOKENS_MAX) {
        tokens_revoke(self);
    }
    uint8_t raw[TOKEN_SIZE];
    sb_random(raw, sizeof raw);
    token_t *token = sb_alloc(sizeof *token);
    token->text = jose_base64(raw, sizeof raw);
    token->scope = sb_strdup(scope);
    token->expires_s = now_s + self->rules->life_s;
    table_set(self->by_text, token->text, token);
    self->granted++;
    return (token_grant_t){.status = 200, .token = token->text, .scope = token->scope};
}

const char *tokens_scope(const tokens_t *self, const char *token, int64_t now_s)
{
    const token_t *found = table_get(self->by_text, token);
    return found && now_s < found->expires_s ? found->scope : NULL;
}

int64_t tokens_granted(const tokens_t *self)
{
    return self->granted;
}
