/* config.c. Defaults are the original's where it had one. */
#include "services/botd/config.h"

#include <assert.h>
#include <stdlib.h>

#include "lib/mem.h"
#include "services/botd/proof.h"

#define SECOND_MS 1000LL
#define HOUR_MS (3600 * SECOND_MS)
#define DAY_MS (24 * HOUR_MS)

#define AT(member) offsetof(botd_config_t, member)
#define RELOAD SB_CONFIG_RELOAD

/* clang-format off */
const sb_key_t botd_keys[] = {
    SB_COMMON_KEYS(botd_config_t, "ipc:///run/securitybot/botd.sock"),
    {"bind.endpoint", SB_STRING, AT(bind), "tcp://127.0.0.1:7311", 1, 512, NULL, SB_CONFIG_ENDPOINT,
     "where workers and botctl come to"},
    {"taskd.endpoint", SB_STRING, AT(taskd), "tcp://127.0.0.1:7301", 1, 512, NULL,
     SB_CONFIG_ENDPOINT,
     "where taskd answers requests"},
    {"taskd.hints", SB_STRING, AT(taskd_hints), "tcp://127.0.0.1:7302", 1, 512, NULL,
     SB_CONFIG_ENDPOINT,
     "where taskd publishes hints"},
    {"answer.timeout", SB_DURATION, AT(answer_ms), "2h", SECOND_MS, 30 * DAY_MS, NULL, RELOAD,
     "time to answer a question, in business hours; then it is escalated"},
    {"proof.timeout", SB_DURATION, AT(proof_ms), "90s", SECOND_MS, 600 * SECOND_MS, NULL, RELOAD,
     "longest time for one request of a second factor"},
    {"proof.codes_max", SB_INTEGER, AT(codes_max), "3", 1, 5, NULL, RELOAD,
     "codes that may be typed for one alert"},
    {"proof.factors", SB_LIST, AT(factors), "", 0, SB_DRIVERS_MAX, NULL, RELOAD,
     "drivers of second factors in the order to try them; empty: all of authd's, in its order"},
    {"proof.strength", SB_STRING, AT(strength), "code", 4, 7, NULL, RELOAD,
     "least strength of a proof: code, push or passkey"},
    {"proof.push_titles", SB_LIST, AT(push_titles), "", 0, 100, NULL, RELOAD,
     "titles whose proof must have the strength push; * at the end stands for any end"},
    {"proof.passkey_titles", SB_LIST, AT(passkey_titles), "", 0, 100, NULL, RELOAD,
     "titles whose proof must have the strength passkey; * at the end stands for any end"},
    {"proof.per_hour", SB_INTEGER, AT(proofs_per_hour), "3", 1, 1000, NULL, RELOAD,
     "requests of a second factor to one person in an hour, typed codes apart"},
    {"proof.per_day", SB_INTEGER, AT(proofs_per_day), "10", 1, 10000, NULL, RELOAD,
     "the same in a day"},
    {"proof.cooloff", SB_DURATION, AT(cooloff_ms), "30m", 0, 7 * DAY_MS, NULL, RELOAD,
     "how long no second factor is asked for after a request was refused"},
    {"proof.fraud_cooloff", SB_DURATION, AT(fraud_cooloff_ms), "24h", 0, 7 * DAY_MS, NULL, RELOAD,
     "the same after a request was reported as fraud"},
    {"hours.enabled", SB_BOOLEAN, AT(hours_enabled), "true", 0, 0, NULL, RELOAD,
     "whether only business hours count for answer.timeout"},
    {"hours.zone", SB_STRING, AT(hours_zone), "America/Los_Angeles", 1, 64, NULL, RELOAD,
     "IANA time zone of the business hours"},
    {"hours.days", SB_LIST, AT(hours_days), "mon,tue,wed,thu,fri", 1, 7, NULL, RELOAD,
     "days with business hours"},
    {"hours.open", SB_STRING, AT(hours_open), "10:00", 5, 5, NULL, RELOAD,
     "when business hours begin"},
    {"hours.close", SB_STRING, AT(hours_close), "18:00", 5, 5, NULL, RELOAD,
     "when business hours end"},
    {"mute.after_confirmed", SB_DURATION, AT(automute_ms), "21h", 0, 7 * DAY_MS, NULL, RELOAD,
     "how long the same title stays quiet for a person after a verified confirmation; 0s: never"},
    {"mute.ignore_max", SB_DURATION, AT(ignore_max_ms), "4h", SECOND_MS, 7 * DAY_MS, NULL, RELOAD,
     "longest time that the chat command ignore may ask for"},
    {"mute.never_titles", SB_LIST, AT(never_mute), "testing_alert,custom_alert", 0, 100, NULL,
     RELOAD,
     "titles that are never muted by a confirmation"},
    {"messages_path", SB_PATH, AT(messages_path), "", 0, 4096, NULL, RELOAD,
     "YAML file with the bot's messages; empty: the built-in ones"},
    {"commands_path", SB_PATH, AT(commands_path), "", 0, 4096, NULL, RELOAD,
     "YAML file with the bot's commands; empty: the built-in ones"},
};
/* clang-format on */
const size_t botd_keys_len = sizeof botd_keys / sizeof botd_keys[0];

