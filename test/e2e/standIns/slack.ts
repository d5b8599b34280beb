import type { Credential } from '../../../demo/n8nApi';
import type { Answer, Asked, HttpsProxy } from './httpsProxy';
import { shown, whyRefused, type Block, type ShownButton } from './slackBlocks';

/** A message as the people in a channel see it. */
export interface ShownMessage {
	/** E.g. #credits */
	channel: string;
	/** What a phone's lock screen shows: Slack's fallback text. */
	notification: string;
	lines: string[];
	buttons: ShownButton[];
}

/** Stands in for slack.com: a workspace with some channels, and an app that may post in them. */
export interface SlackStandIn {
	/** In the order they were posted. */
	messages: ShownMessage[];
	/** The names of the channels that the app is in, without “#”: may be changed at any time. */
	channels: string[];
	/** What n8n's Slack node logs in with. */
	credential: Credential;
	/** The next posts are refused with these HTTP statuses, one each. */
	refuseNext(...statuses: number[]): void;
}

/** @param channels the names of the workspace's channels, without “#” */
export async function standInForSlack(
	proxy: HttpsProxy,
	channels: string[] = ['general', 'credits'],
): Promise<SlackStandIn> {
	const refusals: number[] = [];
	const slack: SlackStandIn = {
		messages: [],
		channels,
		credential: { name: 'Slack stand-in', type: 'slackApi', data: { accessToken: TOKEN } },
		refuseNext: (...statuses) => void refusals.push(...statuses),
	};

	const post = ({ json }: Asked): Answer => {
		const refusal = refusals.shift();
		if (refusal) return { status: refusal, json: says('ratelimited'), headers: { 'Retry-After': '1' } };
		const { channel = '', text = '', blocks = [] } = json as Post;
		const name = slack.channels.find((one) => [one, `#${one}`, idOf(one)].includes(channel));
		if (name === undefined) return ok(says('channel_not_found'));
		if (text === '' && blocks.length === 0) return ok(says('no_text'));
		const why = whyRefused(blocks);
		if (why) return ok({ ...says('invalid_blocks'), response_metadata: { messages: [why] } });

		const ts = `${1_700_000_000 + slack.messages.length}.000100`;
		slack.messages.push({ channel: `#${name}`, notification: text, ...shown(blocks, text) });
		return ok({ ok: true, channel: idOf(name), ts, message: {} });
	};
	const list = () =>
		ok({
			ok: true,
			channels: slack.channels.map((name) => ({ id: idOf(name), name, is_channel: true, is_member: true })),
			response_metadata: { next_cursor: '' },
		});
	const methods = new Map<string, (asked: Asked) => Answer>([
		['POST /api/chat.postMessage', post],
		['GET /api/conversations.list', list],
		// What n8n asks when a credential is tested.
		['GET /api/users.profile.get', () => ok({ ok: true, profile: { real_name: 'n8n' } })],
	]);
	await proxy.standInFor('slack.com', (asked) => {
		const method = methods.get(`${asked.method} ${asked.path}`);
		if (!method) return undefined;
		if (asked.token === undefined) return ok(says('not_authed'));
		return asked.token === TOKEN ? method(asked) : ok(says('invalid_auth'));
	});
	return slack;
}

const TOKEN = 'token-of-the-slack-stand-in';

interface Post {
	channel?: string;
	text?: string;
	blocks?: Block[];
}

/** Slack answers 200 also where it refuses. */
function ok(json: object): Answer {
	return { status: 200, json };
}

function says(error: string) {
	return { ok: false, error };
}

/** Slack's IDs are capital letters and digits. */
function idOf(channel: string): string {
	return `C${Buffer.from(channel).toString('hex').toUpperCase()}`;
}
