// Socket Mode as @slack/socket-mode sees it.
'use strict';
const test = require('node:test');
const assert = require('node:assert/strict');
const { SocketModeClient } = require('@slack/socket-mode');
const { WebClient } = require('@slack/web-api');
const { WebSocket } = require('ws');
const { Fake, Inbox, until, sleep, silent, APP_TOKEN, BOT_TOKEN } = require('./fake.js');

// A client that is connected, and what it hears.
async function connect(t, fake, options = {}) {
    const client = new SocketModeClient({
        appToken: APP_TOKEN,
        clientOptions: { slackApiUrl: fake.api },
        logger: silent,
        clientPingTimeout: 2000,
        ...options,
    });
    const inbox = new Inbox(client, 'slack_event');
    t.after(() => client.disconnect());
    await client.start();
    return { client, inbox };
}

async function begin(t, ...options) {
    const fake = await Fake.start(t, '--users', '3', ...options);
    return { fake, ...(await connect(t, fake)) };
}

test('hello, an event, its acknowledgement', async (t) => {
    const { fake, inbox } = await begin(t);
    const posted = await fake.control('post', { user: 'U000000001', text: 'a < b' });
    const event = await inbox.next();
    assert.equal(event.type, 'events_api');
    assert.equal(event.accepts_response_payload, false);
    assert.deepEqual([event.retry_num, event.retry_reason], [0, '']);
    assert.equal(event.body.type, 'event_callback');
    assert.equal(event.body.event_id, posted.delivery);
    assert.equal(event.body.api_app_id, 'A0FAKE00001');
    const said = event.body.event;
    assert.deepEqual([said.type, said.channel_type, said.user, said.text, said.ts],
        ['message', 'im', 'U000000001', 'a &lt; b', posted.ts]);
    assert.equal(said.bot_id, undefined);
    await event.ack();
    const delivery = await fake.delivery(posted.delivery, 'acked');
    assert.equal(delivery.attempts, 1);
    assert.equal(delivery.response, null);
});

test('the app hears itself', async (t) => {
    const { fake, inbox } = await begin(t);
    const slack = new WebClient(BOT_TOKEN, { slackApiUrl: fake.api, logger: silent });
    const { channel, ts } = await slack.chat.postMessage({ channel: 'U000000001', text: 'x' });
    const own = await inbox.next();
    assert.deepEqual([own.body.event.bot_id, own.body.event.subtype], ['B0FAKE00001', undefined]);
    await own.ack();
    await slack.chat.update({ channel, ts, text: 'y' });
    const changed = await inbox.next();
    await changed.ack();
    const { subtype, message, previous_message, hidden, text } = changed.body.event;
    assert.deepEqual([subtype, message.text, previous_message.text, hidden, text],
        ['message_changed', 'y', 'x', true, undefined]);
});

test('people change', async (t) => {
    const { fake, inbox } = await begin(t);
    await fake.control('user.add', { id: 'U1', name: 'ann', email: 'ann@example.com', tz: 'Asia/Tokyo' });
    const joined = (await inbox.next()).body.event;
    assert.deepEqual([joined.type, joined.user.id, joined.user.profile.email, joined.user.tz],
        ['team_join', 'U1', 'ann@example.com', 'Asia/Tokyo']);
    await fake.control('user.change', { user: 'U1', deleted: true });
    const changed = (await inbox.next()).body.event;
    assert.deepEqual([changed.type, changed.user.id, changed.user.deleted],
        ['user_change', 'U1', true]);
    await fake.control('home', { user: 'U000000001' });
    const home = (await inbox.next()).body.event;
    assert.deepEqual([home.type, home.tab, home.channel[0], home.view],
        ['app_home_opened', 'home', 'D', undefined]);
});

test('a mention in a channel', async (t) => {
    const { fake, inbox } = await begin(t);
    await fake.control('post', {
        user: 'U000000001', channel: 'security', text: '<@U0FAKEBOT01> hello', raw: true,
    });
    const event = (await inbox.next()).body.event; // and no message: the app has not subscribed
    assert.deepEqual([event.type, event.channel], ['app_mention', 'C0000000002']);
    await sleep(50);
    assert.equal(inbox.kept.length, 0);
});

