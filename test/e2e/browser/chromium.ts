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
 * A Chromium that needs nothing of the system but its C library: the npm package `@sparticuz/chromium` brings the
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

/** The folder is there either whole or not at all, whoever else unpacks at the same time, and whatever ends this. */
async function unpackInto(folder: string): Promise<void> {
	const unfinished = await mkdtemp(`${folder}-`);
	try {
		await unpack(unfinished);
		await rename(unfinished, folder);
	} catch (stopped) {
		await rm(unfinished, { recursive: true, force: true });
		// Somebody else was quicker.
		if (!existsSync(folder)) throw stopped;
	}
}

/** The package unpacks into the folder for temporary files, and its libraries only where it takes this for Amazon Linux. */
async function unpack(folder: string): Promise<void> {
	const script = "import('@sparticuz/chromium').then(({ default: chromium }) => chromium.executablePath())";
	await promisify(execFile)(process.execPath, ['--eval', script], {
		cwd: __dirname,
		env: { ...process.env, TMPDIR: folder, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x' },
	});
	await writeFile(join(folder, 'fonts.conf'), FONTS);
}

/** n8n's editor brings its own fonts; this is for what they lack. Nothing of the system, so that pictures look alike. */
const FONTS = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
	<dir prefix="relative">fonts</dir>
	<cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
`;
