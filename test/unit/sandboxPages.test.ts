import axios from 'axios';
import { html } from '../../sandbox/html';
import { type Sandbox, startSandbox } from '../../sandbox/server';

let sandbox: Sandbox;
const http = axios.create({ validateStatus: () => true, maxRedirects: 0 });

beforeAll(async () => {
	sandbox = await startSandbox();
	http.defaults.baseURL = sandbox.origin;
});
beforeEach(() => sandbox.reset({ rows: 60 }));
afterAll(() => sandbox.close());

async function checkout(addresses: { successUrl?: string; cancelUrl?: string } = {}): Promise<string> {
	const { data } = await http.post<{ sessionId: string }>(
		`${sandbox.baseUrl}/credits/checkout/api`,
		{ packageId: 'pkg_pro', ...addresses },
		{ headers: { Authorization: `Bearer ${sandbox.apiKeys[0]}` } },
	);
	return data.sessionId;
}

async function read(path: string): Promise<string> {
	return (await http.get<string>(path)).data;
}

/** Sends an empty form, as a browser does. */
function submit(path: string) {
	return http.post<string>(path, '', { headers: { 'Content-Type': 'application/x-www-form-urlencoded' } });
}

describe('the account page', () => {
	test('shows the balance, the newest rows page by page, and the values for n8n', async () => {
		const page = await read('/');
		expect(page).toContain(`${sandbox.ledger.balance} <small>credits`);
		expect(page.match(/<time/g)).toHaveLength(25);
		expect(page).toContain(sandbox.baseUrl);
		expect(page).toContain('llmgen_sandbox_key');
		expect(page).toContain('href="/?page=2"');

		const last = await read('/?page=3');
		expect(last.match(/<time/g)).toHaveLength(10);
		expect(last).not.toContain('Older');
		expect(await read('/?page=x')).toBe(page);
	});

	test('loads nothing from other servers, and forbids it', async () => {
		const { data, headers } = await http.get<string>('/');
		expect(data).not.toMatch(/src=|@import|href="http/);
		expect(headers['content-security-policy']).toContain("default-src 'none'");
	});

	test('escapes the texts of the ledger', async () => {
		sandbox.ledger.book({ description: '<script>alert("1")</script> & more' });
		const page = await read('/');
		expect(page).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; more');
		expect(page).not.toContain('<script');
	});

	test('uses credits with each click, until there are too few', async () => {
		const before = sandbox.ledger.balance;
		const first = await submit('/use');
		expect([first.status, first.headers.location]).toEqual([303, '/']);
		expect(sandbox.ledger.balance).toBe(before - 50);
		expect(sandbox.ledger.recent(1)[0]).toMatchObject({ type: 'usage', amount: -50 });

		while (sandbox.ledger.balance >= 50) await submit('/use');
		const left = sandbox.ledger.balance;
		const { status, data } = await submit('/use');
		expect(status).toBe(409);
		expect(data).toContain(`Only ${left} credits are left, so none were used.`);
		expect(sandbox.ledger.balance).toBe(left);
	});
});

describe('the payment page', () => {
	test('shows the package, and says that no money moves', async () => {
		const page = await read(`/pay/${await checkout()}`);
		for (const part of ['No money moves here', 'Pro Pack', '500 credits', '$19.99', '>Pay<', '>Cancel<']) {
			expect(page).toContain(part);
		}
	});

	test('adds the purchase once, however often it is paid', async () => {
		const id = await checkout();
		const before = sandbox.ledger.balance;
		const paid = await submit(`/pay/${id}`);
		expect([paid.status, paid.headers.location]).toEqual([303, `/paid?session_id=${id}`]);
		expect(sandbox.ledger.balance).toBe(before + 500);
		expect(sandbox.ledger.recent(1)[0]).toMatchObject({ type: 'purchase', amount: 500, siteId: null });
		expect(await read(`/paid?session_id=${id}`)).toContain(`The balance is now ${before + 500} credits.`);

		for (const again of [await submit(`/pay/${id}`), await submit(`/pay/${id}/cancel`)]) {
			expect(again.status).toBe(409);
			expect(again.data).toContain('This checkout was paid.');
			expect(again.data).not.toContain('>Pay<');
		}
		expect(sandbox.ledger.balance).toBe(before + 500);
		expect(sandbox.sessions.get(id)?.status).toBe('paid');
	});

	test('can be cancelled, and after that it cannot be paid', async () => {
		const id = await checkout();
		const before = sandbox.ledger.balance;
		const cancelled = await submit(`/pay/${id}/cancel`);
		expect([cancelled.status, cancelled.headers.location]).toEqual([303, '/']);
		const { status, data } = await submit(`/pay/${id}`);
		expect(status).toBe(409);
		expect(data).toContain('This checkout was cancelled');
		expect(sandbox.ledger.balance).toBe(before);
		expect(await read(`/paid?session_id=${id}`)).not.toContain('Thank you');
	});

	test('redirects to the URLs of the checkout, with the session ID in every placeholder', async () => {
		const id = await checkout({
			successUrl: 'https://shop.example/ok?a={CHECKOUT_SESSION_ID}&b={CHECKOUT_SESSION_ID}#ü',
			cancelUrl: 'https://shop.example/nö?x=1',
		});
		expect((await submit(`/pay/${id}`)).headers.location).toBe(
			`https://shop.example/ok?a=${id}&b=${id}#%C3%BC`,
		);
		const other = await checkout({ cancelUrl: 'https://shop.example/nö?x=1' });
		expect((await submit(`/pay/${other}/cancel`)).headers.location).toBe('https://shop.example/n%C3%B6?x=1');
	});

	test('does not exist for an unknown checkout', async () => {
		for (const { status, data } of [
			await http.get<string>('/pay/cs_test_<b>'),
			await submit('/pay/cs_none'),
		]) {
			expect(status).toBe(404);
			expect(data).toContain('Checkout not found');
			expect(data).not.toContain('<b>');
		}
	});
});

test('templates escape everything but templates', () => {
	expect(
		html`${'<'}${html`<b>${"'&"}</b>`}${['x', '>'].map((text) => html`<i>${text}</i>`)}${3}`.toString(),
	).toBe('&lt;<b>&#39;&amp;</b><i>x</i><i>&gt;</i>3');
});