test('a button is pressed', async (t) => {
    const { fake, inbox } = await begin(t, '--events', 'none');
    const slack = new WebClient(BOT_TOKEN, { slackApiUrl: fake.api, logger: silent });
    const { channel, ts } = await slack.chat.postMessage({
        channel: 'U000000001',
        text: 'Was it you?',
        blocks: [{
            type: 'actions',
            block_id: 'answers',
            elements: [{
                type: 'button', action_id: 'yes', value: 'yes:abc', style: 'primary',
                text: { type: 'plain_text', text: 'Yes' },
            }],
        }],
    });
    const pressed = await fake.control('press', { user: 'U000000001', ts, action_id: 'yes' });
    const event = await inbox.next();
    assert.equal(event.type, 'interactive');
    assert.equal(event.accepts_response_payload, true);
    assert.equal(event.retry_num, undefined);
    const { body } = event;
    assert.deepEqual([body.type, body.user.id, body.team.id, body.trigger_id],
        ['block_actions', 'U000000001', 'T0FAKE00001', pressed.trigger_id]);
    assert.deepEqual(body.container,
        { type: 'message', message_ts: ts, channel_id: channel, is_ephemeral: false });
    assert.deepEqual(body.channel, { id: channel, name: 'directmessage' });
    assert.equal(body.message.ts, ts);
    const [action] = body.actions;
    assert.deepEqual([action.action_id, action.block_id, action.value, action.type, action.style],
        ['yes', 'answers', 'yes:abc', 'button', 'primary']);
    assert.match(action.action_ts, /^\d+\.\d{6}$/);
    assert.match(body.response_url, /^http:\/\/127\.0\.0\.1:\d+\/actions\//);
    await event.ack();
    await fake.delivery(pressed.delivery, 'acked');
});

test('a slash command', async (t) => {
    const { fake, inbox } = await begin(t);
    const { delivery } = await fake.control('slash', {
        user: 'U000000002', command: '/securitybot', text: 'status all',
    });
    const event = await inbox.next();
    assert.equal(event.type, 'slash_commands');
    assert.deepEqual([event.body.command, event.body.text, event.body.user_id],
        ['/securitybot', 'status all', 'U000000002']);
    await event.ack({ text: 'fine' });
    assert.deepEqual((await fake.delivery(delivery, 'acked')).response, { text: 'fine' });
});

test('what is not acknowledged comes again', async (t) => {
    const { fake, inbox } = await begin(t, '--ack-ms', '100', '--time-scale', '1000');
    const posted = await fake.control('post', { user: 'U000000001', text: 'x' });
    const tries = [];
    for (let i = 0; i < 4; i++) {
        tries.push(await inbox.next());
    }
    assert.deepEqual(tries.map((one) => [one.retry_num, one.retry_reason]),
        [[0, ''], [1, 'timeout'], [2, 'timeout'], [3, 'timeout']]);
    assert.deepEqual([...new Set(tries.map((one) => one.body.event_id))], [posted.delivery]);
    assert.equal(new Set(tries.map((one) => one.envelope_id)).size, 4);
    const failed = await fake.delivery(posted.delivery, 'failed');
    assert.equal(failed.attempts, 4);
});

test('an acknowledgement that is not heard', async (t) => {
    const { fake, inbox } = await begin(t);
    await fake.control('delivery.drop_acks', { times: 1 });
    const { delivery } = await fake.control('post', { user: 'U000000001', text: 'x' });
    await (await inbox.next()).ack();
    const again = await inbox.next(); // after 3 s
    assert.equal(again.retry_num, 1);
    await again.ack();
    await fake.delivery(delivery, 'acked');
});

test('an acknowledgement that is too large', async (t) => {
    const { fake, inbox } = await begin(t, '--ack-ms', '300');
    const { delivery } = await fake.control('slash', { user: 'U000000001', command: '/x' });
    await (await inbox.next()).ack({ text: 'x'.repeat(20 * 1024) });
    await fake.delivery(delivery, 'lost');
    assert.equal((await fake.control('sockets')).acks_too_large, 1);
});

test('what happens while nobody is connected', async (t) => {
    const fake = await Fake.start(t, '--users', '3', '--time-scale', '20', '--ack-ms', '1000');
    const posted = await fake.control('post', { user: 'U000000001', text: 'early' });
    const slash = await fake.control('slash', { user: 'U000000001', command: '/x' });
    const { inbox } = await connect(t, fake);
    const event = await inbox.next();
    assert.equal(event.body.event_id, posted.delivery);
    assert.equal(event.retry_num, 2);
    await event.ack();
    await fake.delivery(slash.delivery, 'lost');
});

test('each payload goes to one of the connections', async (t) => {
    const { fake, inbox } = await begin(t);
    const other = (await connect(t, fake)).inbox;
    for (let i = 0; i < 4; i++) {
        await fake.control('post', { user: 'U000000001', text: String(i) });
    }
    const texts = async (box) => [(await box.next()).body.event.text, (await box.next()).body.event.text];
    const mine = await texts(inbox);
    const theirs = await texts(other);
    assert.deepEqual([...mine, ...theirs].sort(), ['0', '1', '2', '3']);
    assert.equal(inbox.kept.length + other.kept.length, 0);
    const { connections } = await fake.control('sockets');
    await fake.control('socket.route', { number: connections[1].number });
    await fake.control('post', { user: 'U000000001', text: 'a' });
    await fake.control('post', { user: 'U000000001', text: 'b' });
    assert.deepEqual(await texts(other), ['a', 'b']);
});

test('the same payload twice', async (t) => {
    const { fake, inbox } = await begin(t);
    await fake.control('delivery.duplicate', { times: 1 });
    await fake.control('post', { user: 'U000000001', text: 'x' });
    const [one, two] = [await inbox.next(), await inbox.next()];
    assert.equal(one.envelope_id, two.envelope_id);
    assert.equal(one.body.event_id, two.body.event_id);
});

test('large payloads, in one frame and in many', async (t) => {
    const { fake, inbox } = await begin(t);
    const text = '😀é/'.repeat(30000);
    for (const size of [0, 1000, 1]) {
        await fake.control('socket.fragment', { size });
        const long = size === 1 ? text.slice(0, 100) : text;
        await fake.control('post', { user: 'U000000001', text: long });
        const event = await inbox.next();
        assert.equal(event.body.event.text, long);
        await event.ack();
    }
});

test('frames that mean nothing', async (t) => {
    const { fake, client, inbox } = await begin(t);
    const strange = new Inbox(client, 'telegram');
    await fake.control('socket', { do: 'send', text: 'no json {' });
    await fake.control('socket', { do: 'send', text: 'bytes', binary: true });
    const { delivery } = await fake.control('envelope', { type: 'telegram', payload: { a: 1 } });
    const event = await strange.next();
    assert.deepEqual(event.body, { a: 1 });
    await event.ack();
    await fake.delivery(delivery, 'acked');
    assert.equal((await inbox.next()).type, 'telegram');
});

test('pings both ways', async (t) => {
    const { fake } = await begin(t, '--ping-ms', '50');
    await until('the client answers pings', async () => (await fake.control('sockets')).pongs >= 3);
    await sleep(2500); // more than the client waits for our pongs
    assert.equal((await fake.control('sockets')).opened, 1);
});

test('ten connections, and the eleventh', async (t) => {
    const fake = await Fake.start(t);
    const slack = new WebClient(APP_TOKEN, { slackApiUrl: fake.api, logger: silent });
    const open = async () => {
        const { url } = await slack.apps.connections.open();
        const socket = new WebSocket(url);
        t.after(() => socket.terminate());
        const first = await new Promise((done) => socket.once('message', done));
        return { socket, url, first: JSON.parse(first) };
    };
    for (let i = 1; i <= 10; i++) {
        const { first } = await open();
        assert.deepEqual([first.type, first.num_connections], ['hello', i]);
        assert.equal(first.connection_info.app_id, 'A0FAKE00001');
        assert.equal(first.debug_info.approximate_connection_time, 18060);
    }
    const extra = await open();
    assert.deepEqual([extra.first.type, extra.first.reason, extra.first.num_connections],
        ['disconnect', 'too_many_websockets', 10]);
    await new Promise((done) => extra.socket.once('close', done));
    const again = new WebSocket(extra.url); // a ticket is good for once
    const response = await new Promise((done) => again.once('unexpected-response', (_, it) => done(it)));
    assert.equal(response.statusCode, 403);
    response.destroy();
    const counters = await fake.control('sockets');
    assert.deepEqual([counters.open, counters.most, counters.too_many], [10, 10, 1]);
});
