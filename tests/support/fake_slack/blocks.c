/* blocks.c. One walk over the tree, led by the tables of block_spec.c. Lengths are in characters.
 */
#include "tests/support/fake_slack/blocks.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/json.h"
#include "lib/mem.h"
#include "tests/support/fake_slack/block_spec.h"

#define POINTER_MAX 128
#define RICHES_CHARS_MAX 2000

typedef struct {
    char text[POINTER_MAX];
} pointer_t;

void faults_told_free(faults_told_t *self)
{
    for (size_t i = 0; i < self->len; i++) {
        free(self->texts[i]);
    }
    self->len = 0;
}

void faults_told_add(faults_told_t *self, const char *pointer, const char *fmt, ...)
{
    if (self->len == FAULTS_TOLD_MAX) {
        return;
    }
    char what[256];
    va_list list;
    va_start(list, fmt);
    vsnprintf(what, sizeof what, fmt, list);
    va_end(list);
    self->texts[self->len++] = sb_format("%s [json-pointer:%s]", what, pointer);
}

static pointer_t s_at(const char *pointer, const char *name)
{
    pointer_t at;
    snprintf(at.text, sizeof at.text, "%s/%s", pointer, name);
    return at;
}

static pointer_t s_item(const char *pointer, size_t i)
{
    pointer_t at;
    snprintf(at.text, sizeof at.text, "%s/%zu", pointer, i);
    return at;
}

static int s_chars(const char *text)
{
    int n = 0;
    for (const char *at = text; *at; at++) {
        n += ((unsigned char)*at & 0xC0) != 0x80;
    }
    return n;
}

static void s_check_length(const char *text, const char *pointer, int min, int max,
                           faults_told_t *faults)
{
    const int chars = s_chars(text);
    if (chars < min) {
        faults_told_add(faults, pointer, "must be more than %d characters", min - 1);
    } else if (chars > max) {
        faults_told_add(faults, pointer, "must be less than %d characters", max + 1);
    }
}

