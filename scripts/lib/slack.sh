# slack.sh: a stand-in for Slack (tests/support/fake_slack), and people at it, by the same functions
# as chat.sh has for the built-in chat.
# shellcheck shell=bash disable=SC2034,SC2016 # variables for who sources us; $ of jq
# To be sourced after suite.sh, and instead of chat.sh. suite_new comes after slack_start, so that
# SUITE_SLACK is known.

declare -A CHAT_USER=() # NAME: the Slack id of a person, or "team"
declare -A CHAT_SEEN=() # NAME: how many messages were read
declare -A CHAT_READ=() # NAME: messages that were fetched and not read yet, a JSON text a line
CHAT_SECONDS=10
CHAT_SHOW=
SLACK_PID=
SLACK_DELIVERY= # of what was said last
SLACK_ACTION=1000000 # counts presses
SLACK_CHANNEL=C0000000002

# slack_manifest NAME: a list of the app's manifest, with commas.
slack_manifest() {
    sed -n "/^ *$1:\$/,/^ *[a-z_]*:/s/^ *- \([a-z._:]*\).*/\1/p" \
        "${BASH_SOURCE[0]%/*}/../../deploy/slack/manifest.yaml" | paste -sd,
}

# slack_start FOLDER BIN [OPTION...]: starts the stand-in with Alice, Bob and Carol in it, and with
# the scopes and events of the manifest.
slack_start() {
    local folder=$1 bin=$2 i
    shift 2
    set -- --scopes "$(slack_manifest bot)" --events "$(slack_manifest bot_events)" "$@"
    mkdir -p "$folder/slack" "$folder/log" || return
    setpriv --pdeathsig TERM "$bin/fake_slack" --endpoint-file "$folder/slack/endpoint" "$@" \
        >>"$folder/log/fake_slack.log" 2>&1 </dev/null &
    SLACK_PID=$!
    disown "$SLACK_PID"
    for ((i = 0; i < 200; i++)); do
        [ ! -s "$folder/slack/endpoint" ] || break
        sleep 0.05
    done
    SUITE_SLACK=$(cat "$folder/slack/endpoint") || return
    SUITE_SLACK_CHANNEL=$SLACK_CHANNEL
    (umask 077 &&
        printf 'xoxb-fake-bot-token\n' >"$folder/slack/bot_token" &&
        printf 'xapp-fake-app-token\n' >"$folder/slack/app_token" &&
        printf '8f742231b10e8888abcd99yyyzzz85a5\n' >"$folder/slack/signing_secret")
    slack_person alice "Alice Adams" Europe/Berlin && slack_person bob "Bob Brown" America/New_York &&
        slack_person carol "Carol Cole" Asia/Tokyo && slack_join bob carol
}

slack_stop() {
    [ -z "$SLACK_PID" ] || kill "$SLACK_PID" 2>/dev/null
    SLACK_PID=
}

# slack_control NAME [JSON]: asks the stand-in; prints its answer.
slack_control() {
    curl -sS --max-time 20 -X POST -H 'Content-Type: application/json' -d "${2:-{\}}" \
        "${SUITE_SLACK}control/$1"
}

# slack_do NAME JQ-ARGUMENT... JQ: likewise, with a JSON text made by jq; 1 unless it was ok.
slack_do() {
    local name=$1 body
    shift
    body=$(jq -nc "$@") || return
    slack_control "$name" "$body" | jq -e .ok >/dev/null || {
        echo "fake_slack: $name $body failed" >&2
        return 1
    }
}

# slack_person NAME FULL-NAME ZONE
slack_person() {
    slack_do user.add --arg name "$1" --arg real "$2" --arg zone "$3" \
        '{name: $name, real_name: $real, email: ($name + "@example.com"), tz: $zone}'
}

# slack_join NAME...: into the channel of the security team, whose members alone work on alerts.
slack_join() {
    local name users=()
    for name; do
        users+=("$(slack_user "$name")")
    done
    slack_do channel.change '{channel: "security", members: $ARGS.positional}' --args "${users[@]}"
}

# slack_user NAME: the Slack id.
slack_user() { slack_control user "{\"user\":\"$1@example.com\"}" | jq -r .user.id; }

# chat_open NAME --as PERSON | --view security
chat_open() {
    local name=$1
    if [ "$2" = --as ]; then
        CHAT_USER[$name]=$(slack_user "$3")
    else
        CHAT_USER[$name]=team
    fi
    CHAT_SEEN[$name]=0 CHAT_READ[$name]=
}

chat_close() { unset "CHAT_USER[$1]" "CHAT_SEEN[$1]" "CHAT_READ[$1]"; }

chat_close_all() { CHAT_USER=() CHAT_SEEN=() CHAT_READ=(); }

chat_drain() { while chat_next "$1" 1; do :; done; }

# chat_say NAME TEXT
chat_say() {
    SLACK_DELIVERY=$(slack_control post "$(jq -nc --arg user "${CHAT_USER[$1]}" --arg text "$2" \
        '{user: $user, text: $text}')" | jq -er 'select(.ok) | .delivery')
}

# slack_press USER CHANNEL TS BLOCK_ID VALUE: what Slack delivers for a press, whether the button is
# still there or not.
slack_press() {
    SLACK_ACTION=$((SLACK_ACTION + 1))
    slack_do envelope --arg user "$1" --arg channel "$2" --arg ts "$3" --arg block "$4" \
        --arg value "$5" --arg at "$(date +%s).$SLACK_ACTION" '{type: "interactive", payload: {
            type: "block_actions", user: {id: $user},
            container: {type: "message", channel_id: $channel, message_ts: $ts},
            channel: {id: $channel}, message: {ts: $ts}, trigger_id: "1.2.3",
            actions: [{type: "button", action_id: ($value | split(":")[0]), block_id: $block,
                value: $value, action_ts: $at}]}}'
}

