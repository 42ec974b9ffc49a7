// The Web API as @slack/web-api sees it: tokens, scopes, people, paging, rate limits.
'use strict';
const test = require('node:test');
const assert = require('node:assert/strict');
const { WebClient, WebClientEvent, ErrorCode, LogLevel } = require('@slack/web-api');
const { Fake, silent, BOT_TOKEN, APP_TOKEN } = require('./fake.js');

function client(fake, token = BOT_TOKEN, options = {}) {
    return new WebClient(token, { slackApiUrl: fake.api, logger: silent, ...options });
}

async function refused(promise, error) {
    const thrown = await promise.then(
        () => assert.fail(`expected ${error}`),
        (reason) => reason,
    );
    assert.equal(thrown.code, ErrorCode.PlatformError, String(thrown));
    assert.equal(thrown.data.error, error);
    return thrown.data;
}

test('tokens and scopes', async (t) => {
    const fake = await Fake.start(t, '--scopes', 'users:read,chat:write');
    await t.test('the right token', async () => {
        const who = await client(fake).auth.test();
        assert.deepEqual([who.team_id, who.user_id, who.bot_id],
            ['T0FAKE00001', 'U0FAKEBOT01', 'B0FAKE00001']);
        assert.deepEqual(who.response_metadata.scopes, ['users:read', 'chat:write']);
    });
    await t.test('a wrong token', () => refused(client(fake, 'xoxb-no').auth.test(), 'invalid_auth'));
    await t.test('no token', () => refused(client(fake, '').auth.test(), 'not_authed'));
    await t.test('a token of the wrong kind', async () => {
        await refused(client(fake, APP_TOKEN).users.info({ user: 'USLACKBOT' }),
            'not_allowed_token_type');
        await refused(client(fake).apps.connections.open(), 'not_allowed_token_type');
    });
    await t.test('a scope that is missing', async () => {
        const said = await refused(client(fake).users.lookupByEmail({ email: 'a@b.c' }),
            'missing_scope');
        assert.equal(said.needed, 'users:read.email');
        assert.equal(said.provided, 'users:read,chat:write');
    });
    await t.test('addresses are not shown without their scope', async () => {
        await fake.control('user.add', { id: 'U1', name: 'ann', email: 'ann@example.com' });
        const { user } = await client(fake).users.info({ user: 'U1' });
        assert.equal(user.name, 'ann');
        assert.equal(user.profile.email, undefined);
    });
    await t.test('a method that is none', () =>
        refused(client(fake).apiCall('im.open', { user: 'U1' }), 'unknown_method'));
    await t.test('api.test', async () => {
        assert.equal((await client(fake, '').api.test({ foo: 'bar' })).args.foo, 'bar');
        await refused(client(fake).api.test({ error: 'my_error' }), 'my_error');
    });
});

test('people', async (t) => {
    const fake = await Fake.start(t, '--users', '1000');
    const slack = client(fake);
    await t.test('all of them, page by page', async () => {
        const ids = new Set();
        let pages = 0;
        for await (const page of slack.paginate('users.list', { limit: 150 })) {
            assert.ok(page.members.length <= 150);
            page.members.forEach((member) => ids.add(member.id));
            pages++;
        }
        assert.equal(ids.size, 1002); // with the bot and Slackbot
        assert.equal(pages, 7);
    });
    await t.test('a cursor ends in = and expires', async () => {
        const page = await slack.users.list({ limit: 10 });
        const cursor = page.response_metadata.next_cursor;
        assert.match(cursor, /=$/);
        assert.equal((await slack.users.list({ limit: 10, cursor })).members.length, 10);
        await fake.control('cursors.expire');
        await refused(slack.users.list({ limit: 10, cursor }), 'invalid_cursor');
        const fresh = (await slack.users.list({ limit: 10 })).response_metadata.next_cursor;
        assert.equal((await slack.users.list({ limit: 10, cursor: fresh })).ok, true);
    });
    await t.test('one of them', async () => {
        const { user } = await slack.users.info({ user: 'U000000002' });
        assert.equal(user.profile.email, 'user000002@example.com');
        assert.equal(user.tz, 'Europe/Berlin');
        assert.ok([3600, 7200].includes(user.tz_offset));
        await refused(slack.users.info({ user: 'U999' }), 'user_not_found');
    });
    await t.test('by address', async () => {
        const found = await slack.users.lookupByEmail({ email: 'User000003@Example.com' });
        assert.equal(found.user.id, 'U000000003');
        await refused(slack.users.lookupByEmail({ email: 'no@example.com' }), 'users_not_found');
    });
    await t.test('one who is gone', async () => {
        await fake.control('user.change', { user: 'U000000004', deleted: true });
        assert.equal((await slack.users.info({ user: 'U000000004' })).user.deleted, true);
        await refused(slack.users.lookupByEmail({ email: 'user000004@example.com' }),
            'users_not_found');
        await refused(slack.conversations.open({ users: 'U000000004' }), 'user_disabled');
    });
});

test('a workspace too large to be listed at once', async (t) => {
    const fake = await Fake.start(t, '--users', '200000');
    const slack = client(fake);
    await refused(slack.users.list({}), 'limit_required');
    let n = 0;
    for await (const page of slack.paginate('users.list', { limit: 1000 })) {
        n += page.members.length;
    }
    assert.equal(n, 200002);
});

