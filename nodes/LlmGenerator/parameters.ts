import { NodeOperationError, type IExecuteFunctions, type IPollFunctions } from 'n8n-workflow';
import { instantOf } from './instant';
import { isTimeZone } from './timeZone';
import {
	ifSet,
	idIn,
	locatorValue,
	modeOf,
	namesIn,
	asNumber,
	OBJECT_AS_TEXT,
	optionFor,
	normalized,
	described,
	type Option,
} from './values';

const TRUE = ['true', 'yes', 'on', '1'];
const FALSE = ['false', 'no', 'off', '0'];

/** How a number field is read. */
export interface NumberRule {
	least?: number;
	most?: number;
	/** Only whole numbers. */
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
	/** What a message calls an option, e.g. "type". */
	noun: string;
	/** The message for a value that is not an option; by default it lists the options. */
	message?: (noun: string, given: string, values: string[]) => string;
}

/** The message for an option that only a newer version of the node may have. */
export function notInThisVersion(noun: string, given: string): string {
	const field = noun[0].toUpperCase() + noun.slice(1);
	return `This version of the node has no ${noun} ${given}. Choose one in the field "${field}".`;
}

function notAnOption(noun: string, given: string, values: string[]): string {
	const subject = given[0].toUpperCase() + given.slice(1);
	const plural = noun.endsWith('s') ? `${noun}es` : `${noun}s`;
	return `${subject} is not a valid ${noun}. The ${plural} are ${values.join(', ')}.`;
}

/**
 * The one place where fields are read. Expressions, spreadsheets, variables and AI agents send text for numbers and
 * booleans, names in any spelling, objects for IDs, and "null" for nothing. Every value that has only one possible
 * meaning is accepted; all others are rejected with a message before a request is sent. Nothing is guessed.
 *
 * Each method returns undefined for a field that is not set (missing, empty, null), so that its default applies, and
 * throws a NodeOperationError for a value that it cannot use. `label`: the field's name as the user sees it.
 */
export class Parameters {
	private constructor(
		private readonly read: (name: string) => unknown,
		private readonly context: IExecuteFunctions | IPollFunctions,
		private readonly itemIndex?: number,
	) {}

	static ofItem(context: IExecuteFunctions, itemIndex: number): Parameters {
		// With undefined as the fallback, n8n throws for a field that is missing.
		return new Parameters((name) => context.getNodeParameter(name, itemIndex, null), context, itemIndex);
	}

	static ofTrigger(context: IPollFunctions): Parameters {
		return new Parameters((name) => context.getNodeParameter(name, null), context);
	}

	/** The error for a value that cannot be used. `message`: what is wrong, and what to do. */
	rejection(message: string): NodeOperationError {
		return new NodeOperationError(this.context.getNode(), message, { itemIndex: this.itemIndex });
	}

	/** The fields inside a collection such as Options. n8n allows no expression for a collection as a whole. */
	collection(name: string): Parameters {
		const fields = (this.read(name) ?? {}) as Record<string, unknown>;
		return new Parameters((field) => fields[field], this.context, this.itemIndex);
	}

	flag(name: string, label: string): boolean | undefined {
		const value = ifSet(this.read(name));
		if (value === undefined || typeof value === 'boolean') return value;
		const text = normalized(value);
		if (TRUE.includes(text)) return true;
		if (FALSE.includes(text)) return false;
		throw this.rejection(`"${label}" is ${described(value)}. Set it to true or false.`);
	}

	number(name: string, label: string, rule: NumberRule = {}): number | undefined {
		const value = ifSet(this.read(name));
		if (value === undefined) return undefined;
		const { least = -Infinity, most = Infinity, whole = false, mayBeEndless = false } = rule;
		const number = asNumber(value);
		const isOfItsKind = whole ? Number.isSafeInteger(number) : mayBeEndless || Number.isFinite(number);
		if (isOfItsKind && number >= least && number <= most) return number;
		const range = most === Infinity ? (whole ? `${least}` : `${least} or more`) : `${least} to ${most}`;
		const wanted = `${whole ? 'a whole number from ' : ''}${range}`;
		const advice = rule.advice ?? `Set it to ${least === -Infinity ? 'a number' : wanted}`;
		throw this.rejection(`${rule.subject ?? `"${label}"`} is ${described(value)}. ${advice}.`);
	}

	/** One of the options, by its value or its name. */
	choice<T extends string>(name: string, label: string, rule: ChoiceRule<T>): T | undefined {
		const chosen = this.choices(name, rule);
		if (chosen.length <= 1) return chosen[0];
		throw this.rejection(`"${label}" has ${chosen.length} values. Choose one.`);
	}

	/** Any number of the options: a list, one name, or names separated by commas. Empty if it is not set. */
	choices<T extends string>(name: string, rule: ChoiceRule<T>): T[] {
		const value = ifSet(this.read(name));
		const list = Array.isArray(value)
			? (value as unknown[])
			: typeof value === 'string'
				? namesIn(value)
				: [value];
		const chosen = list
			.map(ifSet)
			.filter((entry) => entry !== undefined)
			.map((entry) => {
				const option = optionFor(entry, rule.of);
				if (option !== undefined) return option;
				const { noun, of, message = notAnOption } = rule;
				const values = of.map(({ value }) => value);
				throw this.rejection(message(noun, described(entry), values));
			});
		return [...new Set(chosen)];
	}

	/** Text, without spaces around it. */
	text(name: string, label: string): string | undefined {
		const value = ifSet(this.read(name));
		if (value === undefined) return undefined;
		if (typeof value === 'string' && !value.includes(OBJECT_AS_TEXT)) return value.trim();
		const advice =
			typeof value === 'string' ? 'Use a field of the object, not the object itself' : 'Set it to text';
		throw this.rejection(`"${label}" is ${described(value)}. ${advice}.`);
	}

	/** A point in time: Unix epoch, milliseconds. A date without an offset is in the workflow's time zone. */
	time(name: string, label: string): number | undefined {
		const value = ifSet(this.read(name));
		if (value === undefined) return undefined;
		const zone = this.context.getTimezone();
		const instant = instantOf(value, zone);
		if (instant !== undefined) return instant;
		if (!isTimeZone(zone)) {
			const advice = 'Choose another one in the settings of the workflow';
			throw this.rejection(`The time zone of this workflow, "${zone}", is not valid. ${advice}.`);
		}
		const advice = 'Enter a date like 2026-01-31T09:00:00';
		throw this.rejection(`"${label}" is ${described(value)}, which is not a valid date. ${advice}.`);
	}

	/**
	 * An ID: text or a number, a resource locator, or an object with an ID (also as JSON), e.g. the package of a checkout.
	 *
	 * @param noun what it is the ID of, e.g. "package"
	 * @param advice what to do if there is none
	 */
	id(name: string, noun: string, advice: string): string {
		const value = ifSet(locatorValue(this.read(name)));
		if (value === undefined) throw this.rejection(`No ${noun} is given. ${advice}`);
		const id = idIn(value, name);
		if (id !== undefined) return id;
		throw this.rejection(`The ${noun} is ${described(value)}. ${advice}`);
	}

	/** Whether a resource locator is set to this mode, e.g. "url". */
	isMode(name: string, mode: string): boolean {
		return modeOf(this.read(name)) === mode;
	}
}
