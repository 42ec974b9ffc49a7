// Messages and views as @slack/web-api sees them.
'use strict';
const test = require('node:test');
const assert = require('node:assert/strict');
const { WebClient, ErrorCode } = require('@slack/web-api');
const { Fake, silent, BOT_TOKEN } = require('./fake.js');

const section = (text, more = {}) => ({ type: 'section', text: { type: 'mrkdwn', text }, ...more });
const plain = (text) => ({ type: 'plain_text', text });
const button = (action_id, more = {}) => ({ type: 'button', action_id, text: plain('Yes'), ...more });
const actions = (...elements) => ({ type: 'actions', elements });

async function begin(t, ...options) {
    const fake = await Fake.start(t, '--users', '3', ...options);
    const slack = new WebClient(BOT_TOKEN, { slackApiUrl: fake.api, logger: silent });
    const { channel } = await slack.conversations.open({ users: 'U000000001' });
    return { fake, slack, channel: channel.id };
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

test('posting', async (t) => {
    const { fake, slack, channel } = await begin(t);
    await t.test('a message is the app\'s own', async () => {
        const { ts, message } = await slack.chat.postMessage({ channel, text: 'hi' });
        assert.match(ts, /^\d{10}\.\d{6}$/);
        assert.deepEqual([message.bot_id, message.app_id, message.user, message.text],
            ['B0FAKE00001', 'A0FAKE00001', 'U0FAKEBOT01', 'hi']);
    });
    await t.test('ts rise', async () => {
        const all = await Promise.all(
            Array.from({ length: 50 }, () => slack.chat.postMessage({ channel, text: 'x' })));
        const stamps = all.map((one) => one.ts);
        assert.equal(new Set(stamps).size, 50);
    });
    await t.test('to a person', async () => {
        const said = await slack.chat.postMessage({ channel: 'U000000001', text: 'you' });
        assert.equal(said.channel, channel);
    });
    await t.test('stray characters are escaped, what means something stays', async () => {
        const { message } = await slack.chat.postMessage({
            channel, text: 'a < b & c &amp; <https://x.y|z> <@U000000001> <!here>',
        });
        assert.equal(message.text,
            'a &lt; b &amp; c &amp; <https://x.y|z> <@U000000001> <!here>');
        const last = (await fake.messages({ channel })).pop();
        assert.deepEqual(last.mentions, ['@U000000001', '!here']);
        assert.deepEqual(last.links, ['https://x.y']);
    });
    await t.test('what is refused', async () => {
        await refused(slack.chat.postMessage({ channel }), 'no_text');
        await refused(slack.chat.postMessage({ channel: 'D999', text: 'x' }), 'channel_not_found');
        await refused(slack.chat.postMessage({ text: 'x' }), 'invalid_arguments');
        await refused(slack.chat.postMessage({ channel, text: 'x', username: 'Boss' }),
            'missing_scope');
        await refused(slack.chat.postMessage({ channel, text: 'x', markdown_text: 'x' }),
            'markdown_text_conflict');
    });
    await t.test('an ephemeral one is not in the history', async () => {
        const before = (await slack.conversations.history({ channel })).messages.length;
        const said = await slack.chat.postEphemeral({ channel, user: 'U000000001', text: 'psst' });
        assert.ok(said.message_ts);
        assert.equal((await slack.conversations.history({ channel })).messages.length, before);
        const { messages } = await fake.control('ephemeral', { channel });
        assert.deepEqual(messages.map((one) => [one.text, one.seen_by]), [['psst', 'U000000001']]);
        await refused(slack.chat.postEphemeral({ channel, user: 'U000000002', text: 'x' }),
            'user_not_in_channel');
    });
    await t.test('in a channel without the bot', async () => {
        assert.equal((await slack.chat.postMessage({ channel: 'C0000000001', text: 'x' })).ok, true);
        await fake.control('scopes', { scopes: 'chat:write' });
        await refused(slack.chat.postMessage({ channel: 'C0000000001', text: 'x' }),
            'not_in_channel');
        await fake.control('channel.change', { channel: 'general', archived: true });
        await refused(slack.chat.postMessage({ channel: 'C0000000001', text: 'x' }), 'is_archived');
    });
});

test('a false name and a person\'s id: the trap', async (t) => {
    const { fake, slack, channel } = await begin(t, '--scopes',
        'chat:write,chat:write.customize,im:write,im:history');
    const said = await slack.chat.postMessage({
        channel: 'U000000001', text: 'x', username: 'Boss',
    });
    assert.notEqual(said.channel, channel);
    assert.equal(said.message.subtype, 'bot_message');
    assert.equal((await fake.messages({ channel })).length, 0);
    await refused(slack.conversations.history({ channel: said.channel }), 'channel_not_found');
});

test('blocks', async (t) => {
    const { slack, channel } = await begin(t);
    const post = (blocks) => slack.chat.postMessage({ channel, text: 'fallback', blocks });
    await t.test('good ones come back with their names', async () => {
        const { message } = await post([section('*hi*', { block_id: 'mine' }), actions(button('go'))]);
        assert.equal(message.blocks[0].block_id, 'mine');
        assert.ok(message.blocks[1].block_id);
        assert.equal(message.blocks[1].elements[0].action_id, 'go');
    });
    const rows = [
        ['text too long', [section('x'.repeat(3001))],
            'must be less than 3001 characters [json-pointer:/blocks/0/text/text]'],
        ['text empty', [section('')],
            'must be more than 0 characters [json-pointer:/blocks/0/text/text]'],
        ['header too long', [{ type: 'header', text: plain('x'.repeat(151)) }],
            'must be less than 151 characters [json-pointer:/blocks/0/text/text]'],
        ['button too long', [actions(button('a', { text: plain('x'.repeat(76)) }))],
            'must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]'],
        ['value too long', [actions(button('a', { value: 'x'.repeat(2001) }))],
            'must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]'],
        ['action_id too long', [actions(button('x'.repeat(256)))],
            'must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]'],
        ['a button in mrkdwn', [actions({ type: 'button', text: { type: 'mrkdwn', text: 'x' } })],
            'unsupported type: mrkdwn [json-pointer:/blocks/0/elements/0/text/type]'],
        ['a button that is disabled', [actions(button('a', { disabled: true }))],
            'invalid additional property: disabled [json-pointer:/blocks/0/elements/0]'],
        ['26 buttons', [actions(...Array.from({ length: 26 }, (_, i) => button(`a${i}`)))],
            'no more than 25 items allowed [json-pointer:/blocks/0/elements]'],
        ['no elements', [actions()],
            'no fewer than 1 items allowed [json-pointer:/blocks/0/elements]'],
        ['11 fields', [{ type: 'section', fields: Array(11).fill(plain('x')) }],
            'no more than 10 items allowed [json-pointer:/blocks/0/fields]'],
        ['a long field', [{ type: 'section', fields: [plain('x'.repeat(2001))] }],
            'must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]'],
        ['11 in a context', [{ type: 'context', elements: Array(11).fill(plain('x')) }],
            'no more than 10 items allowed [json-pointer:/blocks/0/elements]'],
        ['51 blocks', Array(51).fill({ type: 'divider' }),
            'no more than 50 items allowed [json-pointer:/blocks]'],
        ['a type that is none', [{ type: 'carousel2' }],
            'unsupported type: carousel2 [json-pointer:/blocks/0/type]'],
        ['a name twice', [section('a', { block_id: 'b' }), section('b', { block_id: 'b' })],
            '`block_id` b already exists [json-pointer:/blocks/1/block_id]'],
        ['an action twice', [actions(button('a'), button('a'))],
            '`action_id` a already exists for this block [json-pointer:/blocks/0/elements]'],
        ['a strange style', [actions(button('a', { style: 'plain' }))],
            'must be one of primary, danger [json-pointer:/blocks/0/elements/0/style]'],
    ];
    for (const [name, blocks, message] of rows) {
        await t.test(name, async () => {
            const said = await refused(post(blocks), 'invalid_blocks');
            assert.deepEqual(said.response_metadata.messages, [`[ERROR] ${message}`]);
            assert.deepEqual(said.errors, [message]);
        });
    }
    await t.test('at the limit', async () => {
        await post([
            section('ü'.repeat(3000)),
            { type: 'header', text: plain('😀'.repeat(150)) },
            actions(...Array.from({ length: 25 }, (_, i) => button(`a${i}`))),
            ...Array(47).fill({ type: 'divider' }),
        ]);
    });
    await t.test('no blocks at all', () =>
        refused(slack.apiCall('chat.postMessage', { channel, blocks: 'no json' }),
            'invalid_blocks_format'));
});

test('metadata, history and threads', async (t) => {
    const { fake, slack, channel } = await begin(t);
    const metadata = { event_type: 'alert', event_payload: { id: 'a1' } };
    const { ts } = await slack.chat.postMessage({ channel, text: 'marked', metadata });
    await t.test('metadata is told on demand', async () => {
        const bare = await slack.conversations.history({ channel });
        assert.deepEqual(bare.messages[0].metadata, { event_type: 'alert' });
        const all = await slack.conversations.history({ channel, include_all_metadata: true });
        assert.deepEqual(all.messages[0].metadata, metadata);
    });
    await t.test('bad metadata', async () => {
        const post = (bad) => slack.chat.postMessage({ channel, text: 'x', metadata: bad });
        await refused(post({ event_type: 'x' }), 'invalid_metadata_schema');
        await refused(post({ event_type: 'x', event_payload: { a: 'x'.repeat(20000) } }),
            'metadata_too_large');
    });
    await t.test('threads', async () => {
        const first = await slack.chat.postMessage({ channel, text: 'one', thread_ts: ts });
        await slack.chat.postMessage({
            channel, text: 'two', thread_ts: ts, reply_broadcast: true, metadata,
        });
        const { messages } = await slack.conversations.replies({
            channel, ts, include_all_metadata: true,
        });
        assert.deepEqual(messages.map((one) => one.text), ['marked', 'one', 'two']);
        assert.deepEqual([messages[0].thread_ts, messages[0].reply_count], [ts, 2]);
        assert.deepEqual([messages[1].thread_ts, messages[1].parent_user_id], [ts, 'U0FAKEBOT01']);
        assert.deepEqual(messages[2].metadata, metadata);
        const line = (await slack.conversations.history({ channel })).messages;
        assert.deepEqual(line.map((one) => one.text), ['two', 'marked']);
        await refused(slack.chat.postMessage({ channel, text: 'x', thread_ts: first.ts }),
            'cannot_reply_to_message');
        await refused(slack.chat.postMessage({ channel, text: 'x', thread_ts: '1.000001' }),
            'thread_not_found');
        await refused(slack.conversations.replies({ channel, ts: '1.000001' }), 'thread_not_found');
    });
    await t.test('history by time and by page', async () => {
        const { channel: { id } } = await slack.conversations.open({ users: 'U000000002' });
        const stamps = [];
        for (let i = 0; i < 25; i++) {
            stamps.push((await slack.chat.postMessage({ channel: id, text: String(i) })).ts);
        }
        const texts = async (more) => (await slack.conversations.history({ channel: id, ...more }))
            .messages.map((one) => one.text).join();
        assert.equal(await texts({ oldest: stamps[22] }), '24,23');
        assert.equal(await texts({ oldest: stamps[22], inclusive: true }), '24,23,22');
        assert.equal(await texts({ latest: stamps[2] }), '1,0');
        assert.equal(await texts({ latest: stamps[2], inclusive: true, limit: 2 }), '2,1');
        const paged = [];
        for await (const page of slack.paginate('conversations.history', { channel: id, limit: 10 })) {
            paged.push(page.messages.length);
        }
        assert.deepEqual(paged, [10, 10, 5]);
    });
    await t.test('what the person wrote is there too', async () => {
        await fake.control('post', { user: 'U000000001', text: 'a & b' });
        const { messages } = await slack.conversations.history({ channel, limit: 1 });
        assert.deepEqual([messages[0].text, messages[0].user, messages[0].bot_id],
            ['a &amp; b', 'U000000001', undefined]);
    });
});

test('updating', async (t) => {
    const { fake, slack, channel } = await begin(t);
    const { ts } = await slack.chat.postMessage({
        channel, text: 'old', blocks: [actions(button('go'))],
        metadata: { event_type: 'a', event_payload: { id: '1' } },
    });
    const now = async () =>
        (await slack.conversations.history({ channel, include_all_metadata: true })).messages[0];
    await t.test('blocks are replaced, metadata stays', async () => {
        const said = await slack.chat.update({ channel, ts, text: 'new', blocks: [section('done')] });
        assert.deepEqual([said.ts, said.text], [ts, 'new']);
        const message = await now();
        assert.equal(message.blocks[0].text.text, 'done');
        assert.equal(message.edited.user, 'U0FAKEBOT01');
        assert.deepEqual(message.metadata.event_payload, { id: '1' });
    });
    await t.test('text alone drops the blocks', async () => {
        await slack.chat.update({ channel, ts, text: 'bare' });
        assert.equal((await now()).blocks, undefined);
    });
    await t.test('what is refused', async () => {
        await refused(slack.chat.update({ channel, ts: '1.000001', text: 'x' }),
            'message_not_found');
        await refused(slack.chat.update({ channel: 'U000000001', ts, text: 'x' }),
            'channel_not_found');
        await refused(slack.chat.update({ channel, ts, text: 'x'.repeat(4001) }), 'msg_too_long');
        const other = await fake.control('post', { user: 'U000000001', text: 'mine' });
        await refused(slack.chat.update({ channel, ts: other.ts, text: 'x' }),
            'cant_update_message');
    });
    await t.test('deleting', async () => {
        await slack.chat.delete({ channel, ts });
        await refused(slack.chat.update({ channel, ts, text: 'x' }), 'message_not_found');
    });
});

test('views', async (t) => {
    const { fake, slack } = await begin(t);
    const home = (text) => ({ type: 'home', blocks: [section(text)] });
    await t.test('an App Home and its hash', async () => {
        const first = await slack.views.publish({ user_id: 'U000000001', view: home('one') });
        assert.equal(first.view.type, 'home');
        const second = await slack.views.publish({
            user_id: 'U000000001', view: home('two'), hash: first.view.hash,
        });
        assert.equal(second.view.id, first.view.id);
        await refused(slack.views.publish({
            user_id: 'U000000001', view: home('three'), hash: first.view.hash,
        }), 'hash_conflict');
        const { views } = await fake.control('views', { user: 'U000000001' });
        assert.equal(views[0].view.blocks[0].text.text, 'two');
    });
    await t.test('a view that is wrong', async () => {
        const said = await refused(slack.views.publish({
            user_id: 'U000000001', view: { type: 'home', blocks: [section('')], title: plain('x') },
        }), 'invalid_arguments');
        assert.equal(said.response_metadata.messages.length, 2);
    });
    await t.test('a modal needs a trigger', async () => {
        const view = { type: 'modal', title: plain('Why?'), blocks: [section('x')] };
        await refused(slack.views.open({ trigger_id: '1.2.abc', view }), 'invalid_trigger_id');
    });
});
