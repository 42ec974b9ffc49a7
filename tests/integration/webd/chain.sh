# chain.sh: what tests with every daemon and a browser share.
# shellcheck shell=bash disable=SC2016 # what is evaluated is JavaScript
# To be sourced.
#     chain_open     the suite, with pages, a browser, and the chats of alice, bob, carol and the team
#     ask PERSON TITLE    an alert about them until LINK is there; hash is the alert's
# shellcheck source=scripts/lib/suite.sh
. "$SB_SOURCE/scripts/lib/suite.sh"
# shellcheck source=scripts/lib/chat.sh
. "$SB_SOURCE/scripts/lib/chat.sh"
# shellcheck source=tests/support/browser.sh
. "$SB_SOURCE/tests/support/browser.sh"

browser_there || { echo "skipped: there is no chromium" >&2; exit 77; }

folder=$(mktemp -d) || exit
end() {
    chat_close_all
    browser_stop
    suite_stop
    rm -rf "$folder"
}
trap end EXIT

fault() {
    echo "FAILED $*" >&2
    tail -n 5 "$folder"/suite/log/*.log >&2
    exit 1
}
step() { echo "$*"; }
ended() {
    browser_until "[...document.querySelectorAll('#result:not([hidden]) h1')].some((each) => each.innerText === '$1')" ||
        fault "$(browser_value 'document.body.innerText')"
}
press() { browser_until "document.getElementById('$1')?.checkVisibility() && !document.getElementById('$1').disabled" &&
    browser_value "document.getElementById('$1').click()" >/dev/null || fault "no $1"; }
field() {
    browser_value "document.getElementById('$1').focus()" >/dev/null
    browser_type "$2"
}
record() { # record JQ
    local got
    got=$("${BOTCTL[@]}" alert wait "$hash" --timeout 10s --json)
    jq -e "$1" <<<"$got" >/dev/null || fault "expected $1: $got"
}
proven_by() {
    "${BOTCTL[@]}" alert show "$hash" --json | jq -e --arg driver "$1" '.. | .factor? // empty |
        select(. == $driver)' >/dev/null || fault "not by $1: $("${BOTCTL[@]}" alert show "$hash" --json)"
}
# ask PERSON TITLE: until LINK is there, which stands behind the first button.
ask() {
    hash=$("${BOTCTL[@]}" alert create --json --person "$1" --title "$2" \
        --description 'a new SSH key was added' --reason 'from <203.0.113.7>' | jq -r .hash)
    chat_await "$1" 'Did you do this' || fault 'not asked'
    chat_say "$1" 'yes, my laptop'
    chat_await "$1" 'second factor' || fault 'no consent asked'
    chat_say "$1" yes
    chat_await "$1" 'page behind this button' || fault 'no link'
    LINK=$("${BOTCTL[@]}" chat --as "$1" --json </dev/null |
        jq -rs '[.[].buttons[]? | .url // empty] | last')
    [[ $LINK == "$SUITE_PAGE_URL/c/"* ]] || fault "no link: $LINK"
}


chain_open() {
    local person
    SUITE_PAGE_PORT=$(suite_port)
    SUITE_BOTD='hours: {enabled: false}'
    suite_new "$folder/suite" "$SB_BIN" && suite_start || fault 'no suite'
    mkdir "$folder/browser" && browser_start "$folder/browser" && browser_call WebAuthn.enable ||
        fault "no browser: $(cat "$folder/browser/log")"
    for person in alice bob carol; do
        chat_open "$person" --as "$person" || fault 'no chat'
    done
    chat_open team --view security || fault 'no chat'
}
