// People, pushes, passcodes and enrolment, as Duo's client sees them.
'use strict';
const test = require('node:test');
const assert = require('node:assert/strict');
const { everyWay, until } = require('./client.js');

const USER = 'user000001';

// Is a request waiting for a phone?
const hangs = (fake, n = 1) =>
    until(`${n} hang`, async () => (await fake.control('counters')).hanging === n);

test('ping and check', (t) => everyWay(t, async (one, fake, duo) => {
    for (const name of ['ping', 'check']) {
        const { time } = await duo.ok('GET', name);
        assert.ok(Math.abs(time - Date.now() / 1000) < 5);
    }
}));

test('preauth', (t) => everyWay(t, async (one, fake, duo) => {
    for (const [name, person, want] of [
        ['a phone', {}, 'auth'],
        ['a token first', { devices: 'token,phone' }, 'auth'],
        ['no device', { devices: 'none' }, 'auth'],
        ['bypassed', { state: 'bypass' }, 'allow'],
        ['locked', { state: 'locked' }, 'deny'],
        ['nobody', null, 'enroll'],
    ]) {
        const { user_id: id } = person ? await fake.control('user.add', { username: name, ...person }) : {};
        const said = await duo.ok('POST', 'preauth', { username: name });
        assert.equal(said.result, want, name);
        assert.equal(typeof said.status_msg, 'string');
        assert.equal(Array.isArray(said.devices), want === 'auth', name);
        assert.equal('enroll_portal_url' in said, want === 'enroll');
        assert.equal('txid' in said, false, 'nothing of a verified push');
        if (id) {
            assert.deepEqual(await duo.ok('POST', 'preauth', { user_id: id }), said);
        }
    }
    const { devices: [token, phone] } = await duo.ok('POST', 'preauth', { username: 'a token first' });
    assert.equal(token.type, 'token');
    assert.equal('capabilities' in token, false);
    assert.ok(phone.capabilities.includes('push'));
    assert.equal((await fake.control('user', { user: 'a phone' })).pushes, 0, 'nobody was asked');
}));

test('a push', (t) => everyWay(t, async (one, fake, duo) => {
    for (const [act, result, status] of [
        ['approve', 'allow', 'allow'],
        ['deny', 'deny', 'deny'],
        ['fraud', 'deny', 'fraud'],
        ['timeout', 'deny', 'timeout'],
    ]) {
        const txid = await duo.push(USER);
        const first = await duo.status(txid);
        assert.deepEqual([first.result, first.status], ['waiting', 'pushed']);
        let ended = false;
        const next = duo.status(txid).finally(() => { ended = true; });
        await hangs(fake);
        assert.equal(ended, false, 'it waits');
        assert.equal((await fake.control(act, { user: USER })).txid, txid);
        const last = await next;
        assert.deepEqual([last.result, last.status], [result, status]);
        assert.deepEqual(await duo.status(txid), last, 'the end stays');
        assert.equal((await fake.tryControl(act, { user: USER })).ok, false, 'and is final');
    }
    assert.equal((await fake.control('user', { user: USER })).pushes, 4);
}));

test('a push that fails, and is found in the app', (t) => everyWay(t, async (one, fake, duo) => {
    const txid = await duo.push(USER);
    await duo.status(txid);
    await fake.control('push_failed', { txid });
    const failed = await duo.status(txid);
    assert.deepEqual([failed.result, failed.status], ['waiting', 'push_failed']);
    const next = duo.status(txid);
    await hangs(fake);
    await fake.control('approve', { txid });
    assert.equal((await next).result, 'allow');
}));

test('a push lives so long', (t) => everyWay(t, async (one, fake, duo) => {
    const begin = Date.now();
    const txid = await duo.push(USER);
    await duo.status(txid);
    const last = await duo.status(txid);
    assert.deepEqual([last.result, last.status], ['deny', 'timeout']);
    assert.ok(Date.now() - begin >= 290, 'not earlier');
}, '--push-ms', '300'));

test('a push waited for', (t) => everyWay(t, async (one, fake, duo) => {
    const said = duo.ok('POST', 'auth', { username: USER, factor: 'push', device: 'auto' });
    await hangs(fake);
    await fake.control('push_failed', { user: USER });
    await fake.control('approve', { user: USER });
    const { result, status, txid } = await said;
    assert.deepEqual([result, status, txid], ['allow', 'allow', undefined]);
}));

