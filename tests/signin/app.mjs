// What both apps have in common: a server with the tests' certificate, and the page that they protect.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';

export const { ISSUER, CLIENT_ID, CLIENT_SECRET, BASE_URL } = process.env;

export function serve(handler) {
	const server = createServer({ cert: readFileSync(process.env.CERTIFICATE), key: readFileSync(process.env.KEY) }, handler);
	server.listen(Number(process.env.PORT), '127.0.0.1', () => console.log('ready'));
	process.stdin.on('end', () => process.exit()).resume(); // it ends with the tests
}

const escape = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

// page is what somebody who is signed in sees.
export const page = (claims) => `<!doctype html><html lang="en"><head><title>App</title><link rel="icon" href="data:,"></head><body>
<h1>App</h1><p>Hello, ${escape(claims.name)} &lt;${escape(claims.email)}&gt;</p>
<p>Account: ${escape(claims['carillon/account_type'] ?? 'none')}, ${escape(claims['carillon/license'] ?? 'none')}</p>
<p><a href="/logout">Log out</a></p></body></html>`;
