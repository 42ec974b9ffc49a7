// Keys come and go; what is published goes wrong.
'use strict';
const test = require('node:test');
const assert = require('node:assert/strict');
const { begin, connect, signIn, thrown } = require('./client.js');

const kids = async (fake) =>
    JSON.parse((await fake.ask('GET', '/jwks')).body).keys.map((key) => key.kid);

test('rotation', async (t) => {
    const { fake, client } = await begin(t);
    assert.deepEqual(await kids(fake), ['rsa-1', 'ec-1']);
    assert.equal((await signIn(fake, client)).sub, 'sub000001');
    assert.deepEqual((({ RS256, ES256 }) => [RS256, ES256])(await fake.control('keys.rotate', { keep: true })),
        ['rsa-2', 'ec-2']);
    assert.deepEqual(await kids(fake), ['rsa-1', 'ec-1', 'rsa-2', 'ec-2']);
    // a client that looked less than a minute ago does not look again
    assert.match(String(await thrown(signIn(fake, client))), /no valid key found.*rsa-2/);
    assert.equal((await signIn(fake, await connect(fake))).sub, 'sub000001');
    await fake.control('keys.rotate');
    assert.deepEqual(await kids(fake), ['rsa-3', 'ec-3']);
    assert.equal((await signIn(fake, await connect(fake))).sub, 'sub000001');
    for (let i = 0; i < 10; i++) {
        await fake.control('keys.rotate', { keep: true });
    }
    assert.deepEqual([(await kids(fake)).length, (await kids(fake)).pop()], [16, 'ec-13']);
    assert.equal((await signIn(fake, await connect(fake))).sub, 'sub000001');
});

test('two keys of one name', async (t) => {
    const { fake, client } = await begin(t);
    await fake.control('keys.twins');
    assert.deepEqual(await kids(fake), ['rsa-1', 'rsa-1', 'ec-1', 'ec-1']);
    const { keys } = JSON.parse((await fake.ask('GET', '/jwks')).body);
    assert.notEqual(keys[0].n, keys[1].n);
    assert.equal((await signIn(fake, client)).sub, 'sub000001'); // it tries both
    await fake.control('spoil', { what: 'stranger_key' });
    assert.equal((await signIn(fake, client)).sub, 'sub000001'); // that is what twins are for
    await fake.control('keys.twins', { on: false });
    assert.match(String(await thrown(signIn(fake, await connect(fake)))), /failed to validate/);
});

test('the keys are away, or slow', async (t) => {
    const { fake } = await begin(t);
    for (const [name, fault, says] of [
        ['away', { status: 503 }, /expected 200 OK, got: 503/],
        ['cut off', { drop: true }, /hang up|ECONNRESET/],
        ['broken', { malformed: true }, /JSON/],
        ['too slow', { hang_ms: 60000 }, /timed out/],
    ]) {
        await t.test(name, async () => {
            await fake.control('fault', { route: 'jwks', ...fault });
            const client = await connect(fake);
            assert.match(String(await thrown(signIn(fake, client))), says);
        });
    }
    await t.test('slow', async () => {
        await fake.control('fault', { route: 'jwks', hang_ms: 300 });
        const begun = Date.now();
        assert.equal((await signIn(fake, await connect(fake))).sub, 'sub000001');
        assert.ok(Date.now() - begun >= 300);
    });
    assert.equal((await fake.control('counters')).routes.jwks.scripted, 5);
});

test('the token endpoint is away', async (t) => {
    const { fake, client } = await begin(t);
    await fake.control('fault', { route: 'token', drop: true });
    assert.match(String(await thrown(signIn(fake, client))), /hang up|ECONNRESET/);
    assert.equal((await fake.control('counters')).tokens, 1);
    await fake.control('fault', { route: 'token', drop: true, apply: false });
    await thrown(signIn(fake, client));
    assert.equal((await fake.control('counters')).tokens, 1);
});

test('quirks', async (t) => {
    const { fake, client } = await begin(t);
    const spoilt = async (route, quirk) => {
        await fake.control('fault', { route, quirk });
        return String(await thrown(signIn(fake, client)));
    };
    assert.match(await spoilt('authorize', 'wrong_state'), /state mismatch/);
    assert.match(await spoilt('authorize', 'no_state'), /state missing from the response/);
    assert.match(await spoilt('authorize', 'wrong_iss'), /iss mismatch/);
    await fake.control('fault', { route: 'discovery', quirk: 'wrong_issuer' });
    assert.equal((await connect(fake)).issuer.metadata.issuer, 'https://elsewhere.example');
    await fake.control('fault', { route: 'discovery', quirk: 'no_keys' });
    assert.match(String(await thrown(signIn(fake, await connect(fake)))), /jwks_uri must be configured/);
    assert.equal((await signIn(fake, client)).sub, 'sub000001');
});
