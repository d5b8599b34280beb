import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Source: n8n's documentation, "Node codex files", Node categories. They must match exactly. */
const CATEGORIES = [
	'Data & Storage',
	'Finance & Accounting',
	'Marketing & Content',
	'Productivity',
	'Miscellaneous',
	'Sales',
	'Development',
	'Analytics',
	'Communication',
	'Utility',
];

test.each(['llmGenerator', 'llmGeneratorTrigger'])(
	'%s is found in n8n’s nodes panel: by its name, and in categories that n8n has',
	(name) => {
		const file = `${name[0].toUpperCase()}${name.slice(1)}.node.json`;
		const codex = JSON.parse(
			readFileSync(join(__dirname, '../../nodes/LlmGenerator', file), 'utf8'),
		) as Record<string, unknown>;
		expect(codex).toMatchObject({
			node: `n8n-nodes-llmgenerator.${name}`,
			nodeVersion: '1.0',
			codexVersion: '1.0',
		});
		const categories = codex.categories as string[];
		expect(categories.length).toBeGreaterThan(0);
		expect(CATEGORIES).toEqual(expect.arrayContaining(categories));
	},
);
