// Signs in with a passkey, or adds one: asks the server what to ask the browser,
// and brings the browser's answer back.
'use strict';
(() => {
	const form = document.getElementById('passkey-form');
	if (!form || !window.PublicKeyCredential || !PublicKeyCredential.parseRequestOptionsFromJSON) return;
	form.hidden = false;
	const problem = form.querySelector('.problem');
	const tell = (text) => { problem.textContent = text; problem.hidden = false; };

	form.addEventListener('submit', async (event) => {
		event.preventDefault();
		problem.hidden = true;
		const creating = form.dataset.kind === 'create';
		try {
			const begun = await fetch(form.dataset.begin, { method: 'POST' });
			if (!begun.ok) return tell('This page is too old. Load it again.');
			const { publicKey } = await begun.json();
			const credential = creating
				? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) })
				: await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) });
			const answer = await fetch(form.dataset.finish, {
				method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(credential),
			});
			if (!answer.ok) return tell(creating ? 'No passkey was added. Please try again.' : 'That passkey was not accepted. Sign in another way.');
			const { next, submit } = await answer.json();
			if (next) return location.assign(next);
			form.action = submit;
			form.method = 'post';
			form.submit();
		} catch (error) {
			if (error.name === 'InvalidStateError') return tell('This device has a passkey of yours already.');
			if (error.name !== 'NotAllowedError' && error.name !== 'AbortError') tell('Your browser could not do that. Sign in another way.');
		}
	});
})();
