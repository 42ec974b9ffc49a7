# chat.sh: people at the built-in chat, each by a `botctl chat --json` of their own.
# shellcheck shell=bash disable=SC2034 # some variables are for who sources us
# To be sourced after suite.sh.

declare -A CHAT_PID=() CHAT_OUT=() CHAT_IN=()
CHAT_SECONDS=10 # that an expected message may take
CHAT_SHOW=      # not empty: every message is printed as it comes
CHAT_COMMAND=() # botctl for the chat, if it is not "${BOTCTL[@]}"

# chat_open NAME OPTION...: opens a conversation, e.g. chat_open alice --as alice
chat_open() {
    local name=$1 in out fifo program=("${BOTCTL[@]}")
    [ "${#CHAT_COMMAND[@]}" -eq 0 ] || program=("${CHAT_COMMAND[@]}")
    fifo=$SUITE_FOLDER/run/chat-$name.fifo
    shift
    mkfifo "$fifo" && exec {in}<>"$fifo" && rm "$fifo" || return
    exec {out}< <(exec setpriv --pdeathsig TERM "${program[@]}" chat "$@" --json \
        <&"$in" 2>>"$SUITE_FOLDER/log/chat-$name.log")
    CHAT_PID[$name]=$! CHAT_IN[$name]=$in CHAT_OUT[$name]=$out
}

chat_close() {
    local name=$1 in=${CHAT_IN[$1]} out=${CHAT_OUT[$1]}
    kill "${CHAT_PID[$name]}" 2>/dev/null
    wait "${CHAT_PID[$name]}" 2>/dev/null
    exec {in}>&- {out}<&-
    unset "CHAT_PID[$name]" "CHAT_IN[$name]" "CHAT_OUT[$name]"
}

chat_close_all() {
    local name
    for name in "${!CHAT_PID[@]}"; do
        chat_close "$name"
    done
}

# chat_drain NAME: passes over what was said before, until nothing comes for a second.
chat_drain() { while chat_next "$1" 1; do :; done; }

# chat_say NAME TEXT: types one line.
chat_say() { printf '%s\n' "$2" >&"${CHAT_IN[$1]}"; }

# chat_press NAME MESSAGE VALUE: presses a button.
chat_press() { chat_say "$1" "/press $3"; }

# chat_heard NAME: what was said last has arrived.
chat_heard() {
    while chat_next "$1" 5; do
        [ "$CHAT_SENDER" = bot ] || return 0
    done
    return 1
}

# chat_act PERSON MESSAGE VALUE: a responder presses a button in the security channel, whether it is
# still there or not.
chat_act() {
    "${BOTCTL[@]}" chat --view security --as "$1" --json --timeout 10s >/dev/null \
        <<<"{\"press\": \"$3\", \"message\": \"$2\"}"
}

# chat_team_text MESSAGE: the text of a message in the security channel as it is by now, line breaks
# as \n.
chat_team_text() {
    "${BOTCTL[@]}" chat --view security --json </dev/null |
        jq -rs --arg id "$1" '[.[] | select(.id == $id)] | last | .text | gsub("\n"; "\\n")'
}

# chat_next NAME SECONDS: the next message, in CHAT_SENDER (bot, or who), CHAT_ID, CHAT_BUTTONS
# (values) and CHAT_TEXT (line breaks as \n). 1 if there is none in time. Changed messages are passed
# over: they were heard before.
chat_next() {
    local line fields
    while IFS= read -r -t "$2" -u "${CHAT_OUT[$1]}" line; do
        fields=$(jq -r 'select((.id | type) == "string" and (.edited | not)) |
            [.sender // "bot", .id, ([.buttons[]?.value] | join(" ")), .text] | join("\u001f")
            | gsub("\n"; "\\n")' <<<"$line" 2>/dev/null) || continue
        [ -n "$fields" ] || continue
        IFS=$'\x1f' read -r CHAT_SENDER CHAT_ID CHAT_BUTTONS CHAT_TEXT <<<"$fields"
        if [ -n "$CHAT_SHOW" ]; then
            if [ "$CHAT_SENDER" = bot ]; then
                printf '%-14s' "bot to $1"
            else
                printf '%14s' "$1"
            fi
            printf '  %s\n' "${CHAT_TEXT//\\n/$'\n                '}"
        fi
        return 0
    done
    return 1
}

# chat_expect NAME REGEX: the bot's next message must match; 1 and what came instead.
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

# chat_await NAME REGEX: passes over what does not match.
chat_await() {
    local end=$((SECONDS + CHAT_SECONDS))
    while [ "$SECONDS" -le "$end" ] && chat_next "$1" "$CHAT_SECONDS"; do
        [ "$CHAT_SENDER" = bot ] && [[ $CHAT_TEXT =~ $2 ]] && return 0
    done
    echo "expected to $1, sooner or later: $2" >&2
    return 1
}
