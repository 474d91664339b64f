// Signs in with a passkey, or adds one: asks the server what to ask the browser,
// and brings the browser's answer back.
'use strict';
(() => {
	const form = document.getElementById('passkey-form');
	if (!form || !window.PublicKeyCredential || !PublicKeyCredential.parseRequestOptionsFromJSON) return;
	form.hidden = false;
	const button = form.querySelector('button');
	const problem = form.querySelector('.problem');

	// ask posts to the server, and throws what it says is wrong.
	const ask = async (url, credential) => {
		const answer = await fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(credential) });
		const said = await answer.json();
		if (!answer.ok) throw new Error(said.problem, { cause: 'server' });
		return said;
	};

	const words = (error) => {
		if (error.cause === 'server') return error.message;
		if (error.name === 'InvalidStateError') return 'This device has a passkey of yours already.';
		return 'That did not work. Please try again.';
	};

	form.addEventListener('submit', async (event) => {
		event.preventDefault();
		problem.hidden = true;
		button.disabled = true;
		try {
			const { publicKey } = await ask(form.dataset.begin);
			const credential = form.dataset.kind === 'create'
				? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) })
				: await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) });
			const { next, submit } = await ask(form.dataset.finish, credential);
			if (next) return location.assign(next);
			form.action = submit;
			form.method = 'post';
			form.submit();
		} catch (error) {
			if (error.name === 'NotAllowedError' || error.name === 'AbortError') return; // the person changed their mind
			problem.textContent = words(error);
			problem.hidden = false;
		} finally {
			button.disabled = false;
		}
	});
})();
