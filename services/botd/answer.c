/* answer.c. The tables say what is understood; each row is a case of the test. */
#include "services/botd/answer.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/utf8.h"
#include "services/botd/words.h"

/* First words, as plain lower case. */
static const struct {
    const char *word;
    answer_kind_t question; /* to "did you do this?" */
    answer_kind_t consent;  /* to "is that all right?" */
} s_words[] = {
    {"yes",          ANSWER_YES,     ANSWER_YES    },
    {"y",            ANSWER_YES,     ANSWER_YES    },
    {"yep",          ANSWER_YES,     ANSWER_YES    },
    {"yeah",         ANSWER_YES,     ANSWER_YES    },
    {"yea",          ANSWER_YES,     ANSWER_YES    },
    {"yup",          ANSWER_YES,     ANSWER_YES    },
    {"yess",         ANSWER_YES,     ANSWER_YES    },
    {"ya",           ANSWER_YES,     ANSWER_YES    },
    {"aye",          ANSWER_YES,     ANSWER_YES    },
    {"affirmative",  ANSWER_YES,     ANSWER_YES    },
    {"sure",         ANSWER_UNCLEAR, ANSWER_YES    },
    {"ok",           ANSWER_UNCLEAR, ANSWER_YES    },
    {"okay",         ANSWER_UNCLEAR, ANSWER_YES    },
    {"alright",      ANSWER_UNCLEAR, ANSWER_YES    },
    {"maybe",        ANSWER_UNCLEAR, ANSWER_UNCLEAR},
    {"\U0001f44d",   ANSWER_UNCLEAR, ANSWER_YES    }, /* thumbs up: may only mean "seen" */
    {":+1:",         ANSWER_UNCLEAR, ANSWER_YES    },
    {":thumbsup:",   ANSWER_UNCLEAR, ANSWER_YES    },
    {"no",           ANSWER_NO,      ANSWER_NO     },
    {"n",            ANSWER_NO,      ANSWER_NO     },
    {"nope",         ANSWER_NO,      ANSWER_NO     },
    {"nah",          ANSWER_NO,      ANSWER_NO     },
    {"nay",          ANSWER_NO,      ANSWER_NO     },
    {"negative",     ANSWER_NO,      ANSWER_NO     },
    {"never",        ANSWER_NO,      ANSWER_NO     },
    {"\U0001f44e",   ANSWER_NO,      ANSWER_NO     }, /* thumbs down */
    {":-1:",         ANSWER_NO,      ANSWER_NO     },
    {":thumbsdown:", ANSWER_NO,      ANSWER_NO     },
};

/* Beginnings that say something else than their first word, and what they say. */
static const struct {
    const char *phrase;
    answer_kind_t kind;
} s_phrases[] = {
    {" yes and no ",       ANSWER_UNCLEAR},
    {" yes or no ",        ANSWER_UNCLEAR},
    {" y or n ",           ANSWER_UNCLEAR},
    {" yeah right ",       ANSWER_UNCLEAR},
    {" no problem ",       ANSWER_UNCLEAR},
    {" no worries ",       ANSWER_UNCLEAR},
    {" never mind ",       ANSWER_UNCLEAR},
    {" not sure ",         ANSWER_UNSURE },
    {" i'm not sure ",     ANSWER_UNSURE },
    {" im not sure ",      ANSWER_UNSURE },
    {" i am not sure ",    ANSWER_UNSURE },
    {" unsure ",           ANSWER_UNSURE },
    {" i'm unsure ",       ANSWER_UNSURE },
    {" i am unsure ",      ANSWER_UNSURE },
    {" i don't know ",     ANSWER_UNSURE },
    {" i dont know ",      ANSWER_UNSURE },
    {" i do not know ",    ANSWER_UNSURE },
    {" don't know ",       ANSWER_UNSURE },
    {" dont know ",        ANSWER_UNSURE },
    {" dunno ",            ANSWER_UNSURE },
    {" no idea ",          ANSWER_UNSURE },
    {" no clue ",          ANSWER_UNSURE },
    {" i don't remember ", ANSWER_UNSURE },
    {" i dont remember ",  ANSWER_UNSURE },
    {" i can't remember ", ANSWER_UNSURE },
    {" i cant remember ",  ANSWER_UNSURE },
    {" i can't tell ",     ANSWER_UNSURE },
    {" i cant tell ",      ANSWER_UNSURE },
    {" need help ",        ANSWER_HELP   },
    {" i need help ",      ANSWER_HELP   },
    {" please help ",      ANSWER_HELP   },
    {" it was me ",        ANSWER_YES    },
    {" that was me ",      ANSWER_YES    },
    {" this was me ",      ANSWER_YES    },
    {" was me ",           ANSWER_YES    },
    {" it's me ",          ANSWER_YES    },
    {" i did it ",         ANSWER_YES    },
    {" i did that ",       ANSWER_YES    },
    {" i did this ",       ANSWER_YES    },
};

