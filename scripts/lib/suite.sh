# suite.sh: the daemons on this machine, in a folder of their own, for the demo and the tests.
# shellcheck shell=bash
# To be sourced. A suite is
#     suite_new FOLDER BIN [PORT [POSTGRES]]   keys and configuration; nothing runs yet
#     suite_start                              all daemons, in order; 1 if one did not come up
#     suite_stop                               all, in the opposite order
# With SUITE_PAGE_PORT (suite_port finds one) there is webd too, at SUITE_PAGE_URL, and passkeys come
# before codes; SUITE_FACTORS names others, SUITE_AUTHD is more YAML for authd. botctl, once it is new, is "${BOTCTL[@]}". A daemon ends when the shell that started it ends.

declare -A SUITE_PID=()
SUITE_DAEMONS=(taskd botd authd chatd)
SUITE_READY_SECONDS=15

# suite_yaml NAME: writes etc/NAME.yaml from the standard input.
suite_yaml() { cat >"$SUITE_FOLDER/etc/$1.yaml"; }

# suite_common NAME: the keys that every daemon has.
suite_common() {
    cat <<YAML
instance: $1-1
keys: {dir: $SUITE_FOLDER/keys}
control: {endpoint: "ipc://$SUITE_RUN/$1-control.sock"}
endpoint_file: $SUITE_FOLDER/run/$1.endpoints
log: {level: ${SUITE_LOG_LEVEL:-info}}
YAML
}

suite_store() {
    if [ -n "$SUITE_POSTGRES" ]; then
        printf 'store: {driver: postgres, postgres_dsn: "%s"}\n' "$SUITE_POSTGRES"
    else
        printf 'store: {driver: sqlite, sqlite_path: %s/data/securitybot.db}\n' "$SUITE_FOLDER"
    fi
}

# suite_chat: the chat system: the built-in one, or Slack's at SUITE_SLACK (slack.sh).
suite_chat() {
    if [ -z "${SUITE_SLACK:-}" ]; then
        cat <<YAML
chat: {local: {listen: "127.0.0.1:$SUITE_PORT", people_file: $SUITE_FOLDER/people.yaml}}
YAML
    else
        cat <<YAML
chat: {driver: slack}
slack:
  api_url: ${SUITE_SLACK}api/
  bot_token_file: $SUITE_FOLDER/slack/bot_token
  app_token_file: $SUITE_FOLDER/slack/app_token
  reporting_channel: $SUITE_SLACK_CHANNEL
${SUITE_SLACK_MORE-  pace: 0}
YAML
    fi
}

