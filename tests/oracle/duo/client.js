// client.js: Duo's client at a fake of a test.
'use strict';
const assert = require('node:assert/strict');
const { Client } = require('@duosecurity/duo_api');
const { Fake, certify } = require('../fake.js');
const { aim } = require('./shim.js');

const IKEY = 'DIFAKEFAKEFAKEFAKE00';
const SKEY = 'fakefakefakefakefakefakefakefakefakefake';
const HOST = 'localhost';

// The client, with promises. Each call gives what Duo answered, parsed.
class Duo {
    constructor(version, { ikey = IKEY, skey = SKEY, host = HOST } = {}) {
        this.client = new Client(ikey, skey, host, version);
    }

    // The bytes of the answer.
    raw(method, name, params = {}) {
        return new Promise((done) => this.client.apiCall(method, `/auth/v2/${name}`, params, done));
    }

    async call(method, name, params) {
        return JSON.parse(await this.raw(method, name, params));
    }

    get(name, params) {
        return this.call('GET', name, params);
    }

    post(name, params) {
        return this.call('POST', name, params);
    }

    // What a good answer holds.
    async ok(method, name, params) {
        const said = await this.call(method, name, params);
        assert.equal(said.stat, 'OK', `${name}: ${JSON.stringify(said)}`);
        return said.response;
    }

    // A push that does not wait; its txid.
    async push(username, params = {}) {
        const about = { username, factor: 'push', device: 'auto', async: '1', ...params };
        return (await this.ok('POST', 'auth', about)).txid;
    }

    status(txid) {
        return this.ok('GET', 'auth_status', { txid });
    }
}

async function begin(t, ...options) {
    const fake = await Fake.start(t, process.env.SB_FAKE_DUO, '--users', '3', ...options);
    aim(fake.url, fake.ca);
    return fake;
}

// Runs test(t, fake, duo) in both versions of the signature, over HTTP and TLS.
async function everyWay(t, test, ...options) {
    for (const version of [2, 5]) {
        for (const tls of [false, true]) {
            await t.test(`version ${version}, ${tls ? 'TLS' : 'HTTP'}`, async (one) => {
                const more = tls ? [{ tls: certify(one) }] : [];
                const fake = await begin(one, ...options, ...more);
                await test(one, fake, new Duo(version));
                const { signatures } = await fake.control('counters');
                assert.ok(signatures[`v${version}`] > 0, 'in this version');
                assert.equal(signatures[`v${7 - version}`], 0, 'and in no other');
            });
        }
    }
}

// Waits until check() gives something true, and returns that.
async function until(what, check, ms = 10000) {
    for (const end = Date.now() + ms; ;) {
        const result = await check();
        if (result) {
            return result;
        }
        assert.ok(Date.now() < end, `in ${ms} ms: ${what}`);
        await new Promise((done) => setTimeout(done, 10));
    }
}

module.exports = { Duo, begin, certify, everyWay, until, IKEY, SKEY, HOST };
