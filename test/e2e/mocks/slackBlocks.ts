/** The part of Slack's Block Kit that the templates and n8n's Send and Wait use: https://docs.slack.dev/reference/block-kit/blocks */

export interface RenderedButton {
	label: string;
	url?: string;
}

interface Text {
	type: 'mrkdwn' | 'plain_text';
	text: string;
	/** Of plain text: whether `:smile:` is shown as an emoji. */
	emoji?: boolean;
}

interface Button {
	type: string;
	text: Text;
	url?: string;
	style?: string;
}

export interface Block {
	type: string;
	text?: Text;
	elements?: Button[];
}

/** What a message shows: its blocks, or its text if it has no blocks. */
export function rendered(blocks: Block[], text: string): { lines: string[]; buttons: RenderedButton[] } {
	if (blocks.length === 0) return { lines: mrkdwn(text).split('\n'), buttons: [] };
	return {
		// n8n's question puts a section with a space between the text and the buttons.
		lines: blocks.flatMap(({ text: said }) => (said?.text.trim() ? read(said).split('\n') : [])),
		buttons: blocks.flatMap((block) =>
			(block.elements ?? []).map((button) => ({ label: read(button.text), url: button.url })),
		),
	};
}

/** Why Slack would respond with invalid_blocks, in words like its own. */
export function whyRejected(blocks: unknown): string | undefined {
	if (!Array.isArray(blocks)) return 'must be an array [json-pointer:/blocks]';
	if (blocks.length > 50) return 'no more than 50 items allowed [json-pointer:/blocks]';
	return firstOf(blocks as Block[], (block, at) => whyBlock(block, `/blocks/${at}`));
}

function whyBlock(block: Block, at: string): string | undefined {
	if (block.type === 'divider') return whyKeys(block, ['type'], at);
	if (block.type === 'section') {
		return whyKeys(block, ['type', 'text'], at) ?? whyText(block.text, 3000, at);
	}
	if (block.type === 'actions') {
		const { elements = [] } = block;
		if (elements.length < 1 || elements.length > 25) return `must have 1 to 25 items [json-pointer:${at}]`;
		return whyKeys(block, ['type', 'elements'], at) ?? firstOf(elements, (one) => whyButton(one, at));
	}
	return `unsupported type: ${block.type} [json-pointer:${at}]`;
}

function whyButton(button: Button, at: string): string | undefined {
	if (button.type !== 'button') return `unsupported type: ${button.type} [json-pointer:${at}]`;
	const { url, style } = button;
	if (url !== undefined && (url.length > 3000 || !/^https?:\/\//.test(url) || !URL.canParse(url))) {
		return `invalid url ${url} [json-pointer:${at}]`;
	}
	if (style !== undefined && !['primary', 'danger'].includes(style)) return `style ${style} [${at}]`;
	if (button.text?.type !== 'plain_text') return `a button's text must be plain_text [json-pointer:${at}]`;
	return whyKeys(button, ['type', 'text', 'url', 'style'], at) ?? whyText(button.text, 75, at);
}

function whyText(text: Text | undefined, longest: number, at: string): string | undefined {
	if (!text || !['mrkdwn', 'plain_text'].includes(text.type)) return `missing text [json-pointer:${at}]`;
	if (typeof text.text !== 'string' || text.text === '') return `must be more than 0 characters [${at}]`;
	if (text.text.length > longest) return `must be less than ${longest + 1} characters [${at}]`;
	return whyKeys(text, text.type === 'plain_text' ? ['type', 'text', 'emoji'] : ['type', 'text'], at);
}

function whyKeys(object: object, allowed: string[], at: string): string | undefined {
	const key = Object.keys(object).find((one) => !allowed.includes(one));
	return key && `invalid additional property: ${key} [json-pointer:${at}]`;
}

function firstOf<T>(list: T[], why: (one: T, at: number) => string | undefined): string | undefined {
	return list.map(why).find((reason) => reason !== undefined);
}

function read({ type, text }: Text): string {
	return type === 'mrkdwn' ? mrkdwn(text) : text;
}

/** The displayed text: links as their label, bold text without asterisks, and Slack's three escapes decoded. */
function mrkdwn(text: string): string {
	return text
		.replace(/<([^<>|]+)(?:\|([^<>]+))?>/g, (_link, url: string, label?: string) => label ?? url)
		.replace(/\*([^*\n]+)\*/g, '$1')
		.replace(/&lt;/g, '<')
		.replace(/&gt;/g, '>')
		.replace(/&amp;/g, '&');
}
