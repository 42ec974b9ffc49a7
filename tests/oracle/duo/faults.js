// What goes wrong.
'use strict';
const test = require('node:test');
const assert = require('node:assert/strict');
const http = require('node:http');
const { begin, Duo, everyWay, until } = require('./client.js');

const USER = 'user000001';
const PUSH = { username: USER, factor: 'push', device: 'auto', async: '1' };
const pushes = async (fake) => (await fake.control('user', { user: USER })).pushes;

test('wrong parameters', (t) => everyWay(t, async (one, fake, duo) => {
    const { user_id } = await fake.control('user', { user: USER });
    await fake.control('user.add', { username: 'token', devices: 'token,landline' });
    const { devices: [token] } = await fake.control('user', { user: 'token' });
    const passcode = { username: USER, factor: 'passcode' };
    for (const [name, params, detail] of [
        ['preauth', {}, 'username'],
        ['preauth', { username: '' }, 'username'],
        ['preauth', { username: USER, user_id }, 'username'],
        ['preauth', { user_id: 'DUOTHER' }, 'user_id'],
        ['auth', { ...PUSH, username: 'nobody' }, 'username'],
        ['auth', { ...PUSH, factor: 'smoke' }, 'factor'],
        ['auth', { username: USER }, 'factor'],
        ['auth', { username: USER, factor: 'push' }, 'device'],
        ['auth', { ...PUSH, device: 'DPOTHER' }, 'device'],
        ['auth', { ...PUSH, username: 'token' }, 'device'],
        ['auth', { ...PUSH, username: 'token', device: token.device }, 'device'],
        ['auth', { ...PUSH, pushinfo: 'from=a b' }, 'pushinfo'],
        ['auth', { ...PUSH, pushinfo: 'from=%2' }, 'pushinfo'],
        ['auth', { ...PUSH, pushinfo: 'from' }, 'pushinfo'],
        ['auth', { ...PUSH, pushinfo: `a=${'x'.repeat(19998)}` }, 'pushinfo'],
        ['auth', { ...PUSH, txid: 'x' }, 'txid'],
        ['auth', passcode, 'passcode'],
        ['auth', { ...passcode, passcode: '1', pushinfo: 'a=b' }, 'pushinfo'],
        ['enroll', { username: USER }, 'username'],
        ['enroll', { valid_secs: '-1' }, 'valid_secs'],
        ['enroll_status', { user_id }, 'activation_code'],
    ]) {
        const said = await duo.post(name, params);
        const want = { stat: 'FAIL', code: 40002, message: 'Invalid request parameters', message_detail: detail };
        assert.deepEqual(said, want, `${name} ${JSON.stringify(params)}`);
    }
    assert.equal((await duo.get('auth_status')).message_detail, 'txid');
    assert.equal((await duo.get('nothing')).code, 40401);
    assert.equal((await duo.get('auth')).code, 40501);
    assert.equal(await pushes(fake), 0);
    await duo.push(USER, { pushinfo: `a=${'x'.repeat(19997)}` });
    assert.equal(await pushes(fake), 1);
}));

test('429 is tried again by the client', (t) => everyWay(t, async (one, fake, duo) => {
    await fake.control('fault', { route: 'preauth', status: 429, retry_after: 60 });
    const begin = Date.now();
    assert.equal((await duo.ok('POST', 'preauth', { username: USER })).result, 'auth');
    assert.ok(Date.now() - begin >= 1000, 'after a while');
    const { preauth } = (await fake.control('counters')).methods;
    assert.deepEqual(preauth, { calls: 2, failed: 0, scripted: 1, early: 1 });
}));

test('Retry-After', async (t) => {
    const fake = await begin(t);
    await fake.control('fault', { route: 'check', status: 429, retry_after: 7, times: 2 });
    for (const [status, header] of [[429, '7'], [429, '7'], [401, undefined]]) {
        const said = await fake.ask('GET', '/auth/v2/check');
        assert.deepEqual([said.status, said.headers['retry-after']], [status, header]);
    }
});

test('answers that are not Duo\'s', (t) => everyWay(t, async (one, fake, duo) => {
    for (const [fault, want] of [
        [{ malformed: true }, '{"broken":tru'],
        [{ status: 503 }, ''],
        [{ status: 400, body: '{"code":"40002","stat":"FAIL"}' }, '{"code":"40002","stat":"FAIL"}'],
        [{ status: 400, body: '{"code":"","stat":"FAIL"}' }, '{"code":"","stat":"FAIL"}'],
        [{ body: '{"stat":"OK","response":{"result":"maybe"}}' },
            '{"stat":"OK","response":{"result":"maybe"}}'],
    ]) {
        await fake.control('fault', { route: 'auth', ...fault });
        assert.equal(await duo.raw('POST', 'auth', PUSH), want);
        assert.equal(await pushes(fake), 0);
    }
    const txid = await duo.push(USER);
    await duo.status(txid);
    for (const said of [
        { result: 'maybe', status: 'pondering', status_msg: '\u001b[31m' },
        { result: 'waiting', status: 'timeout', status_msg: '' },
        { result: 'allow', status: 'mobile_banana', status_msg: '' },
    ]) {
        await fake.control('status', { txid, ended: said.result === 'allow', ...said });
        assert.deepEqual(await duo.status(txid), { ...said, auth_delayed: false });
    }
}));

