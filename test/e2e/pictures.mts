import { access, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

const SCREENSHOTS = fileURLToPath(new URL('../../.local/screenshots', import.meta.url));
const IMAGES = fileURLToPath(new URL('../../docs/images', import.meta.url));

/** The README's pictures, as the tests of the editor name them, and how wide they are at most, in pixels. */
const PICTURES = {
	'quick-tour': 1400,
	'quick-tour.dark': 1400,
	'low-balance-slack': 1400,
	operations: 1400,
	'package-list': 840,
	trigger: 1400,
	credential: 1200,
};

/** Makes the README's pictures of the screenshots that the tests of the editor took: small, and still sharp. */
await mkdir(IMAGES, { recursive: true });
for (const [name, width] of Object.entries(PICTURES)) {
	const screenshot = join(SCREENSHOTS, `${name}.png`);
	const picture = join(IMAGES, `${name}.png`);
	if (await isMissing(screenshot)) {
		console.error(
			`There is no ${screenshot}. Run “npm run pictures”, which has the tests of the editor take it.`,
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
