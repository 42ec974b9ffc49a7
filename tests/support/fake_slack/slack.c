/* slack.c */
#include "tests/support/fake_slack/slack.h"

#include <stdlib.h>
#include <time.h>

#include "lib/mem.h"
#include "tests/support/fake_slack/ids.h"

int64_t slack_now_s(void)
{
    return (int64_t)time(NULL);
}

/* The two members that no workspace of the app is without. */
static void s_add_bots(slack_t *self)
{
    const char *why = NULL;
    user_fields_t fields = USER_FIELDS_NONE;
    fields.id = SLACKBOT_ID;
    fields.name = "slackbot";
    fields.real_name = "Slackbot";
    (void)people_add(self->people, &fields, slack_now_s(),
                     &why); /* its is_bot is false there too */
    fields.id = BOT_USER_ID;
    fields.name = BOT_NAME;
    fields.real_name = "Securitybot";
    fields.is_bot = true;
    self->bot = people_add(self->people, &fields, slack_now_s(), &why);
}

static void s_add_channels(slack_t *self)
{
    (void)channels_add(self->channels, "general", false, slack_now_s());
    channel_t *security = channels_add(self->channels, "security", false, slack_now_s());
    security->has_bot = true;
    channel_join(security, self->bot);
}

slack_t *slack_new(const options_t *options, timing_t *timing)
{
    slack_t *self = sb_alloc(sizeof *self);
    self->options = options;
    self->timing = timing;
    self->scopes = sb_strdup(options->scopes);
    self->people = people_new();
    self->channels = channels_new();
    self->views = views_new();
    self->triggers = triggers_new(self);
    self->deliveries = deliveries_new(self);
    self->sockets = sockets_new(self);
    self->poster = poster_new(self);
    self->api = api_new(self);
    s_add_bots(self);
    people_generate(self->people, options->users, slack_now_s());
    s_add_channels(self);
    return self;
}

void slack_destroy(slack_t **self_p)
{
    slack_t *self = *self_p;
    if (!self) {
        return;
    }
    poster_destroy(&self->poster);
    api_destroy(&self->api);
    sockets_destroy(&self->sockets);
    deliveries_destroy(&self->deliveries);
    triggers_destroy(&self->triggers);
    views_destroy(&self->views);
    channels_destroy(&self->channels);
    people_destroy(&self->people);
    free(self->base_url);
    free(self->scopes);
    free(self);
    *self_p = NULL;
}
