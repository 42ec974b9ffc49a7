// Who signs in, when and how, as the client is told.
'use strict';
const test = require('node:test');
const assert = require('node:assert/strict');
const { certify } = require('../fake.js');
const { begin, connect, visit, signIn, thrown, now, CLIENT, URI } = require('./client.js');

test('discovery', async (t) => {
    const { fake, client } = await begin(t);
    const { metadata } = client.issuer;
    assert.equal(metadata.issuer, fake.url);
    assert.deepEqual(metadata.code_challenge_methods_supported, ['S256']);
    assert.deepEqual(metadata.id_token_signing_alg_values_supported, ['RS256', 'ES256']);
    assert.deepEqual(metadata.token_endpoint_auth_methods_supported,
        ['client_secret_basic', 'client_secret_post']);
});

test('in each way', async (t) => {
    const { fake } = await begin(t);
    for (const alg of ['RS256', 'ES256']) {
        for (const method of ['client_secret_basic', 'client_secret_post']) {
            await t.test(`${alg}, ${method}`, async () => {
                await fake.control('sign', { alg });
                const client = await connect(fake, {
                    id_token_signed_response_alg: alg, token_endpoint_auth_method: method,
                });
                const claims = await signIn(fake, client);
                assert.ok(Math.abs(claims.auth_time - now()) < 3);
                assert.ok(Math.abs(claims.iat - now()) < 3);
                assert.equal(claims.exp, claims.iat + 300);
                assert.ok(claims.nonce && claims.at_hash);
                const { sub, aud, azp, email, email_verified, preferred_username, amr, acr } = claims;
                assert.deepEqual(
                    { sub, aud, azp, email, email_verified, preferred_username, amr, acr },
                    {
                        sub: 'sub000001', aud: CLIENT.client_id, azp: CLIENT.client_id,
                        email: 'user000001@example.com', email_verified: true,
                        preferred_username: 'user000001', amr: ['pwd', 'otp', 'mfa'], acr: undefined,
                    });
            });
        }
    }
});

test('who', async (t) => {
    const { fake, client } = await begin(t);
    const who = async (extra) => (await signIn(fake, client, extra)).sub;
    assert.equal(await who({ login_hint: 'user000002@example.com' }), 'sub000002');
    assert.equal(await who({ login_hint: 'user000002' }), 'sub000002');
    assert.equal(await who({ login_hint: 'nobody' }), 'sub000001');
    await fake.control('user.add', { sub: 's', email: 'a+b@example.com' });
    assert.equal(await who({ login_hint: 'a+b@example.com' }), 's');
    await fake.control('sign_in', { user: 's' });
    const claims = await signIn(fake, client, { login_hint: 'user000002@example.com' });
    assert.deepEqual([claims.sub, claims.email, claims.preferred_username],
        ['s', 'a+b@example.com', undefined]);
    await fake.control('sign_in');
    assert.equal(await who(), 'sub000001');
    assert.equal((await fake.tryControl('sign_in', { user: 'nobody' })).ok, false);
    assert.equal((await fake.tryControl('user.add', { sub: 's', email: 'c@example.com' })).ok, false);
});

test('how', async (t) => {
    const { fake, client } = await begin(t);
    assert.equal((await signIn(fake, client, { acr_values: 'phr phrh' })).acr, 'phr');
    await fake.control('sign_in', { acr: 'low', amr: ['pwd'] });
    const { acr, amr } = await signIn(fake, client, { acr_values: 'phr' });
    assert.deepEqual([acr, amr], ['low', ['pwd']]);
    await fake.control('sign_in', { amr: [] });
    assert.equal((await signIn(fake, client)).amr, undefined);
    assert.equal((await fake.tryControl('sign_in', { amr: {} })).ok, false);
});

test('when', async (t) => {
    const { fake, client } = await begin(t);
    const age = async (extra) => now() - (await signIn(fake, client, extra)).auth_time;
    const is = (seconds, wanted) => assert.ok(Math.abs(seconds - wanted) < 3, `${seconds}`);
    await fake.control('sign_in', { age_s: 1000 });
    is(await age(), 1000);
    is(await age({ max_age: 2000 }), 1000);
    is(await age({ max_age: 500 }), 0);
    is(await age({ prompt: 'login' }), 0);
    is(await age({ max_age: 0 }), 0);
    await fake.control('sign_in', { age_s: 1000, fresh_if_asked: false });
    is(await age({ prompt: 'login' }), 1000);
    assert.match(String(await thrown(age({ max_age: 500 }))), /too much time has elapsed/);
});

