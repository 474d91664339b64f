// An Express app whose sign-in is express-openid-connect's: it keeps its own session, and believes what it is told on
// the back channel.
import express from 'express';
import eoc from 'express-openid-connect';
import { BASE_URL, CLIENT_ID, CLIENT_SECRET, ISSUER, page, serve } from './app.mjs';

// When each session (sid), or each person (sub), was signed out. What the library does by itself forgets that somebody
// was signed out once they sign in again, and takes their older sessions, in other browsers, for good.
const signedOut = new Map();
const backchannelLogout = {
	onLogin: false,
	onLogoutToken: ({ sub, sid, iat }) => { signedOut.set(sid ?? sub, iat); },
	isLoggedOut: ({ oidc: { idTokenClaims: { sub, sid, iat } } }) => signedOut.has(sid) || iat <= signedOut.get(sub),
};

const app = express();
app.use(eoc.auth({
	issuerBaseURL: ISSUER, baseURL: BASE_URL, clientID: CLIENT_ID, clientSecret: CLIENT_SECRET, secret: 'a secret of thirty-two bytes or more',
	authorizationParams: { response_type: 'code', scope: 'openid profile email' },
	idpLogout: true, backchannelLogout,
	routes: { postLogoutRedirect: '/goodbye' }, authRequired: false,
}));
app.get('/goodbye', (_request, response) => response.send('Goodbye'));
app.get('/', eoc.requiresAuth(), (request, response) => response.send(page(request.oidc.user)));
serve(app);
