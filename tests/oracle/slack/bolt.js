// A whole app, made with @slack/bolt, over Socket Mode.
'use strict';
const test = require('node:test');
const assert = require('node:assert/strict');
const { App } = require('@slack/bolt');
const { Fake, until, silent, APP_TOKEN, BOT_TOKEN } = require('./fake.js');

const plain = (text) => ({ type: 'plain_text', text });
const comment = {
    type: 'modal', callback_id: 'comment', title: plain('Why?'), submit: plain('Send'),
    private_metadata: 'alert abc',
    blocks: [{
        type: 'input', block_id: 'why', label: plain('Comment'),
        element: { type: 'plain_text_input', action_id: 'text', multiline: true },
    }],
};

async function begin(t) {
    const fake = await Fake.start(t, '--users', '3', '--close-tcp');
    const app = new App({
        token: BOT_TOKEN, appToken: APP_TOKEN, socketMode: true, logger: silent,
        clientOptions: { slackApiUrl: fake.api },
    });
    t.after(() => app.stop());
    return { fake, app };
}

const texts = async (fake, where) => (await fake.messages(where)).map((one) => one.text);

test('a conversation', async (t) => {
    const { fake, app } = await begin(t);
    let own = 0;
    app.message('hi', async ({ message, say }) => {
        await say(`hello <@${message.user}>`);
    });
    app.message('hello', async () => { own++; });
    await app.start();
    await fake.control('post', { user: 'U000000001', text: 'hi' });
    await until('the answer', async () => (await texts(fake, { user: 'U000000001' })).length === 2);
    assert.deepEqual(await texts(fake, { user: 'U000000001' }), ['hi', 'hello <@U000000001>']);
    await until('all is acknowledged', async () =>
        (await fake.control('counters')).deliveries.acked === 2);
    assert.equal(own, 0); // what the app itself says is left out
});

test('a button, and answers at its response_url', async (t) => {
    const { fake, app } = await begin(t);
    app.action('yes', async ({ ack, respond, action, body }) => {
        await ack();
        await respond({ text: 'only you see this', replace_original: false });
        await respond({ text: `${body.user.id} said ${action.value}`, replace_original: true });
    });
    await app.start();
    const { ts } = await app.client.chat.postMessage({
        channel: 'U000000001', text: 'Was it you?',
        blocks: [{
            type: 'actions',
            elements: [{ type: 'button', action_id: 'yes', value: 'v1', text: plain('Yes') }],
        }],
    });
    await fake.control('press', { user: 'U000000001', ts, action_id: 'yes' });
    await until('the message is replaced', async () =>
        (await texts(fake, { user: 'U000000001' }))[0] === 'U000000001 said v1');
    const [message] = await fake.messages({ user: 'U000000001' });
    assert.equal(message.blocks, undefined);
    const { messages } = await fake.control('ephemeral', { user: 'U000000001' });
    assert.deepEqual(messages.map((one) => one.text), ['only you see this']);
});

test('a dialog', async (t) => {
    const { fake, app } = await begin(t);
    const submitted = [];
    app.command('/securitybot', async ({ ack, body, client }) => {
        await ack();
        await client.views.open({ trigger_id: body.trigger_id, view: comment });
    });
    app.view('comment', async ({ ack, view, body }) => {
        const { value } = view.state.values.why.text;
        submitted.push([body.user.id, view.private_metadata, value]);
        if (value === 'no') {
            await ack({ response_action: 'errors', errors: { why: 'Say more.' } });
        } else {
            await ack();
        }
    });
    await app.start();
    const { trigger_id } = await fake.control('slash', {
        user: 'U000000002', command: '/securitybot', text: '',
    });
    const { view } = await until('the dialog', async () =>
        (await fake.control('views', { user: 'U000000002' })).views[0]);
    assert.equal(view.callback_id, 'comment');
    const submit = (value) =>
        fake.control('submit', { view_id: view.id, values: { why: { text: value } } });
    const refused = await fake.delivery((await submit('no')).delivery, 'acked');
    assert.deepEqual(refused.response,
        { response_action: 'errors', errors: { why: 'Say more.' } });
    assert.equal((await fake.control('views')).views.length, 1); // still open
    await fake.delivery((await submit('It was me & <you>')).delivery, 'acked');
    assert.deepEqual(submitted, [
        ['U000000002', 'alert abc', 'no'], ['U000000002', 'alert abc', 'It was me & <you>'],
    ]);
    assert.equal((await fake.control('views')).views.length, 0);
    const used = await app.client.views.open({ trigger_id, view: comment }).catch((it) => it);
    assert.equal(used.data.error, 'exchanged_trigger_id');
});

test('a trigger is good for three seconds', async (t) => {
    const { fake, app } = await begin(t);
    let trigger_id;
    app.command('/late', async ({ ack, body }) => {
        await ack();
        trigger_id = body.trigger_id;
    });
    await app.start();
    await fake.control('slash', { user: 'U000000001', command: '/late' });
    await until('the command', () => trigger_id);
    await new Promise((done) => setTimeout(done, 3100));
    const late = await app.client.views.open({ trigger_id, view: comment }).catch((it) => it);
    assert.equal(late.data.error, 'expired_trigger_id');
});

test('an App Home with a button', async (t) => {
    const { fake, app } = await begin(t);
    const opened = [];
    const pressed = [];
    app.event('app_home_opened', async ({ event, client }) => {
        opened.push(event.view && event.view.hash);
        await client.views.publish({
            user_id: event.user,
            view: {
                type: 'home',
                blocks: [{
                    type: 'section', text: plain('Nothing is open.'),
                    accessory: { type: 'button', action_id: 'more', value: 'v', text: plain('More') },
                }],
            },
        });
    });
    app.action('more', async ({ ack, body }) => {
        await ack();
        pressed.push([body.container.type, body.view.id, body.message]);
    });
    await app.start();
    await fake.control('home', { user: 'U000000001' });
    const { view } = await until('the home', async () =>
        (await fake.control('views', { user: 'U000000001' })).views[0]);
    await fake.control('press', { user: 'U000000001', view_id: 'home', action_id: 'more' });
    await until('the press', () => pressed.length);
    assert.deepEqual(pressed[0], ['view', view.id, undefined]);
    await fake.control('home', { user: 'U000000001' });
    await until('the second opening', () => opened.length === 2);
    assert.deepEqual(opened, [undefined, view.hash]);
});

test('a menu of people', async (t) => {
    const { fake, app } = await begin(t);
    const chosen = [];
    app.action('who', async ({ ack, action }) => {
        await ack();
        chosen.push(action.selected_user);
    });
    app.action('what', async ({ ack, action }) => {
        await ack();
        chosen.push(action.selected_option.value);
    });
    await app.start();
    const { ts } = await app.client.chat.postMessage({
        channel: '#security', text: 'x',
        blocks: [{
            type: 'actions',
            elements: [
                { type: 'users_select', action_id: 'who', placeholder: plain('Reassign') },
                {
                    type: 'static_select', action_id: 'what',
                    options: [{ text: plain('False positive'), value: 'fp' }],
                },
            ],
        }],
    });
    await fake.control('press', { user: 'U000000001', ts, action_id: 'who', choice: 'U000000002' });
    await fake.control('press', { user: 'U000000001', ts, action_id: 'what', choice: 'fp' });
    await until('both', () => chosen.length === 2);
    assert.deepEqual(chosen.sort(), ['U000000002', 'fp']);
});