test('what was asked for', async (t) => {
    const { fake, client } = await begin(t);
    assert.equal((await fake.control('asked')).asked, null);
    const { checks } = await visit(fake, client, { max_age: 0, prompt: 'login', acr_values: 'a b' });
    const { asked } = await fake.control('asked');
    assert.equal(asked.code_challenge.length, 43);
    delete asked.code_challenge;
    assert.deepEqual(asked, {
        client_id: CLIENT.client_id, redirect_uri: URI, response_type: 'code', scope: 'openid email',
        state: checks.state, nonce: checks.nonce, code_challenge_method: 'S256', max_age: '0',
        prompt: 'login', acr_values: 'a b',
    });
});

test('a visit that ends with an error', async (t) => {
    const { fake, client } = await begin(t);
    await fake.control('sign_in', { error: 'access_denied' });
    assert.equal((await thrown(signIn(fake, client))).error, 'access_denied');
    await fake.control('sign_in');
    for (const [name, extra, error] of [
        ['another response type', { response_type: 'token' }, 'unsupported_response_type'],
        ['no openid', { scope: 'email' }, 'invalid_scope'],
        ['no challenge', { code_challenge: undefined }, 'invalid_request'],
        ['a plain challenge', { code_challenge_method: 'plain' }, 'invalid_request'],
        ['no method', { code_challenge_method: undefined }, 'invalid_request'],
        ['a short challenge', { code_challenge: 'x' }, 'invalid_request'],
        ['a bad max_age', { max_age: 'x' }, 'invalid_request'],
    ]) {
        await t.test(name, async () => {
            const { params, checks } = await visit(fake, client, extra);
            assert.deepEqual([params.error, params.state], [error, checks.state]);
        });
    }
    const { routes, codes } = await fake.control('counters');
    assert.deepEqual([routes.authorize.failed, codes.made], [8, 0]);
});

test('a visit that goes nowhere', async (t) => {
    const { fake, client } = await begin(t, '--redirect-uri', URI);
    for (const [name, extra] of [
        ['another client', { client_id: 'x' }],
        ['another address', { redirect_uri: `${URI}2` }],
        ['no address', { redirect_uri: undefined }],
        ['a fragment', { redirect_uri: `${URI}#x` }],
        ['a script', { redirect_uri: 'javascript:x' }],
    ]) {
        await t.test(name, async () => {
            const { answer } = await visit(fake, client, extra);
            assert.deepEqual([answer.status, answer.headers.location], [400, undefined]);
        });
    }
    await fake.control('client', { redirect_uri: 'https://other.example/' });
    assert.equal((await visit(fake, client)).answer.status, 400);
    await fake.control('client', {});
    assert.equal((await visit(fake, client, { redirect_uri: 'https://third.example/' })).answer.status, 302);
    assert.equal((await visit(fake, client, { redirect_uri: 'https://third.example/#x' })).answer.status, 400);
    assert.equal((await visit(fake, client, { redirect_uri: 'javascript:x' })).answer.status, 400);
});

test('nobody can sign in', async (t) => {
    const { fake, client } = await begin(t, '--users', '0');
    assert.equal((await thrown(signIn(fake, client))).error, 'login_required');
});

test('TLS', async (t) => {
    const { fake, client } = await begin(t, { tls: certify(t) });
    assert.match(client.issuer.metadata.jwks_uri, /^https:/);
    assert.equal((await signIn(fake, client)).sub, 'sub000001');
    assert.match(String(await thrown(connect({ url: fake.url }))), /self-signed/);
});

test('nothing that is sent ends it', async (t) => {
    const { fake, client } = await begin(t);
    assert.equal((await visit(fake, client, { state: '/'.repeat(3000) })).answer.status, 400);
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    for (const [method, path, status, body, headers] of [
        ['GET', '/authorize', 400],
        ['GET', '/authorize?%ff=%00', 400],
        ['GET', `/authorize?${'a=1&'.repeat(100)}`, 400],
        ['POST', '/authorize', 400, 'x', form],
        ['DELETE', '/authorize', 405],
        ['GET', '/token', 405],
        ['POST', '/jwks', 405, ''],
        ['POST', '/token', 400, '%ff=%ff', form],
        ['POST', '/token', 401, '', form],
        ['POST', '/token', 401, 'grant_type=x', { ...form, authorization: 'Basic' }],
        ['POST', '/token', 401, 'grant_type=x', { ...form, authorization: 'Basic $$$' }],
        ['POST', '/token', 401, 'grant_type=x', { ...form, authorization: 'Basic eA==' }],
        ['GET', '/', 404],
        ['GET', '/control/nothing', 404],
        ['POST', '/control/spoil', 400, '{"what":"x"}'],
        ['POST', '/control/sign', 400, '{"alg":"HS256"}'],
        ['POST', '/control/user.add', 400, '{"sub":"x"}'],
        ['POST', '/control/sign_in', 400, '{"age_s":315360001}'],
    ]) {
        const answer = await fake.ask(method, path, headers, body);
        assert.equal(answer.status, status, `${method} ${path.slice(0, 60)} ${body}`);
    }
    assert.equal((await signIn(fake, client)).sub, 'sub000001');
});
