// fake.js: starts a fake Slack for a test and plays the people in it.
'use strict';
const { spawn } = require('node:child_process');
const assert = require('node:assert/strict');

const BOT_TOKEN = 'xoxb-fake-bot-token';
const APP_TOKEN = 'xapp-fake-app-token';
const SIGNING_SECRET = '8f742231b10e8888abcd99yyyzzz85a5';
const READY = /^fake_slack: (\S+)\/\n/;

class Fake {
    // Starts one that ends with the test t.
    static async start(t, ...options) {
        const fake = new Fake();
        fake.child = spawn(process.env.SB_FAKE_SLACK, ['--quiet', ...options], {
            stdio: ['ignore', 'pipe', 'inherit'],
        });
        const ended = new Promise((done) => fake.child.on('exit', (code) => done(code)));
        t.after(async () => {
            fake.child.kill('SIGTERM');
            assert.equal(await ended, 0, 'the fake ends well');
        });
        let text = '';
        for await (const chunk of fake.child.stdout) {
            text += chunk;
            if (READY.test(text)) {
                break;
            }
        }
        fake.url = READY.exec(text)[1];
        fake.api = `${fake.url}/api/`;
        return fake;
    }

    async control(name, body = {}) {
        const answer = await fetch(`${this.url}/control/${name}`, {
            method: 'POST',
            body: JSON.stringify(body),
        });
        const said = await answer.json();
        assert.equal(said.ok, true, `${name}: ${said.error}`);
        return said;
    }

    // The messages of a conversation, oldest first.
    async messages(where) {
        return (await this.control('messages', where)).messages;
    }

    async delivery(id, state) {
        return until(`delivery ${id} is ${state}`, async () => {
            const delivery = await this.control('delivery', { id });
            return delivery.state === state && delivery;
        });
    }
}

// Waits until check() gives something true, and returns that.
async function until(what, check, ms = 10000) {
    const end = Date.now() + ms;
    for (;;) {
        const result = await check();
        if (result) {
            return result;
        }
        assert.ok(Date.now() < end, `in ${ms} ms: ${what}`);
        await sleep(10);
    }
}

function sleep(ms) {
    return new Promise((done) => setTimeout(done, ms));
}

// What an emitter tells under a name, kept until it is asked for.
class Inbox {
    constructor(emitter, name) {
        this.kept = [];
        emitter.on(name, (item) => this.kept.push(item));
    }

    next(what = 'something comes') {
        return until(what, () => this.kept.shift());
    }
}

// A logger that says nothing.
const silent = {
    debug() {}, info() {}, warn() {}, error() {}, setLevel() {}, setName() {},
    getLevel: () => 'error',
};

module.exports = { Fake, Inbox, until, sleep, silent, BOT_TOKEN, APP_TOKEN, SIGNING_SECRET };
