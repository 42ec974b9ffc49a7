/* block_spec.c */
#include "tests/support/fake_slack/block_spec.h"

#include <stddef.h>
#include <string.h>

#define ID_MAX 255

#define BLOCK_ID                                                                                   \
    {                                                                                              \
        "block_id", PROP_TEXT, false, 0, ID_MAX, 0                                                 \
    }
#define ACTION_ID                                                                                  \
    {                                                                                              \
        "action_id", PROP_TEXT, false, 1, ID_MAX, 0                                                \
    }
#define CONFIRM                                                                                    \
    {                                                                                              \
        "confirm", PROP_ANY, false, 0, 0, 0                                                        \
    }
#define FOCUS                                                                                      \
    {                                                                                              \
        "focus_on_load", PROP_BOOL, false, 0, 0, 0                                                 \
    }
#define PLACEHOLDER                                                                                \
    {                                                                                              \
        "placeholder", PROP_PLAIN, false, 0, 150, 0                                                \
    }
#define END                                                                                        \
    {                                                                                              \
        NULL, PROP_END, false, 0, 0, 0                                                             \
    }

static const prop_t s_section[] = {
    {"text",      PROP_RICH,    false, 1, 3000, 0         },
    {"fields",    PROP_RICHES,  false, 1, 10,   0         },
    {"accessory", PROP_ELEMENT, false, 0, 0,    IN_SECTION},
    {"expand",    PROP_BOOL,    false, 0, 0,    0         },
    BLOCK_ID,
    END,
};
static const prop_t s_divider[] = {BLOCK_ID, END};
static const prop_t s_header[] = {
    {"text", PROP_PLAIN, true, 1, 150, 0},
    BLOCK_ID,
    END,
};
static const prop_t s_context[] = {
    {"elements", PROP_ELEMENTS, true, 1, 10, IN_CONTEXT},
    BLOCK_ID,
    END,
};
static const prop_t s_actions[] = {
    {"elements", PROP_ELEMENTS, true, 1, 25, IN_ACTIONS},
    BLOCK_ID,
    END,
};
static const prop_t s_input[] = {
    {"label",           PROP_PLAIN,   true,  1, 2000, 0       },
    {"element",         PROP_ELEMENT, true,  0, 0,    IN_INPUT},
    {"hint",            PROP_PLAIN,   false, 1, 2000, 0       },
    {"optional",        PROP_BOOL,    false, 0, 0,    0       },
    {"dispatch_action", PROP_BOOL,    false, 0, 0,    0       },
    BLOCK_ID,
    END,
};
static const prop_t s_image[] = {
    {"image_url",  PROP_TEXT,  false, 1, 3000, 0},
    {"slack_file", PROP_ANY,   false, 0, 0,    0},
    {"alt_text",   PROP_TEXT,  true,  0, 2000, 0},
    {"title",      PROP_PLAIN, false, 1, 2000, 0},
    BLOCK_ID,
    END,
};
static const prop_t s_rich_text[] = {
    {"elements", PROP_ANY, true, 0, 0, 0},
    BLOCK_ID,
    END,
};
static const prop_t s_markdown[] = {
    {"text", PROP_TEXT, true, 1, 12000, 0},
    BLOCK_ID,
    END,
};

static const spec_t s_blocks[] = {
    {"section",   0, s_section  },
    {"divider",   0, s_divider  },
    {"header",    0, s_header   },
    {"context",   0, s_context  },
    {"actions",   0, s_actions  },
    {"input",     0, s_input    },
    {"image",     0, s_image    },
    {"rich_text", 0, s_rich_text},
    {"markdown",  0, s_markdown },
};

