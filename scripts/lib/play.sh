# play.sh: the demo's three alerts, played through the real chat socket: one that is confirmed, one
# that is denied, one that nobody answers.
# shellcheck shell=bash disable=SC2034 # some variables are for who sources us
# To be sourced after suite.sh and chat.sh.

PLAY_SECONDS=5 # to answer a question; the three are over well before

play_say() {
    chat_say "$1" "$2"
}

# play_create PERSON TITLE DESCRIPTION REASON: prints the hash.
play_create() {
    "${BOTCTL[@]}" alert create --json --person "$1" --title "$2" --description "$3" \
        --reason "$4" --url "https://siem.example.com/alerts/$2" | jq -r .hash
}

# play_record HASH: the record once the alert has ended, as one JSON line.
play_record() {
    "${BOTCTL[@]}" alert wait "$1" --timeout "${CHAT_SECONDS}s" --json || [ $? -eq 5 ]
}

# play_check RECORD JQ: whether the record is as it must be.
play_check() {
    jq -e "$2" <<<"$1" >/dev/null || {
        echo "the record is not as it must be ($2): $1" >&2
        return 1
    }
}

play_confirmed() {
    local hash
    hash=$(play_create alice new_ssh_key "a new SSH key was added to your account" \
        "from 203.0.113.7, where you have never been") || return
    chat_expect alice '^Hi Alice!' &&
        chat_expect alice 'new SSH key.*> from 203\.0\.113\.7.*Did you do this' &&
        play_say alice 'yes, it is for my new laptop' &&
        chat_expect alice 'second factor' &&
        play_say alice yes &&
        chat_expect alice '6 digits' &&
        play_say alice "$("${BOTCTL[@]}" totp code alice)" &&
        chat_expect alice 'confirmed' || return
    PLAY_CONFIRMED=$(play_record "$hash") || return
    play_check "$PLAY_CONFIRMED" '.outcome == "confirmed" and .performed == true and
        .authenticated == true and .status == 2 and .comment == "it is for my new laptop"'
}

play_denied() {
    local hash
    hash=$(play_create bob root_login "root logged in on db1" "at 03:12, from the office") || return
    chat_expect bob '^Hi Bob!' &&
        chat_expect bob 'root logged in on db1.*Did you do this' &&
        play_say bob 'no, I was asleep' &&
        chat_expect bob 'security team' &&
        chat_await team "it wasn't them.*root_login.*I was asleep" || return
    PLAY_DENIED=$(play_record "$hash") || return
    play_check "$PLAY_DENIED" '.outcome == "denied" and .performed == false and
        .authenticated != true and .status == 2 and .comment == "I was asleep"'
}

play_silent() {
    local hash
    hash=$(play_create carol bulk_download "4,000 files were downloaded" "in ten minutes") || return
    chat_expect carol '^Hi Carol!' &&
        chat_expect carol '4,000 files were downloaded.*Did you do this' &&
        chat_expect carol 'time for this question is over' &&
        chat_await team 'No complete answer.*bulk_download' || return
    PLAY_SILENT=$(play_record "$hash") || return
    play_check "$PLAY_SILENT" '.outcome == "no_answer" and .performed == null and
        .authenticated == null and .status == 2'
}

# play_all: on a suite that runs and whose botd waits PLAY_SECONDS for an answer.
play_all() {
    CHAT_SHOW=yes
    "${BOTCTL[@]}" totp enroll alice >/dev/null &&
        chat_open alice --as alice && chat_open bob --as bob && chat_open carol --as carol &&
        chat_open team --security &&
        play_confirmed && play_denied && play_silent || return
    echo
    printf '%s\n' "$PLAY_CONFIRMED" "$PLAY_DENIED" "$PLAY_SILENT"
}
