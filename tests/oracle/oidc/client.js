// client.js: openid-client at a fake of a test.
'use strict';
const { Issuer, generators, custom } = require('openid-client');
const { Fake } = require('../fake.js');

const CLIENT = { client_id: 'fake-client', client_secret: "fake client's secret: 100%" };
const URI = 'http://127.0.0.1:9/back?from=here';

async function begin(t, ...options) {
    const fake = await Fake.start(t, process.env.SB_FAKE_OIDC, '--users', '2', ...options);
    return { fake, client: await connect(fake) };
}

async function connect(fake, metadata = {}) {
    custom.setHttpOptionsDefaults({ timeout: 2000, ca: fake.ca ?? [] });
    const issuer = await Issuer.discover(fake.url);
    return new issuer.Client({ ...CLIENT, redirect_uris: [URI], response_types: ['code'], ...metadata });
}

// The browser's visit: what it asks for, and what it comes back with.
async function visit(fake, client, extra = {}) {
    const checks = {
        state: generators.state(), nonce: generators.nonce(),
        code_verifier: generators.codeVerifier(), response_type: 'code',
    };
    const url = client.authorizationUrl({
        scope: 'openid email', state: checks.state, nonce: checks.nonce,
        code_challenge: generators.codeChallenge(checks.code_verifier),
        code_challenge_method: 'S256', ...extra,
    });
    if (extra.max_age !== undefined) {
        checks.max_age = extra.max_age;
    }
    const { pathname, search } = new URL(url);
    const answer = await fake.ask('GET', pathname + search);
    return { answer, checks, params: answer.headers.location && client.callbackParams(answer.headers.location) };
}

// The whole way; the claims of the id_token.
async function signIn(fake, client, extra) {
    const { params, checks } = await visit(fake, client, extra);
    return (await client.callback(URI, params, checks)).claims();
}

// What a promise that must fail failed with.
const thrown = (promise) => promise.then(
    (value) => { throw new Error(`came ${JSON.stringify(value)}`); }, (reason) => reason);

const now = () => Math.floor(Date.now() / 1000);

module.exports = { begin, connect, visit, signIn, thrown, now, CLIENT, URI };