/* Denials in plain words, perhaps behind "it", "that" or "this". */
static const struct {
    const char *phrase;
    bool anywhere; /* contradicts a yes, wherever it stands */
} s_denials[] = {
    {" not me ",       true },
    {" not mine ",     true },
    {" wasn't me ",    true },
    {" wasnt me ",     true },
    {" was not me ",   true },
    {" i didn't do ",  true },
    {" i didnt do ",   true },
    {" i did not do ", true },
    {" i didn't ",     false},
    {" i didnt ",      false},
    {" i did not ",    false},
};

#define LEN(array) (sizeof(array) / sizeof(array)[0])

/* ---- Words. */

static bool s_is_letter(uint32_t rune)
{
    return (rune >= '0' && rune <= '9') || (rune >= 'A' && rune <= 'Z') ||
           (rune >= 'a' && rune <= 'z');
}

/* Colours of skin and the variation selector change nothing of a thumb's meaning. */
static bool s_is_variation(uint32_t rune)
{
    return (rune >= 0x1f3fb && rune <= 0x1f3ff) || rune == 0xfe0f;
}

static bool s_is_apostrophe(uint32_t rune)
{
    return rune == '\'' || rune == 0x2019 || rune == 0x2018;
}

/* The size of the dash at text if it separates rather than joins ("no-one"), else 0. */
static size_t s_dash(const char *text)
{
    uint32_t rune;
    uint32_t next;
    const size_t size = sb_utf8_decode(text, &rune);
    if (size == 0) {
        return 0;
    }
    if (rune >= 0x2012 && rune <= 0x2015) {
        return size;
    }
    if (rune == '-' && text[1] == '-') {
        return 2;
    }
    const bool joins =
        sb_utf8_decode(text + size, &next) > 0 && (s_is_letter(next) || next >= 0x80);
    return rune == '-' && !joins ? size : 0;
}

/* The size of what ends a word without being part of it: the end counts as none. */
static size_t s_separator(const char *text)
{
    const size_t size = words_punctuation(text);
    return size > 0 ? size : s_dash(text);
}

/* The size of a shortcode such as :+1: at text, with a skin tone behind it; 0 if there is none. */
static size_t s_shortcode(const char *text)
{
    static const char tone[] = ":skin-tone-";
    if (text[0] != ':') {
        return 0;
    }
    const size_t name = strspn(text + 1, "abcdefghijklmnopqrstuvwxyz0123456789+-_");
    if (name == 0 || text[1 + name] != ':') {
        return 0;
    }
    return strncmp(text, tone, sizeof tone - 1) == 0 ? 0 : name + 2;
}

/* A skin tone behind a shortcode. */
static size_t s_tone(const char *text)
{
    static const char tone[] = ":skin-tone-";
    if (strncmp(text, tone, sizeof tone - 1) != 0) {
        return 0;
    }
    const size_t digits = strspn(text + sizeof tone - 1, "123456");
    const char *end = text + sizeof tone - 1 + digits;
    return digits > 0 && *end == ':' ? (size_t)(end + 1 - text) : 0;
}

static bool s_in_word(const char *text, uint32_t rune)
{
    if (s_is_letter(rune)) {
        return true;
    }
    if (s_is_apostrophe(rune)) { /* within a word, not behind it */
        uint32_t next;
        return sb_utf8_decode(text + sb_utf8_decode(text, &next), &next) > 0 && s_is_letter(next);
    }
    size_t size;
    return !words_blank(text, &size) && s_separator(text) == 0 && rune != '?';
}

