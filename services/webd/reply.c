/* reply.c. A handful of files from our own binary: no path is ever looked up on a disk. */
#include "services/webd/reply.h"

#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/mem.h"

#define HTML "text/html; charset=utf-8"
#define SCRIPT "text/javascript; charset=utf-8"
#define NOTICE_MAX 8192

extern const unsigned char webd_page_html[], webd_page_html_end[];
extern const unsigned char webd_enroll_html[], webd_enroll_html_end[];
extern const unsigned char webd_notice_html[], webd_notice_html_end[];
extern const unsigned char webd_style_css[], webd_style_css_end[];
extern const unsigned char webd_shared_js[], webd_shared_js_end[];
extern const unsigned char webd_page_js[], webd_page_js_end[];
extern const unsigned char webd_enroll_js[], webd_enroll_js_end[];
extern const unsigned char webd_icon_svg[], webd_icon_svg_end[];

static const struct {
    const char *path;
    const char *type;
    const unsigned char *data;
    const unsigned char *end;
} s_files[] = {
    {"/c/",        HTML,                      webd_page_html,   webd_page_html_end  },
    {"/enroll",    HTML,                      webd_enroll_html, webd_enroll_html_end},
    {"/style.css", "text/css; charset=utf-8", webd_style_css,   webd_style_css_end  },
    {"/shared.js", SCRIPT,                    webd_shared_js,   webd_shared_js_end  },
    {"/page.js",   SCRIPT,                    webd_page_js,     webd_page_js_end    },
    {"/enroll.js", SCRIPT,                    webd_enroll_js,   webd_enroll_js_end  },
    {"/icon.svg",  "image/svg+xml",           webd_icon_svg,    webd_icon_svg_end   },
};

/* By reply_fault_t. */
static const struct {
    unsigned status;
    const char *name;
    const char *title;
    const char *text;
} s_faults[] = {
    {404, "gone",   "This link is no longer good",
     "It was used already, or its time is over, or it was not copied whole. If you were asked "
     "something just now, the chat says what became of it."            },
    {409, "closed", "This can't be answered now",
     "It was answered already. The chat says what became of it."       },
    {400, "wrong",  "That was not understood",
     "Please go back to the chat and open the link again."             },
    {429, "many",   "Too many links that aren't good",
     "Please wait a minute, then open the link from the chat again."   },
    {503, "away",   "Please try again in a moment",
     "Something that is needed is away just now. Nothing was answered."},
};

void reply_file(server_t *server, uint64_t id, const char *path)
{
    for (size_t i = 0; i < sizeof s_files / sizeof s_files[0]; i++) {
        if (strcmp(s_files[i].path, path) == 0) {
            const server_answer_t answer = {.status = 200,
                                            .type = s_files[i].type,
                                            .body = s_files[i].data,
                                            .size = (size_t)(s_files[i].end - s_files[i].data)};
            server_answer(server, id, &answer);
            return;
        }
    }
    reply_fault(server, id, &(request_route_t){0}, REPLY_GONE);
}

void reply_json(server_t *server, uint64_t id, unsigned status, cJSON **body_p)
{
    char *text = sb_json_print(*body_p);
    const server_answer_t answer = {
        .status = status, .type = "application/json", .body = text, .size = strlen(text)};
    server_answer(server, id, &answer);
    free(text);
    cJSON_Delete(*body_p);
    *body_p = NULL;
}

void reply_redirect(server_t *server, uint64_t id, const char *location, const char *cookie)
{
    const server_answer_t answer = {
        .status = 303, .type = "text/plain; charset=utf-8", .location = location, .cookie = cookie};
    server_answer(server, id, &answer);
}

/* notice.html has a title and a text to be put in, in this order and wherever "{}" stands. */
static char *s_notice(const char *title, const char *text)
{
    sb_buf_t out = sb_buf(NOTICE_MAX);
    const char *const puts[] = {title, title, text};
    const char *at = (const char *)webd_notice_html;
    for (size_t i = 0; i < sizeof puts / sizeof puts[0]; i++) {
        const char *gap = strstr(at, "{}");
        if (!gap) {
            break;
        }
        sb_buf_add(&out, at, (size_t)(gap - at));
        sb_buf_puts(&out, puts[i]);
        at = gap + strlen("{}");
    }
    sb_buf_puts(&out, at);
    return sb_buf_take(&out);
}

void reply_fault(server_t *server, uint64_t id, const request_route_t *route, reply_fault_t fault)
{
    const unsigned status = s_faults[fault].status;
    if (route->json) {
        cJSON *body = sb_json_object();
        sb_json_add_str(body, "error", s_faults[fault].name);
        reply_json(server, id, status, &body);
        return;
    }
    char *page = s_notice(s_faults[fault].title, s_faults[fault].text);
    const server_answer_t answer = {
        .status = status, .type = HTML, .body = page, .size = strlen(page)};
    server_answer(server, id, &answer);
    free(page);
}

reply_fault_t reply_fault_of(int code)
{
    switch (code) {
    case SB_ENOTFOUND:
        return REPLY_GONE;
    case SB_ECONFLICT:
        return REPLY_CLOSED;
    case SB_EINVALID:
    case SB_ETOOLARGE:
        return REPLY_WRONG;
    default:
        return REPLY_AWAY;
    }
}
