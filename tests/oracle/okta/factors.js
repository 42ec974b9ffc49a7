// People, pushes and codes, as Okta's client sees them.
'use strict';
const test = require('node:test');
const assert = require('node:assert/strict');
const { setTimeout: sleep } = require('node:timers/promises');
const { certify } = require('../fake.js');
const { connect, begin, factors, push, thrown, totp, USER, TOKEN } = require('./client.js');

const refusal = (error) => [error.status, error.errorCode];
const results = async (fake) => (await fake.control('pushes')).pushes.map((one) => one.result);

test('a user by login and by id', async (t) => {
    const { client } = await begin(t);
    const user = await client.userApi.getUser({ userId: USER });
    assert.equal(user.profile.login, USER);
    assert.equal((await client.userApi.getUser({ userId: user.id })).id, user.id);
    assert.deepEqual(refusal(await thrown(client.userApi.getUser({ userId: 'nobody' }))),
        [404, 'E0000007']);
});

test('a wrong token, and none', async (t) => {
    const { fake } = await begin(t);
    const error = await thrown(connect(fake, { token: 'no' }).userApi.getUser({ userId: USER }));
    assert.deepEqual(refusal(error), [401, 'E0000011']);
    const answer = await fake.ask('GET', `/api/v1/users/${USER}`);
    assert.deepEqual([answer.status, JSON.parse(answer.body).errorCode], [401, 'E0000005']);
});

test('the factors of a user', async (t) => {
    const { fake, client } = await begin(t);
    const usual = await factors(client);
    assert.deepEqual([usual.push.provider, usual.push.status], ['OKTA', 'ACTIVE']);
    assert.equal(usual.push.profile.credentialId, USER);
    assert.ok(usual['token:software:totp']);
    await fake.control('user.add', {
        login: 'odd@example.com',
        factors: [{ type: 'sms' }, { type: 'push', status: 'PENDING_ACTIVATION' }],
    });
    const odd = await factors(client, 'odd@example.com');
    assert.deepEqual([Object.keys(odd), odd.push.status], [['sms', 'push'], 'PENDING_ACTIVATION']);
    const error = await thrown(push(client, undefined, 'odd@example.com'));
    assert.deepEqual(refusal(error), [403, 'E0000006']);
    assert.equal((await fake.control('counters')).pushes.sent, 0);
});

test('a push', async (t) => {
    const { fake, client } = await begin(t);
    for (const [what, result] of [['approve', 'SUCCESS'], ['reject', 'REJECTED'], ['expire', 'TIMEOUT']]) {
        await t.test(what, async () => {
            const { sent, poll } = await push(client);
            assert.equal(sent.factorResult, 'WAITING');
            assert.equal(sent._embedded, undefined);
            assert.ok(sent.expiresAt > new Date());
            assert.equal((await poll()).factorResult, 'WAITING');
            await fake.control('phone', { user: USER, do: what });
            assert.equal((await poll()).factorResult, result);
            assert.equal((await poll()).factorResult, result);
        });
    }
    const [last] = (await fake.control('pushes', { user: USER })).pushes;
    assert.equal(last.polls, 3);
    assert.match(last.agent, /^securitybot-oracle/);
    assert.deepEqual((await fake.control('counters')).pushes,
        { sent: 3, waiting: 0, approved: 1, rejected: 1, timed_out: 1, cancelled: 0 });
    assert.equal((await fake.tryControl('phone', { user: USER, do: 'approve' })).error,
        'there is no push on this phone');
});

test('a push with a number', async (t) => {
    const { fake, client } = await begin(t);
    const body = { useNumberMatchingChallenge: true };
    const { sent, poll } = await push(client, body);
    const right = sent._embedded.challenge.correctAnswer;
    const [shown] = (await fake.control('pushes')).pushes;
    assert.equal(shown.number, right);
    assert.equal(new Set(shown.choices).size, 3);
    assert.ok(shown.choices.includes(right));
    assert.equal((await poll())._embedded.challenge.correctAnswer, right);
    assert.match((await fake.tryControl('phone', { user: USER, do: 'approve' })).error, /^number/);
    assert.equal((await poll()).factorResult, 'WAITING');
    await fake.control('phone', { user: USER, do: 'approve', number: right });
    assert.equal((await poll()).factorResult, 'SUCCESS');

    const second = await push(client, body);
    const [again] = (await fake.control('pushes')).pushes;
    const number = again.choices.find((one) => one !== again.number);
    await fake.control('phone', { user: USER, do: 'approve', number });
    assert.equal((await second.poll()).factorResult, 'REJECTED');
});

