// What goes wrong, as Slack's clients see it.
'use strict';
const test = require('node:test');
const assert = require('node:assert/strict');
const { SocketModeClient } = require('@slack/socket-mode');
const { WebClient, ErrorCode, retryPolicies } = require('@slack/web-api');
const { WebSocket } = require('ws');
const { Fake, Inbox, until, sleep, silent, APP_TOKEN, BOT_TOKEN } = require('./fake.js');

async function connect(t, fake, options = {}) {
    const client = new SocketModeClient({
        appToken: APP_TOKEN,
        clientOptions: { slackApiUrl: fake.api },
        logger: silent,
        clientPingTimeout: 500, // also how long it waits before it connects again
        ...options,
    });
    const inbox = new Inbox(client, 'slack_event');
    t.after(() => client.disconnect());
    await client.start();
    return { client, inbox };
}

async function heard(fake, inbox) {
    const { delivery } = await fake.control('post', { user: 'U000000001', text: 'x' });
    await (await inbox.next()).ack();
    await fake.delivery(delivery, 'acked');
}

const opened = (fake, n) =>
    until(`connection ${n}`, async () => {
        const sockets = await fake.control('sockets');
        return sockets.opened >= n && sockets.open > 0;
    });

test('connections end in many ways, and the client comes back', async (t) => {
    for (const [name, action] of [
        ['a refresh', { do: 'disconnect' }],
        ['a warning', { do: 'disconnect', reason: 'warning' }],
        ['link_disabled, closed by the server', { do: 'disconnect', reason: 'link_disabled', close: true }],
        ['a close', { do: 'close' }],
        ['a cut line', { do: 'kill' }],
        ['a line that is dead, but up', { do: 'half_open' }],
    ]) {
        await t.test(name, async (one) => {
            const fake = await Fake.start(one, '--users', '1');
            const { inbox } = await connect(one, fake);
            await heard(fake, inbox);
            assert.equal((await fake.control('socket', action)).connections, 1);
            await opened(fake, 2);
            const sockets = await fake.control('sockets');
            const last = sockets.connections[sockets.connections.length - 1];
            await fake.control('socket.route', { number: last.number });
            await heard(fake, inbox);
        });
    }
});

test('a connection\'s life', async (t) => {
    const fake = await Fake.start(t, '--connection-s', '20', '--time-scale', '50');
    const slack = new WebClient(APP_TOKEN, { slackApiUrl: fake.api, logger: silent });
    const { url } = await slack.apps.connections.open();
    const socket = new WebSocket(url);
    t.after(() => socket.terminate());
    const begin = Date.now();
    const told = [];
    socket.on('message', (text) => told.push([JSON.parse(text), Date.now() - begin]));
    const code = await new Promise((done) => socket.on('close', done));
    assert.deepEqual(told.map(([one]) => one.reason || one.type),
        ['hello', 'warning', 'refresh_requested']);
    assert.ok(told[1][1] >= 190 && told[2][1] >= 390, JSON.stringify(told));
    assert.equal(code, 1000);
});

test('a cut line is reset, not closed', async (t) => {
    const fake = await Fake.start(t);
    const slack = new WebClient(APP_TOKEN, { slackApiUrl: fake.api, logger: silent });
    const socket = new WebSocket((await slack.apps.connections.open()).url);
    await new Promise((done) => socket.once('message', done));
    const errors = [];
    socket._socket.on('error', (error) => errors.push(error.code)); // ws keeps it to itself
    const closed = new Promise((done) => socket.on('close', done));
    await fake.control('socket', { do: 'kill' });
    assert.equal(await closed, 1006);
    assert.deepEqual(errors, ['ECONNRESET']);
});

test('a short life on demand', async (t) => {
    const fake = await Fake.start(t);
    const slack = new WebClient(APP_TOKEN, { slackApiUrl: fake.api, logger: silent });
    const { url } = await slack.apps.connections.open();
    const socket = new WebSocket(`${url}&debug_reconnects=true`);
    t.after(() => socket.terminate());
    const hello = JSON.parse(await new Promise((done) => socket.on('message', done)));
    assert.equal(hello.debug_info.approximate_connection_time, 360);
});

test('TCP after the close handshake', async (t) => {
    for (const [name, options, held] of [['stays', [], true], ['goes', ['--close-tcp'], false]]) {
        await t.test(name, async (one) => {
            const fake = await Fake.start(one, ...options);
            const slack = new WebClient(APP_TOKEN, { slackApiUrl: fake.api, logger: silent });
            const socket = new WebSocket((await slack.apps.connections.open()).url);
            await new Promise((done) => socket.once('message', done));
            let ended = false;
            socket._socket.on('end', () => { ended = true; });
            socket.close(1000);
            await until('the close is answered', () => socket._closeFrameReceived);
            if (held) {
                await sleep(200);
                assert.equal(ended, false);
            } else {
                await until('TCP is closed', () => ended);
            }
            socket.terminate();
            await until('the fake has forgotten it', async () =>
                (await fake.control('sockets')).open === 0);
        });
    }
});

