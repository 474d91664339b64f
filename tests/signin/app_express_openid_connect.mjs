// An Express app whose sign-in is express-openid-connect's: it keeps its own session, and believes what it is told on
// the back channel.
import express from 'express';
import eoc from 'express-openid-connect';
import { BASE_URL, CLIENT_ID, CLIENT_SECRET, ISSUER, page, serve } from './app.mjs';

const kept = new Map();
const store = {
	get: (id, done) => done(null, kept.get(id)),
	set: (id, value, done) => done(null, kept.set(id, value) && undefined),
	destroy: (id, done) => done(null, kept.delete(id) && undefined),
};

const app = express();
app.use(eoc.auth({
	issuerBaseURL: ISSUER, baseURL: BASE_URL, clientID: CLIENT_ID, clientSecret: CLIENT_SECRET, secret: 'a secret of thirty-two bytes or more',
	authorizationParams: { response_type: 'code', scope: 'openid profile email' },
	idpLogout: true, backchannelLogout: { store },
	routes: { postLogoutRedirect: '/goodbye' }, authRequired: false,
}));
app.get('/goodbye', (_request, response) => response.send('Goodbye'));
app.get('/', eoc.requiresAuth(), (request, response) => response.send(page(request.oidc.user)));
serve(app);
