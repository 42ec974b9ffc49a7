// client.js: Okta's client at a fake of a test.
'use strict';
const https = require('node:https');
const { createHmac } = require('node:crypto');
const okta = require('@okta/okta-sdk-nodejs');
const { Fake } = require('../fake.js');

const TOKEN = '00fakeOktaApiToken';
const CLIENT_ID = '0oafakeclient00000001';
const USER = 'user000001@example.com';

// The SDK lets its user bring an executor; this one trusts the test's certificate.
class Executor extends okta.DefaultRequestExecutor {
    constructor(ca, options) {
        super(options);
        this.agent = ca && new https.Agent({ ca });
    }

    fetch(request) {
        return super.fetch(this.agent ? { ...request, agent: this.agent } : request);
    }
}

function connect(fake, config = {}, executor = { maxRetries: 0 }) {
    return new okta.Client({
        orgUrl: fake.url, token: TOKEN, cacheMiddleware: null,
        requestExecutor: new Executor(fake.ca, executor), ...config,
    });
}

async function begin(t, ...options) {
    const fake = await Fake.start(t, process.env.SB_FAKE_OKTA, '--users', '2', ...options);
    return { fake, client: connect(fake) };
}

async function factors(client, user = USER) {
    const found = {};
    await (await client.userFactorApi.listFactors({ userId: user })).each((one) => {
        found[one.factorType] = one;
    });
    return found;
}

// Sends a push and returns what the client makes of the answer.
async function push(client, body, user = USER) {
    const { push: factor } = await factors(client, user);
    const sent = await client.userFactorApi.verifyFactor({
        userId: user, factorId: factor.id, userAgent: 'securitybot-oracle', body,
    });
    const poll = () => client.http.getJson(sent._links.poll.href);
    const id = sent._links?.poll.href.split('/').pop();
    return { sent, poll, factor, id };
}

// What a promise that must fail failed with.
const thrown = (promise) => promise.then(
    (value) => { throw new Error(`came ${JSON.stringify(value)}`); }, (reason) => reason);

// RFC 6238 by hand.
function totp(secret, seconds = Date.now() / 1000) {
    let bits = '';
    for (const digit of secret) {
        bits += 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(digit).toString(2).padStart(5, '0');
    }
    const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(Math.floor(seconds / 30)));
    const mac = createHmac('sha1', key).update(counter).digest();
    const number = mac.readUInt32BE(mac[19] & 15) & 0x7fffffff;
    return String(number % 1000000).padStart(6, '0');
}

module.exports = { connect, begin, factors, push, thrown, totp, TOKEN, CLIENT_ID, USER };
