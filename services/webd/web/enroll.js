// enroll.js: makes a passkey for who has a code.
'use strict';
import { $, Fault, PROBLEMS, ask, end, toBytes, toText } from '/shared.js';

const ES256 = -7;
const EDDSA = -8;

function problem(text) {
  $('problem').textContent = text;
}

function wait(text) {
  $('status').textContent = text;
  for (const each of document.querySelectorAll('#form input, #form button')) {
    each.disabled = text !== '';
  }
}

async function create(begun) {
  return navigator.credentials.create({
    publicKey: {
      challenge: toBytes(begun.challenge),
      rp: begun.rp,
      user: {
        id: toBytes(begun.user.id),
        name: begun.user.name,
        displayName: begun.user.display_name,
      },
      pubKeyCredParams: [ES256, EDDSA].map((alg) => ({ type: 'public-key', alg })),
      excludeCredentials: begun.passkeys.map((id) => ({ type: 'public-key', id: toBytes(id) })),
      authenticatorSelection: { userVerification: 'required', residentKey: 'preferred' },
      attestation: 'none',
    },
  });
}

async function enroll() {
  if (!window.PublicKeyCredential) {
    throw new DOMException('', 'NotSupportedError');
  }
  const code = $('code').value.trim();
  const begun = await ask('/enroll/begin', { username: $('username').value.trim(), code });
  wait('Your browser makes the passkey …');
  const credential = await create(begun);
  wait('Keeping it …');
  await ask('/enroll/finish', {
    code,
    challenge: begun.challenge,
    name: $('name').value.trim(),
    client_data: toText(credential.response.clientDataJSON),
    attestation: toText(credential.response.attestationObject),
  });
  end($('result-title').textContent, $('result-text').textContent);
}

function failed(error) {
  if (error instanceof Fault && error.name === 'gone') {
    problem('This username and code don’t go together, or the code was used already or is too old. Ask your security team for a new one.');
    $('code').focus();
  } else if (error instanceof Fault && error.name === 'closed') {
    problem('This passkey is kept already, or the code was typed in another window in the meantime. Please try again.');
  } else if (error instanceof Fault) {
    problem(PROBLEMS[error.name] ?? PROBLEMS.away);
  } else if (error.name === 'InvalidStateError') {
    problem('This device has a passkey of yours already. There is nothing left to do here.');
  } else if (error.name === 'NotAllowedError') {
    problem('No passkey was made: it was cancelled or took too long. You can try again.');
  } else if (error.name === 'SecurityError') {
    problem('This browser refuses passkeys on this address. Please tell the security team.');
  } else {
    problem('This browser or device can’t make such a passkey. Please use another one.');
  }
}

$('form').addEventListener('submit', async (event) => {
  event.preventDefault();
  const from = document.activeElement;
  problem('');
  wait('Checking the code …');
  try {
    await enroll();
  } catch (error) {
    wait('');
    from.focus();
    failed(error);
  }
});
$('enroll').hidden = false;