static const char *s_text(const cJSON *object, const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

static void s_default(cJSON *object, const char *name, bool value)
{
    if (!cJSON_HasObjectItem(object, name)) {
        sb_json_add_bool(object, name, value);
    }
}

/* A text object. */
static void s_check_text(cJSON *object, const char *pointer, bool plain_only, int min, int max,
                         faults_told_t *faults)
{
    const char *type = s_text(object, "type");
    const char *text = s_text(object, "text");
    const bool plain = type && strcmp(type, "plain_text") == 0;
    const bool mrkdwn = type && strcmp(type, "mrkdwn") == 0;
    if (!cJSON_IsObject(object) || !text || !type) {
        faults_told_add(faults, pointer, "must provide an object with type and text");
        return;
    }
    if (!plain && (!mrkdwn || plain_only)) {
        faults_told_add(faults, s_at(pointer, "type").text, "unsupported type: %s", type);
        return;
    }
    s_check_length(text, s_at(pointer, "text").text, min > 0 ? min : 1, max, faults);
    for (const cJSON *member = object->child; member; member = member->next) {
        const char *extra = plain ? "emoji" : "verbatim";
        if (strcmp(member->string, "type") != 0 && strcmp(member->string, "text") != 0 &&
            strcmp(member->string, extra) != 0) {
            faults_told_add(faults, pointer, "invalid additional property: %s", member->string);
        }
    }
    s_default(object, plain ? "emoji" : "verbatim", plain);
}

static void s_check_object(cJSON *object, const char *pointer, const prop_t *props, bool typed,
                           faults_told_t *faults);

/* An action_id is made up if there is none. */
static void s_name_action(cJSON *element, const prop_t *props)
{
    static unsigned made_up;
    for (const prop_t *prop = props; prop->name; prop++) {
        if (strcmp(prop->name, "action_id") == 0 && !cJSON_HasObjectItem(element, "action_id")) {
            char *name = sb_format("a%05x", ++made_up);
            sb_json_add_str(element, "action_id", name);
            free(name);
        }
    }
}

static void s_check_element(cJSON *element, const char *pointer, unsigned group,
                            faults_told_t *faults)
{
    const char *type = s_text(element, "type");
    if (!type) {
        faults_told_add(faults, pointer, "missing required field: type");
        return;
    }
    const bool text = strcmp(type, "plain_text") == 0 || strcmp(type, "mrkdwn") == 0;
    if (group == IN_CONTEXT && text) {
        s_check_text(element, pointer, false, 1, RICHES_CHARS_MAX, faults);
        return;
    }
    const spec_t *spec = spec_element(type);
    if (!spec || !(spec->groups & group)) {
        faults_told_add(faults, s_at(pointer, "type").text, "unsupported type: %s", type);
        return;
    }
    s_check_object(element, pointer, spec->props, true, faults);
    s_name_action(element, spec->props);
}

static void s_check_list(cJSON *list, const char *pointer, const prop_t *prop,
                         faults_told_t *faults)
{
    const int len = cJSON_GetArraySize(list);
    if (!cJSON_IsArray(list)) {
        faults_told_add(faults, pointer, "must be an array");
        return;
    }
    if (len > prop->max) {
        faults_told_add(faults, pointer, "no more than %d items allowed", prop->max);
    } else if (len < prop->min) {
        faults_told_add(faults, pointer, "no fewer than %d items allowed", prop->min);
    }
    size_t i = 0;
    for (cJSON *item = list->child; item; item = item->next, i++) {
        const pointer_t at = s_item(pointer, i);
        switch (prop->kind) {
        case PROP_ELEMENTS:
            s_check_element(item, at.text, prop->group, faults);
            break;
        case PROP_RICHES:
            s_check_text(item, at.text, false, 1, RICHES_CHARS_MAX, faults);
            break;
        default:
            s_check_object(item, at.text, spec_option, false, faults);
        }
    }
}

static void s_check_scalar(const cJSON *value, const char *pointer, const prop_t *prop,
                           faults_told_t *faults)
{
    switch (prop->kind) {
    case PROP_TEXT:
        if (!cJSON_IsString(value)) {
            faults_told_add(faults, pointer, "must be a string");
            return;
        }
        s_check_length(value->valuestring, pointer, prop->min, prop->max, faults);
        return;
    case PROP_BOOL:
        if (!cJSON_IsBool(value)) {
            faults_told_add(faults, pointer, "must be a boolean");
        }
        return;
    case PROP_INT:
        if (!cJSON_IsNumber(value) || value->valuedouble < prop->min ||
            value->valuedouble > prop->max) {
            faults_told_add(faults, pointer, "must be a number from %d to %d", prop->min,
                            prop->max);
        }
        return;
    case PROP_STYLE:
        if (!cJSON_IsString(value) || (strcmp(value->valuestring, "primary") != 0 &&
                                       strcmp(value->valuestring, "danger") != 0)) {
            faults_told_add(faults, pointer, "must be one of primary, danger");
        }
        return;
    default:
        return;
    }
}

static void s_check_prop(cJSON *value, const char *pointer, const prop_t *prop,
                         faults_told_t *faults)
{
    switch (prop->kind) {
    case PROP_PLAIN:
    case PROP_RICH:
        s_check_text(value, pointer, prop->kind == PROP_PLAIN, prop->min, prop->max, faults);
        return;
    case PROP_ELEMENT:
        s_check_element(value, pointer, prop->group, faults);
        return;
    case PROP_OPTION:
        s_check_object(value, pointer, spec_option, false, faults);
        return;
    case PROP_ELEMENTS:
    case PROP_RICHES:
    case PROP_OPTIONS:
        s_check_list(value, pointer, prop, faults);
        return;
    default:
        s_check_scalar(value, pointer, prop, faults);
    }
}

static const prop_t *s_prop(const prop_t *props, const char *name)
{
    for (const prop_t *prop = props; prop->name; prop++) {
        if (strcmp(prop->name, name) == 0) {
            return prop;
        }
    }
    return NULL;
}

/* typed: the object has a type besides its properties. */
static void s_check_object(cJSON *object, const char *pointer, const prop_t *props, bool typed,
                           faults_told_t *faults)
{
    if (!cJSON_IsObject(object)) {
        faults_told_add(faults, pointer, "must be an object");
        return;
    }
    for (cJSON *member = object->child; member; member = member->next) {
        const prop_t *prop = s_prop(props, member->string);
        if (prop) {
            s_check_prop(member, s_at(pointer, member->string).text, prop, faults);
        } else if (!typed || strcmp(member->string, "type") != 0) {
            faults_told_add(faults, pointer, "invalid additional property: %s", member->string);
        }
    }
    for (const prop_t *prop = props; prop->name; prop++) {
        if (prop->required && !cJSON_HasObjectItem(object, prop->name)) {
            faults_told_add(faults, pointer, "missing required field: %s", prop->name);
        }
    }
}

/* No two blocks of a message have one name. */
static void s_check_name(cJSON *blocks, cJSON *block, const char *pointer, faults_told_t *faults)
{
    static unsigned made_up;
    const char *name = s_text(block, "block_id");
    if (!name || !*name) {
        char *own = sb_format("b%04x", ++made_up);
        cJSON_DeleteItemFromObjectCaseSensitive(block, "block_id");
        sb_json_add_str(block, "block_id", own);
        free(own);
        return;
    }
    for (const cJSON *other = blocks->child; other != block; other = other->next) {
        const char *taken = s_text(other, "block_id");
        if (taken && strcmp(taken, name) == 0) {
            faults_told_add(faults, s_at(pointer, "block_id").text, "`block_id` %s already exists",
                            name);
        }
    }
}

/* No two elements of a block have one name. */
static void s_check_actions(const cJSON *block, const char *pointer, faults_told_t *faults)
{
    const cJSON *elements = cJSON_GetObjectItemCaseSensitive(block, "elements");
    if (!cJSON_IsArray(elements)) {
        return;
    }
    for (const cJSON *one = elements->child; one; one = one->next) {
        const char *name = s_text(one, "action_id");
        for (const cJSON *other = elements->child; name && other != one; other = other->next) {
            const char *taken = s_text(other, "action_id");
            if (taken && strcmp(taken, name) == 0) {
                faults_told_add(faults, s_at(pointer, "elements").text,
                                "`action_id` %s already exists for this block", name);
            }
        }
    }
}

static void s_check_block(cJSON *blocks, cJSON *block, const char *pointer, faults_told_t *faults)
{
    const char *type = s_text(block, "type");
    if (!type) {
        faults_told_add(faults, pointer, "missing required field: type");
        return;
    }
    const spec_t *spec = spec_block(type);
    if (!spec) {
        faults_told_add(faults, s_at(pointer, "type").text, "unsupported type: %s", type);
        return;
    }
    s_check_object(block, pointer, spec->props, true, faults);
    if (strcmp(type, "section") == 0 && !cJSON_HasObjectItem(block, "text") &&
        !cJSON_HasObjectItem(block, "fields")) {
        faults_told_add(faults, pointer, "missing required field: text");
    }
    s_check_name(blocks, block, pointer, faults);
    s_check_actions(block, pointer, faults);
}

bool blocks_check(cJSON *blocks, size_t blocks_max, faults_told_t *faults)
{
    const size_t before = faults->len;
    if (!cJSON_IsArray(blocks)) {
        faults_told_add(faults, "/blocks", "must be an array");
        return false;
    }
    if ((size_t)cJSON_GetArraySize(blocks) > blocks_max) {
        faults_told_add(faults, "/blocks", "no more than %zu items allowed", blocks_max);
    }
    size_t i = 0;
    for (cJSON *block = blocks->child; block; block = block->next, i++) {
        s_check_block(blocks, block, s_item("/blocks", i).text, faults);
    }
    return faults->len == before;
}

bool blocks_check_plain(cJSON *text, const char *pointer, int chars_max, faults_told_t *faults)
{
    const size_t before = faults->len;
    s_check_text(text, pointer, true, 1, chars_max, faults);
    return faults->len == before;
}

static bool s_is(const cJSON *element, const char *action_id)
{
    const char *name = s_text(element, "action_id");
    return name && strcmp(name, action_id) == 0;
}

static const cJSON *s_in_block(const cJSON *block, const char *action_id)
{
    const cJSON *one = cJSON_GetObjectItemCaseSensitive(block, "accessory");
    one = one ? one : cJSON_GetObjectItemCaseSensitive(block, "element");
    if (one && s_is(one, action_id)) {
        return one;
    }
    const cJSON *elements = cJSON_GetObjectItemCaseSensitive(block, "elements");
    for (one = elements ? elements->child : NULL; one; one = one->next) {
        if (s_is(one, action_id)) {
            return one;
        }
    }
    return NULL;
}

const cJSON *blocks_element(const cJSON *blocks, const char *block_id, const char *action_id,
                            const cJSON **block_r)
{
    for (const cJSON *block = blocks ? blocks->child : NULL; block; block = block->next) {
        const char *name = s_text(block, "block_id");
        if (block_id && (!name || strcmp(name, block_id) != 0)) {
            continue;
        }
        const cJSON *element = s_in_block(block, action_id);
        if (element) {
            *block_r = block;
            return element;
        }
    }
    return NULL;
}
