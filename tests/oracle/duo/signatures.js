// What is signed, and what is not let in.
'use strict';
const test = require('node:test');
const assert = require('node:assert/strict');
const { createHash, createHmac } = require('node:crypto');
const { begin, certify, Duo, everyWay, IKEY, SKEY } = require('./client.js');

const ASCII = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join('');

test('any text is a parameter', (t) => everyWay(t, async (one, fake, duo) => {
    for (const text of [
        ASCII, ' \t\n\v\f\r', 'a+b c%20d', '%', '%2', '%zz', 'ä ö ü', '日本', '😀', '=&=&', '', "!'()*",
    ]) {
        const txid = await duo.push('user000001', { type: text, display_username: text });
        const login = await fake.control('login', { txid });
        assert.deepEqual([login.type, login.display_username], [text, text]);
        const unknown = await duo.get('auth_status', { txid: text });
        assert.deepEqual([unknown.code, unknown.message_detail], [40002, 'txid'], 'in a query too');
    }
    const pushinfo = 'from=login%20portal&domain=example.com&what=%3D%26';
    const txid = await duo.push('user000001', { pushinfo });
    assert.equal((await fake.control('login', { txid })).pushinfo, pushinfo);
}));

test('parameters in any order', (t) => everyWay(t, async (one, fake, duo) => {
    const { txid } = await duo.ok('POST', 'auth', {
        type: 'x', foo_bar: '1', factor: 'push', foo: '2', async: '1', 'Foo': '3', username: 'user000001',
        device: 'auto',
    });
    assert.ok(txid);
}));

test('who is not let in', (t) => everyWay(t, async (one, fake, duo) => {
    const { sigVersion } = duo.client;
    const refused = async (options, code, message) => {
        const said = await new Duo(sigVersion, options).post('preauth', { username: 'user000001' });
        assert.deepEqual([said.stat, said.code, said.message], ['FAIL', code, message]);
    };
    await refused({ skey: `${SKEY}0` }, 40103, 'Invalid signature in request credentials');
    await refused({ ikey: 'DIOTHER' }, 40102, 'Invalid integration key in request credentials');
    for (const offset_s of [-310, 310]) {
        await fake.control('clock', { offset_s });
        await refused({}, 40105, 'Bad request timestamp');
        assert.ok(Math.abs((await duo.ok('GET', 'ping')).time - Date.now() / 1000 - offset_s) < 5);
    }
    for (const offset_s of [-290, 290]) {
        await fake.control('clock', { offset_s });
        assert.equal((await duo.ok('POST', 'preauth', { username: 'user000001' })).result, 'auth');
    }
    const { signatures } = await fake.control('counters');
    assert.deepEqual([signatures.bad, signatures.strangers, signatures.skewed], [1, 1, 2]);
}));

// ---- What the client never sends is made here.

const hex = (text) => createHash('sha512').update(text).digest('hex');

// A POST of preauth with everything to be bent.
function send(fake, how = {}) {
    const {
        hash = 'sha512', version = 2, date = new Date().toUTCString(), dated = { date },
        host = 'Api-Fake.duosecurity.com', sent = host, x = '', more = {},
        params = 'username=user000001', body = params, signed = params, path = '/auth/v2/preauth',
    } = how;
    const json = version === 5;
    const canonical = [
        date, 'POST', host.toLowerCase(), path, json ? '' : signed, ...(json ? [hex(body), hex(x)] : []),
    ].join('\n');
    const signature = createHmac(hash, SKEY).update(canonical).digest('hex');
    return fake.ask('POST', path, {
        host: sent,
        'content-type': json ? 'application/json' : 'application/x-www-form-urlencoded',
        authorization: `Basic ${Buffer.from(`${IKEY}:${signature}`).toString('base64')}`,
        ...dated, ...more,
    }, body).then(({ status, body: text }) => ({ status, ...JSON.parse(text) }));
}

const JSON_BODY = '{"username":"user000001"}';

