import { eventually } from '../../until';
import { matching } from '../assistants';
import {
	NOTHING_PAID,
	bought,
	charged,
	generate,
	oldSite,
	reserved,
	row,
	sandbox,
	settings,
	untilReady,
} from './world';

/** A generation that a person asked for. */
export const testGenerate = () =>
	describe('“Generate it.”', () => {
		test('is done once and paid once; the assistant follows it and reads the new file', async () => {
			sandbox.generation.durationMs = 600_000;
			const site = oldSite(25);
			const before = (await row('Read_File', { site: site.url })).content;

			const { jobId, ...started } = await generate(site.url, 25);
			expect(started).toMatchObject({
				siteId: site.id,
				maxUrls: 25,
				mostCredits: 25,
				message: matching(/being generated\. Ask/),
			});
			expect(await row('Get_Generation_Status', { jobId })).toMatchObject({
				status: matching(/pending|processing/),
			});
			expect(await generate(site.url)).toEqual({
				message: matching(new RegExp(`^${NOTHING_PAID}\\. .* already being`)),
			});

			sandbox.jobs.finish(sandbox.jobs.list({ url: site.url })[0]);
			expect(await row('Get_Generation_Status', { jobId })).toMatchObject({
				status: 'completed',
				progress: 100,
			});
			expect((await row('Read_File', { site: site.url })).content).not.toBe(before);
			for (const more of [{}, { method: 'enhanced' }]) {
				expect(await generate(site.url, 7, more)).toEqual({
					message: matching(new RegExp(`^${NOTHING_PAID}\\. .* less than 24 hours ago.* Read_File`)),
				});
			}
			expect(bought()).toEqual([
				{ url: site.url, maxUrls: 25, generationMethod: 'simple', showFullText: false },
			]);
			expect(charged()).toBe(25);
		});

		test('if LLM Generator answers when it is ready, the file is ready at once, and only its real cost counts', async () => {
			sandbox.generation.manner = 'synchronous';
			const site = oldSite(20);
			expect(await generate(site.url)).toMatchObject({
				status: 'completed',
				creditsUsed: 20,
				message: matching(/is ready/),
			});
			expect(await reserved()).toEqual([20]);
		});

		test('if a generation failed, the assistant learns why, and can generate it again when told so', async () => {
			const site = oldSite();
			sandbox.faults.add({
				method: 'POST',
				path: '/generate',
				times: 1,
				job: { fails: 'The website did not answer' },
			});
			const { jobId } = await generate(site.url);
			await eventually(async () =>
				expect(await row('Get_Generation_Status', { jobId })).toMatchObject({
					status: 'failed',
					errorMessage: 'The website did not answer',
				}),
			);
			await generate(site.url);
			await untilReady(site);
			expect(bought()).toHaveLength(2);
		});

		test('a website that a person added in Settings, whatever its spelling', async () => {
			await settings({ newWebsites: 'New.example' });
			await generate('HTTPS://www.new.example/');
			expect(bought()).toMatchObject([{ url: 'https://new.example' }]);
		});

		test('what is sent is the address in the account, and not what the assistant wrote', async () => {
			const site = oldSite();
			await generate(` ${site.url.replace('https://', 'WWW.').toUpperCase()}/ `);
			expect(bought()).toMatchObject([{ url: site.url }]);
		});
	});
