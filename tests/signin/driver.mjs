// Drives Chromium for the tests: reads commands from standard input, one JSON object a line, and answers each on
// standard output. A command names a page and what to call on it, as Playwright has it: [["getByRole", "button",
// {"name": "Next"}], ["click"]].
import { createInterface } from 'node:readline';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM,
	args: [
		'--no-sandbox', // the tests may run as root
		`--ignore-certificate-errors-spki-list=${process.env.TRUSTED_KEY}`,
		'--host-resolver-rules=MAP *.test 127.0.0.1',
	],
});

const pages = [];

// watch keeps what the browser complains about: errors of scripts, and whatever it logs as an error, which is how it
// tells of what a Content-Security-Policy forbids. That a page itself has an error status is no complaint.
function watch(page) {
	const seen = { page, complaints: [], visited: new Set(), asked: new Set(), bytes: 0 };
	page.on('request', (request) => seen.asked.add(new URL(request.url()).host));
	page.on('requestfinished', async (request) => {
		const sizes = await request.sizes().catch(() => ({ responseBodySize: 0, responseHeadersSize: 0 }));
		seen.bytes += sizes.responseBodySize + sizes.responseHeadersSize;
	});
	page.on('response', (response) => {
		if (response.request().isNavigationRequest()) seen.visited.add(response.url());
	});
	page.on('pageerror', (error) => seen.complaints.push({ url: page.url(), text: String(error) }));
	page.on('console', (message) => {
		const { url } = message.location();
		if (message.type() !== 'error' && message.type() !== 'warning') return;
		if (message.text().startsWith('Failed to load resource') && seen.visited.has(url)) return;
		seen.complaints.push({ url: url || page.url(), text: message.text() });
	});
	return pages.push(seen) - 1;
}

const operations = {
	// open opens a page in a new browser context, which shares nothing with others; tab opens another one in the same.
	open: async ({ options }) => watch(await (await browser.newContext({ ignoreHTTPSErrors: false, ...options })).newPage()),
	tab: async ({ page }) => watch(await pages[page].page.context().newPage()),
	close: async ({ page }) => pages[page].page.context().close(),
	call: async ({ page, calls }) => {
		let value = pages[page].page;
		for (const [method, ...args] of calls) value = await value[method](...args);
		return value;
	},
	// block has requests to such addresses go nowhere, so that the page that makes them stays; unblock ends that.
	block: ({ page, url }) => pages[page].page.route(url, (route) => route.abort('aborted')),
	unblock: ({ page, url }) => pages[page].page.unroute(url),
	key: ({ page, key }) => pages[page].page.keyboard.press(key),
	type: ({ page, text }) => pages[page].page.keyboard.type(text),
	goto: async ({ page, url }) => (await pages[page].page.goto(url)).status(),
	complaints: async ({ page }) => pages[page].complaints,
	// asked are the hosts that the page has sent requests to; bytes is how many it has received.
	asked: async ({ page }) => [...pages[page].asked],
	bytes: async ({ page }) => pages[page].bytes,
	// timed is how many milliseconds it takes from the beginning of the last call until a text is shown.
	timed: async ({ page, calls, shown }) => {
		const { page: tab } = pages[page];
		let target = tab;
		for (const [method, ...args] of calls.slice(0, -1)) target = await target[method](...args);
		await target.waitFor();
		await tab.evaluate((text) => {
			window.began = undefined;
			window.shown = undefined;
			addEventListener('pointerdown', () => (window.began = performance.now()), { once: true, capture: true });
			const look = () => {
				if (window.began && document.querySelector('main, #root')?.innerText.includes(text)) window.shown = performance.now();
				else requestAnimationFrame(look);
			};
			look();
		}, shown);
		const [method, ...args] = calls.at(-1);
		await target[method](...args);
		await tab.waitForFunction(() => window.shown !== undefined);
		return tab.evaluate(() => window.shown - window.began);
	},
	// download has something done that makes the browser keep a file, and returns its name and its text.
	download: async ({ page, calls }) => {
		const [file] = await Promise.all([pages[page].page.waitForEvent('download'), operations.call({ page, calls })]);
		return { name: file.suggestedFilename(), text: readFileSync(await file.path(), 'utf8') };
	},
	// violations are what axe finds wrong, in the light and in the dark; with unsure, also what it cannot decide.
	violations: async ({ page, unsure }) => {
		const found = [];
		for (const colorScheme of ['dark', 'light']) {
			await pages[page].page.emulateMedia({ colorScheme });
			await pages[page].page.evaluate(axe);
			const { violations, incomplete } = await pages[page].page.evaluate(() => window.axe.run(document));
			for (const v of [...violations, ...(unsure ? incomplete : [])]) {
				for (const node of v.nodes) found.push(`${colorScheme}: ${v.id}: ${node.html}: ${node.failureSummary ?? v.help}`);
			}
		}
		return found;
	},
	// authenticator gives the page a device that makes passkeys, and a user who always agrees.
	authenticator: async ({ page }) => {
		const session = await pages[page].page.context().newCDPSession(pages[page].page);
		await session.send('WebAuthn.enable');
		await session.send('WebAuthn.addVirtualAuthenticator', {
			options: {
				protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true,
				isUserVerified: true, automaticPresenceSimulation: true,
			},
		});
	},
};

// plain is a value that JSON can hold; Playwright's own objects are null.
const plain = (value) => (value?.constructor === Object || Array.isArray(value) || typeof value !== 'object' ? value : null);

console.log('ready');
for await (const line of createInterface({ input: process.stdin })) {
	const { id, operation, ...command } = JSON.parse(line);
	operations[operation](command).then(
		(value) => console.log(JSON.stringify({ id, value: plain(value) ?? null })),
		(error) => console.log(JSON.stringify({ id, error: String(error.message ?? error) })),
	);
}
await browser.close();
