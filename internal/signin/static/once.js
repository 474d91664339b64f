// Sends a form once, however often somebody clicks: the second request would find what
// the first one has finished.
'use strict';
(() => {
	let until = 0;
	document.addEventListener('submit', (event) => {
		if (Date.now() < until) {
			event.preventDefault();
			event.stopPropagation();
		} else if (event.target.hasAttribute('action')) {
			until = Date.now() + 10000;
		}
	}, { capture: true });
	addEventListener('pageshow', () => { until = 0; }); // back, from where it led
})();
