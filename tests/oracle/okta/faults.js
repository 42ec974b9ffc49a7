// What goes wrong, as Okta's client sees it.
'use strict';
const test = require('node:test');
const assert = require('node:assert/strict');
const { connect, begin, push, thrown, USER, TOKEN } = require('./client.js');

test('a true limit', async (t) => {
    const { fake } = await begin(t);
    await fake.control('limit', { route: 'user', max: 2, window_s: 2 });
    const client = connect(fake, {}, { maxRetries: 2 });
    const waits = [];
    client.requestExecutor.on('backoff', (request, response, id, ms) => waits.push([id, ms]));
    const begun = Date.now();
    for (let i = 0; i < 3; i++) {
        assert.equal((await client.userApi.getUser({ userId: USER })).profile.login, USER);
    }
    assert.equal(waits.length, 1);
    assert.match(waits[0][0], /^[0-9a-f]{24}$/);
    assert.ok(waits[0][1] > 0 && waits[0][1] <= 3000, `${waits[0][1]}`);
    assert.ok(Date.now() - begun >= waits[0][1]);
    await fake.control('limit', { route: 'user', max: 0 });
    const error = await thrown(connect(fake).userApi.getUser({ userId: USER }));
    assert.deepEqual([error.status, error.errorCode], [429, 'E0000047']);
    assert.equal((await fake.control('counters')).routes.user.limited, 2);
});

test('the headers of a limit', async (t) => {
    const { fake } = await begin(t, '--limit', '7', '--window-s', '60');
    const answer = await fake.ask('GET', `/api/v1/users/${USER}`, { authorization: `SSWS ${TOKEN}` });
    const { headers } = answer;
    assert.deepEqual([headers['x-rate-limit-limit'], headers['x-rate-limit-remaining']], ['7', '6']);
    const left = Number(headers['x-rate-limit-reset']) - Date.parse(headers.date) / 1000;
    assert.ok(left > 50 && left <= 61, `${left}`);
});

test('scripts', async (t) => {
    const { fake } = await begin(t);
    const once = connect(fake, {}, { maxRetries: 0, requestTimeout: 500 });
    const sent = async () => (await fake.control('counters')).pushes.sent;
    const fault = (script) => fake.control('fault', { route: 'verify', ...script });
    await t.test('a limit', async () => {
        await fault({ status: 429, retry_after: 2 });
        const error = await thrown(push(once));
        assert.deepEqual([error.status, error.errorCode, await sent()], [429, 'E0000047', 0]);
        assert.equal(error.headers.get('x-rate-limit-remaining'), '0');
        const reset = error.headers.get('x-rate-limit-reset') - Date.parse(error.headers.get('date')) / 1000;
        assert.ok(reset >= 1 && reset <= 3, `${reset}`);
    });
    await t.test('a status', async () => {
        await fault({ status: 503 });
        assert.deepEqual([(await thrown(push(once))).status, await sent()], [503, 0]);
    });
    await t.test('a status after it acted', async () => {
        await fault({ status: 500, apply: true });
        assert.deepEqual([(await thrown(push(once))).status, await sent()], [500, 1]);
    });
    await t.test('an answer that breaks off', async () => {
        await fault({ malformed: true, apply: true });
        assert.match(String(await thrown(push(once))), /JSON/);
        assert.equal(await sent(), 2);
    });
    await t.test('a connection lost before', async () => {
        await fault({ drop: true, apply: false });
        assert.match(String(await thrown(push(once))), /hang up|ECONNRESET/);
        assert.equal(await sent(), 2);
    });
    await t.test('a connection lost after', async () => {
        await fault({ drop: true });
        assert.match(String(await thrown(push(once))), /hang up|ECONNRESET/);
        assert.equal(await sent(), 3);
    });
    await t.test('slow', async () => {
        await fault({ hang_ms: 200 });
        const begun = Date.now();
        assert.equal((await push(once)).sent.factorResult, 'WAITING');
        assert.ok(Date.now() - begun >= 200);
    });
    await t.test('too slow', async () => {
        await fault({ hang_ms: 60000 });
        assert.match(String(await thrown(push(once))), /timeout/);
        assert.equal(await sent(), 5);
    });
    await t.test('after some calls, for some calls', async () => {
        await fake.control('fault', { route: '*', status: 500, skip: 1, times: 2 });
        const said = [];
        for (let i = 0; i < 4; i++) {
            said.push(await once.userApi.getUser({ userId: USER }).then(() => 200, (e) => e.status));
        }
        assert.deepEqual(said, [200, 500, 500, 200]);
    });
    await t.test('forgotten', async () => {
        await fault({ status: 500, times: -1 });
        await fake.control('faults.clear');
        assert.equal((await push(once)).sent.factorResult, 'WAITING');
    });
    await t.test('that are wrong', async () => {
        for (const script of [{ route: 'x' }, { quirk: 'x' }, { status: 1 }]) {
            assert.equal((await fake.tryControl('fault', { route: 'verify', ...script })).ok, false);
        }
    });
});

