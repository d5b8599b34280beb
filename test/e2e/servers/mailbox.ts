import { generateCACertificate } from 'mockttp';
import PostalMime, { type Email } from 'postal-mime';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import type { Credential } from '../../../demo/n8nApi';

/** An email as it arrived. */
export interface ReceivedEmail extends Email {
	/** The addresses that the server was told, which may differ from those in the email. */
	envelope: { from: string; to: string[] };
	/** Whether the connection was encrypted. */
	encrypted: boolean;
	/** The complete source of the email. */
	source: string;
}

/** A real SMTP server on this computer. It demands STARTTLS and a login, and delivers to itself. */
export interface Mailbox {
	/** In the order in which they arrived. */
	emails: ReceivedEmail[];
	/** How often somebody tried to deliver an email: the number of MAIL FROM commands. */
	attempts: number;
	/** Addresses that the server does not know: it refuses them with 550. */
	unknown: Set<string>;
	/** The credential of n8n's Send Email node. */
	credential: Credential;
	/** Makes n8n trust the certificate of this server: `startDemo({ env: mailbox.env })`. */
	env: Record<string, string>;
	/**
	 * Refuses the next emails with these SMTP replies, one for each: 4xx is for now, 5xx is for ever. If `at` is `message`, the
	 * server refuses only after it was sent completely.
	 */
	refuseNext(...replies: Array<{ code: number; at: 'sender' | 'message' }>): void;
	clear(): void;
	close(): Promise<void>;
}

const HOST = 'localhost';
const LOGIN = { user: 'reports@example.com', password: 'password-of-the-mailbox' };

/** @param env that of an HttpsProxy, whose certificate n8n trusts too */
export async function startMailbox(env: Record<string, string> = {}): Promise<Mailbox> {
	const folder = await mkdtemp(join(tmpdir(), 'llmgenerator-mailbox-'));
	// Without other names in it, a certificate is valid for its common name.
	const certificate = await generateCACertificate({ subject: { commonName: HOST } });
	const trusted = join(folder, 'trusted.pem');
	const others = env.NODE_EXTRA_CA_CERTS ? await readFile(env.NODE_EXTRA_CA_CERTS, 'utf8') : '';
	await writeFile(trusted, `${others}\n${certificate.cert}`);

	const replies: Array<{ code: number; at: 'sender' | 'message' }> = [];
	const mailbox = { emails: [] as ReceivedEmail[], attempts: 0, unknown: new Set<string>() };
	const server = new SMTPServer({
		...certificate,
		...handlers(mailbox, replies),
		disableReverseLookup: true,
	});
	await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
	const { port } = server.server.address() as AddressInfo;

	return Object.assign(mailbox, {
		credential: {
			name: 'Mailbox on this computer',
			type: 'smtp',
			data: { ...LOGIN, host: HOST, port, secure: false, disableStartTls: false, hostName: '' },
		},
		env: { ...env, NODE_EXTRA_CA_CERTS: trusted },
		refuseNext: (...next: typeof replies) => void replies.push(...next),
		clear() {
			mailbox.emails.length = 0;
			mailbox.attempts = 0;
			mailbox.unknown.clear();
			replies.length = 0;
		},
		async close() {
			await new Promise<void>((closed) => server.close(() => closed()));
			await rm(folder, { recursive: true, force: true });
		},
	});
}

type State = Pick<Mailbox, 'emails' | 'attempts' | 'unknown'>;

function handlers(
	mailbox: State,
	replies: Array<{ code: number; at: 'sender' | 'message' }>,
): SMTPServerOptions {
	const takeReply = (at: 'sender' | 'message') => (replies[0]?.at === at ? replies.shift() : undefined);
	return {
		onAuth({ username, password }, _session, done) {
			const isRight = username === LOGIN.user && password === LOGIN.password;
			if (isRight) done(null, { user: username });
			else done(refusal(535, 'The user name or the password is wrong'));
		},
		onMailFrom(_address, _session, done) {
			mailbox.attempts += 1;
			const reply = takeReply('sender');
			done(reply && refusal(reply.code, 'Not now'));
		},
		onRcptTo({ address }, _session, done) {
			done(mailbox.unknown.has(address) ? refusal(550, `There is no mailbox ${address}`) : undefined);
		},
		onData(stream, { envelope, secure }, done) {
			void received(stream).then(async (source) => {
				const reply = takeReply('message');
				if (reply) return done(refusal(reply.code, 'Not this message'));
				const from = envelope.mailFrom ? envelope.mailFrom.address : '';
				const to = envelope.rcptTo.map(({ address }) => address);
				const email = await PostalMime.parse(source);
				mailbox.emails.push({
					...email,
					envelope: { from, to },
					encrypted: secure,
					source: source.toString(),
				});
				return done();
			}, done);
		},
	};
}

async function received(stream: AsyncIterable<Buffer>): Promise<Buffer> {
	const chunks: Buffer[] = [];
	for await (const chunk of stream) chunks.push(chunk);
	return Buffer.concat(chunks);
}

function refusal(responseCode: number, message: string): Error {
	return Object.assign(new Error(message), { responseCode });
}