# chat_press NAME MESSAGE VALUE
chat_press() {
    local user=${CHAT_USER[$1]} channel
    channel=$(slack_control user "{\"user\":\"$user\"}" | jq -r .im)
    slack_press "$user" "$channel" "$2" "person:$user" "$3"
}

# chat_heard NAME: what was said last has arrived.
chat_heard() {
    local i
    for ((i = 0; i < 100; i++)); do
        slack_control delivery "{\"id\":\"$SLACK_DELIVERY\"}" | jq -e '.state == "acked"' >/dev/null &&
            return
        sleep 0.05
    done
    return 1
}

# slack_team_message ID: the message in the security channel that was sent under an outbox id, as
# JSON; nothing if there is none.
slack_team_message() {
    slack_control messages "{\"channel\":\"$SLACK_CHANNEL\"}" |
        jq -c --arg id "$1" '.messages[] | select(.metadata.event_payload.id == $id)'
}

# chat_act PERSON MESSAGE VALUE
chat_act() {
    local ts
    ts=$(slack_team_message "$2" | jq -r .ts)
    slack_press "$(slack_user "$1")" "$SLACK_CHANNEL" "$ts" team "$3"
}

# chat_team_text MESSAGE
chat_team_text() {
    slack_team_message "$1" | jq -r '.text | gsub("&lt;"; "<") | gsub("&gt;"; ">") |
        gsub("&amp;"; "&") | gsub("\n"; "\\n")'
}

# slack_messages WHERE: all messages of a channel, a JSON text a line, in the order they were sent;
# those in threads too.
slack_messages() {
    local all ts
    all=$(slack_control messages "$1" | jq -c '.messages // [] | .[]') || return
    for ts in $(jq -r 'select(.reply_count > 0) | .ts' <<<"$all"); do
        all+=$'\n'$(slack_control messages "$(jq -c --arg ts "$ts" '. + {thread_ts: $ts}' <<<"$1")" |
            jq -c --arg ts "$ts" '.messages[] | select(.ts != $ts)')
    done
    jq -sc 'sort_by(.ts) | .[]' <<<"$all"
}

# slack_fetch NAME: what is new in the conversation.
slack_fetch() {
    local where="{\"user\":\"${CHAT_USER[$1]}\"}" lines
    [ "${CHAT_USER[$1]}" != team ] || where="{\"channel\":\"$SLACK_CHANNEL\"}"
    lines=$(slack_messages "$where") || return
    [ -n "$lines" ] || return
    CHAT_READ[$1]=$(tail -n +"$((CHAT_SEEN[$1] + 1))" <<<"$lines")
    CHAT_SEEN[$1]=$(wc -l <<<"$lines")
}

# chat_next NAME SECONDS: as in chat.sh, with at most one decimal; CHAT_ID is the message's ts.
chat_next() {
    local end line fields whole=${2%.*} tenths=0
    [ "$whole" = "$2" ] || tenths=${2#*.}
    end=$((${EPOCHREALTIME/./} + whole * 1000000 + tenths * 100000))
    while [ -z "${CHAT_READ[$1]}" ]; do
        slack_fetch "$1"
        [ -z "${CHAT_READ[$1]}" ] || break
        [ "${EPOCHREALTIME/./}" -lt "$end" ] || return 1
        sleep 0.05
    done
    line=${CHAT_READ[$1]%%$'\n'*}
    CHAT_READ[$1]=${CHAT_READ[$1]#"$line"}
    CHAT_READ[$1]=${CHAT_READ[$1]#$'\n'}
    fields=$(jq -r '[(if .bot_id then "bot" else .user end), .ts,
        ([.blocks[]? | select(.type == "actions") | .elements[].value // empty] | join(" ")),
        (.text | gsub("&lt;"; "<") | gsub("&gt;"; ">") | gsub("&amp;"; "&"))]
        | join("\u001f") | gsub("\n"; "\\n")' <<<"$line") || return
    IFS=$'\x1f' read -r CHAT_SENDER CHAT_ID CHAT_BUTTONS CHAT_TEXT <<<"$fields"
    chat_show "$1"
}

# chat_show NAME: prints what was read, if it is to be shown.
chat_show() {
    [ -n "$CHAT_SHOW" ] || return 0
    if [ "$CHAT_SENDER" = bot ]; then
        printf '%-14s' "bot to $1"
    else
        printf '%14s' "$1"
    fi
    printf '  %s\n' "${CHAT_TEXT//\\n/$'\n                '}"
}

# chat_expect NAME REGEX, chat_await NAME REGEX: as in chat.sh.
chat_expect() {
    while chat_next "$1" "$CHAT_SECONDS"; do
        [ "$CHAT_SENDER" = bot ] || continue
        [[ $CHAT_TEXT =~ $2 ]] && return 0
        echo "expected to $1: $2" >&2
        echo "          came: $CHAT_TEXT" >&2
        return 1
    done
    echo "expected to $1: $2" >&2
    echo "          came: nothing in $CHAT_SECONDS s" >&2
    return 1
}

chat_await() {
    local end=$((SECONDS + CHAT_SECONDS))
    while [ "$SECONDS" -le "$end" ] && chat_next "$1" "$CHAT_SECONDS"; do
        [ "$CHAT_SENDER" = bot ] && [[ $CHAT_TEXT =~ $2 ]] && return 0
    done
    echo "expected to $1, sooner or later: $2" >&2
    return 1
}