/* A policy with all it owns; the policy is the first member, so that one is the other. */
typedef struct {
    policy_t pub;
    messages_t *messages;
    commands_t *commands;
    hours_t hours;
    sb_tz_t *zone; /* NULL: hours are off */
    char **never_mute;
    char **factors;
    char *strength;
    char **push_titles;
    char **passkey_titles;
} owned_t;

static char **s_copy_list(char *const *list)
{
    size_t len = 0;
    while (list && list[len]) {
        len++;
    }
    char **copy = sb_alloc_array(len + 1, sizeof *copy);
    for (size_t i = 0; i < len; i++) {
        copy[i] = sb_strdup(list[i]);
    }
    return copy;
}

static void s_free_list(char **list)
{
    for (size_t i = 0; list && list[i]; i++) {
        free(list[i]);
    }
    free(list);
}

static int s_load_hours(owned_t *self, const botd_config_t *config, sb_err_t *err)
{
    if (!config->hours_enabled) {
        self->hours = hours_always();
        return SB_OK;
    }
    self->zone = sb_tz_load(NULL, config->hours_zone, err);
    if (!self->zone) {
        return sb_fail_in(err, "hours.zone");
    }
    return hours_parse(self->zone, config->hours_days, config->hours_open, config->hours_close,
                       &self->hours, err);
}

static const char *s_path(const char *text)
{
    return text && text[0] ? text : NULL;
}

static int s_load(owned_t *self, const botd_config_t *config, sb_err_t *err)
{
    if (proof_rank(config->strength) < 0) {
        return sb_fail(err, SB_EINVALID, "proof.strength: \"%s\" is none of code, push, passkey",
                       config->strength);
    }
    if (s_load_hours(self, config, err)) {
        return err->code;
    }
    self->messages = messages_load(s_path(config->messages_path), err);
    if (!self->messages) {
        return sb_fail_in(err, "messages_path");
    }
    self->commands = commands_load(s_path(config->commands_path), err);
    if (!self->commands) {
        return sb_fail_in(err, "commands_path");
    }
    return SB_OK;
}

policy_t *botd_policy_new(const botd_config_t *config, sb_err_t *err)
{
    assert(config && err);
    owned_t *self = sb_alloc(sizeof *self);
    if (s_load(self, config, err)) {
        policy_t *policy = &self->pub;
        botd_policy_destroy(&policy);
        return NULL;
    }
    self->never_mute = s_copy_list(config->never_mute);
    self->factors = s_copy_list(config->factors);
    self->strength = sb_strdup(config->strength);
    self->push_titles = s_copy_list(config->push_titles);
    self->passkey_titles = s_copy_list(config->passkey_titles);
    self->pub = (policy_t){
        .messages = self->messages,
        .commands = self->commands,
        .hours = &self->hours,
        .answer_ms = config->answer_ms,
        .proof_ms = config->proof_ms,
        .automute_ms = config->automute_ms,
        .ignore_max_ms = config->ignore_max_ms,
        .codes_max = config->codes_max,
        .never_mute = self->never_mute,
        .factors = self->factors,
        .strength = self->strength,
        .push_titles = self->push_titles,
        .passkey_titles = self->passkey_titles,
        .proofs_per_hour = config->proofs_per_hour,
        .proofs_per_day = config->proofs_per_day,
        .cooloff_ms = config->cooloff_ms,
        .fraud_cooloff_ms = config->fraud_cooloff_ms,
    };
    return &self->pub;
}

void botd_policy_destroy(policy_t **self_p)
{
    assert(self_p);
    owned_t *self = (owned_t *)*self_p;
    if (!self) {
        return;
    }
    messages_destroy(&self->messages);
    commands_destroy(&self->commands);
    sb_tz_destroy(&self->zone);
    s_free_list(self->never_mute);
    s_free_list(self->factors);
    free(self->strength);
    s_free_list(self->push_titles);
    s_free_list(self->passkey_titles);
    free(self);
    *self_p = NULL;
}

int botd_config_check(void *config, sb_err_t *err)
{
    policy_t *policy = botd_policy_new(config, err);
    if (!policy) {
        return err->code;
    }
    botd_policy_destroy(&policy);
    return SB_OK;
}