static const prop_t s_button[] = {
    {"text",                PROP_PLAIN, true,  1, 75,   0},
    {"value",               PROP_TEXT,  false, 0, 2000, 0},
    {"url",                 PROP_TEXT,  false, 1, 3000, 0},
    {"style",               PROP_STYLE, false, 0, 0,    0},
    {"accessibility_label", PROP_TEXT,  false, 1, 75,   0},
    ACTION_ID,
    CONFIRM,
    END,
};
static const prop_t s_overflow[] = {
    {"options", PROP_OPTIONS, true, 1, 5, 0},
    ACTION_ID,
    CONFIRM,
    END,
};
static const prop_t s_static_select[] = {
    {"options",        PROP_OPTIONS, false, 1, 100, 0},
    {"option_groups",  PROP_ANY,     false, 0, 0,   0},
    {"initial_option", PROP_OPTION,  false, 0, 0,   0},
    ACTION_ID,
    CONFIRM,
    FOCUS,
    PLACEHOLDER,
    END,
};
static const prop_t s_users_select[] = {
    {"initial_user", PROP_TEXT, false, 1, 16, 0},
    ACTION_ID, CONFIRM, FOCUS, PLACEHOLDER, END,
};
static const prop_t s_radio_buttons[] = {
    {"options",        PROP_OPTIONS, true,  1, 10, 0},
    {"initial_option", PROP_OPTION,  false, 0, 0,  0},
    ACTION_ID,
    CONFIRM,
    FOCUS,
    END,
};
static const prop_t s_checkboxes[] = {
    {"options",         PROP_OPTIONS, true,  1, 10, 0},
    {"initial_options", PROP_OPTIONS, false, 1, 10, 0},
    ACTION_ID,
    CONFIRM,
    FOCUS,
    END,
};
static const prop_t s_plain_text_input[] = {
    {"initial_value",          PROP_TEXT, false, 0, 3000, 0},
    {"multiline",              PROP_BOOL, false, 0, 0,    0},
    {"min_length",             PROP_INT,  false, 0, 3000, 0},
    {"max_length",             PROP_INT,  false, 1, 3000, 0},
    {"dispatch_action_config", PROP_ANY,  false, 0, 0,    0},
    ACTION_ID,
    FOCUS,
    PLACEHOLDER,
    END,
};
static const prop_t s_image_element[] = {
    {"image_url",  PROP_TEXT, false, 1, 3000, 0},
    {"slack_file", PROP_ANY,  false, 0, 0,    0},
    {"alt_text",   PROP_TEXT, true,  0, 2000, 0},
    END,
};

static const spec_t s_elements[] = {
    {"button",           IN_SECTION | IN_ACTIONS,            s_button          },
    {"overflow",         IN_SECTION | IN_ACTIONS,            s_overflow        },
    {"static_select",    IN_SECTION | IN_ACTIONS | IN_INPUT, s_static_select   },
    {"users_select",     IN_SECTION | IN_ACTIONS | IN_INPUT, s_users_select    },
    {"radio_buttons",    IN_SECTION | IN_ACTIONS | IN_INPUT, s_radio_buttons   },
    {"checkboxes",       IN_SECTION | IN_ACTIONS | IN_INPUT, s_checkboxes      },
    {"plain_text_input", IN_INPUT,                           s_plain_text_input},
    {"image",            IN_SECTION | IN_CONTEXT,            s_image_element   },
};

const prop_t spec_option[] = {
    {"text",        PROP_RICH, true,  1, 75,   0},
    {"value",       PROP_TEXT, false, 1, 150,  0},
    {"description", PROP_RICH, false, 1, 75,   0},
    {"url",         PROP_TEXT, false, 1, 3000, 0},
    END,
};

static const spec_t *s_find(const spec_t *specs, size_t n, const char *type)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(specs[i].type, type) == 0) {
            return &specs[i];
        }
    }
    return NULL;
}

const spec_t *spec_block(const char *type)
{
    return s_find(s_blocks, sizeof s_blocks / sizeof s_blocks[0], type);
}

const spec_t *spec_element(const char *type)
{
    return s_find(s_elements, sizeof s_elements / sizeof s_elements[0], type);
}
