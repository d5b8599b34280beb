import { access, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

const SCREENSHOTS = fileURLToPath(new URL('../../.local/screenshots', import.meta.url));
const IMAGES = fileURLToPath(new URL('../../docs/images', import.meta.url));

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
};

/** Creates the README's pictures from the screenshots of the editor tests: small, but still sharp. */
await mkdir(IMAGES, { recursive: true });
for (const [name, width] of Object.entries(PICTURES)) {
	const screenshot = join(SCREENSHOTS, `${name}.png`);
	const picture = join(IMAGES, `${name}.png`);
	if (await isMissing(screenshot)) {
		console.error(
			`${screenshot} does not exist. Run “npm run pictures”: its editor tests take the screenshots.`,
		);
		process.exitCode = 1;
		continue;
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
