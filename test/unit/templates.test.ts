import type { INode } from 'n8n-workflow';
import type { WorkflowJson } from '../../demo/n8nApi';
import { templateNames, templateText } from '../templates';

const STICKY_NOTE = 'n8n-nodes-base.stickyNote';
/** How n8n draws a node, with its name and subtitle below it: in pixels of the canvas. */
const NODE_SIZE = { width: 96, height: 96 };
const CAPTION_HEIGHT = 48;
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i;

describe.each(templateNames)('workflows/%s.json', (name) => {
	const text = templateText(name);
	const workflow = JSON.parse(text) as WorkflowJson;
	const notes = workflow.nodes.filter(({ type }) => type === STICKY_NOTE);
	const steps = workflow.nodes.filter(({ type }) => type !== STICKY_NOTE);

	test('contains no data of its author', () => {
		expect(Object.keys(workflow).sort()).toEqual(['connections', 'name', 'nodes', 'settings']);
		expect(workflow.nodes.filter((node) => node.credentials)).toEqual([]);
		expect(text).not.toMatch(UUID);
		expect(text).not.toMatch(/llmgen_[A-Za-z0-9]|docs\.google\.com\/spreadsheets\/d\/|\b[CGU][A-Z0-9]{8,}\b/);
	});

	test('has a name for the list of workflows, and sticky notes that explain it', () => {
		expect(workflow.name).toMatch(/^LLM Generator: [a-z]/);
		expect(notes.length).toBeGreaterThan(0);
	});

	test('uses every step: it is connected, or an expression reads it', () => {
		const named = new Set(workflow.nodes.map(({ name }) => name));
		expect(named.size).toBe(workflow.nodes.length);
		expect(new Set(workflow.nodes.map(({ id }) => id)).size).toBe(workflow.nodes.length);

		const joined = Object.entries(workflow.connections).flatMap(([from, outputs]) =>
			Object.values(outputs)
				.flat()
				.flatMap((connections) => [from, ...(connections ?? []).map(({ node }) => node)]),
		);
		expect(joined.filter((name) => !named.has(name))).toEqual([]);
		// A step that only stores a choice never runs; an expression reads the choice.
		const unused = steps.filter(({ name }) => !joined.includes(name) && !text.includes(`$('${name}')`));
		expect(unused.map(({ name }) => name)).toEqual([]);
	});

	test('is switched on, except for what needs one more account', () => {
		const off = steps.filter(({ disabled }) => disabled).map((step) => step.name);
		expect(off).toEqual(name === 'monthly-report-excel' ? ['Send Email'] : []);
	});

	test('gives GitHub’s step no binary data: in n8n 2.0.0, it sends where n8n keeps the data', () => {
		const givingBinaryData = steps.filter(
			({ type, parameters }) => type === 'n8n-nodes-base.github' && parameters.binaryData === true,
		);
		expect(givingBinaryData).toEqual([]);
	});

	test('is readable: no sticky note or step covers another one', () => {
		const areas = workflow.nodes.map((node) => ({ name: node.name, ...area(node) }));
		const overlaps = areas.flatMap((one, index) =>
			areas
				.slice(index + 1)
				.filter((other) => overlap(one, other))
				.map((other) => `${one.name} / ${other.name}`),
		);
		expect(overlaps).toEqual([]);
	});
});

interface Area {
	left: number;
	top: number;
	width: number;
	height: number;
}

function area({ type, position: [left, top], parameters }: INode): Area {
	if (type !== STICKY_NOTE)
		return { left, top, width: NODE_SIZE.width, height: NODE_SIZE.height + CAPTION_HEIGHT };
	return { left, top, width: Number(parameters.width), height: Number(parameters.height) };
}

function overlap(one: Area, other: Area): boolean {
	return (
		one.left < other.left + other.width &&
		other.left < one.left + one.width &&
		one.top < other.top + other.height &&
		other.top < one.top + one.height
	);
}
