// Each way to spoil an id_token: it spoils that alone, and what the client makes of it.
'use strict';
const test = require('node:test');
const assert = require('node:assert/strict');
const { createHmac } = require('node:crypto');
const jose = require('jose');
const { begin, visit, thrown, CLIENT, URI } = require('./client.js');

const DAY = 86400;
const HOUR = 3600;
const OTHER = 'somebody-else';

// name, what the client says (null: it is content), claims that differ, header members that differ,
// how the signature is: good, or else
const TABLE = [
    ['wrong_iss', /unexpected iss value/, { iss: 'https://elsewhere.example' }],
    ['no_iss', /missing required JWT property iss/, { iss: undefined }],
    ['wrong_aud', /aud mismatch/, { aud: OTHER }],
    ['no_aud', /missing required JWT property aud/, { aud: undefined }],
    ['more_aud', /missing required JWT property azp/, { aud: [CLIENT.client_id, OTHER], azp: undefined }],
    ['wrong_azp', /azp mismatch/, { azp: OTHER }],
    ['wrong_nonce', /nonce mismatch/, { nonce: OTHER }],
    ['no_nonce', /nonce mismatch/, { nonce: undefined }],
    ['expired', /JWT expired/, { exp: -HOUR }],
    ['no_exp', /missing required JWT property exp/, { exp: undefined }],
    ['future_iat', null, { iat: HOUR }],
    ['no_iat', /missing required JWT property iat/, { iat: undefined }],
    ['future_nbf', /JWT not active yet/, { nbf: HOUR }],
    ['old_auth_time', /too much time has elapsed/, { auth_time: -DAY }],
    ['future_auth_time', null, { auth_time: DAY }],
    ['no_auth_time', /missing required JWT property auth_time/, { auth_time: undefined }],
    ['text_auth_time', /auth_time claim must be a JSON numeric value/, { auth_time: 'now' }],
    ['no_amr', null, { amr: undefined }],
    ['weak_amr', null, { amr: ['pwd'] }],
    ['text_amr', null, { amr: 'mfa' }],
    ['no_acr', null, { acr: undefined }],
    ['weak_acr', null, { acr: '0' }],
    ['other_subject', null,
        { sub: OTHER, email: `${OTHER}@example.com`, preferred_username: OTHER }],
    ['no_sub', /missing required JWT property sub/, { sub: undefined }],
    ['alg_none', /unexpected JWT alg received, expected RS256, got: none/, {}, { alg: 'none' }, 'none'],
    ['alg_hs256', /got: HS256/, {}, { alg: 'HS256' }, 'public key'],
    ['alg_hs256_secret', /got: HS256/, {}, { alg: 'HS256' }, 'secret'],
    ['unknown_kid', /no valid key found/, {}, { kid: 'nobody' }],
    ['no_kid', null, {}, { kid: undefined }],
    ['crit', /failed to validate JWT signature/, {}, { crit: ['exp'] }],
    ['bad_signature', /failed to validate JWT signature/, {}, {}, 'bad'],
    ['stranger_key', /failed to validate JWT signature/, {}, {}, 'bad'],
    ['embedded_key', /failed to validate JWT signature/, {}, { jwk: 'there' }, 'embedded'],
];
const BROKEN = [
    ['junk', /failed to decode JWT/],
    ['no_id_token', /id_token not present in TokenSet/],
];

async function token(fake, client) {
    const { params, checks } = await visit(fake, client, { max_age: 600, acr_values: 'phr' });
    const set = await client.grant({
        grant_type: 'authorization_code', code: params.code, redirect_uri: URI,
        code_verifier: checks.code_verifier,
    });
    return { text: set.id_token, nonce: checks.nonce };
}

const part = (text, i) => JSON.parse(Buffer.from(text.split('.')[i], 'base64url'));

// Members of b that are not as in a; times are told as distances from when the token was made.
function differences(a, b, changed) {
    const found = {};
    for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
        if (JSON.stringify(a[name]) !== JSON.stringify(b[name])) {
            found[name] = b[name];
        }
    }
    for (const [name, value] of Object.entries(found)) {
        if (typeof value === 'number') {
            const off = typeof changed[name] === 'number' ? value - Date.now() / 1000 : value - a[name];
            found[name] = Math.round(off / 10) * 10;
        }
        if (found[name] === 0 || name === 'at_hash') {
            delete found[name];
        }
    }
    return found;
}

async function judge(text, key, kind) {
    const [header, body, signature] = text.split('.');
    const mac = (secret) =>
        createHmac('sha256', secret).update(`${header}.${body}`).digest('base64url');
    const verify = (by) => jose.compactVerify(text, by, { crit: { exp: false } }).then(() => true, () => false);
    switch (kind) {
    case 'none':
        return signature === '';
    case 'public key':
        return signature === mac(await jose.exportSPKI(key));
    case 'secret':
        return signature === mac(CLIENT.client_secret);
    case 'bad':
        return signature.length === 342 && !(await verify(key));
    case 'embedded':
        return !(await verify(key)) && verify(await jose.importJWK(part(text, 0).jwk, 'RS256'));
    default:
        // RFC 7515 forbids exp in crit, and so does jose: its signature is judged without
        return part(text, 0).crit ? true : verify(key);
    }
}

test('the table is whole', async (t) => {
    const { fake } = await begin(t);
    const { spoils } = await fake.control('spoils');
    assert.deepEqual([...TABLE, ...BROKEN].map(([name]) => name), spoils);
});

test('id_tokens', async (t) => {
    const { fake, client } = await begin(t);
    const { keys } = JSON.parse((await fake.ask('GET', '/jwks')).body);
    const key = await jose.importJWK(keys.find((one) => one.alg === 'RS256'), 'RS256');
    const right = await token(fake, client);
    for (const [name, says, claims, header = {}, kind = 'good'] of TABLE) {
        await t.test(name, async () => {
            await fake.control('spoil', { what: name });
            const { text, nonce } = await token(fake, client);
            const expected = { ...part(right.text, 1), nonce };
            assert.deepEqual(differences(expected, part(text, 1), claims), claims);
            const odd = differences(part(right.text, 0), part(text, 0), {});
            if (odd.jwk) {
                odd.jwk = 'there';
            }
            assert.deepEqual(odd, header);
            assert.ok(await judge(text, key, kind), `the signature is ${kind}`);
            const { params, checks } = await visit(fake, client, { max_age: 600, acr_values: 'phr' });
            const said = await client.callback(URI, params, checks).then(() => null, String);
            if (says) {
                assert.match(said ?? 'nothing', says);
            } else {
                assert.equal(said, null);
            }
        });
    }
    for (const [name, says] of BROKEN) {
        await t.test(name, async () => {
            await fake.control('spoil', { what: name });
            const { params, checks } = await visit(fake, client);
            assert.match(String(await thrown(client.callback(URI, params, checks))), says);
        });
    }
    await t.test('for some tokens', async () => {
        await fake.control('spoil', { what: 'no_acr', times: 1 });
        const acrs = [];
        for (let i = 0; i < 2; i++) {
            acrs.push(part((await token(fake, client)).text, 1).acr);
        }
        assert.deepEqual(acrs, [undefined, 'phr']);
    });
    await t.test('nothing', async () => {
        await fake.control('spoil', { what: 'wrong_iss' });
        await fake.control('spoil', { what: 'nothing' });
        assert.equal(part((await token(fake, client)).text, 1).iss, fake.url);
    });
});
