import { access, mkdir, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

const SCREENSHOTS = fileURLToPath(new URL('../../.local/screenshots', import.meta.url));
const IMAGES = fileURLToPath(new URL('../../docs/images', import.meta.url));
const WORKFLOWS = fileURLToPath(new URL('../../workflows', import.meta.url));
/** The maximum width of the pictures beside the workflows, in pixels. */
const WORKFLOW_WIDTH = 1400;

/** The README's pictures, by the names that the editor tests use, and their maximum width in pixels. */
const PICTURES = {
	'generate-workflow': 1400,
	generate: 1400,
	'quick-tour': 1400,
	'quick-tour.dark': 1400,
	'low-balance-slack': 1400,
	operations: 1400,
	'package-list': 840,
	trigger: 1400,
	sites: 1400,
	discover: 1400,
	'file-generated': 1400,
	credential: 1200,
	'monthly-email': 1200,
	'monthly-email.dark': 1200,
};

/** Creates the pictures from the screenshots of the end-to-end tests: small, but still sharp. */
await mkdir(IMAGES, { recursive: true });
for (const [name, width] of Object.entries(PICTURES)) {
	await createPicture(join(SCREENSHOTS, `${name}.png`), join(IMAGES, `${name}.png`), width);
}
for (const file of await readdir(WORKFLOWS)) {
	if (!file.endsWith('.json')) continue;
	for (const ending of ['.png', '.dark.png']) {
		const picture = `${basename(file, '.json')}${ending}`;
		await createPicture(join(SCREENSHOTS, 'workflows', picture), join(WORKFLOWS, picture), WORKFLOW_WIDTH);
	}
}

async function createPicture(screenshot: string, picture: string, width: number): Promise<void> {
	if (await isMissing(screenshot)) {
		console.error(`${screenshot} does not exist. Run “npm run pictures”: its tests take the screenshots.`);
		process.exitCode = 1;
		return;
	}
	await sharp(screenshot)
		.resize({ width, withoutEnlargement: true })
		.png({ palette: true, quality: 80, dither: 0, effort: 10 })
		.toFile(picture);
	console.log(`${picture}  ${Math.round((await stat(picture)).size / 1000)} kB`);
}

async function isMissing(file: string): Promise<boolean> {
	return access(file).then(
		() => false,
		() => true,
	);
}
