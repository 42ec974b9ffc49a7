/* script_write.c */
#include "tests/unit/botd/script_write.h"

#include <string.h>

#include "tests/unit/botd/play.h"

static const cJSON *s_get(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

void script_write_text(sb_buf_t *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '\n') {
            sb_buf_puts(out, out->text[out->len - 1] == ' ' ? "/ " : " / ");
        } else {
            sb_buf_putc(out, *text);
        }
    }
    while (out->text[out->len - 1] == ' ') {
        out->text[--out->len] = '\0';
    }
}

static const char *s_place(const cJSON *row)
{
    const bool team = strcmp(play_str(row, "lane"), "#security") == 0;
    if (strcmp(play_str(row, "kind"), "chat.update") == 0) {
        return team ? "card now" : "lock";
    }
    if (!team) {
        return "bot";
    }
    return play_is_card(row)                           ? "card"
           : play_str(s_get(row, "body"), "thread")[0] ? "thread"
                                                       : "team";
}

static void s_write_names(sb_buf_t *out, const char *before, const cJSON *names)
{
    const cJSON *name;
    cJSON_ArrayForEach(name, names)
    {
        sb_buf_printf(out, "%s%s", before, name->valuestring);
        before = ",";
    }
}

static void s_write_job(sb_buf_t *out, const char *kind, const cJSON *body)
{
    sb_buf_printf(out, "  job: %s", kind);
    if (strcmp(kind, "factor.start") == 0) {
        const char *code = play_str(body, "code");
        sb_buf_printf(out, " %s %s", play_str(body, "driver"), code[0] ? code : "-");
    }
    const char *strength = play_str(body, "strength");
    if (strength[0] && strcmp(strength, "code") != 0) {
        sb_buf_printf(out, " %s", strength);
    }
    s_write_names(out, " of ", s_get(body, "drivers"));
    s_write_names(out, " not ", s_get(body, "tried"));
}

void script_write_row(sb_buf_t *out, const cJSON *row)
{
    const cJSON *body = s_get(row, "body");
    const char *kind = play_str(row, "kind");
    if (strncmp(kind, "factor.", 7) == 0) {
        s_write_job(out, kind, body);
    } else {
        sb_buf_printf(out, "  %s: ", s_place(row));
        script_write_text(out, play_str(body, "text"));
        const cJSON *button = s_get(body, "buttons")->child;
        for (const char *mark = " ["; button; button = button->next, mark = "|") {
            const char *url = play_str(button, "url");
            sb_buf_printf(out, "%s%s%s%s", mark, play_str(button, "label"), url[0] ? " " : "", url);
        }
        sb_buf_puts(out, s_get(body, "buttons")->child ? "]" : "");
    }
    sb_buf_putc(out, '\n');
}