/* Appends the word at text in plain lower case; its size, 0 if there is no word. */
static size_t s_word(const char *text, sb_buf_t *out)
{
    const size_t code = s_shortcode(text);
    if (code > 0) {
        sb_buf_add(out, text, code);
        return code + s_tone(text + code);
    }
    size_t total = 0;
    uint32_t rune;
    size_t size;
    while ((size = sb_utf8_decode(text + total, &rune)) > 0 && s_in_word(text + total, rune)) {
        if (s_is_apostrophe(rune)) {
            sb_buf_putc(out, '\'');
        } else if (rune >= 'A' && rune <= 'Z') {
            sb_buf_putc(out, (char)(rune - 'A' + 'a'));
        } else if (!s_is_variation(rune)) {
            sb_buf_add(out, text + total, size);
        }
        total += size;
    }
    return total;
}

/* The size of what stands between words at text: blanks, punctuation, dashes. */
static size_t s_between(const char *text)
{
    size_t total = 0;
    size_t size;
    while (text[total] && s_shortcode(text + total) == 0) {
        if (!words_blank(text + total, &size)) {
            size = s_separator(text + total);
        }
        if (size == 0) {
            break;
        }
        total += size;
    }
    return total;
}

/* text as " word word word ". */
static void s_normalise(const char *text, sb_buf_t *out)
{
    sb_buf_putc(out, ' ');
    text += s_between(text);
    while (*text) {
        size_t size = s_word(text, out);
        if (size == 0) { /* a sign that is neither word nor separator */
            uint32_t rune;
            size = sb_utf8_decode(text, &rune);
        }
        text += size;
        text += s_between(text);
        sb_buf_putc(out, ' ');
    }
}

/* ---- The comment. */

/* Where the comment begins: behind the first word, the punctuation that hangs on it, and a lone
 * dash or the like. */
static const char *s_comment(const char *behind_word)
{
    const char *text = behind_word;
    size_t size;
    while (s_shortcode(text) == 0 && (size = s_separator(text)) > 0) {
        text += size;
    }
    for (int i = 0; i < 2; i++) { /* blanks, a lone separator, blanks */
        while (words_blank(text, &size)) {
            text += size;
        }
        const size_t lone = *text && strchr("-,;:.", *text) ? 1 : s_dash(text);
        size_t ignored;
        if (i == 0 && lone > 0 && words_blank(text + lone, &ignored)) {
            text += lone;
        }
    }
    return text;
}

static answer_t s_answer(answer_kind_t kind, const char *comment)
{
    size_t size = strlen(comment);
    while (size > 0 && strchr(" \t\r\n", comment[size - 1])) {
        size--;
    }
    return (answer_t){kind, comment, size};
}

/* ---- What is meant. */

static answer_kind_t s_kind_of(const char *word, bool consent)
{
    for (size_t i = 0; i < LEN(s_words); i++) {
        if (strcmp(s_words[i].word, word) == 0) {
            return consent ? s_words[i].consent : s_words[i].question;
        }
    }
    return ANSWER_NONE;
}

static bool s_begins(const char *text, const char *phrase)
{
    return strncmp(text, phrase, strlen(phrase)) == 0;
}

/* ANSWER_NONE if it begins with none of them. */
static answer_kind_t s_phrase(const char *normal)
{
    for (size_t i = 0; i < LEN(s_phrases); i++) {
        if (s_begins(normal, s_phrases[i].phrase)) {
            return s_phrases[i].kind;
        }
    }
    return ANSWER_NONE;
}

static bool s_is_denial(const char *normal)
{
    static const char *const subjects[] = {" it ", " that ", " this "};
    for (size_t i = 0; i < LEN(subjects); i++) {
        if (s_begins(normal, subjects[i])) {
            normal += strlen(subjects[i]) - 1;
            break;
        }
    }
    for (size_t i = 0; i < LEN(s_denials); i++) {
        if (s_begins(normal, s_denials[i].phrase)) {
            return true;
        }
    }
    return false;
}

