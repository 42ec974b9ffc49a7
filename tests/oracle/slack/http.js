// Events over HTTP as the HTTPReceiver of @slack/bolt sees them, and as a bare server does.
'use strict';
const test = require('node:test');
const assert = require('node:assert/strict');
const http = require('node:http');
const { App, HTTPReceiver } = require('@slack/bolt');
const { verifySlackRequest } = require('@slack/bolt/dist/receivers/verify-request.js');
const { Fake, until, silent, BOT_TOKEN, SIGNING_SECRET } = require('./fake.js');

// An app whose receiver checks signatures with secret.
async function bolt(t, fake, secret) {
    const receiver = new HTTPReceiver({ signingSecret: secret, logger: silent });
    const app = new App({
        token: BOT_TOKEN, receiver, logger: silent, clientOptions: { slackApiUrl: fake.api },
    });
    const server = await app.start(0);
    t.after(() => {
        server.closeAllConnections();
        return app.stop();
    });
    return { app, url: `http://127.0.0.1:${server.address().port}/slack/events` };
}

// A server that keeps what it gets and answers as answer(request) says.
async function bare(t, answer) {
    const got = [];
    const server = http.createServer(async (request, response) => {
        let body = '';
        for await (const chunk of request) {
            body += chunk;
        }
        got.push({ headers: request.headers, body, at: Date.now(), path: request.url });
        const { status = 200, headers = {}, text = '', after = 0 } = answer(body, got.length, request);
        setTimeout(() => response.writeHead(status, headers).end(text), after);
    });
    await new Promise((done) => server.listen(0, '127.0.0.1', done));
    t.after(() => {
        server.closeAllConnections();
        server.close();
    });
    return { got, url: `http://127.0.0.1:${server.address().port}/` };
}

async function verified(fake, url) {
    await fake.control('request_url', { url });
    const { http: state } = await until('the URL is verified or not', async () => {
        const info = await fake.control('info');
        return info.http.verification !== 'pending' && info;
    });
    return state.verification;
}

test('an app', async (t) => {
    const fake = await Fake.start(t, '--users', '3');
    const { app, url } = await bolt(t, fake, SIGNING_SECRET);
    assert.equal(await verified(fake, url), 'verified');
    await t.test('a message', async () => {
        app.message('hi', ({ say }) => say('hello'));
        const { delivery } = await fake.control('post', { user: 'U000000001', text: 'hi' });
        await fake.delivery(delivery, 'acked');
        await until('the answer', async () =>
            (await fake.messages({ user: 'U000000001' })).length === 2);
    });
    await t.test('a button', async () => {
        const pressed = [];
        app.action('yes', async ({ ack, action, body }) => {
            await ack();
            pressed.push([action.value, body.user.id]);
        });
        const { ts } = await app.client.chat.postMessage({
            channel: 'U000000001', text: 'x',
            blocks: [{
                type: 'actions',
                elements: [{
                    type: 'button', action_id: 'yes', value: 'ä & + = %',
                    text: { type: 'plain_text', text: 'Yes' },
                }],
            }],
        });
        const { delivery } = await fake.control('press', { user: 'U000000001', ts, action_id: 'yes' });
        await fake.delivery(delivery, 'acked');
        await until('the press', () => pressed.length);
        assert.deepEqual(pressed, [['ä & + = %', 'U000000001']]);
    });
    await t.test('a command', async () => {
        app.command('/securitybot', ({ ack, command }) => ack({ text: `got ${command.text}` }));
        const { delivery } = await fake.control('slash', {
            user: 'U000000001', command: '/securitybot', text: 'mute list & more',
        });
        const { response } = await fake.delivery(delivery, 'acked');
        assert.equal(response.text, 'got mute list & more');
    });
});

test('a wrong secret', async (t) => {
    const fake = await Fake.start(t);
    const { url } = await bolt(t, fake, 'another secret');
    assert.equal(await verified(fake, url), 'failed');
    assert.equal((await fake.control('info')).http.request_url, null);
});

test('url_verification is answered in three ways', async (t) => {
    for (const [name, form] of [
        ['as text', (challenge) => challenge],
        ['as a form', (challenge) => `challenge=${challenge}`],
        ['as JSON', (challenge) => JSON.stringify({ challenge })],
    ]) {
        await t.test(name, async (one) => {
            const fake = await Fake.start(one);
            const { url, got } = await bare(one, (body) => ({ text: form(JSON.parse(body).challenge) }));
            assert.equal(await verified(fake, url), 'verified');
            assert.equal(JSON.parse(got[0].body).type, 'url_verification');
        });
    }
    await t.test('or wrong', async (one) => {
        const fake = await Fake.start(one);
        const { url } = await bare(one, () => ({ text: 'what?' }));
        assert.equal(await verified(fake, url), 'failed');
    });
});

