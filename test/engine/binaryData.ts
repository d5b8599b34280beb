import { BinaryDataConfig, BinaryDataService } from 'n8n-core';
import type { IBinaryData } from 'n8n-workflow';
import { existsSync, readdirSync } from 'node:fs';

/** There are several versions of it; only n8n-core's own has n8n-core's services. */
const { Container } = jest.requireActual<{ Container: { get<T>(type: new (...args: never[]) => T): T } }>(
	require.resolve('@n8n/di', { paths: [require.resolve('n8n-core')] }),
);

const service = () => Container.get(BinaryDataService);

/** n8n's filesystem mode; without it, n8n-core keeps binary data in memory. */
export async function keepFilesOnDisk(): Promise<void> {
	await service().init();
}

export function keepFilesInMemory(): void {
	Object.assign(service(), { managers: {} });
}

/** A store of the given kind in place of n8n's own. */
export function keepFilesWith(store: (bytes: AsyncIterable<Uint8Array>) => Promise<number>): void {
	const manager = {
		store: async (_location: unknown, bytes: AsyncIterable<Uint8Array>) => ({
			fileId: 'stored',
			fileSize: await store(bytes),
		}),
	};
	service().setManager('filesystem-v2', manager as never);
}

export async function bytesOf(binary: IBinaryData): Promise<Buffer> {
	return await service().getAsBuffer(binary);
}

/** The names of all stored files, half ones included. */
export function storedFiles(): string[] {
	const { localStoragePath } = Container.get(BinaryDataConfig);
	if (!existsSync(localStoragePath)) return [];
	const all = readdirSync(localStoragePath, { recursive: true, withFileTypes: true });
	return all.filter((entry) => entry.isFile() && !entry.name.endsWith('.metadata')).map(({ name }) => name);
}