# suite_port: a port that nobody has just now.
suite_port() {
    local port
    for _ in {1..50}; do
        port=$((20000 + RANDOM % 12000))
        if ! (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            echo "$port"
            return 0
        fi
    done
    return 1
}

# suite_pages: authd's part of the pages.
suite_pages() {
    [ -n "${SUITE_PAGE_URL:-}" ] || return 0
    cat <<YAML
factors: [${SUITE_FACTORS:-webauthn, totp}]
page: {url: "$SUITE_PAGE_URL", key_file: $SUITE_FOLDER/page.key}
webauthn: {rp_id: localhost, origins: ["$SUITE_PAGE_URL"]}
YAML
}

# suite_configure: writes all configuration anew, e.g. after SUITE_PORT or SUITE_BOTD changed.
suite_configure() {
    local taskd="ipc://$SUITE_RUN/taskd.sock" hints="ipc://$SUITE_RUN/hints.sock"
    local botd="ipc://$SUITE_RUN/botd.sock" buses
    buses=$(printf 'taskd: {endpoint: "%s", hints: "%s"}' "$taskd" "$hints")
    { suite_common taskd; suite_store; cat <<YAML; } | suite_yaml taskd
bind: {endpoint: "$taskd"}
hints: {endpoint: "$hints"}
YAML
    { suite_common botd; cat <<YAML; } | suite_yaml botd
bind: {endpoint: "$botd"}
$buses
${SUITE_BOTD:-}
YAML
    { suite_common authd; cat <<YAML; } | suite_yaml authd
botd: {endpoints: ["$botd"]}
$buses
totp: {key_file: $SUITE_FOLDER/totp.key}
$(suite_pages)
${SUITE_AUTHD:-}
YAML
    { suite_common webd; cat <<YAML; } | suite_yaml webd
$buses
listen: "127.0.0.1:${SUITE_PAGE_PORT:-0}"
page: {url: "${SUITE_PAGE_URL:-http://localhost}"}
YAML
    { suite_common chatd; cat <<YAML; } | suite_yaml chatd
botd: {endpoints: ["$botd"]}
$buses
$(suite_chat)
YAML
    suite_yaml botctl <<YAML
keys: {dir: $SUITE_FOLDER/keys}
taskd: {endpoint: "$taskd", hints: "$hints", control: "ipc://$SUITE_RUN/taskd-control.sock"}
botd: {endpoint: "$botd", control: "ipc://$SUITE_RUN/botd-control.sock"}
chatd: {control: "ipc://$SUITE_RUN/chatd-control.sock"}
authd: {control: "ipc://$SUITE_RUN/authd-control.sock"}
webd: {control: "ipc://$SUITE_RUN/webd-control.sock"}
${SUITE_PAGE_URL:+page: {url: "$SUITE_PAGE_URL"\}}
totp: {key_file: $SUITE_FOLDER/totp.key}
chat: {url: "http://127.0.0.1:$SUITE_PORT/"}
YAML
}

# suite_new FOLDER BIN [PORT [POSTGRES]]: PORT of the web chat, 0 for one that is free; POSTGRES is
# a conninfo, else the store is SQLite. The people are in FOLDER/people.yaml (three, if it isn't
# there); SUITE_BOTD may hold more YAML for botd.
suite_new() {
    SUITE_BIN=$2 SUITE_PORT=${3:-0} SUITE_POSTGRES=${4:-}
    mkdir -p "$1"/{etc,run,data,log} || return
    chmod 0700 "$1"
    SUITE_FOLDER=$(cd "$1" && pwd)
    SUITE_RUN=$SUITE_FOLDER/run
    SUITE_RUN_OWN=
    if [ "${#SUITE_RUN}" -gt 80 ]; then # the path of a socket has room for 107 bytes
        SUITE_RUN=$(mktemp -d /tmp/securitybot.XXXXXX) || return
        SUITE_RUN_OWN=$SUITE_RUN
    fi
    [ -e "$SUITE_FOLDER/people.yaml" ] || cat >"$SUITE_FOLDER/people.yaml" <<'YAML'
- {id: alice, name: Alice Adams, email: alice@example.com}
- {id: bob, name: Bob Brown, email: bob@example.com}
- {id: carol, name: Carol Cole, email: carol@example.com}
YAML
    SUITE_PAGE_URL=${SUITE_PAGE_PORT:+http://localhost:$SUITE_PAGE_PORT}
    [ -z "$SUITE_PAGE_URL" ] || SUITE_DAEMONS=(taskd webd botd authd chatd)
    BOTCTL=("$SUITE_BIN/botctl" --config "$SUITE_FOLDER/etc/botctl.yaml")
    suite_configure
    [ -d "$SUITE_FOLDER/keys" ] || "${BOTCTL[@]}" keys init "$SUITE_FOLDER/keys" >/dev/null || return
    [ -e "$SUITE_FOLDER/totp.key" ] ||
        "${BOTCTL[@]}" totp key "$SUITE_FOLDER/totp.key" >/dev/null || return
    [ -z "$SUITE_PAGE_URL" ] || [ -e "$SUITE_FOLDER/page.key" ] ||
        "${BOTCTL[@]}" page key "$SUITE_FOLDER/page.key" >/dev/null
}

# suite_launch NAME: starts one daemon and does not wait for it. In a session of its own, so that
# Ctrl-C reaches us alone; it is told to end if we die.
suite_launch() {
    setsid setpriv --pdeathsig TERM "$SUITE_BIN/$1" --config "$SUITE_FOLDER/etc/$1.yaml" \
        >>"$SUITE_FOLDER/log/$1.log" 2>&1 </dev/null &
    SUITE_PID[$1]=$!
    disown $! # or bash would tell of each one that is killed
}

suite_alive() { kill -0 "${SUITE_PID[$1]:-0}" 2>/dev/null; }

# suite_wait NAME: until it answers ping.
suite_wait() {
    local end=$((SECONDS + SUITE_READY_SECONDS))
    while ! "${BOTCTL[@]}" ping "$1" >/dev/null 2>&1; do
        if ! suite_alive "$1" || [ "$SECONDS" -ge "$end" ]; then
            echo "$1 did not come up; the end of $SUITE_FOLDER/log/$1.log:" >&2
            tail -n 20 "$SUITE_FOLDER/log/$1.log" >&2
            return 1
        fi
        sleep 0.05
    done
}

suite_start() {
    local name
    for name in "${SUITE_DAEMONS[@]}"; do
        suite_launch "$name"
    done
    for name in "${SUITE_DAEMONS[@]}"; do
        suite_wait "$name" || return
    done
    if [ "$SUITE_PORT" = 0 ] && [ -z "${SUITE_SLACK:-}" ]; then # from now on chatd comes back where it was
        SUITE_PORT=$(sed -nE 's/^http=.*:([0-9]+).*$/\1/p' "$SUITE_FOLDER/run/chatd.endpoints")
        suite_configure
    fi
    # shellcheck disable=SC2034 # for the one who sources us
    SUITE_URL=http://127.0.0.1:$SUITE_PORT/
}

# suite_kill NAME [SIGNAL]: ends one daemon and waits for it.
suite_kill() {
    local pid=${SUITE_PID[$1]:-}
    [ -n "$pid" ] || return 0
    unset "SUITE_PID[$1]"
    kill -s "${2:-TERM}" "$pid" 2>/dev/null
    local i
    for ((i = 0; i < 1000; i++)); do
        kill -0 "$pid" 2>/dev/null || return 0
        sleep 0.02
    done
    kill -s KILL "$pid" 2>/dev/null && echo "$1 had to be killed" >&2
}

suite_stop() {
    local i
    for ((i = ${#SUITE_DAEMONS[@]} - 1; i >= 0; i--)); do
        suite_kill "${SUITE_DAEMONS[i]}"
    done
    [ -z "${SUITE_RUN_OWN:-}" ] || rm -rf "$SUITE_RUN_OWN"
}