test('a verified push', (t) => everyWay(t, async (one, fake, duo) => {
    const ask = { username: USER, client_supports_verified_push: '1' };
    const offer = await duo.ok('POST', 'preauth', ask);
    assert.match(offer.verification_code, /^\d{3}$/);
    assert.equal(offer.expiration, 60);
    const txid = await duo.push(USER, { txid: offer.txid });
    assert.ok((await duo.status(txid)).status_msg.includes(offer.verification_code));
    for (const code of [undefined, '', '0', `${offer.verification_code}0`]) {
        assert.equal((await fake.control('approve', { txid, code })).accepted, false);
    }
    const code = offer.verification_code;
    assert.equal((await fake.control('approve', { txid, code })).accepted, true);
    assert.equal((await duo.status(txid)).result, 'allow');
    const again = { username: USER, factor: 'push', device: 'auto', async: '1', txid: offer.txid };
    assert.equal((await duo.post('auth', again)).message_detail, 'txid', 'an offer is good once');
    const { txid: hers } = await duo.ok('POST', 'preauth', { ...ask, username: 'user000002' });
    assert.equal((await duo.post('auth', { ...again, txid: hers })).message_detail, 'txid');
    const user = await fake.control('user', { user: USER });
    assert.deepEqual([user.pushes, user.pushes_verified], [1, 1]);
    await fake.control('user.change', { user: USER, verified_digits: 6 });
    assert.match((await duo.ok('POST', 'preauth', ask)).verification_code, /^\d{6}$/);
}));

test('a code that is too old', (t) => everyWay(t, async (one, fake, duo) => {
    const { txid } = await duo.ok('POST', 'preauth',
        { username: USER, client_supports_verified_push: '1' });
    await new Promise((done) => setTimeout(done, 60));
    const said = await duo.post('auth',
        { username: USER, factor: 'push', device: 'auto', async: '1', txid });
    assert.deepEqual([said.code, said.message_detail], [40002, 'txid']);
}, '--offer-ms', '50'));

test('a passcode', (t) => everyWay(t, async (one, fake, duo) => {
    await fake.control('user.change', { user: USER, passcodes: '123456,654321' });
    const type = (passcode, more = {}) =>
        duo.ok('POST', 'auth', { username: USER, factor: 'passcode', passcode, ...more });
    assert.equal((await type('123456')).result, 'allow');
    for (const passcode of ['123456', '000000']) {
        const said = await type(passcode);
        assert.deepEqual([said.result, said.status], ['deny', 'deny'], passcode);
    }
    const { txid } = await type('654321', { async: '1' });
    assert.equal((await duo.status(txid)).result, 'allow');
    assert.equal((await fake.control('user', { user: USER })).passcodes_tried, 4);
}));

test('without a second factor', (t) => everyWay(t, async (one, fake, duo) => {
    for (const [state, result, status] of [
        ['bypass', 'allow', 'bypass'],
        ['locked', 'deny', 'locked_out'],
    ]) {
        await fake.control('user.change', { user: USER, state });
        const said = await duo.status(await duo.push(USER));
        assert.deepEqual([said.result, said.status], [result, status]);
    }
    assert.equal((await fake.control('user', { user: USER })).pushes, 0);
}));

test('enrolment', (t) => everyWay(t, async (one, fake, duo) => {
    const made = await duo.ok('POST', 'enroll', { username: 'ny bruger', valid_secs: '3600' });
    assert.ok(Math.abs(made.expiration - Date.now() / 1000 - 3600) < 5);
    assert.equal(made.username, 'ny bruger');
    const { user_id, activation_code } = made;
    const state = (code = activation_code) =>
        duo.ok('POST', 'enroll_status', { user_id, activation_code: code });
    assert.equal(await state(), 'waiting');
    assert.equal(await state('duo://other'), 'invalid');
    assert.equal((await duo.ok('POST', 'preauth', { user_id })).result, 'enroll');
    await fake.control('activate', { user: user_id });
    assert.equal(await state(), 'success');
    assert.equal((await duo.ok('POST', 'preauth', { user_id })).result, 'auth');
    assert.equal((await duo.post('enroll', { username: 'ny bruger' })).code, 40002);
    const late = await duo.ok('POST', 'enroll', { valid_secs: '1' });
    await fake.control('clock', { offset_s: 2 });
    assert.equal(await duo.ok('POST', 'enroll_status',
        { user_id: late.user_id, activation_code: late.activation_code }), 'invalid');
}));

test('a phone that answers by itself', (t) => everyWay(t, async (one, fake, duo) => {
    await fake.control('user.change', { user: USER, phone: 'approve', phone_ms: 50 });
    const said = await duo.ok('POST', 'auth', { username: USER, factor: 'push', device: 'auto' });
    assert.equal(said.result, 'allow');
}));
