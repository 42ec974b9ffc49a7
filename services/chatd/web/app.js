/* app.js: the page of the built-in chat (proto/localchat.md). One socket, one open conversation; what
 * was typed stays here until the store has it. Whatever comes from others is put into the page as
 * text, never as markup. */
'use strict';

const RETRY_MIN_MS = 300;
const RETRY_MAX_MS = 5000;
const AGAIN_MS = 1000; // after an error that may be repeated
const SEARCH_MS = 150; // after the last key
const TEXT_MAX = 16000; // bytes; SB_TEXT_MAX
const REPEATABLE = ['BUSY', 'TIMEOUT', 'UNAVAILABLE', 'INTERNAL'];

const $ = (id) => document.getElementById(id);
const el = (tag, className, text) => {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
};

/* ---- What we know. */

let socket = null;
let retryMs = RETRY_MIN_MS;
let place = null; // {as}, {view: 'security'} or both: the conversation that is open, and who acts in it
let welcomed = false; // the server has opened it
let after = null; // the seq whose predecessors are all known
let seen = 0; // the greatest seq of a live message
let complete = false; // the history has ended
let person = null;
let unread = 0;
let messages = new Map(); // id -> {first, seq, node, message}
let events = new Map(); // event -> {place, frame, sent, acked, failed, node}: not seen as a message yet, in order
let serial = 0;
const session = Array.from(crypto.getRandomValues(new Uint8Array(6)), (b) => b.toString(16).padStart(2, '0')).join('');

const newEvent = (where, frame) => ({ place: where, frame, sent: false, acked: false, failed: null, node: null });

/* What was typed outlives a reload of the page. */
const KEEP = 'securitybot-unsent';
function keepEvents() {
  const list = [...events.values()].filter(({ acked }) => !acked).map(({ place: where, frame }) => ({ place: where, frame }));
  try {
    sessionStorage.setItem(KEEP, JSON.stringify(list));
  } catch { /* then it lives as long as the page */ }
}
function recallEvents() {
  try {
    for (const { place: where, frame } of JSON.parse(sessionStorage.getItem(KEEP) || '[]')) {
      events.set(frame.event, newEvent(where, frame));
    }
  } catch { /* nothing that we wrote */ }
}

/* ---- The socket. */

function setStatus(state, text) {
  $('status').dataset.state = state;
  if ($('status-text').textContent !== text) $('status-text').textContent = text;
}

function send(frame) {
  if (!socket || socket.readyState !== WebSocket.OPEN) return false;
  socket.send(JSON.stringify(frame));
  return true;
}

function connect() {
  const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
  const mine = new WebSocket(`${scheme}//${location.host}/ws`, 'securitybot-chat-1');
  socket = mine;
  mine.onopen = () => {
    retryMs = RETRY_MIN_MS;
    setStatus('connected', 'Connected');
    searchPeople();
    hello();
  };
  mine.onmessage = (event) => {
    if (mine === socket) receive(JSON.parse(event.data));
  };
  mine.onclose = () => {
    if (mine !== socket) return;
    socket = null;
    welcomed = false;
    setStatus('waiting', 'Not connected, trying again…');
    setTimeout(connect, retryMs * (0.7 + 0.6 * Math.random()));
    retryMs = Math.min(RETRY_MAX_MS, retryMs * 2);
  };
}

function receive(frame) {
  const handlers = {
    people: onPeople, welcome: onWelcome, history: onHistory, message: onMessage,
    ack: onAck, error: onError, resync: hello,
  };
  if (Object.hasOwn(handlers, frame.type)) handlers[frame.type](frame);
}

function hello() {
  welcomed = false;
  complete = false;
  if (place) send({ type: 'hello', ...place, after });
}

/* ---- Conversations. */

const samePlace = (a, b) => a && b && a.as === b.as && a.view === b.view;
const sameChannel = (a, b) => samePlace(a, b) || Boolean(a && b && a.view && a.view === b.view);

function placeOf(url) {
  const query = new URL(url, location.href).searchParams;
  const as = (query.get('as') || '').trim().toLowerCase() || undefined;
  if (query.get('view') === 'security') return { view: 'security', as };
  return as ? { as } : null;
}

function open(next, focus) {
  const changed = !samePlace(next, place);
  place = next;
  document.body.classList.toggle('open', Boolean(place));
  $('empty').hidden = Boolean(place);
  $('conversation').hidden = !place;
  markCurrent();
  if (!changed) return;
  after = null;
  seen = 0;
  person = null;
  messages = new Map();
  $('log').replaceChildren();
  trouble('');
  if (!place) {
    document.title = 'Securitybot chat';
    return;
  }
  const security = place.view === 'security';
  showHead(security ? $('security-name').textContent : place.as, security ? 'what the security team sees' : '');
  $('composer').hidden = security;
  $('responder').hidden = !security;
  $('responder-name').value = (security && place.as) || '';
  hello();
  if (focus) (security || matchMedia('(max-width: 720px)').matches ? $('title') : $('text')).focus();
}

