// page.js: the page on which somebody says whether something was them, and proves it.
'use strict';
import { $, Fault, GONE, PROBLEMS, ask, end, show, toBytes, toText } from '/shared.js';

const LOOK_MS = 5000; // between two looks at a page that nobody has answered yet
const AGAIN_MS = 1000; // until webd is asked again that could not wait with us
const PROVE = { webauthn: 'passkey', totp: 'code', oidc: 'oidc' };
const here = location.pathname;

const TEAM = 'The security team knows and will come back to you. You can close this page.';
const RESULTS = {
  approved: ['Thank you, it is confirmed', 'It is on record that this was you. You can close this page.'],
  fraud: ['Thank you for saying so', TEAM],
  refused: ['Thank you for saying so', TEAM],
  wrong_code: ['Too many tries', `None of the answers was right. ${TEAM}`],
  locked: ['Too many tries', `For a while no more answers are taken. ${TEAM}`],
  suspect: ['This proof can’t be taken', `Something about it is not as it should be. ${TEAM}`],
  denied: ['Your account may not do this', TEAM],
  no_factor: ['There is nothing to prove it with', `No second factor is set up for you. ${TEAM}`],
  unavailable: ['This can’t be checked just now', TEAM],
  timeout: ['The time is over', `There was no answer in time. ${TEAM}`],
  cancelled: ['This is not asked any more', 'The chat says what became of it. You can close this page.'],
};

let busy = false;
let shown = false;
let deadline = 0;

function problem(text) {
  $('problem').textContent = text;
}

function wait(text) {
  busy = text !== '';
  $('status').textContent = text;
  for (const each of document.querySelectorAll('#question button, #question input')) {
    each.disabled = busy;
  }
}

function minutes(ms) {
  const left = Math.ceil(ms / 60000);
  return left <= 1 ? 'less than a minute' : `${left} minutes`;
}

function count() {
  const left = deadline - Date.now();
  $('left').textContent = left > 0 ? `You have ${minutes(left)} left.` : 'The time is over.';
}

function draw(state) {
  const { alert } = state;
  show($('person'), state.person.name || state.person.id);
  show($('description'), alert.description);
  show($('rule'), alert.title);
  show($('short'), alert.short);
  show($('reason'), alert.reason ?? '');
  $('reason-row').hidden = !alert.reason;
  show($('place'), alert.place ?? '');
  $('place-row').hidden = !alert.place;
  $('when-row').hidden = !alert.event_ms;
  if (alert.event_ms) {
    $('when').textContent = new Intl.DateTimeFormat(undefined,
      { dateStyle: 'full', timeStyle: 'long' }).format(alert.event_ms);
  }
  const prove = PROVE[state.driver] ?? 'none';
  for (const each of document.querySelectorAll('.prove')) {
    each.hidden = each.id !== `prove-${prove}`;
  }
  $('loading').hidden = true;
  $('question').hidden = false;
  shown = true;
}

// A wrong answer after which the person may try again.
function tryAgain(state) {
  const left = state.attempts_max - state.attempts;
  const tries = left === 1 ? 'one try' : `${left} tries`;
  if (state.driver === 'totp') {
    problem(`That code is not right. You have ${tries} left.`);
    $('code').value = '';
    $('code').focus();
  } else {
    problem(`That was not right. You have ${tries} left.`);
  }
}

// Shows a state; true if it is the last one.
function take(state) {
  if (state.state === 'closed') {
    end(...(RESULTS[state.result] ?? RESULTS.unavailable));
    return true;
  }
  deadline = Date.now() + state.left_ms;
  if (!shown) {
    draw(state);
  }
  count();
  return false;
}

// Until authd has judged what was answered.
async function follow() {
  wait('Checking …');
  for (;;) {
    const state = await ask(`${here}/state?wait=1`);
    if (take(state)) {
      return;
    }
    if (state.state === 'open') {
      wait('');
      if (state.result) {
        tryAgain(state);
      }
      return;
    }
    await new Promise((done) => { setTimeout(done, AGAIN_MS); });
  }
}

// Does something, and says what went wrong with it.
async function attempt(text, action) {
  if (busy) {
    return;
  }
  const from = document.activeElement;
  problem('');
  wait(text);
  try {
    await action();
  } catch (error) {
    wait('');
    failed(error);
  }
  if (!busy && document.activeElement === document.body) { // it was on what can't be used for a while
    from.focus();
  }
}

function failed(error) {
  if (error instanceof Fault && error.name === 'gone') {
    end(...GONE);
  } else if (error instanceof Fault) {
    problem(PROBLEMS[error.name] ?? PROBLEMS.away);
  } else if (error.name === 'NotAllowedError') {
    problem('The passkey was not used: it was cancelled, took too long, or is not on this device. You can try again.');
  } else if (error.name === 'SecurityError') {
    problem('This browser refuses passkeys on this address. Please tell the security team.');
  } else {
    problem('Something went wrong in this browser. You can try again, or use another one.');
  }
}

async function usePasskey() {
  if (!window.PublicKeyCredential) {
    throw new DOMException('', 'NotSupportedError');
  }
  const begun = await ask(`${here}/begin`, {});
  const credential = await navigator.credentials.get({
    publicKey: {
      challenge: toBytes(begun.challenge),
      rpId: begun.rp_id,
      allowCredentials: begun.passkeys.map((id) => ({ type: 'public-key', id: toBytes(id) })),
      userVerification: 'required',
      timeout: Math.max(1000, deadline - Date.now()),
    },
  });
  const { response } = credential;
  await ask(`${here}/answer`, {
    kind: 'passkey',
    id: toText(credential.rawId),
    client_data: toText(response.clientDataJSON),
    auth_data: toText(response.authenticatorData),
    signature: toText(response.signature),
    user_handle: toText(response.userHandle),
  });
  await follow();
}

async function sendCode() {
  await ask(`${here}/answer`, { kind: 'code', code: $('code').value.replace(/\s/g, '') });
  await follow();
}

async function signIn() {
  const begun = await ask(`${here}/begin`, {});
  const url = new URL(begun.authorize_url);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new Fault('wrong');
  }
  location.assign(url.href);
}

async function refuse() {
  await ask(`${here}/refuse`, {});
  await follow();
}

// Now and then: the page may be answered elsewhere, or over.
async function look() {
  let following = false;
  if (!busy && shown && $('result').hidden) {
    try {
      const state = await ask(`${here}/state`);
      if (!busy && !take(state) && state.state === 'answered') {
        following = true;
        await follow();
      }
    } catch (error) {
      if (error.name === 'gone') {
        end(...GONE);
      } else if (following) {
        wait('');
      }
    }
  }
  setTimeout(look, LOOK_MS);
}

$('passkey').addEventListener('click', () => attempt('Your browser asks for the passkey …', usePasskey));
$('sign-in').addEventListener('click', () => attempt('To your sign-in …', signIn));
$('refuse').addEventListener('click', () => attempt('Telling the security team …', refuse));
$('prove-code').addEventListener('submit', (event) => {
  event.preventDefault();
  attempt('Checking …', sendCode);
});
window.addEventListener('pageshow', (event) => {
  if (event.persisted) { // back from signing in, by the browser's arrow
    wait('');
  }
});

$('loading').hidden = false;
try {
  const state = await ask(`${here}/state`);
  if (!take(state) && state.state === 'answered') {
    await follow();
  }
} catch (error) {
  end(...(error.name === 'gone' ? GONE : ['Please load this page again', PROBLEMS.away]));
}
setTimeout(look, LOOK_MS);