test('channels', async (t) => {
    const fake = await Fake.start(t);
    const slack = client(fake);
    await t.test('joining', async () => {
        const { channel } = await fake.control('channel.add', { name: 'alerts' });
        assert.equal((await slack.conversations.info({ channel: channel.id })).channel.is_member,
            false);
        const first = await slack.conversations.join({ channel: channel.id });
        assert.equal(first.channel.is_member, true);
        assert.equal(first.warning, undefined);
        const again = await slack.conversations.join({ channel: channel.id });
        assert.deepEqual(again.response_metadata.warnings, ['already_in_channel']);
        const who = await slack.conversations.members({ channel: channel.id });
        assert.deepEqual(who.members, ['U0FAKEBOT01']);
    });
    await t.test('not all can be joined', async () => {
        const { channel } = await fake.control('channel.add', { name: 'old', archived: true });
        await refused(slack.conversations.join({ channel: channel.id }), 'is_archived');
        await refused(slack.conversations.join({ channel: 'C999' }), 'channel_not_found');
        await fake.control('user.add', { id: 'U1', name: 'ann' });
        const im = await slack.conversations.open({ users: 'U1' });
        await refused(slack.conversations.join({ channel: im.channel.id }),
            'method_not_supported_for_channel_type');
    });
    await t.test('listing', async () => {
        const names = [];
        for await (const page of slack.paginate('conversations.list', { limit: 2 })) {
            page.channels.forEach((channel) => names.push(channel.name));
        }
        assert.deepEqual(names, ['general', 'security', 'alerts', 'old']);
    });
    await t.test('a private one is not seen from outside', async () => {
        const { channel } = await fake.control('channel.add', { name: 'secret', private: true });
        await refused(slack.conversations.info({ channel: channel.id }), 'channel_not_found');
        await fake.control('channel.change', { channel: 'secret', member: true });
        await refused(slack.conversations.info({ channel: channel.id }), 'missing_scope');
    });
    await t.test('direct messages', async () => {
        const { channel, already_open } = await slack.conversations.open({ users: 'U1' });
        assert.match(channel.id, /^D/);
        assert.equal(already_open, true);
        await refused(slack.conversations.open({ users: 'U999' }), 'user_not_found');
        await fake.control('user.add', { id: 'U2', name: 'bob' });
        await refused(slack.conversations.open({ users: 'U2', prevent_creation: true }),
            'channel_not_found');
    });
});

test('rate limits', async (t) => {
    const fake = await Fake.start(t, '--tiers', '--users', '5');
    await t.test('by script: the client waits and calls again', async () => {
        const slack = client(fake);
        let told;
        slack.on(WebClientEvent.RATE_LIMITED, (seconds) => { told = seconds; });
        await fake.control('fault', { method: 'users.info', retry_after: 1 });
        const begin = Date.now();
        assert.equal((await slack.users.info({ user: 'U000000001' })).ok, true);
        assert.equal(told, 1);
        assert.ok(Date.now() - begin >= 1000);
        const { users } = await meters(fake);
        assert.deepEqual(users, { calls: 2, failed: 0, limited: 1, early: 0, scripted: 1 });
    });
    await t.test('one message a second in a channel, after a burst', async () => {
        const slack = client(fake, BOT_TOKEN, { rejectRateLimitedCalls: true });
        const post = (user) => slack.chat.postMessage({ channel: user, text: 'hi' });
        const { n, thrown } = await untilRefused(() => post('U000000001'));
        assert.ok(n >= 3 && n <= 5, String(n)); // some more on a slow machine
        assert.equal(thrown.code, ErrorCode.RateLimitedError);
        assert.equal(thrown.retryAfter, 1);
        await post('U000000002'); // others are not held up
    });
    await t.test('a tier', async () => {
        const slack = client(fake, BOT_TOKEN, { rejectRateLimitedCalls: true });
        const { n, thrown } = await untilRefused(() => slack.users.list({ limit: 10 }));
        assert.ok(n >= 20 && n <= 22, String(n));
        assert.equal(thrown.code, ErrorCode.RateLimitedError);
        assert.ok(thrown.retryAfter >= 1 && thrown.retryAfter <= 3);
        await slack.users.list({ limit: 10 }).catch(() => {});
        assert.equal((await meters(fake)).list.early, 1);
    });
});

// How often it went well, and how it ended.
async function untilRefused(call) {
    for (let n = 0; ; n++) {
        const thrown = await call().then(() => null, (reason) => reason);
        if (thrown) {
            return { n, thrown };
        }
    }
}

async function meters(fake) {
    const { methods } = (await fake.control('counters')).api;
    return { users: methods['users.info'], list: methods['users.list'] };
}

test('a client at the lowest level of its voice', async (t) => {
    const fake = await Fake.start(t);
    const lines = [];
    const logger = { ...silent, warn: (line) => lines.push(line) };
    const slack = client(fake, BOT_TOKEN, { logger, logLevel: LogLevel.WARN });
    await slack.chat.postMessage({ channel: 'C0000000002', text: 'x'.repeat(40001) });
    assert.ok(lines.some((line) => line.includes('message_truncated')), lines.join('\n'));
});
