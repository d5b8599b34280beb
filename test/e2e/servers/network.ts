import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { Transform } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

const HOST = '127.0.0.1';

/** The line between n8n and a server of a test, which can be slow, or break at any byte. */
export interface Network {
	/** n8n connects to this port of 127.0.0.1. */
	readonly port: number;
	/** How long each piece of data needs on its way to the server. */
	latencyMs: number;
	/** Each connection breaks as soon as n8n has sent this many bytes on it. */
	cutAfterBytes: number;
	/** The number of connections so far. */
	connections: number;
	/** Breaks all connections. */
	cut(): void;
	/** Breaks all connections; until `up`, new ones are refused. */
	down(): Promise<void>;
	up(): Promise<void>;
	/** A perfect line again, on which nothing was sent. */
	reset(): Promise<void>;
	close(): Promise<void>;
}

/** @param serverPort the port where the server listens */
export async function startNetwork(serverPort: number): Promise<Network> {
	const sockets = new Set<Socket>();
	const server = createServer((client) => {
		network.connections += 1;
		joinToServer(client);
	});

	function joinToServer(client: Socket): void {
		const upstream = connect(serverPort, HOST);
		const cut = () => [client, upstream].forEach((socket) => socket.destroy());
		let sent = 0;
		const line = new Transform({
			transform(chunk: Buffer, _encoding, passOn) {
				sent += chunk.length;
				if (sent > network.cutAfterBytes) return cut();
				if (network.latencyMs === 0) return passOn(null, chunk);
				void sleep(network.latencyMs).then(() => passOn(null, chunk));
			},
		});
		for (const socket of [client, upstream]) {
			sockets.add(socket);
			socket.setNoDelay();
			// Whoever breaks the connection, the other side notices it.
			socket.on('error', cut).on('close', cut);
			socket.on('close', () => sockets.delete(socket));
		}
		client.pipe(line).pipe(upstream).pipe(client);
	}

	const network: Network = {
		port: 0,
		latencyMs: 0,
		cutAfterBytes: Infinity,
		connections: 0,
		cut: () => sockets.forEach((socket) => socket.destroy()),
		async down() {
			if (!server.listening) return;
			const closed = once(server, 'close');
			server.close();
			network.cut();
			await closed;
		},
		async up() {
			if (server.listening) return;
			server.listen(network.port, HOST);
			await once(server, 'listening');
		},
		async reset() {
			Object.assign(network, { latencyMs: 0, cutAfterBytes: Infinity, connections: 0 });
			await network.up();
		},
		close: () => network.down(),
	};
	await network.up();
	return Object.assign(network, { port: (server.address() as AddressInfo).port });
}

/** A port of this computer that nobody listens on, for a server that cannot choose one itself. */
export async function freePort(): Promise<number> {
	const server = createServer().listen(0, HOST);
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	await once(server.close(), 'close');
	return port;
}
