import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { devDependencies } from '../../../package.json';

const LOCAL = resolve(__dirname, '../../../.local');

interface Program {
	executablePath: string;
	env: Record<string, string | undefined>;
}

/**
 * A Chromium that needs only the C library of the system: the npm package `@sparticuz/chromium` contains the
 * program (for Linux on x64), the libraries it is linked with, and a font. They are unpacked once, into `.local`.
 */
export async function bundledChromium(): Promise<Program> {
	const folder = join(LOCAL, `chromium-${devDependencies['@sparticuz/chromium']}`);
	if (!existsSync(folder)) await unpackInto(folder);
	return {
		executablePath: join(folder, 'chromium'),
		env: {
			...process.env,
			LD_LIBRARY_PATH: [join(folder, 'al2023', 'lib'), process.env.LD_LIBRARY_PATH]
				.filter(Boolean)
				.join(delimiter),
			FONTCONFIG_FILE: join(folder, 'fonts.conf'),
		},
	};
}

/** The folder gets its final name only when it is complete, even if two processes unpack at the same time or one is killed. */
async function unpackInto(folder: string): Promise<void> {
	const unfinished = await mkdtemp(`${folder}-`);
	try {
		await unpack(unfinished);
		await rename(unfinished, folder);
	} catch (error) {
		await rm(unfinished, { recursive: true, force: true });
		// If another process was faster, its folder is used.
		if (!existsSync(folder)) throw error;
	}
}

/** The package unpacks into the temporary folder. It unpacks its libraries only if it detects AWS Lambda. */
async function unpack(folder: string): Promise<void> {
	const script = "import('@sparticuz/chromium').then(({ default: chromium }) => chromium.executablePath())";
	await promisify(execFile)(process.execPath, ['--eval', script], {
		cwd: __dirname,
		env: { ...process.env, TMPDIR: folder, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x' },
	});
	await writeFile(join(folder, 'fonts.conf'), FONTS);
}

/** For characters that the fonts of n8n's editor lack. No fonts of the system, so that all pictures look the same. */
const FONTS = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
	<dir prefix="relative">fonts</dir>
	<cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
`;
