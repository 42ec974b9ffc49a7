// The same over TLS.
'use strict';
const test = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const https = require('node:https');
const { execFileSync } = require('node:child_process');
const { WebClient } = require('@slack/web-api');
const { SocketModeClient } = require('@slack/socket-mode');
const { WebSocket } = require('ws');
const { Fake, Inbox, until, sleep, silent, APP_TOKEN, BOT_TOKEN } = require('./fake.js');

// A certificate of its own for each test.
function certify(t) {
    const folder = fs.mkdtempSync(`${process.env.SB_SCRATCH}/tls-`);
    t.after(() => fs.rmSync(folder, { recursive: true }));
    execFileSync(process.env.SB_MAKE_CERT, [folder]);
    const files = { cert: `${folder}/cert.pem`, key: `${folder}/key.pem` };
    return { ...files, ca: fs.readFileSync(files.cert) };
}

async function begin(t) {
    const made = certify(t);
    const fake = await Fake.start(t, '--users', '1', '--tls', made.cert, made.key);
    assert.match(fake.url, /^https:/);
    const agent = new https.Agent({ ca: made.ca, keepAlive: true });
    // what fake.control() needs, too
    fake.control = (name, body = {}) => post(`${fake.url}/control/${name}`, body, agent);
    t.after(() => agent.destroy());
    return { fake, agent, made };
}

function post(url, body, agent) {
    return new Promise((done, failed) => {
        const request = https.request(url, { method: 'POST', agent }, async (response) => {
            let text = '';
            for await (const chunk of response) {
                text += chunk;
            }
            done(JSON.parse(text));
        });
        request.on('error', failed);
        request.end(JSON.stringify(body));
    });
}

test('the Web API', async (t) => {
    const { fake, agent } = await begin(t);
    const slack = new WebClient(BOT_TOKEN, { slackApiUrl: fake.api, logger: silent, agent });
    assert.equal((await slack.auth.test()).ok, true);
    const large = await slack.chat.postMessage({ channel: 'C0000000002', text: 'ä'.repeat(40000) });
    assert.equal(large.message.text.length, 40000);
    const strangers = new WebClient(BOT_TOKEN, {
        slackApiUrl: fake.api, logger: silent, retryConfig: { retries: 0 },
        agent: new https.Agent(),
    });
    const thrown = await strangers.auth.test().catch((reason) => reason);
    assert.match(String(thrown), /self-signed/);
});

test('Socket Mode', async (t) => {
    const { fake, agent } = await begin(t);
    const client = new SocketModeClient({
        appToken: APP_TOKEN, logger: silent, clientPingTimeout: 500,
        clientOptions: { slackApiUrl: fake.api, agent },
    });
    t.after(() => client.disconnect());
    const inbox = new Inbox(client, 'slack_event');
    const { url } = await client.start().then(() => client.webClient.apps.connections.open());
    assert.match(url, /^wss:/);
    for (const [i, action] of [{ do: 'kill' }, { do: 'half_open' }, { do: 'close' }].entries()) {
        const { delivery } = await fake.control('post', { user: 'U000000001', text: 'x'.repeat(70000) });
        const event = await inbox.next();
        assert.equal(event.body.event.text.length, 70000);
        await event.ack();
        await fake.delivery(delivery, 'acked');
        await fake.control('socket', action);
        await until('it is back', async () => (await fake.control('sockets')).opened === i + 2);
        const { connections } = await fake.control('sockets');
        await fake.control('socket.route', { number: connections[connections.length - 1].number });
    }
});

test('the close handshake', async (t) => {
    const { fake, agent } = await begin(t);
    const slack = new WebClient(APP_TOKEN, { slackApiUrl: fake.api, logger: silent, agent });
    const socket = new WebSocket((await slack.apps.connections.open()).url, { agent });
    await new Promise((done) => socket.once('message', done));
    let ended = false;
    socket._socket.on('end', () => { ended = true; });
    socket.close(1000);
    await until('the close is answered', () => socket._closeFrameReceived);
    await sleep(200);
    assert.equal(ended, false);
    socket.terminate();
});

test('a request URL', async (t) => {
    const made = certify(t);
    const server = https.createServer(
        { cert: fs.readFileSync(made.cert), key: fs.readFileSync(made.key) },
        (request, response) => { request.resume(); response.end(); },
    );
    await new Promise((done) => server.listen(0, '127.0.0.1', done));
    t.after(() => {
        server.closeAllConnections();
        server.close();
    });
    const url = `https://127.0.0.1:${server.address().port}/`;
    const send = async (one, ...options) => {
        const fake = await Fake.start(one, '--users', '1', '--time-scale', '1000', '--ack-ms', '1000',
            '--request-url', url, ...options);
        return { fake, ...(await fake.control('post', { user: 'U000000001', text: 'x' })) };
    };
    await t.test('that is trusted', async (one) => {
        const { fake, delivery } = await send(one, '--request-ca', made.cert);
        await fake.delivery(delivery, 'acked');
    });
    await t.test('that is not', async (one) => {
        const { fake, delivery } = await send(one);
        assert.equal((await fake.delivery(delivery, 'failed')).reason, 'ssl_error');
    });
});