test('no hello, and handshakes that are refused', async (t) => {
    const fake = await Fake.start(t, '--users', '1');
    await fake.control('socket.refuse', { times: 2, status: 409 });
    const { inbox } = await connect(t, fake);
    assert.equal((await fake.control('sockets')).refused, 2);
    await heard(fake, inbox);
    await fake.control('socket.hello', { withhold: 1 });
    const late = new SocketModeClient({
        appToken: APP_TOKEN, clientOptions: { slackApiUrl: fake.api }, logger: silent,
    });
    let connected = false;
    late.on('connected', () => { connected = true; });
    const start = late.start().catch(() => {});
    await opened(fake, 2);
    await sleep(200);
    assert.equal(connected, false);
    await late.disconnect();
    await start;
});

test('a wrong token for sockets', async (t) => {
    const fake = await Fake.start(t);
    const client = new SocketModeClient({
        appToken: 'xapp-no', clientOptions: { slackApiUrl: fake.api }, logger: silent,
    });
    const thrown = await client.start().catch((reason) => reason);
    assert.equal(thrown.data.error, 'invalid_auth');
});

test('answers that go wrong', async (t) => {
    const fake = await Fake.start(t, '--users', '1');
    const once = new WebClient(BOT_TOKEN, {
        slackApiUrl: fake.api, logger: silent, retryConfig: { retries: 0 }, timeout: 500,
    });
    const post = (text) =>
        once.chat.postMessage({
            channel: 'U000000001', text, metadata: { event_type: 'm', event_payload: { id: text } },
        }).catch((reason) => reason);
    const ids = async () =>
        (await fake.messages({ user: 'U000000001' })).map((one) => one.metadata.event_payload.id);
    const fault = (script) => fake.control('fault', { method: 'chat.postMessage', ...script });

    await t.test('an error by name, without effect', async () => {
        await fault({ error: 'fatal_error' });
        assert.equal((await post('a')).data.error, 'fatal_error');
        assert.deepEqual(await ids(), []);
    });
    await t.test('an error by name, with its effect', async () => {
        await fault({ error: 'internal_error', apply: true });
        assert.equal((await post('b')).data.error, 'internal_error');
        assert.deepEqual(await ids(), ['b']);
    });
    await t.test('a status', async () => {
        await fault({ status: 503 });
        const thrown = await post('c');
        assert.deepEqual([thrown.code, thrown.original?.response?.status ?? thrown.statusCode],
            [ErrorCode.HTTPError, 503]);
    });
    await t.test('the reply is lost, the message is there', async () => {
        await fault({ lost: true });
        assert.equal((await post('d')).code, ErrorCode.RequestError);
        assert.deepEqual(await ids(), ['b', 'd']);
    });
    await t.test('the reply comes too late', async () => {
        await fault({ hang_ms: 1500 });
        assert.equal((await post('e')).code, ErrorCode.RequestError);
        assert.deepEqual(await ids(), ['b', 'd', 'e']);
    });
    await t.test('the reply breaks off', async () => {
        await fault({ malformed: true });
        assert.ok((await post('f')) instanceof Error);
        assert.deepEqual(await ids(), ['b', 'd', 'e']);
    });
    await t.test('after some calls, for some calls', async () => {
        await fault({ error: 'fatal_error', skip: 1, times: 2 });
        const said = [];
        for (const name of ['g', 'h', 'i', 'j']) {
            said.push((await post(name)).ok === true);
        }
        assert.deepEqual(said, [true, false, false, true]);
    });
    await t.test('forgotten', async () => {
        await fake.control('fault', { method: '*', error: 'token_revoked', times: -1 });
        assert.equal((await post('k')).data.error, 'token_revoked');
        await fake.control('faults.clear');
        assert.equal((await post('l')).ok, true);
    });
});

test('a client that tries again says it twice', async (t) => {
    const fake = await Fake.start(t, '--users', '1');
    const slack = new WebClient(BOT_TOKEN, {
        slackApiUrl: fake.api, logger: silent, retryConfig: retryPolicies.rapidRetryPolicy,
    });
    await fake.control('fault', { method: 'chat.postMessage', status: 500, apply: true });
    await slack.chat.postMessage({ channel: 'U000000001', text: 'once' });
    assert.equal((await fake.messages({ user: 'U000000001' })).length, 2);
});
