// fake.js: starts a fake for a test and speaks to its control API.
'use strict';
const { spawn, execFileSync } = require('node:child_process');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const http = require('node:http');
const https = require('node:https');
const net = require('node:net');

const READY = /^\w+: (\S+)\/\n/;

class Fake {
    // Starts the program, which ends with the test t.
    static async start(t, program, ...options) {
        const fake = new Fake();
        const { tls } = options.find((one) => one.tls) ?? {};
        fake.ca = tls?.ca;
        const words = options.flatMap((one) => (one.tls ? ['--tls', tls.cert, tls.key] : [one]));
        fake.child = spawn(program, ['--quiet', ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
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
        return fake;
    }

    async tryControl(name, body = {}) {
        const answer = await this.ask('POST', `/control/${name}`, {}, JSON.stringify(body));
        return JSON.parse(answer.body);
    }

    async control(name, body) {
        const said = await this.tryControl(name, body);
        assert.equal(said.ok, true, `${name}: ${said.error}`);
        return said;
    }

    // One request as it is, without headers of its own.
    ask(method, path, headers = {}, body = undefined) {
        const url = new URL(path, this.url);
        const { request } = url.protocol === 'https:' ? https : http;
        const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
        return new Promise((done, failed) => {
            const sent = request(url, {
                method, headers: { ...length, ...headers }, ca: this.ca, agent: false,
            }, async (response) => {
                let text = '';
                for await (const chunk of response) {
                    text += chunk;
                }
                done({ status: response.statusCode, headers: response.headers, body: text });
            });
            sent.on('error', failed);
            sent.end(body);
        });
    }

    // Bytes that are no HTTP; what comes back until the connection ends.
    throwAt(bytes) {
        const { hostname, port } = new URL(this.url);
        return new Promise((done) => {
            let said = '';
            const socket = net.connect(port, hostname, () => socket.end(bytes));
            socket.on('data', (data) => { said += data; });
            socket.on('error', () => {});
            socket.on('close', () => done(said));
        });
    }
}

// A certificate of its own for a test; hand it to start() as {tls}.
function certify(t) {
    const folder = scratch(t);
    execFileSync(process.env.SB_MAKE_CERT, [folder]);
    const files = { cert: `${folder}/cert.pem`, key: `${folder}/key.pem` };
    return { ...files, ca: fs.readFileSync(files.cert) };
}

// A folder for a test.
function scratch(t) {
    const folder = fs.mkdtempSync(`${process.env.SB_SCRATCH}/test-`);
    t.after(() => fs.rmSync(folder, { recursive: true }));
    return folder;
}

module.exports = { Fake, certify, scratch };
