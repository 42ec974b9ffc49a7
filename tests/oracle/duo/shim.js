// shim.js: Duo's client knows neither a port nor another authority than its own. Loaded before it
// (--require), this leads its requests to a fake; what it signs and sends stays as it is.
'use strict';
const http = require('node:http');
const https = require('node:https');

const real = https.request;
let target;

https.request = (options, ...more) => {
    if (options instanceof URL) { // the test's own
        return real(options, ...more);
    }
    const { protocol, hostname, port } = new URL(target.url);
    const lookup = (name, how, found) =>
        (how.all ? found(null, [{ address: hostname, family: 4 }]) : found(null, hostname, 4));
    const led = { ...options, port, lookup, agent: false };
    if (target.ca) {
        led.ca = target.ca;
    }
    return protocol === 'https:' ? real(led, ...more) : http.request(led, ...more);
};

// Where requests go from now on: an address, and the authority to trust (the client's own if none).
function aim(url, ca) {
    target = { url, ca };
}

module.exports = { aim };
