// judge.js: the two judges, each asked in its own words: ours by a program, the other by its library.
'use strict';
const { spawn } = require('node:child_process');
const readline = require('node:readline');
const {
    verifyAuthenticationResponse, verifyRegistrationResponse,
} = require('@simplewebauthn/server');

const b64 = (bytes) => Buffer.from(bytes).toString('base64url');

class Ours {
    constructor(t) {
        this.child = spawn(process.env.SB_WEBAUTHN_JUDGE, { stdio: ['pipe', 'pipe', 'inherit'] });
        this.lines = readline.createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
        t.after(() => this.child.stdin.end());
    }

    async ask(request) {
        const texts = Object.entries(request)
            .map(([key, value]) => [key, value instanceof Uint8Array ? b64(value) : value]);
        this.child.stdin.write(`${JSON.stringify(Object.fromEntries(texts))}\n`);
        return JSON.parse((await this.lines.next()).value);
    }
}

// Both answer {verified, why}; a library that throws refuses.
async function verdict(asking) {
    try {
        return { ...await asking, why: '' };
    } catch (error) {
        return { verified: false, why: error.message };
    }
}

const theirs = {
    registration: (it) => verdict(verifyRegistrationResponse({
        response: {
            id: b64(it.id), rawId: b64(it.id), type: 'public-key', clientExtensionResults: {},
            response: { clientDataJSON: b64(it.client_data), attestationObject: b64(it.attestation) },
        },
        expectedChallenge: b64(it.challenge),
        expectedOrigin: it.origin,
        expectedRPID: it.rp_id,
        requireUserVerification: true,
        supportedAlgorithmIDs: [-7, -8],
    })),
    assertion: (it) => verdict(verifyAuthenticationResponse({
        response: {
            id: b64(it.sent_id), rawId: b64(it.sent_id), type: 'public-key',
            clientExtensionResults: {},
            response: {
                clientDataJSON: b64(it.client_data), authenticatorData: b64(it.auth_data),
                signature: b64(it.signature),
            },
        },
        expectedChallenge: b64(it.challenge),
        expectedOrigin: it.origin,
        expectedRPID: it.rp_id,
        requireUserVerification: true,
        authenticator: {
            credentialID: new Uint8Array(it.id),
            credentialPublicKey: new Uint8Array(it.cose),
            counter: it.sign_count,
        },
    })),
};

module.exports = { Ours, theirs };