static bool s_contains_denial(const char *normal)
{
    for (size_t i = 0; i < LEN(s_denials); i++) {
        if (s_denials[i].anywhere && strstr(normal, s_denials[i].phrase)) {
            return true;
        }
    }
    return false;
}

/* True if what follows the first word says the contrary: "yes no", "no yes". */
static bool s_contradicts(answer_kind_t kind, const char *normal, bool consent)
{
    const char *second = strchr(normal + 1, ' ') + 1; /* each word has a blank behind it */
    sb_buf_t word = sb_buf(32);
    sb_buf_add(&word, second, strcspn(second, " "));
    const answer_kind_t other = s_kind_of(sb_buf_text(&word), consent);
    sb_buf_free(&word);
    return (kind == ANSWER_YES && (other == ANSWER_NO || s_contains_denial(normal))) ||
           (kind == ANSWER_NO && other == ANSWER_YES);
}

/* True if a question mark hangs on the first word: "yes?" */
static bool s_is_asked(const char *behind_word)
{
    size_t size;
    while (*behind_word != '?' && (size = s_separator(behind_word)) > 0) {
        behind_word += size;
    }
    return *behind_word == '?';
}

/* True if it ends with a question mark: "it was me?" */
static bool s_is_question(const char *text)
{
    const char *mark = strrchr(text, '?');
    return mark && !mark[1 + strspn(mark + 1, " \t\r\n")];
}

/* True of words that were struck through, as chat systems write that: "~yes~". */
static bool s_is_struck(const char *text)
{
    return text[strspn(text, " \t\r\n")] == '~';
}

answer_t answer_of(answer_kind_t kind, const char *text)
{
    assert(text);
    sb_buf_t word = sb_buf(strlen(text));
    text += s_between(text);
    text += s_word(text, &word);
    sb_buf_free(&word);
    return s_answer(kind, s_comment(text));
}

answer_t answer_parse(const char *text, bool consent)
{
    assert(text);
    const char *first = text + s_between(text);
    sb_buf_t word = sb_buf(strlen(text));
    const char *behind = first + s_word(first, &word);
    sb_buf_t normal = sb_buf(2 * strlen(text) + 2); /* a blank behind each word */
    s_normalise(text, &normal);

    const char *whole = sb_buf_text(&normal);
    answer_kind_t kind = s_phrase(whole);
    const char *comment = s_comment(behind);
    if (s_is_struck(text)) {
        kind = ANSWER_UNCLEAR;
    } else if (kind == ANSWER_UNSURE) {
        comment = first; /* the words themselves are the explanation */
        kind = s_contains_denial(whole) ? ANSWER_NO : kind;
    } else if (kind == ANSWER_YES || kind == ANSWER_HELP) {
        comment = first;
        kind = s_contains_denial(whole) || s_is_question(text) ? ANSWER_UNCLEAR : kind;
    } else if (kind == ANSWER_NONE) {
        kind = s_kind_of(sb_buf_text(&word), consent);
        if ((kind != ANSWER_NONE && s_contradicts(kind, whole, consent)) ||
            (kind == ANSWER_YES && s_is_asked(behind))) {
            kind = ANSWER_UNCLEAR;
        } else if (kind == ANSWER_NONE && s_is_denial(whole)) {
            kind = ANSWER_NO;
            comment = first; /* likewise */
        }
    }
    sb_buf_free(&word);
    sb_buf_free(&normal);
    return s_answer(kind, comment);
}

bool answer_code(const char *text, size_t size, char code_r[SB_CODE_DIGITS + 1])
{
    assert(text);
    const char *end = text + size;
    size_t digits = 0;
    while (text < end) {
        size_t skip;
        if (*text >= '0' && *text <= '9') {
            if (digits == SB_CODE_DIGITS) {
                return false;
            }
            code_r[digits++] = *text++;
        } else if (words_blank(text, &skip) || (skip = s_separator(text)) > 0 || *text == '-') {
            text += skip > 0 ? skip : 1;
        } else {
            return false;
        }
    }
    code_r[digits] = '\0';
    return digits == SB_CODE_DIGITS;
}