test('quirks', async (t) => {
    const { fake, client } = await begin(t, '--foreign-url', 'https://evil.example');
    const body = { useNumberMatchingChallenge: true };
    const spoilt = async (quirk, route = 'verify') => {
        await fake.control('fault', { route, quirk });
        return push(client, body);
    };
    assert.match((await spoilt('foreign_poll')).sent._links.poll.href, /^https:\/\/evil\.example\/api\//);
    assert.equal((await spoilt('no_links')).sent._links, undefined);
    assert.equal((await spoilt('no_embedded')).sent._embedded, undefined);
    assert.equal((await spoilt('no_result')).sent.factorResult, undefined);
    assert.equal((await spoilt('unknown_result')).sent.factorResult, 'PERHAPS');
    assert.equal(typeof (await spoilt('text_number')).sent._embedded.challenge.correctAnswer, 'string');
    const { poll } = await spoilt('unknown_result', 'poll');
    assert.equal((await poll()).factorResult, 'PERHAPS');
});

test('nothing that is sent ends it', async (t) => {
    const { fake, client } = await begin(t);
    const { factor } = await push(client);
    const verify = `/api/v1/users/${USER}/factors/${factor.id}/verify`;
    const headers = { authorization: `SSWS ${TOKEN}`, 'user-agent': 'x' };
    for (const [method, path, status, body] of [
        ['POST', verify, 400, '{'],
        ['POST', verify, 400, '[]'],
        ['POST', verify, 400, '{"a":1,"a":2}'],
        ['POST', verify, 400, '\u0000'],
        ['PUT', verify, 405, '{}'],
        ['GET', '/api/v1/users/%00', 404],
        ['GET', `/api/v1/users/${USER}%00`, 404],
        ['GET', `/api/v1/users/${'x'.repeat(2000)}`, 404],
        ['GET', '/a/b/c/d/e/f/g/h/i/j/k', 404],
        ['GET', '/', 404],
        ['POST', '/control/nothing', 404, '{}'],
        ['POST', '/control/phone', 400, '{"user":1}'],
        ['POST', '/control/user.add', 400, '{"login":"x@example.com","factors":{}}'],
        ['POST', '/control/user.add', 400, `{"login":"${'x'.repeat(300)}"}`],
        ['POST', '/control/user.add', 400, '{"login":"y@example.com","factors":[1]}'],
        ['POST', '/control/user.add', 400, `{"login":"z@example.com","status":"${'x'.repeat(32)}"}`],
        ['POST', '/control/user.add', 400,
            `{"login":"w@example.com","factors":[{"type":"push","provider":"${'ä'.repeat(16)}"}]}`],
        ['POST', '/control/user.change', 400, `{"user":"${USER}","status":"${'x'.repeat(32)}"}`],
        ['POST', '/control/factor.change', 400, `{"user":"${USER}","factor":"x","status":"x"}`],
        ['POST', '/control/phone', 400, `{"user":"${USER}","do":"x"}`],
        ['POST', '/control/phone.auto', 400, '{"do":"x"}'],
        ['POST', '/control/phone.auto', 400, '{"do":"reject","after_ms":3600001}'],
        ['POST', '/control/user.add', 400, `{"login":"z@example.com","status":"${'x'.repeat(32)}"}`],
        ['POST', '/control/user.add', 400,
            `{"login":"w@example.com","factors":[{"type":"push","provider":"${'ä'.repeat(16)}"}]}`],
        ['POST', '/control/user.change', 400, `{"user":"${USER}","status":"${'x'.repeat(32)}"}`],
        ['POST', '/control/factor.change', 400, `{"user":"${USER}","factor":"x","status":"x"}`],
        ['POST', '/control/phone', 400, `{"user":"${USER}","do":"x"}`],
        ['POST', '/control/phone.auto', 400, '{"do":"x"}'],
        ['POST', '/control/phone.auto', 400, '{"do":"reject","after_ms":3600001}'],
        ['POST', '/control/limit', 400, '{"route":"x","max":1}'],
        ['POST', '/control/limit', 400, '{"route":"user","max":1,"window_s":86401}'],
        ['POST', '/control/fault', 400, '{"route":"user","retry_after":86401}'],
        ['POST', '/control/limit', 400, '{"route":"user","max":1,"window_s":86401}'],
        ['POST', '/control/fault', 400, '{"route":"user","retry_after":86401}'],
        ['POST', '/control/fault', 400, '[]'],
        ['POST', '/oauth2/v1/token', 400, '%zz=%00'],
    ]) {
        const answer = await fake.ask(method, path, headers, body);
        assert.equal(answer.status, status, `${method} ${path.slice(0, 60)} ${body}`);
    }
    for (const bytes of ['\r\n\r\n', 'GET', `GET / HTTP/1.1\r\n${'x: y\r\n'.repeat(500)}\r\n`,
        '\x16\x03\x01\x02\x00', 'POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n']) {
        await fake.throwAt(bytes);
    }
    await fake.ask('POST', verify, { ...headers, 'user-agent': '\u00f0\u009f' });
    assert.equal((await fake.control('pushes')).pushes[0].agent, '??');
    assert.equal((await push(client)).sent.factorResult, 'WAITING');
});
