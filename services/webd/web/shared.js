// shared.js: what both pages need: to ask, to read and write base64url, to show a text as a text.
'use strict';

export const $ = (id) => document.getElementById(id);

// What a page can't go on from: `name` as webd says it, "away" if it was not reached.
export class Fault extends Error {
  constructor(name) {
    super(name);
    this.name = name;
  }
}

async function read(response) {
  let body = {};
  try {
    body = await response.json();
  } catch {
    throw new Fault('away');
  }
  if (!response.ok) {
    throw new Fault(body.error || 'away');
  }
  return body;
}

export async function ask(path, body) {
  const how = body === undefined ? {} :
    { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  let response;
  try {
    response = await fetch(path, { cache: 'no-store', redirect: 'error', ...how });
  } catch {
    throw new Fault('away');
  }
  return read(response);
}

export function toBytes(text) {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (each) => each.charCodeAt(0));
}

export function toText(buffer) {
  let binary = '';
  for (const each of new Uint8Array(buffer ?? [])) {
    binary += String.fromCharCode(each);
  }
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

// Controls but for line breaks and tabs, and characters that can't be seen or that turn the order of
// others around: in the middle of a sentence they could make it say something else.
const ODD = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}]/u;

export function show(element, text) {
  const parts = [];
  let plain = '';
  for (const each of text) {
    if (each === '\n' || each === '\t' || !ODD.test(each)) {
      plain += each;
      continue;
    }
    const odd = document.createElement('span');
    odd.className = 'odd';
    odd.textContent = 'U+' + each.codePointAt(0).toString(16).toUpperCase().padStart(4, '0');
    parts.push(plain, odd);
    plain = '';
  }
  parts.push(plain);
  element.replaceChildren(...parts);
}

// The last word of a page; the screen reader goes there too.
export function end(title, text) {
  for (const each of document.querySelectorAll('main > section')) {
    each.hidden = each.id !== 'result';
  }
  $('result-title').textContent = title;
  $('result-text').textContent = text;
  document.title = `${title} · Securitybot`;
  $('result-title').focus();
}

export const GONE = ['This link is no longer good',
  'It was used already, or its time is over. If you were asked something just now, the chat says what became of it.'];

export const PROBLEMS = {
  away: 'That could not be sent just now. Please try again in a moment.',
  many: 'That were too many. Please wait a minute and try again.',
  closed: 'This was answered already. The chat says what became of it.',
  wrong: 'That was not understood. Please load the page again.',
};
