// What we approve the other approves, and what it refuses we refuse. Where we alone refuse, the
// reason must be one of those that we are stricter in, and know of.
'use strict';
const test = require('node:test');
const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { Ours, theirs } = require('./judge.js');
const { Passkey, UP, UV, BE, BS, AT, ED } = require('./passkey.js');

const RP_ID = 'bot.example.org';
const ORIGIN = 'https://bot.example.org';
const STRICTER = new Set([
    'cross_origin', 'top_origin', // it looks at neither
    'backup_changed', // it does not know what was enrolled
    'bad_client_data', // it reads JSON as JavaScript does
    'bad_auth_data', // and lets pass a credential in an assertion
    'bad_attestation', 'bad_public_key', // it looks at the statement, and not yet at the key
]);
// We believe no attestation statement, and so judge none; it knows some, and the roots of some.
const STATEMENT = /^Unsupported Attestation Format|\((TPM|AndroidKey|Apple|FIDOU2F|Packed)\)$/;
const counts = { approved: 0, refused: 0, stricter: 0, statement: 0 };

// also: results by which we are stricter in this case.
async function compare(ours, kind, it, name, also = []) {
    const { cose, ...request } = it;
    const [mine, other] = [await ours.ask(request), await theirs[kind](it)];
    const approved = mine.result === 'verified';
    assert.notEqual(mine.result, 'unchecked', `${name}: ${mine.why}`);
    if (approved === other.verified) {
        counts[approved ? 'approved' : 'refused']++;
    } else if (kind === 'registration' && STATEMENT.test(other.why)) {
        counts.statement++;
    } else {
        assert(!approved, `${name}: we approve, and it says ${other.why}`);
        // The curve is a part of the key, though we name it as an algorithm that we don't have.
        const known = STRICTER.has(mine.result) || also.includes(mine.result) ||
            /EdDSA on curve/.test(mine.why);
        assert(known, `${name}: it approves, and we say ${mine.why}`);
        counts.stricter++;
    }
    return mine;
}

function clientData(type, challenge, more = {}) {
    return Buffer.from(JSON.stringify({
        type, challenge: challenge.toString('base64url'), origin: ORIGIN, crossOrigin: false, ...more,
    }));
}

function registration(passkey, flags = UP | UV | AT, more = {}, end = []) {
    const challenge = crypto.randomBytes(32);
    return {
        rp_id: RP_ID, origin: ORIGIN, challenge, id: passkey.id,
        client_data: clientData('webauthn.create', challenge, more),
        attestation: passkey.attestation(passkey.authData(RP_ID, flags, 0, end)),
    };
}

function assertion(passkey, { flags = UP | UV, count = 0, more = {}, end = [], rpId = RP_ID, kept = {} }) {
    const challenge = crypto.randomBytes(32);
    const client_data = clientData('webauthn.get', challenge, more);
    const auth_data = passkey.authData(rpId, flags, count, end);
    return {
        rp_id: RP_ID, origin: ORIGIN, challenge, client_data, auth_data,
        signature: passkey.sign(auth_data, client_data),
        sent_id: passkey.id, id: passkey.id, algorithm: passkey.algorithm, spki: passkey.spki,
        cose: passkey.cose, sign_count: 0, eligible: false, ...kept,
    };
}

// Each bit of the rare parts, and some of the long ones.
function* flips(it, keys, step) {
    for (const key of keys) {
        for (let bit = 0; bit < it[key].length * 8; bit += step) {
            const bytes = Buffer.from(it[key]);
            bytes[bit >> 3] ^= 1 << (bit & 7);
            yield [`${key}, bit ${bit}`, { ...it, [key]: bytes }];
        }
    }
}

for (const algorithm of [-7, -8]) {
    test(`passkeys of algorithm ${algorithm}`, async (t) => {
        const ours = new Ours(t);
        const passkey = new Passkey(algorithm);
        await t.test('what is right is approved', async () => {
            const enrolled = await compare(ours, 'registration', registration(passkey), 'enrolment');
            assert.equal(enrolled.result, 'verified');
            assert.equal(enrolled.spki, passkey.spki.toString('base64url'));
            assert.equal(enrolled.id, passkey.id.toString('base64url'));
            const rows = [
                {}, { count: 7, kept: { sign_count: 6 } },
                { flags: UP | UV | BE | BS, kept: { eligible: true } },
                { flags: UP | UV | ED, end: [0xa1, 0x61, 0x78, 0xf5] },
                { more: { other_keys_can_be_added_here: 'x' } },
            ];
            for (const [i, row] of rows.entries()) {
                const mine = await compare(ours, 'assertion', assertion(passkey, row), `row ${i}`);
                assert.equal(mine.result, 'verified', `row ${i}: ${mine.why}`);
            }
        });
        await t.test('what is wrong is refused', async () => {
            const rows = [
                ['not_present', { flags: UV }], ['not_verified', { flags: UP }],
                ['backup_flags', { flags: UP | UV | BS }], ['backup_changed', { flags: UP | UV | BE }],
                ['wrong_party', { rpId: 'example.org' }],
                ['wrong_type', { more: { type: 'webauthn.create' } }],
                ['wrong_challenge', { more: { challenge: 'AAAAAAAAAAAAAAAAAAAAAA' } }],
                ['wrong_origin', { more: { origin: `${ORIGIN}:8443` } }],
                ['cross_origin', { more: { crossOrigin: true } }],
                ['top_origin', { more: { topOrigin: 'https://a.example' } }],
                ['counter_regressed', { count: 6, kept: { sign_count: 6 } }],
                ['counter_regressed', { count: 0, kept: { sign_count: 6 } }],
                ['bad_auth_data', { end: [0] }], ['bad_auth_data', { flags: UP | UV | ED }],
                ['bad_auth_data', { flags: UP | UV | AT }],
                ['other_credential', { kept: { sent_id: Buffer.alloc(32) } }],
            ];
            for (const [want, row] of rows) {
                const it = assertion(passkey, row);
                if (want === 'other_credential') { // its caller is to look that up
                    assert.equal((await ours.ask({ ...it, cose: undefined })).result, want);
                    continue;
                }
                assert.equal((await compare(ours, 'assertion', it, want)).result, want);
            }
        });
        await t.test('bits', async () => {
            const said = assertion(passkey, {});
            for (const [name, it] of flips(said, ['signature', 'auth_data', 'client_data'], 3)) {
                // It reads DER loosely: a length that is wrong may be right to it.
                const also = name.startsWith('signature') ? ['bad_signature'] : [];
                const { result } = await compare(ours, 'assertion', it, name, also);
                assert.notEqual(result, 'verified', name);
            }
            // Nothing is signed here: a bit of id, AAGUID or key gives another credential.
            const made = registration(passkey);
            for (const [name, it] of flips(made, ['attestation'], 1)) {
                await compare(ours, 'registration', it, name);
            }
        });
    });
}

test('the vectors of the standard', async (t) => {
    const ours = new Ours(t);
    const file = path.join(process.env.SB_SOURCE, 'tests/support/webauthn/vectors.json');
    const { rp_id, origin, vectors } = JSON.parse(fs.readFileSync(file));
    const bytes = (object) => Object.fromEntries(
        Object.entries(object).map(([key, value]) => [key, Buffer.from(value, 'hex')]));
    for (const vector of vectors) {
        const { credential_id, aaguid, ...made } = bytes(vector.registration);
        await compare(ours, 'registration', { rp_id, origin, id: credential_id, ...made },
            vector.name);
    }
});

test.after(() => console.log(counts));