test('a push ends by itself', async (t) => {
    const { client } = await begin(t, '--push-ms', '300');
    const { poll } = await push(client);
    assert.equal((await poll()).factorResult, 'WAITING');
    await sleep(350);
    assert.equal((await poll()).factorResult, 'TIMEOUT');
});

test('a push is cancelled by its link', async (t) => {
    const { fake, client } = await begin(t);
    const { sent, poll } = await push(client);
    assert.deepEqual(sent._links.cancel.hints.allow, ['DELETE']);
    const answer = await client.http.delete(sent._links.cancel.href);
    assert.equal(answer.status, 204);
    assert.equal((await poll()).factorResult, 'CANCELLED');
    assert.deepEqual(await results(fake), ['CANCELLED']);
});

test('a push of another is not found', async (t) => {
    const { client } = await begin(t);
    const { id: transactionId, factor } = await push(client);
    const seen = await client.userFactorApi.getFactorTransactionStatus({
        userId: USER, factorId: factor.id, transactionId,
    });
    assert.equal(seen.factorResult, 'WAITING');
    const other = await factors(client, 'user000002@example.com');
    const error = await thrown(client.userFactorApi.getFactorTransactionStatus({
        userId: 'user000002@example.com', factorId: other.push.id, transactionId,
    }));
    assert.deepEqual(refusal(error), [404, 'E0000007']);
});

test('a push needs a User-Agent', async (t) => {
    const { fake, client } = await begin(t);
    const { push: factor } = await factors(client);
    const ask = (headers) => fake.ask('POST', `/api/v1/users/${USER}/factors/${factor.id}/verify`,
        { authorization: `SSWS ${TOKEN}`, ...headers });
    const answer = await ask({});
    assert.deepEqual([answer.status, JSON.parse(answer.body).errorCode], [400, 'E0000001']);
    assert.equal((await fake.control('counters')).pushes.sent, 0);
    assert.equal((await ask({ 'user-agent': 'x', 'x-forwarded-for': '192.0.2.1' })).status, 201);
    assert.equal((await fake.control('pushes')).pushes[0].forwarded_for, '192.0.2.1');
});

test('a phone that answers by itself', async (t) => {
    const { fake, client } = await begin(t);
    await fake.control('phone.auto', { do: 'reject' });
    await fake.control('phone.auto', { user: USER, do: 'approve', after_ms: 200 });
    const mine = await push(client, { useNumberMatchingChallenge: true });
    const other = await push(client, undefined, 'user000002@example.com');
    assert.equal((await mine.poll()).factorResult, 'WAITING');
    assert.equal((await other.poll()).factorResult, 'REJECTED');
    await sleep(250);
    assert.equal((await mine.poll()).factorResult, 'SUCCESS');
});

test('codes', async (t) => {
    const { fake, client } = await begin(t);
    const { user } = await fake.control('user', { user: USER });
    const { id, secret } = user.factors.find((one) => one.secret);
    const verify = (passCode) =>
        client.userFactorApi.verifyFactor({ userId: USER, factorId: id, body: { passCode } });
    const wrong = (code) => String((Number(code) + 1) % 1000000).padStart(6, '0');
    const code = totp(secret);
    assert.equal((await verify(code)).factorResult, 'SUCCESS');
    assert.deepEqual(refusal(await thrown(verify(code))), [403, 'E0000082']);
    for (let i = 0; i < 4; i++) {
        assert.deepEqual(refusal(await thrown(verify(wrong(code)))), [403, 'E0000068']);
    }
    assert.deepEqual(refusal(await thrown(verify(wrong(code)))), [403, 'E0000069']);
    const locked = await fake.control('user', { user: USER });
    assert.deepEqual([locked.user.status, locked.user.bad_codes], ['LOCKED_OUT', 5]);
    assert.deepEqual(refusal(await thrown(push(client))), [403, 'E0000069']);
    await fake.control('user.change', { user: USER, status: 'ACTIVE' });
    assert.equal((await push(client)).sent.factorResult, 'WAITING');
    assert.deepEqual((await fake.control('counters')).codes, { good: 1, bad: 5 });
});

test('TLS', async (t) => {
    const tls = certify(t);
    const { fake, client } = await begin(t, { tls });
    assert.match(fake.url, /^https:/);
    const { sent, poll } = await push(client);
    assert.ok(sent._links.poll.href.startsWith(fake.url));
    await fake.control('phone', { user: USER, do: 'approve' });
    assert.equal((await poll()).factorResult, 'SUCCESS');
    const stranger = connect({ url: fake.url });
    assert.match(String(await thrown(stranger.userApi.getUser({ userId: USER }))), /self-signed/);
});
