// Access tokens for a client that signs its assertion.
'use strict';
const test = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const { generateKeyPairSync, createSign, randomUUID } = require('node:crypto');
const { scratch } = require('../fake.js');
const { connect, begin, push, thrown, CLIENT_ID, USER } = require('./client.js');

const SCOPES = ['okta.users.manage'];

function makeKeys(t, type) {
    const keys = type === 'ec'
        ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
        : generateKeyPairSync('rsa', { modulusLength: 2048 });
    const path = `${scratch(t)}/client.pem`;
    fs.writeFileSync(path, keys.publicKey.export({ type: 'spki', format: 'pem' }));
    return { ...keys, path };
}

const config = (privateKey, scopes = SCOPES) => ({
    authorizationMode: 'PrivateKey', clientId: CLIENT_ID, scopes, privateKey,
});

test('a client with its key', async (t) => {
    const rsa = makeKeys(t, 'rsa');
    const ec = makeKeys(t, 'ec');
    for (const [name, keys, key] of [
        ['RS256, PEM', rsa, rsa.privateKey.export({ type: 'pkcs1', format: 'pem' })],
        ['RS256, JWK', rsa, rsa.privateKey.export({ format: 'jwk' })],
    ]) {
        await t.test(name, async (one) => {
            const { fake } = await begin(one, '--client-key', keys.path);
            const client = connect(fake, config(key));
            const { poll } = await push(client, { useNumberMatchingChallenge: true });
            assert.equal((await poll()).factorResult, 'WAITING');
            assert.equal((await fake.control('counters')).tokens, 1);
            await fake.control('tokens.revoke');
            assert.equal((await poll()).factorResult, 'WAITING'); // after another token
            assert.equal((await fake.control('counters')).tokens, 2);
        });
    }
    // the client takes a refusal for a token, and goes on without one
    for (const [name, options] of [
        ['another key', ['--client-key', makeKeys(t, 'rsa').path]],
        ['a key of another kind', ['--client-key', ec.path]],
        ['no key at all', []],
    ]) {
        await t.test(name, async (one) => {
            const { fake } = await begin(one, ...options);
            const client = connect(fake, config(rsa.privateKey.export({ format: 'jwk' })));
            assert.equal((await thrown(push(client))).status, 401);
            const { routes, tokens } = await fake.control('counters');
            assert.ok(routes.token.failed > 0);
            assert.equal(tokens, 0);
        });
    }
});

test('scopes', async (t) => {
    const keys = makeKeys(t, 'rsa');
    const jwk = keys.privateKey.export({ format: 'jwk' });
    const { fake } = await begin(t, '--client-key', keys.path);
    const reader = connect(fake, config(jwk, ['okta.users.read']));
    assert.equal((await reader.userApi.getUser({ userId: USER })).profile.login, USER);
    const error = await thrown(push(reader));
    assert.deepEqual([error.status, error.errorCode], [403, 'E0000006']);
    assert.equal((await fake.control('counters')).pushes.sent, 0);
    const { tokens } = await fake.control('counters');
    await thrown(push(connect(fake, config(jwk, ['okta.apps.manage']))));
    assert.equal((await fake.control('counters')).tokens, tokens);
});

test('a token lives for its time', async (t) => {
    const keys = makeKeys(t, 'rsa');
    const { fake } = await begin(t, '--client-key', keys.path, '--token-s', '1');
    const { access_token: token, expires_in: life } = JSON.parse((await grant(fake, keys)).body);
    assert.equal(life, 1);
    const look = () => fake.ask('GET', `/api/v1/users/${USER}`, { authorization: `Bearer ${token}` });
    assert.equal((await look()).status, 200);
    await new Promise((done) => setTimeout(done, 2000));
    assert.equal((await look()).status, 401);
});

// What the SDK does not let us spoil.

const part = (object) => Buffer.from(JSON.stringify(object)).toString('base64url');

function assertion(keys, url, claims = {}, header = {}) {
    const now = Math.floor(Date.now() / 1000);
    const text = `${part({ alg: 'ES256', ...header })}.${part({
        iss: CLIENT_ID, sub: CLIENT_ID, aud: `${url}/oauth2/v1/token`, iat: now, exp: now + 300,
        jti: randomUUID(), ...claims,
    })}`;
    const key = { key: keys.privateKey, dsaEncoding: 'ieee-p1363' };
    return `${text}.${createSign('sha256').update(text).sign(key, 'base64url')}`;
}

function grant(fake, keys, { claims, header, spoil = (text) => text, form = {} } = {}) {
    const alg = keys.privateKey.asymmetricKeyType === 'ec' ? 'ES256' : 'RS256';
    const text = spoil(assertion(keys, fake.url, claims, { alg, ...header }));
    const body = new URLSearchParams({
        grant_type: 'client_credentials', scope: 'okta.users.read',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: text, ...form,
    });
    return fake.ask('POST', '/oauth2/v1/token',
        { 'content-type': 'application/x-www-form-urlencoded' }, String(body));
}

test('an assertion by ES256', async (t) => {
    const keys = makeKeys(t, 'ec');
    const { fake } = await begin(t, '--client-key', keys.path);
    const now = Math.floor(Date.now() / 1000);
    for (const [name, status, error, changes] of [
        ['is good', 200, undefined, {}],
        ['for a list of audiences', 200, undefined, { claims: { aud: ['x', `${fake.url}/oauth2/v1/token`] } }],
        ['for another audience', 401, 'invalid_client', { claims: { aud: 'https://elsewhere' } }],
        ['of another issuer', 401, 'invalid_client', { claims: { iss: 'x' } }],
        ['of another subject', 401, 'invalid_client', { claims: { sub: 'x' } }],
        ['that has expired', 401, 'invalid_client', { claims: { exp: now - 1 } }],
        ['that never expires', 401, 'invalid_client', { claims: { exp: now + 7200 } }],
        ['without an end', 401, 'invalid_client', { claims: { exp: undefined } }],
        ['from the future', 401, 'invalid_client', { claims: { iat: now + 600 } }],
        ['that says none', 401, 'invalid_client', { header: { alg: 'none' } }],
        ['that says RS256', 401, 'invalid_client', { header: { alg: 'RS256' } }],
        ['that was changed', 401, 'invalid_client', { spoil: (text) => text.replace(/.....$/, 'AAAAA') }],
        ['of two parts', 401, 'invalid_client', { spoil: () => 'e30.e30' }],
        ['of junk', 401, 'invalid_client', { spoil: () => '$.$.$' }],
        ['for another grant', 400, 'unsupported_grant_type', { form: { grant_type: 'password' } }],
        ['for no scope', 400, 'invalid_scope', { form: { scope: '' } }],
        ['for a scope too many', 400, 'invalid_scope', { form: { scope: 'okta.users.read okta.apps.manage' } }],
    ]) {
        await t.test(name, async () => {
            const answer = await grant(fake, keys, changes);
            assert.deepEqual([answer.status, JSON.parse(answer.body).error], [status, error]);
        });
    }
    await t.test('that was used', async () => {
        const text = assertion(keys, fake.url);
        const statuses = [];
        for (let i = 0; i < 2; i++) {
            statuses.push((await grant(fake, keys, { spoil: () => text })).status);
        }
        assert.deepEqual(statuses, [200, 401]);
    });
});
