// The providers that people come from, played by oidc-provider: the OpenID provider of an organization, and, with a
// thin adapter for its profile call, Login with Amazon. The tests put people into it (PUT /people/LOGIN), whose
// password is anything.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { Provider } from 'oidc-provider';

const { ISSUER, PORT, CARILLON } = process.env;
const people = new Map(); // by login: claims

const provider = new Provider(ISSUER, {
	clients: [{ client_id: 'amazon', client_secret: 'amazon-secret', redirect_uris: [`${CARILLON}/signin/amazon/callback`], grant_types: ['authorization_code', 'refresh_token'] }],
	features: { devInteractions: { enabled: false }, registration: { enabled: true }, backchannelLogout: { enabled: true }, claimsParameter: { enabled: true } },
	claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'], groups: ['groups'] },
	scopes: ['openid', 'email', 'profile', 'groups', 'offline_access'],
	pkce: { required: () => true },
	cookies: { keys: ['a key of the tests'] },
	conformIdTokenClaims: false,
	issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
	findAccount: (_ctx, sub) => {
		const claims = [...people.values()].find((p) => p.sub === sub);
		return claims && { accountId: sub, claims: () => claims };
	},
	// Nobody is asked for consent.
	loadExistingGrant: async ({ oidc }) => {
		const grant = new provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
		grant.addOIDCScope('openid email profile groups offline_access');
		await grant.save();
		return grant;
	},
	// It would call no address of this machine, and wait no longer than 2.5 s.
	fetch: (url, { dispatcher, signal, ...options }) => fetch(url, options),
	interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
});

provider.on('backchannel.error', (_ctx, error) => console.error(error));

const form = (uid) => `<!doctype html><html lang="en"><head><title>Elsewhere</title><link rel="icon" href="data:,"></head><body>
<h1>Sign in elsewhere</h1><form method="post" action="/interaction/${uid}"><label>Login <input name="login" autofocus></label>
<button>Sign in</button></form></body></html>`;

async function body(request) {
	const chunks = [];
	for await (const chunk of request) chunks.push(chunk);
	return Buffer.concat(chunks).toString();
}

async function handle(request, response) {
	const url = new URL(request.url, ISSUER);
	const [, part, name] = url.pathname.split('/');
	const answer = (status, type, text) => response.writeHead(status, { 'Content-Type': type }).end(text);
	if (part === 'people') {
		if (request.method === 'PUT') people.set(decodeURIComponent(name), JSON.parse(await body(request)));
		if (request.method === 'DELETE') people.delete(decodeURIComponent(name));
		return answer(204, 'text/plain');
	}
	if (part === 'interaction' && request.method === 'GET') return answer(200, 'text/html', form(name));
	if (part === 'interaction') {
		const known = people.get(new URLSearchParams(await body(request)).get('login'));
		const result = known ? { login: { accountId: known.sub } } : { error: 'access_denied', error_description: 'unknown' };
		return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
	}
	if (part === 'amazon') { // Login with Amazon, "Obtain customer profile"
		const token = await provider.AccessToken.find((request.headers.authorization ?? '').replace('Bearer ', ''));
		const claims = token && [...people.values()].find((p) => p.sub === token.accountId);
		if (!claims) return answer(400, 'application/json', '{"error":"invalid_token"}');
		return answer(200, 'application/json', JSON.stringify({ user_id: claims.sub, name: claims.name, email: claims.email }));
	}
	return provider.callback()(request, response);
}

const server = createServer({ cert: readFileSync(process.env.CERTIFICATE), key: readFileSync(process.env.KEY) }, (request, response) => {
	handle(request, response).catch((error) => {
		console.error(error);
		response.writeHead(500).end();
	});
});
server.listen(Number(PORT), '127.0.0.1', () => console.log('ready'));
process.stdin.on('end', () => process.exit()).resume(); // it ends with the tests
