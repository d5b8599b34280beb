import type { Credential } from '../../../demo/n8nApi';
import type { MockedResponse, MockedRequest, HttpsProxy } from './httpsProxy';
import { rendered, whyRejected, type Block, type RenderedButton } from './slackBlocks';

/** A message as the users in a channel see it. */
export interface RenderedMessage {
	/** E.g. #credits */
	channel: string;
	/** The text on the lock screen of a phone: Slack's fallback text. */
	notification: string;
	lines: string[];
	buttons: RenderedButton[];
}

/** A mock of slack.com: a workspace with some channels, and an app that may post in them. */
export interface SlackMock {
	/** In the order in which they were posted. */
	messages: RenderedMessage[];
	/** The names of the channels that the app is in, without “#”. A test may change them at any time. */
	channels: string[];
	/** The credential of n8n's Slack node. */
	credential: Credential;
	/** Rejects the next posts with these HTTP statuses, one for each. */
	rejectNext(...statuses: number[]): void;
}

/** @param channels the names of the workspace's channels, without “#” */
export async function mockSlack(
	proxy: HttpsProxy,
	channels: string[] = ['general', 'credits'],
): Promise<SlackMock> {
	const rejections: number[] = [];
	const slack: SlackMock = {
		messages: [],
		channels,
		credential: { name: 'Slack mock', type: 'slackApi', data: { accessToken: TOKEN } },
		rejectNext: (...statuses) => void rejections.push(...statuses),
	};

	const post = ({ json }: MockedRequest): MockedResponse => {
		const rejection = rejections.shift();
		if (rejection)
			return { status: rejection, json: slackError('ratelimited'), headers: { 'Retry-After': '1' } };
		const { channel = '', text = '', blocks = [] } = json as Post;
		const name = slack.channels.find((one) => [one, `#${one}`, idOf(one)].includes(channel));
		if (name === undefined) return ok(slackError('channel_not_found'));
		if (text === '' && blocks.length === 0) return ok(slackError('no_text'));
		const why = whyRejected(blocks);
		if (why) return ok({ ...slackError('invalid_blocks'), response_metadata: { messages: [why] } });

		const ts = `${1_700_000_000 + slack.messages.length}.000100`;
		slack.messages.push({ channel: `#${name}`, notification: text, ...rendered(blocks, text) });
		return ok({ ok: true, channel: idOf(name), ts, message: {} });
	};
	const list = () =>
		ok({
			ok: true,
			channels: slack.channels.map((name) => ({ id: idOf(name), name, is_channel: true, is_member: true })),
			response_metadata: { next_cursor: '' },
		});
	const methods = new Map<string, (request: MockedRequest) => MockedResponse>([
		['POST /api/chat.postMessage', post],
		['GET /api/conversations.list', list],
		// n8n sends this request to test a credential.
		['GET /api/users.profile.get', () => ok({ ok: true, profile: { real_name: 'n8n' } })],
	]);
	await proxy.mockHost('slack.com', (request) => {
		const method = methods.get(`${request.method} ${request.path}`);
		if (!method) return undefined;
		if (request.token === undefined) return ok(slackError('not_authed'));
		return request.token === TOKEN ? method(request) : ok(slackError('invalid_auth'));
	});
	return slack;
}

const TOKEN = 'token-of-the-slack-stand-in';

interface Post {
	channel?: string;
	text?: string;
	blocks?: Block[];
}

/** Slack responds with status 200 even if it rejects a request. */
function ok(json: object): MockedResponse {
	return { status: 200, json };
}

function slackError(error: string) {
	return { ok: false, error };
}

/** Slack's IDs are capital letters and digits. */
function idOf(channel: string): string {
	return `C${Buffer.from(channel).toString('hex').toUpperCase()}`;
}