test('bent signatures', async (t) => {
    const fake = await begin(t);
    const now = Math.floor(Date.now() / 1000) * 1000;
    const utc = new Date(now).toUTCString();
    const east = new Date(now + 5400000).toUTCString().replace('GMT', '+0130');
    for (const [name, how, code] of [
        ['as it should be', {}, 0],
        ['JSON', { version: 5, body: JSON_BODY }, 0],
        ['a port in Host is not signed', { sent: 'api-fake.duosecurity.com:8443' }, 0],
        ['a port is signed', { host: 'a:1', sent: 'a:1' }, 40103],
        ['another host', { sent: 'b' }, 40103],
        ['-0000', { date: utc.replace('GMT', '-0000') }, 0],
        ['+0000', { date: utc.replace('GMT', '+0000') }, 0],
        ['+0130', { date: east }, 0],
        ['no zone', { date: utc.replace(' GMT', '') }, 40105],
        ['no date at all', { date: 'yesterday' }, 40105],
        ['ISO 8601', { date: new Date().toISOString() }, 40105],
        ['no Date', { dated: {} }, 40101],
        ['X-Duo-Date', { dated: { 'X-Duo-Date': utc }, date: utc }, 0],
        ['X-Duo-Date goes before Date', { dated: { 'X-Duo-Date': utc, date: 'x' }, date: utc }, 0],
        ['+ for a space', { body: 'username=user000001&type=a+b', signed: 'type=a%20b&username=user000001' }, 0],
        ['signed with a +', { params: 'type=a+b&username=user000001' }, 40103],
        ['small %xx', { params: 'type=a%2fb&username=user000001' }, 40103],
        ['in disorder', { params: 'username=user000001&type=x' }, 40103],
        ['a body that is not what was signed', { body: 'username=user000002' }, 40103],
        ['twice the same name', { params: 'username=user000001&username=user000001' }, 40002],
        ['SHA1', { hash: 'sha1' }, 40103],
        ['SHA256', { hash: 'sha256' }, 40103],
        ['a form in version 5', { version: 5, body: JSON_BODY, more: { 'content-type': 'text/plain' } }, 40103],
        ['JSON in version 2', { body: JSON_BODY, signed: '', more: { 'content-type': 'application/json' } }, 40103],
        ['version 4', { version: 5, body: JSON_BODY, x: 'x' }, 40103],
        ['headers that are not signed', { version: 5, body: JSON_BODY, more: { 'X-Duo-A': '1' } }, 40103],
        ['headers that are', {
            version: 5, body: JSON_BODY, more: { 'X-Duo-B': '2', 'X-Duo-A': 'One' },
            x: 'x-duo-a\0One\0x-duo-b\x002',
        }, 0],
        ['no Authorization', { more: { authorization: '' } }, 40101],
        ['another scheme', { more: { authorization: 'Bearer x' } }, 40101],
        ['no base64', { more: { authorization: 'Basic !' } }, 40101],
        ['no colon', { more: { authorization: 'Basic eHh4' } }, 40101],
    ]) {
        await t.test(name, async () => {
            const said = await send(fake, how);
            assert.equal(said.code ?? 0, code, JSON.stringify(said));
            assert.equal(said.status, code ? Math.floor(code / 100) : 200);
        });
    }
    const { signatures } = await fake.control('counters');
    assert.deepEqual([signatures.sha1, signatures.x_duo_date], [1, 2]);
});

test('TLS', async (t) => {
    const tls = certify(t);
    const fake = await begin(t, { tls });
    const { aim } = require('./shim.js');
    for (const [name, host, ca, want] of [
        ['the authority and the name are right', 'localhost', tls.ca, undefined],
        ['another name', 'api-fake.duosecurity.com', tls.ca, /Hostname\/IP does not match/],
        ['another authority', 'localhost', certify(t).ca, /self-signed|self signed/],
        ['the authorities of the client', 'localhost', undefined, /self-signed|self signed/],
    ]) {
        await t.test(name, async () => {
            aim(fake.url, ca);
            const said = await new Duo(2, { host }).get('check');
            if (want) {
                assert.match(said.message, want);
            } else {
                assert.equal(said.stat, 'OK');
            }
        });
    }
});
