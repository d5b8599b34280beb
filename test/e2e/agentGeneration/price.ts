import { matching, rows } from '../assistants';
import {
	LONG_AGO,
	PER_FILE,
	assistants,
	charged,
	check,
	generate,
	oldSite,
	reserved,
	sandbox,
	settings,
} from './world';

/** What a new file would cost. */
export const testPrice = () =>
	describe('“Is our llms.txt up to date, and what would a new one cost?”', () => {
		test('is answered by the tools, at no cost', async () => {
			const site = oldSite(24);
			sandbox.websites.add(site.url, 1);
			const { balance } = sandbox.ledger;
			const assistant = await assistants.connect();

			const sites = await rows(assistant, 'Get_Sites');
			expect(sites).toContainEqual(
				expect.objectContaining({
					url: site.url,
					status: 'completed',
					updatedAt: new Date(LONG_AGO).toISOString(),
				}),
			);
			const [checked] = await rows(assistant, 'Check_Site', { site: site.url });
			expect(checked).toEqual({
				site: site.url,
				siteId: site.id,
				status: 'completed',
				fileUrl: expect.stringContaining(site.id) as string,
				updatedAt: new Date(LONG_AGO).toISOString(),
				ageInDays: 40,
				pages: 25,
				lastOptions: { maxUrls: 25, generationMethod: 'simple', showFullText: false },
				method: 'simple',
				estimatedCredits: 25,
				mostCredits: PER_FILE,
				message: matching(
					/costs about 25 credits .* at most 100 credits.* limited to 25 pages.* may have more/,
				),
			});
			const [file] = await rows(assistant, 'Read_File', { site: site.url });
			expect(file).toMatchObject({ fileName: 'llms.txt', content: matching(/^# /) });
			expect(await rows(assistant, 'Get_Credit_Balance')).toMatchObject([{ balance }]);

			expect(sandbox.requests.entries.filter(({ method }) => method !== 'GET')).toEqual([]);
			expect(await reserved()).toEqual([]);
		});

		test('the price is that of a new file, and it is what is paid', async () => {
			await settings({ maxCreditsPerDay: 1_000 });
			const kinds: Array<[last: object, wanted: object, creditsPerPage: number]> = [
				[{ generationMethod: 'enhanced' }, {}, 2],
				[{}, { method: 'Enhanced' }, 2],
				[{ generationMethod: 'enhanced' }, { method: 'simple' }, 1],
				[{ showFullText: true }, {}, 2],
				[{ generationMethod: 'enhanced', showFullText: true }, {}, 3],
			];
			for (const [last, wanted, creditsPerPage] of kinds) {
				const site = oldSite(12);
				Object.assign(site.lastGenerationOptions, last);
				const { estimatedCredits, mostCredits } = await check(site.url, wanted);
				expect({ wanted, estimatedCredits, mostCredits }).toEqual({
					wanted,
					estimatedCredits: 12 * creditsPerPage,
					mostCredits: PER_FILE - (PER_FILE % creditsPerPage),
				});
				const before = charged();
				await generate(site.url, mostCredits, wanted);
				expect(charged() - before).toBe(estimatedCredits);
			}
		});

		test('a website that a person added in Settings has a price, too', async () => {
			await settings({ newWebsites: 'shop.example, https://new.example/' });
			for (const site of ['https://new.example', 'shop.example']) {
				expect(await check(site)).toMatchObject({
					mostCredits: PER_FILE,
					message: matching(/about 1 credits a page, and at most 100/),
				});
			}
		});

		test('a large website, and one without pages', async () => {
			const large = oldSite(90);
			large.lastGenerationOptions.maxUrls = 200;
			expect(await check(large.url)).toMatchObject({ pages: 90, estimatedCredits: 90 });
			const { url } = oldSite(0);
			expect(await check(url)).toMatchObject({ pages: 0, message: matching(/about 1 credits a page/) });
		});

		test('a file that is being generated, or that is new: the answer says so', async () => {
			sandbox.generation.durationMs = 600_000;
			const site = oldSite();
			const job = sandbox.jobs.start({ url: site.url });
			expect(await check(site.url)).toMatchObject({
				message: matching(/does not generate it now: .* already being generated/),
			});
			sandbox.jobs.finish(job);
			expect(await check(site.url)).toMatchObject({
				status: 'completed',
				ageInDays: 0,
				message: matching(/does not generate it now: .* less than 24 hours ago/),
			});
		});

		test('a website that is not in the account', async () => {
			expect(await check('https://nowhere.example')).toEqual({
				message: matching(/no such website\. Get_Sites/),
			});
		});
	});