test('signatures', async (t) => {
    const fake = await Fake.start(t, '--users', '1');
    const { url, got } = await bare(t, () => ({}));
    await fake.control('request_url', { url, verify: false });
    const { delivery } = await fake.control('post', { user: 'U000000001', text: 'ä' });
    await fake.delivery(delivery, 'acked');
    const [{ headers, body }] = got;
    const check = (secret) =>
        verifySlackRequest({
            signingSecret: secret,
            body,
            headers: {
                'x-slack-signature': headers['x-slack-signature'],
                'x-slack-request-timestamp': Number(headers['x-slack-request-timestamp']),
            },
        });
    check(SIGNING_SECRET);
    assert.throws(() => check('wrong'), /signature mismatch/i);
    assert.match(headers['content-type'], /^application\/json/);
    assert.equal(headers['x-slack-retry-num'], undefined);
});

test('retries', async (t) => {
    for (const [name, answer, reason, options] of [
        ['an error', () => ({ status: 500 }), 'http_error', []],
        ['silence', () => ({ after: 1000 }), 'http_timeout', ['--ack-ms', '100']],
        ['redirects', () => ({ status: 302, headers: { location: '/' } }), 'too_many_redirects', []],
    ]) {
        await t.test(name, async (one) => {
            const fake = await Fake.start(one, '--users', '1', '--time-scale', '1000', '--ack-ms', '500',
                ...options);
            const { url, got } = await bare(one, answer);
            await fake.control('request_url', { url, verify: false });
            const { delivery } = await fake.control('post', { user: 'U000000001', text: 'x' });
            const failed = await fake.delivery(delivery, 'failed');
            assert.deepEqual([failed.attempts, failed.reason], [4, reason]);
            const retries = got.filter((it) => it.headers['x-slack-retry-num']);
            assert.deepEqual([...new Set(retries.map((it) => it.headers['x-slack-retry-num']))],
                ['1', '2', '3']);
            assert.ok(retries.every((it) => it.headers['x-slack-retry-reason'] === reason));
            assert.equal(new Set(got.map((it) => JSON.parse(it.body).event_id)).size, 1);
        });
    }
    await t.test('nobody there', async (one) => {
        const fake = await Fake.start(one, '--users', '1', '--time-scale', '1000', '--ack-ms', '500');
        await fake.control('request_url', { url: 'http://127.0.0.1:1/', verify: false });
        const { delivery } = await fake.control('post', { user: 'U000000001', text: 'x' });
        assert.equal((await fake.delivery(delivery, 'failed')).reason, 'connection_failed');
    });
    await t.test('two redirects are followed', async (one) => {
        const fake = await Fake.start(one, '--users', '1');
        const { url, got } = await bare(one, (_, n) =>
            (n <= 2 ? { status: 307, headers: { location: `/${n}` } } : {}));
        await fake.control('request_url', { url, verify: false });
        const { delivery } = await fake.control('post', { user: 'U000000001', text: 'x' });
        assert.equal((await fake.delivery(delivery, 'acked')).attempts, 1);
        assert.equal(got.length, 3);
        assert.equal(got[2].body, got[0].body);
    });
    await t.test('none on demand', async (one) => {
        const fake = await Fake.start(one, '--users', '1');
        const { url, got } = await bare(one, () =>
            ({ status: 500, headers: { 'X-Slack-No-Retry': '1' } }));
        await fake.control('request_url', { url, verify: false });
        const { delivery } = await fake.control('post', { user: 'U000000001', text: 'x' });
        assert.equal((await fake.delivery(delivery, 'failed')).attempts, 1);
        assert.equal(got.length, 1);
    });
});

test('too many events', async (t) => {
    const fake = await Fake.start(t);
    const { url, got } = await bare(t, () => ({}));
    await fake.control('request_url', { url, verify: false });
    const { delivery } = await fake.control('rate_limited');
    await fake.delivery(delivery, 'acked');
    const told = JSON.parse(got[0].body);
    assert.equal(told.type, 'app_rate_limited');
    assert.equal(told.minute_rate_limited % 60, 0);
    assert.equal(told.event, undefined);
});
