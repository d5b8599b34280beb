import { createHash } from 'node:crypto';

/** A version of a package as npm's registry stores it. */
export interface Tarball {
	/** Its package.json. */
	manifest: { name: string; version: string };
	content: Buffer;
}

/** The path of a tarball in a registry. */
export const tarballPath = ({ name, version }: Tarball['manifest']) => `/${name}/-/${name}-${version}.tgz`;

/**
 * What a registry says about a package. Source: https://github.com/npm/registry/blob/main/docs/REGISTRY-API.md
 *
 * @param origin of the registry, e.g. https://registry.npmjs.org
 * @param versions of one package; the last one is the latest
 */
export function packument(origin: string, versions: Tarball[]) {
	const { name, version: latest } = versions.at(-1)!.manifest;
	const details = versions.map((one) => [one.manifest.version, versionDetails(origin, one)]);
	return { name, 'dist-tags': { latest }, versions: Object.fromEntries(details) as object };
}

/** What a registry says about one version of a package. */
export function versionDetails(origin: string, { manifest, content }: Tarball) {
	const integrity = `sha512-${createHash('sha512').update(content).digest('base64')}`;
	return { ...manifest, dist: { tarball: origin + tarballPath(manifest), integrity } };
}
