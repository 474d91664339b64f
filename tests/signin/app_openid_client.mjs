// An Express app that uses openid-client as its documentation shows. It asks Carillon about its token whenever
// somebody looks at its page, and reads who they are then.
import { randomUUID } from 'node:crypto';
import express from 'express';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as client from 'openid-client';
import { BASE_URL, CLIENT_ID, CLIENT_SECRET, ISSUER, page, serve } from './app.mjs';

const config = await client.discovery(new URL(ISSUER), CLIENT_ID, CLIENT_SECRET);
const keys = createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri));
const sessions = new Map(); // by the value of the cookie

const app = express();
app.use((request, response, next) => {
	const [, id] = /(?:^|; )app=([^;]+)/.exec(request.headers.cookie ?? '') ?? [];
	request.session = sessions.get(id) ?? {};
	if (!sessions.has(id)) {
		const fresh = randomUUID();
		sessions.set(fresh, request.session);
		response.cookie('app', fresh, { httpOnly: true, secure: true, sameSite: 'lax' });
	}
	next();
});

async function signIn(request, response) {
	const verifier = client.randomPKCECodeVerifier();
	Object.assign(request.session, { verifier, state: client.randomState(), nonce: client.randomNonce(), tokens: undefined });
	response.redirect(client.buildAuthorizationUrl(config, {
		redirect_uri: `${BASE_URL}/callback`, scope: 'openid profile email', state: request.session.state, nonce: request.session.nonce,
		code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
	}).href);
}

app.get('/', async (request, response) => {
	const { tokens } = request.session;
	if (!tokens || !(await client.tokenIntrospection(config, tokens.access_token)).active) return signIn(request, response);
	response.send(page(await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub)));
});

app.get('/callback', async (request, response) => {
	const { verifier, state, nonce } = request.session;
	request.session.tokens = await client.authorizationCodeGrant(config, new URL(request.url, BASE_URL), {
		pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce,
	});
	response.redirect('/');
});

app.get('/goodbye', (_request, response) => response.send('Goodbye'));
app.get('/logout', (request, response) => {
	const { tokens } = request.session;
	request.session.tokens = undefined;
	response.redirect(client.buildEndSessionUrl(config, {
		post_logout_redirect_uri: `${BASE_URL}/goodbye`, ...(tokens && { id_token_hint: tokens.id_token }),
	}).href);
});

// OpenID Connect Back-Channel Logout 1.0, section 2.6.
app.post('/backchannel-logout', express.urlencoded({ extended: false }), async (request, response) => {
	const { payload } = await jwtVerify(request.body.logout_token, keys, { issuer: ISSUER, audience: CLIENT_ID, typ: 'logout+jwt' });
	const event = payload.events?.['http://schemas.openid.net/event/backchannel-logout'];
	if (!event || payload.nonce !== undefined || !(payload.sub || payload.sid)) return response.status(400).end();
	for (const session of sessions.values()) {
		const claims = session.tokens?.claims();
		if (claims && (payload.sid ? claims.sid === payload.sid : claims.sub === payload.sub)) session.tokens = undefined;
	}
	response.status(200).end();
});
serve(app);
