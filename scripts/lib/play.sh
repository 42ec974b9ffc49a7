# play.sh: the demo's three alerts, played through the real chat socket: one that is confirmed, one
# that is denied, one that nobody answers.
# shellcheck shell=bash disable=SC2034 # some variables are for who sources us
# To be sourced after suite.sh and chat.sh. Each play wants a conversation that is open under the
# person's name, and one of the security channel named team. PLAY_HOOK, if set, is called after
# each step of a play.

PLAY_SECONDS=5 # to answer a question; the three are over well before

# play_enroll PERSON: gives a second factor; play_code PERSON: its code of now.
play_enroll() { (umask 077 && "${BOTCTL[@]}" totp enroll --json "$1" >"$SUITE_FOLDER/run/totp-$1"); }
play_code() { "${BOTCTL[@]}" totp code <"$SUITE_FOLDER/run/totp-$1"; }

play_step() { ${PLAY_HOOK:-:}; }

play_say() {
    chat_say "$1" "$2"
    play_step
}

# play_create PERSON TITLE DESCRIPTION REASON: sets PLAY_HASH.
play_create() {
    PLAY_HASH=$("${BOTCTL[@]}" alert create --json --person "$1" --title "$2" --description "$3" \
        --reason "$4" --url "https://siem.example.com/alerts/$2" | jq -r .hash)
    [ -n "$PLAY_HASH" ] && play_step
}

# play_ended PERSON JQ: waits for the end of PLAY_HASH; PLAY_RECORD must be so, and nothing but the
# farewell may be said any more.
play_ended() {
    PLAY_RECORD=$("${BOTCTL[@]}" alert wait "$PLAY_HASH" --timeout "${CHAT_SECONDS}s" --json)
    jq -e "$2" <<<"$PLAY_RECORD" >/dev/null || {
        echo "the record is not as it must be ($2): $PLAY_RECORD" >&2
        return 1
    }
    chat_expect "$1" "^That's all for now"
}

play_confirmed() {
    play_create "$1" new_ssh_key "a new SSH key was added to your account" \
        "from 203.0.113.7, where you have never been" &&
        chat_expect "$1" '^Hi ' &&
        chat_expect "$1" 'new SSH key.*> from 203\.0\.113\.7.*Did you do this' &&
        play_say "$1" 'yes, it is for my new laptop' &&
        chat_expect "$1" 'second factor' &&
        play_say "$1" yes &&
        chat_expect "$1" '6 digits' &&
        play_say "$1" "$(play_code "$1")" &&
        chat_expect "$1" 'confirmed' &&
        play_ended "$1" '.outcome == "confirmed" and .performed == true and
            .authenticated == true and .status == 2 and .comment == "it is for my new laptop"'
}

play_denied() {
    play_create "$1" root_login "root logged in on db1" "at 03:12, from the office" &&
        chat_expect "$1" '^Hi ' &&
        chat_expect "$1" 'root logged in on db1.*Did you do this' &&
        play_say "$1" 'no, I was asleep' &&
        chat_expect "$1" 'security team' &&
        chat_await team "$1.*it wasn't them.*root_login.*I was asleep" &&
        play_ended "$1" '.outcome == "denied" and .performed == false and
            .authenticated != true and .status == 2 and .comment == "I was asleep"'
}

play_silent() {
    play_create "$1" bulk_download "4,000 files were downloaded" "in ten minutes" &&
        chat_expect "$1" '^Hi ' &&
        chat_expect "$1" '4,000 files were downloaded.*Did you do this' &&
        play_step &&
        chat_expect "$1" 'time for this question is over' &&
        chat_await team "No complete answer.*$1.*bulk_download" &&
        play_ended "$1" '.outcome == "no_answer" and .performed == null and
            .authenticated != true and .status == 2'
}

# play_all: on a suite that runs and whose botd waits PLAY_SECONDS for an answer.
play_all() {
    local records=()
    CHAT_SHOW=yes
    play_enroll alice &&
        chat_open alice --as alice && chat_open bob --as bob && chat_open carol --as carol &&
        chat_open team --view security || return
    play_confirmed alice && records+=("$PLAY_RECORD") &&
        play_denied bob && records+=("$PLAY_RECORD") &&
        play_silent carol && records+=("$PLAY_RECORD") || return
    echo
    printf '%s\n' "${records[@]}"
}
