import { NodeOperationError, type IExecuteFunctions, type IPollFunctions } from 'n8n-workflow';
import { instantOf } from './instant';
import {
	given,
	idIn,
	located,
	namesIn,
	asNumber,
	OBJECT_AS_TEXT,
	optionFor,
	asWord,
	shown,
	type Option,
} from './values';

const TRUE = ['true', 'yes', 'on', '1'];
const FALSE = ['false', 'no', 'off', '0'];

/** How a number field is read. */
export interface NumberRule {
	least?: number;
	/** No parts. */
	whole?: boolean;
	/** Infinity counts as a number. */
	mayBeEndless?: boolean;
	/** What to do instead, e.g. "Set it to 1 or more"; by default it follows from the rule. */
	advice?: string;
	/** How the sentence begins; the quoted label by default. */
	subject?: string;
}

/** How a field with options is read. */
export interface ChoiceRule<T extends string> {
	of: ReadonlyArray<Option<T>>;
	/** What one of them is called in a sentence, e.g. "type". */
	noun: string;
	/** The sentence for what is none of them; by default it names them all. */
	refusal?: (noun: string, given: string) => string;
}

/** For a choice that newer versions may have and this one does not. */
export function notInThisVersion(noun: string, given: string): string {
	const field = noun[0].toUpperCase() + noun.slice(1);
	return `This version of the node has no ${noun} ${given}. Choose one in the field "${field}".`;
}

/**
 * The one place where fields are read. Expressions, spreadsheets, variables and AI agents hand over text for numbers and
 * booleans, names in any spelling, objects for IDs, and "null" for nothing: what cannot be misunderstood is taken, and
 * everything else is refused with a sentence, before anything is sent. Nothing is guessed.
 *
 * Each reader returns undefined for a field that is left out (missing, empty, null), so that its default holds, and
 * throws a NodeOperationError for a value that it cannot use. `label`: the field's name as the user sees it.
 */
export class Parameters {
	private constructor(
		private readonly read: (name: string) => unknown,
		private readonly context: IExecuteFunctions | IPollFunctions,
		private readonly itemIndex?: number,
	) {}

	static ofItem(context: IExecuteFunctions, itemIndex: number): Parameters {
		// n8n takes no "undefined" for a fallback.
		return new Parameters((name) => context.getNodeParameter(name, itemIndex, null), context, itemIndex);
	}

	static ofTrigger(context: IPollFunctions): Parameters {
		return new Parameters((name) => context.getNodeParameter(name, null), context);
	}

	/** The error for a value that cannot be used. `message`: what is wrong, and what to do. */
	refusal(message: string): NodeOperationError {
		return new NodeOperationError(this.context.getNode(), message, { itemIndex: this.itemIndex });
	}

	/** The fields inside a collection such as Options: n8n takes no expression for it as a whole. */
	collection(name: string): Parameters {
		const fields = (this.read(name) ?? {}) as Record<string, unknown>;
		return new Parameters((field) => fields[field], this.context, this.itemIndex);
	}

	flag(name: string, label: string): boolean | undefined {
		const value = given(this.read(name));
		if (value === undefined || typeof value === 'boolean') return value;
		const text = asWord(value);
		if (TRUE.includes(text)) return true;
		if (FALSE.includes(text)) return false;
		throw this.refusal(`"${label}" is ${shown(value)}. Set it to true or false.`);
	}

	number(name: string, label: string, rule: NumberRule = {}): number | undefined {
		const value = given(this.read(name));
		if (value === undefined) return undefined;
		const { least = -Infinity, whole = false, mayBeEndless = false } = rule;
		const number = asNumber(value);
		const isOfItsKind = whole ? Number.isSafeInteger(number) : mayBeEndless || Number.isFinite(number);
		if (isOfItsKind && number >= least) return number;
		const wanted = `${whole ? 'a whole number from ' : ''}${least}${whole ? '' : ' or more'}`;
		const advice = rule.advice ?? `Set it to ${least === -Infinity ? 'a number' : wanted}`;
		throw this.refusal(`${rule.subject ?? `"${label}"`} is ${shown(value)}. ${advice}.`);
	}

	/** One of the options, by its value or its name, in any spelling. */
	choice<T extends string>(name: string, label: string, rule: ChoiceRule<T>): T | undefined {
		const chosen = this.choices(name, rule);
		if (chosen.length <= 1) return chosen[0];
		throw this.refusal(`"${label}" has ${chosen.length} values. Choose one.`);
	}

	/** Any number of the options: a list, one name, or names with commas between them. Empty where it is left out. */
	choices<T extends string>(name: string, rule: ChoiceRule<T>): T[] {
		const value = given(this.read(name));
		const list = Array.isArray(value)
			? (value as unknown[])
			: typeof value === 'string'
				? namesIn(value)
				: [value];
		const chosen = list
			.map(given)
			.filter((entry) => entry !== undefined)
			.map((entry) => {
				const option = optionFor(entry, rule.of);
				if (option !== undefined) return option;
				const { noun, of, refusal } = rule;
				const named = typeof entry === 'object' ? `like that (${shown(entry)})` : shown(entry);
				const known = of.map(({ value }) => value).join(', ');
				throw this.refusal(
					refusal?.(noun, named) ?? `There is no ${noun} ${named}. The ${noun}s are ${known}.`,
				);
			});
		return [...new Set(chosen)];
	}

	/** Text, without blanks around it. */
	text(name: string, label: string): string | undefined {
		const value = given(this.read(name));
		if (value === undefined) return undefined;
		if (typeof value === 'string' && !value.includes(OBJECT_AS_TEXT)) return value.trim();
		const advice =
			typeof value === 'string' ? 'Use a field of the object, not the object itself' : 'Set it to text';
		throw this.refusal(`"${label}" is ${shown(value)}. ${advice}.`);
	}

	/** A point in time: Unix epoch, milliseconds. Without an offset it is in the workflow's time zone. */
	time(name: string, label: string): number | undefined {
		const value = given(this.read(name));
		if (value === undefined) return undefined;
		const instant = instantOf(value, this.context.getTimezone());
		if (instant !== undefined) return instant;
		throw this.refusal(`"${label}" is ${shown(value)}, which is no date. Type it like 2026-01-31T09:00:00.`);
	}

	/**
	 * An ID: text or a number, a resource locator, or an object that has one, e.g. the package that a checkout came with.
	 *
	 * @param noun what it is the ID of, e.g. "package"
	 * @param advice what to do where there is none
	 */
	id(name: string, noun: string, advice: string): string {
		const value = given(located(this.read(name)));
		if (value === undefined) throw this.refusal(`No ${noun} is given. ${advice}`);
		const id = idIn(value);
		if (id !== undefined) return id;
		throw this.refusal(`The ${noun} is ${shown(value)}. ${advice}`);
	}
}
