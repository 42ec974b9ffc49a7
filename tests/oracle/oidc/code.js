// A code is good once, for who asked for it.
'use strict';
const test = require('node:test');
const assert = require('node:assert/strict');
const { generators } = require('openid-client');
const { begin, connect, visit, thrown, CLIENT, URI } = require('./client.js');

test('a code', async (t) => {
    const { fake, client } = await begin(t);
    const redeem = async ({ uri = URI, verifier, code, by = client } = {}) => {
        const { params, checks } = await visit(fake, client);
        return by.grant({
            grant_type: 'authorization_code', code: code ?? params.code, redirect_uri: uri,
            code_verifier: verifier ?? checks.code_verifier,
        });
    };
    assert.ok((await redeem()).id_token);
    for (const [name, why, changes] of [
        ['of nobody', /unknown/, { code: 'x' }],
        ['for another address', /redirect_uri/, { uri: `${URI}2` }],
        ['with another verifier', /code_verifier/, { verifier: generators.codeVerifier() }],
        ['with a short verifier', /code_verifier/, { verifier: 'x' }],
        ['without a verifier', /code_verifier/, { verifier: '' }],
    ]) {
        await t.test(name, async () => {
            const error = await thrown(redeem(changes));
            assert.equal(error.error, 'invalid_grant');
            assert.match(error.error_description, why);
        });
    }
    await t.test('whose verifier was too short from the beginning', async () => {
        const { params } = await visit(fake, client, { code_challenge: generators.codeChallenge('short') });
        assert.match((await thrown(client.grant({
            grant_type: 'authorization_code', code: params.code, redirect_uri: URI, code_verifier: 'short',
        }))).error_description, /code_verifier/);
    });
    await t.test('by a client with another secret', async () => {
        for (const method of ['client_secret_basic', 'client_secret_post']) {
            const by = await connect(fake, { client_secret: 'x', token_endpoint_auth_method: method });
            const error = await thrown(redeem({ by }));
            assert.deepEqual([error.error, error.response.statusCode], ['invalid_client', 401]);
        }
    });
    await t.test('by another client', async () => {
        const by = await connect(fake, { client_id: 'x' });
        assert.equal((await thrown(redeem({ by }))).error, 'invalid_client');
    });
    await t.test('by a client that says it twice', async () => {
        const basic = Buffer.from('fake-client:x').toString('base64');
        const answer = await fake.ask('POST', '/token', { authorization: `Basic ${basic}` },
            new URLSearchParams({ client_secret: CLIENT.client_secret, code: 'x' }).toString());
        assert.deepEqual([answer.status, JSON.parse(answer.body).error], [400, 'invalid_request']);
    });
    await t.test('for another grant', async () => {
        const error = await thrown(client.grant({ grant_type: 'client_credentials' }));
        assert.equal(error.error, 'unsupported_grant_type');
    });
});

test('a code is used up', async (t) => {
    const { fake, client } = await begin(t);
    const { params, checks } = await visit(fake, client);
    const grant = (verifier) => client.grant({
        grant_type: 'authorization_code', code: params.code, redirect_uri: URI, code_verifier: verifier,
    });
    await grant(checks.code_verifier);
    assert.match((await thrown(grant(checks.code_verifier))).error_description, /was used/);
    assert.deepEqual((await fake.control('counters')).codes, { made: 1, reused: 1 });
    assert.equal((await fake.control('counters')).tokens, 1);

    const second = await visit(fake, client);
    params.code = second.params.code;
    assert.match((await thrown(grant('x'.repeat(43)))).error_description, /code_verifier/);
    assert.match((await thrown(grant(second.checks.code_verifier))).error_description, /was used/);
});

test('a code lives for its time', async (t) => {
    const { fake, client } = await begin(t, '--code-s', '1');
    const { params, checks } = await visit(fake, client);
    await new Promise((done) => setTimeout(done, 1100));
    const error = await thrown(client.callback(URI, params, checks));
    assert.match(error.error_description, /expired/);
});