test('an answer is lost', (t) => everyWay(t, async (one, fake, duo) => {
    await fake.control('fault', { route: 'auth', drop: true, apply: false });
    assert.equal((await duo.post('auth', PUSH)).stat, 'ERROR');
    assert.equal(await pushes(fake), 0, 'before the push was made');
    await fake.control('fault', { route: 'auth', drop: true });
    assert.equal((await duo.post('auth', PUSH)).stat, 'ERROR');
    assert.equal(await pushes(fake), 1, 'after the push was made');
    await fake.control('fault', { route: 'auth', status: 502 });
    assert.equal(await duo.raw('POST', 'auth', PUSH), '');
    await fake.control('fault', { route: 'auth', status: 502, apply: true });
    assert.equal(await duo.raw('POST', 'auth', PUSH), '');
    assert.equal(await pushes(fake), 2);
}));

test('an answer is late', (t) => everyWay(t, async (one, fake, duo) => {
    await fake.control('fault', { route: '*', hang_ms: 200, times: 2 });
    for (const name of ['ping', 'check']) {
        const begin = Date.now();
        await duo.ok('GET', name);
        assert.ok(Date.now() - begin >= 190, name);
    }
    await fake.control('fault', { route: 'check', hang_ms: 3600000 });
    const late = duo.get('check');
    await until('it came', async () => (await fake.control('counters')).methods.check.calls === 2);
    await fake.control('faults.clear');
    await duo.ok('GET', 'check');
    const first = await Promise.race([late, new Promise((done) => setTimeout(done, 100, 'none'))]);
    assert.equal(first, 'none');
}));

test('many hang, and nobody waits for them', async (t) => {
    const fake = await begin(t);
    const duo = new Duo(5);
    const txid = await duo.push(USER);
    await duo.status(txid);
    const polls = Array.from({ length: 300 }, () => duo.status(txid));
    await until('they hang', async () => (await fake.control('counters')).hanging === 300);
    const other = await duo.push('user000002');
    await fake.control('approve', { txid: other });
    assert.equal((await duo.status(other)).result, 'allow');
    await fake.control('deny', { txid });
    for (const said of await Promise.all(polls)) {
        assert.equal(said.status, 'deny');
    }
    const { hanging, hanging_most } = await fake.control('counters');
    assert.deepEqual([hanging, hanging_most], [0, 300]);
});

test('a client that hangs up', async (t) => {
    const fake = await begin(t);
    const duo = new Duo(2);
    const requests = [];
    const real = http.request;
    http.request = (...how) => {
        const request = real(...how);
        requests.push(request);
        return request;
    };
    t.after(() => { http.request = real; });
    const txid = await duo.push(USER);
    await duo.status(txid);
    requests.length = 0;
    const lost = duo.get('auth_status', { txid });
    await until('it hangs', async () => (await fake.control('counters')).hanging === 1);
    requests[0].destroy();
    assert.equal((await lost).stat, 'ERROR');
    await until('it is forgotten', async () => (await fake.control('counters')).hanging === 0);
    await fake.control('approve', { txid });
    assert.equal((await duo.status(txid)).result, 'allow');
});

test('no words can kill it', async (t) => {
    const fake = await begin(t);
    const long = 'x'.repeat(100000);
    for (const [name, bytes, want] of [
        ['nothing', '', /^$/],
        ['no HTTP', 'hello\r\n\r\n', /^HTTP\/1.1 400/],
        ['no path', 'GET x HTTP/1.1\r\n\r\n', /^HTTP\/1.1 400/],
        ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', /^HTTP\/1.1 (400|505)/],
        ['a NUL', 'GET /\0 HTTP/1.1\r\n\r\n', /^HTTP\/1.1 400/],
        ['a long line', `GET /${long} HTTP/1.1\r\n\r\n`, /^HTTP\/1.1 431/],
        ['many headers', `GET / HTTP/1.1\r\n${'a: b\r\n'.repeat(65)}\r\n`, /^HTTP\/1.1 431/],
        ['a negative length', 'POST /auth/v2/auth HTTP/1.1\r\nContent-Length: -1\r\n\r\n', /^HTTP\/1.1 400/],
        ['a vast length', 'POST /auth/v2/auth HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n',
            /^HTTP\/1.1 413/],
        ['no chunk', 'POST /auth/v2/auth HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
            /^HTTP\/1.1 400/],
        ['a body that breaks off', 'POST /auth/v2/auth HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc', /^$/],
        ['many ampersands', `POST /auth/v2/auth HTTP/1.1\r\nContent-Length: ${long.length}\r\n\r\n${
            '&'.repeat(long.length)}`, /^HTTP\/1.1 401/],
        ['two requests at once', 'GET /auth/v2/ping HTTP/1.1\r\n\r\nGET /auth/v2/check HTTP/1.1\r\n\r\n',
            /^HTTP\/1.1 200[^]*HTTP\/1.1 401/],
    ]) {
        await t.test(name, async () => {
            assert.match(await fake.throwAt(bytes), want);
            assert.equal((await fake.ask('GET', '/auth/v2/ping')).status, 200, 'it lives');
        });
    }
    for (const [name, body] of [
        ['user.add', { username: 'x'.repeat(200) }],
        ['user.change', { user: USER, devices: 'car' }],
        ['user.change', { user: USER, passcodes: ',,' }],
        ['user.change', { user: 'nobody' }],
        ['approve', { user: 'nobody' }],
        ['approve', {}],
        ['fault', { route: 'nothing' }],
        ['status', { user: USER }],
        ['nothing', {}],
    ]) {
        assert.equal((await fake.tryControl(name, body)).ok, false, name);
    }
});
