/* duo.c */
#include "tests/support/fake_duo/duo.h"

#include <stdlib.h>

#include "lib/clock.h"
#include "lib/mem.h"
#include "tests/support/fake_duo/api.h"

duo_t *duo_new(const options_t *options)
{
    static const char *const no_quirks[] = {NULL};
    duo_t *self = sb_alloc(sizeof *self);
    self->options = options;
    self->people = people_new((int)options->verified_digits);
    self->logins = logins_new(options->push_ms, options->keep_ms);
    self->faults = faults_new(api_names, no_quirks);
    people_generate(self->people, (size_t)options->people);
    return self;
}

void duo_destroy(duo_t **self_p)
{
    duo_t *self = *self_p;
    if (self) {
        faults_destroy(&self->faults);
        logins_destroy(&self->logins);
        people_destroy(&self->people);
        free(self);
        *self_p = NULL;
    }
}

void duo_attach(duo_t *self, web_t *web)
{
    self->web = web;
    logins_attach(self->logins, web);
}

int64_t duo_now_s(const duo_t *self)
{
    return sb_clock_wall_ms() / 1000 + self->clock_offset_s;
}