function showHead(name, detail) {
  $('title').textContent = name;
  $('detail').textContent = detail;
  const security = place.view === 'security';
  $('face').textContent = security ? '#' : initials(name);
  $('face').className = security ? 'face channel' : 'face';
  showTitle();
}

function showTitle() {
  document.title = `${unread ? `(${unread}) ` : ''}${$('title').textContent} – Securitybot chat`;
}

function onWelcome(frame) {
  welcomed = true;
  person = frame.person;
  trouble('');
  $('security-name').textContent = frame.security.replace(/^#/, '');
  if (place.view) {
    showHead(frame.security.replace(/^#/, ''), person ? `you press as ${person.name || person.id}` : 'what the security team sees');
  } else if (person) {
    showHead(person.name || person.id, [person.name ? person.id : '', person.email].filter(Boolean).join(' · '));
  }
  for (const [event, kept] of events) {
    kept.sent = false;
    if (person && samePlace(kept.place, place) && !kept.acked) showKept(event, kept);
  }
  pump();
}

/* ---- Messages. */

const number = (seq) => Number(seq); // below 2^53 for longer than anyone will chat

function onHistory(frame) {
  for (const message of frame.messages) {
    show(message, false);
  }
  after = frame.last;
  if (frame.more) {
    hello();
    return;
  }
  complete = true;
  if (seen > number(after || 0)) after = String(seen);
  scrollDown();
  $('log').setAttribute('aria-live', 'polite');
}

function onMessage(frame) {
  const { message } = frame;
  if (!place || message.channel !== (place.view ? '#security' : `@${place.as}`)) return;
  seen = Math.max(seen, number(message.seq));
  if (complete && seen > number(after || 0)) after = String(seen);
  const stay = atBottom();
  show(message, true);
  if (stay || message.sender) scrollDown();
  if (document.hidden && !message.sender) {
    unread += 1;
    showTitle();
  }
}

function show(message, live) {
  const known = messages.get(message.id);
  if (known && number(known.message.seq) >= number(message.seq)) return;
  const node = bubble(message);
  if (known) {
    const hadFocus = known.node.contains(document.activeElement);
    known.node.replaceWith(node);
    if (hadFocus) (place.view ? $('scroll') : $('text')).focus();
  } else {
    if (live) node.classList.add('new');
    insert(node, number(message.first));
  }
  messages.set(message.id, { message, node });
  markDays();
  const mine = message.sender && message.id.slice(message.sender.length + 1);
  if (events.has(mine)) forget(mine);
}

function insert(node, first) {
  const log = $('log');
  node.dataset.first = first;
  let next = null;
  for (let at = log.lastElementChild; at; at = at.previousElementSibling) {
    if (!at.dataset.first) continue;
    if (Number(at.dataset.first) < first) break;
    next = at;
  }
  log.insertBefore(node, next);
}

/* One line per day, before its first message. */
function markDays() {
  let last = '';
  for (const node of [...$('log').children]) {
    if (node.classList.contains('day')) node.remove();
  }
  for (const node of [...$('log').children]) {
    const at = new Date(Number(node.dataset.at));
    const day = at.toLocaleDateString(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
    if (day !== last) $('log').insertBefore(el('li', 'day', day), node);
    last = day;
  }
}

function bubble(message) {
  const mine = Boolean(message.sender);
  const node = el('li', mine ? 'message me' : 'message');
  node.dataset.at = message.at_ms;
  node.dataset.first = message.first;
  if (!mine) {
    const face = el('img');
    face.src = '/icon.svg';
    face.alt = '';
    node.append(face);
  }
  const body = el('div', 'body');
  body.append(el('span', 'hidden', mine ? 'You said: ' : 'Securitybot said: '));
  const text = el('div', 'bubble');
  text.append(rich(message.text || ''));
  body.append(text);
  if (message.buttons && message.buttons.length) body.append(choices(message));
  body.append(meta(message));
  node.append(body);
  return node;
}

function meta(message) {
  const line = el('p', 'meta');
  const at = new Date(message.at_ms);
  const time = el('time', '', at.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' }));
  time.dateTime = at.toISOString();
  line.append(time);
  if (message.edited) line.append(' · changed');
  return line;
}

/* Lines that begin with "> " are a quotation, `words` are code; nothing else means anything. */
function rich(text) {
  const out = document.createDocumentFragment();
  let block = null;
  for (const line of text.split('\n')) {
    const quoted = line.startsWith('> ') || line === '>';
    const tag = quoted ? 'BLOCKQUOTE' : 'P';
    if (!quoted && line.trim() === '') {
      block = null;
      continue;
    }
    if (block && block.tagName === tag) {
      block.append('\n');
    } else {
      block = el(tag);
      out.append(block);
    }
    const parts = (quoted ? line.slice(2) : line).split('`');
    parts.forEach((part, i) => {
      const code = i % 2 === 1 && i < parts.length - 1 && part !== '';
      block.append(code ? el('code', '', part) : (i % 2 === 1 ? '`' : '') + part + (i % 2 === 1 && i < parts.length - 1 ? '`' : ''));
    });
  }
  return out;
}

function choices(message) {
  const group = el('div', 'choices');
  group.setAttribute('role', 'group');
  group.setAttribute('aria-label', place.view ? 'What to do about it' : 'Answers');
  if (!place.as) group.setAttribute('aria-describedby', 'responder-hint');
  for (const button of message.buttons) {
    if (button.url) {
      group.append(opener(button));
      continue;
    }
    const node = el('button', ['primary', 'danger'].includes(button.style) ? button.style : '', button.label);
    node.type = 'button';
    node.disabled = !place.as;
    node.onclick = () => {
      for (const each of group.querySelectorAll('button')) each.disabled = true;
      (place.view ? $('scroll') : $('text')).focus();
      keep({ type: 'press', message: message.id, value: button.value, label: button.label });
    };
    group.append(node);
  }
  return group;
}

/* A button that opens a page and is no answer; it leads nowhere but where it says. */
function opener(button) {
  const node = el('a', `button ${['primary', 'danger'].includes(button.style) ? button.style : ''}`.trim(), button.label);
  if (/^https?:\/\//i.test(button.url)) {
    node.href = button.url;
    node.target = '_blank';
    node.rel = 'noopener noreferrer';
  }
  return node;
}

/* ---- What we say. */

function keep(frame) {
  serial += 1;
  const event = `${session}-${serial}`;
  const kept = newEvent(place, { ...frame, event });
  events.set(event, kept);
  keepEvents();
  showKept(event, kept);
  scrollDown();
  pump();
}

/* One at a time, so that the order holds. */
function pump() {
  if (!welcomed || !person) return;
  for (const kept of events.values()) {
    if (!samePlace(kept.place, place) || kept.failed || kept.acked) continue;
    if (!kept.sent) kept.sent = send(kept.frame);
    return;
  }
}

function showKept(event, kept) {
  const { frame } = kept;
  const node = el('li', kept.failed ? 'message me failed' : 'message me waiting');
  node.dataset.at = Date.now();
  node.dataset.first = Number.MAX_SAFE_INTEGER;
  const body = el('div', 'body');
  const text = el('div', 'bubble');
  text.append(rich(frame.type === 'press' ? frame.label : frame.text));
  const line = el('p', 'meta', kept.failed ? `Not sent: ${kept.failed} ` : 'Sending…');
  if (kept.failed) {
    const drop = el('button', 'link', 'Remove');
    drop.type = 'button';
    drop.onclick = () => forget(event);
    line.append(drop);
  }
  body.append(text, line);
  node.append(body);
  if (kept.node && kept.node.isConnected) kept.node.replaceWith(node);
  else $('log').append(node);
  kept.node = node;
  markDays();
}

function forget(event) {
  const kept = events.get(event);
  if (!kept) return;
  if (kept.node) kept.node.remove();
  events.delete(event);
  keepEvents();
  markDays();
  pump();
}

/* The message itself comes as a message, before or after; until then the bubble stays. What is
 * pressed in the security channel is none: the bot says what came of it. */
function onAck(frame) {
  const kept = events.get(frame.event);
  if (!kept) return;
  if (messages.has(frame.id) || kept.place.view) {
    forget(frame.event);
    return;
  }
  kept.acked = true;
  keepEvents();
  if (kept.node) {
    kept.node.classList.remove('waiting');
    kept.node.querySelector('.meta').textContent = 'Sent';
  }
  pump();
}

function onError(frame) {
  const kept = events.get(frame.event);
  const repeat = REPEATABLE.includes(frame.code);
  if (kept && repeat) {
    setTimeout(() => {
      kept.sent = false;
      pump();
    }, AGAIN_MS);
  } else if (kept) {
    kept.failed = frame.text;
    if (kept.node) showKept(frame.event, kept);
    pump();
    for (const button of document.querySelectorAll('.choices button')) button.disabled = false;
  } else if (frame.about === 'hello' && repeat) {
    setTimeout(hello, AGAIN_MS);
  } else {
    trouble(frame.text);
    if (frame.about === 'hello') $('composer').hidden = true;
  }
}

function trouble(text) {
  $('trouble').textContent = text;
  $('trouble').hidden = !text;
}

/* ---- People. */

let searching = 0;

function searchPeople() {
  send({ type: 'people', search: $('search').value.trim() });
}

const initials = (name) => name.split(/[\s._-]+/).filter(Boolean).slice(0, 2).map((word) => [...word][0]).join('').toUpperCase();

function onPeople(frame) {
  const focused = $('people').contains(document.activeElement) ? document.activeElement.dataset.as : null;
  $('people').replaceChildren(...frame.people.map((each) => {
    const link = el('a', 'entry');
    link.href = `?as=${encodeURIComponent(each.id)}`;
    link.dataset.as = each.id;
    const face = el('span', 'face', initials(each.name || each.id));
    face.setAttribute('aria-hidden', 'true');
    const who = el('span', 'who');
    who.append(el('span', 'name', each.name || each.id), el('span', 'detail', [each.name ? each.id : '', each.email].filter(Boolean).join(' · ')));
    link.append(face, who);
    const item = el('li');
    item.append(link);
    return item;
  }));
  $('responder-names').replaceChildren(...frame.people.map((each) => {
    const option = el('option');
    option.value = each.id;
    option.label = each.name || each.id;
    return option;
  }));
  const none = $('search').value.trim() ? 'Nobody found.' : 'The directory is empty.';
  $('people-note').textContent = frame.people.length ? (frame.more ? 'There are more; search to find them.' : '') : none;
  markCurrent();
  if (focused) {
    const link = [...$('people').querySelectorAll('a')].find((each) => each.dataset.as === focused);
    if (link) link.focus();
  }
}

function markCurrent() {
  for (const link of document.querySelectorAll('.people a')) {
    if (sameChannel(placeOf(link.href), place)) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
}

/* ---- The page. */

const atBottom = () => $('scroll').scrollHeight - $('scroll').scrollTop - $('scroll').clientHeight < 60;
const scrollDown = () => { $('scroll').scrollTop = $('scroll').scrollHeight; };

function go(event) {
  const link = event.target.closest('a[href^="?"]');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  history.pushState(null, '', link.getAttribute('href') === '?' ? location.pathname : link.href);
  open(placeOf(location.href), true);
  if (!place) $('search').focus();
}

function moveInPeople(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  const stops = [$('security-link'), $('search'), ...$('people').querySelectorAll('a')];
  const next = stops[stops.indexOf(document.activeElement) + step];
  if (next) {
    event.preventDefault();
    next.focus();
  }
}

function grow() {
  const box = $('text');
  box.style.height = 'auto';
  box.style.height = `${box.scrollHeight + 2}px`;
  box.style.overflowY = box.scrollHeight > box.clientHeight ? 'auto' : 'hidden';
}

function submit(event) {
  event.preventDefault();
  const text = $('text').value;
  if (!text.trim() || !place || place.view) return;
  const size = new TextEncoder().encode(text).length;
  if (size > TEXT_MAX) {
    trouble(`This message is too long: ${size} of at most ${TEXT_MAX} bytes.`);
    return;
  }
  trouble('');
  $('text').value = '';
  grow();
  keep({ type: 'say', text });
}

/* Who presses the buttons of the security channel. */
function chooseResponder(event) {
  event.preventDefault();
  const as = $('responder-name').value.trim().toLowerCase();
  history.pushState(null, '', `?view=security${as ? `&as=${encodeURIComponent(as)}` : ''}`);
  open(placeOf(location.href), false);
}

document.addEventListener('click', go);
document.querySelector('.people').addEventListener('keydown', moveInPeople);
window.addEventListener('popstate', () => open(placeOf(location.href), false));
document.addEventListener('visibilitychange', () => {
  if (!document.hidden && unread) {
    unread = 0;
    showTitle();
  }
});
window.addEventListener('focus', searchPeople); // there may be newcomers
$('search').addEventListener('input', () => {
  clearTimeout(searching);
  searching = setTimeout(searchPeople, SEARCH_MS);
});
$('composer').addEventListener('submit', submit);
$('responder').addEventListener('submit', chooseResponder);
$('text').addEventListener('input', grow);
$('text').addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) submit(event);
});

recallEvents();
open(placeOf(location.href), true);
connect();
