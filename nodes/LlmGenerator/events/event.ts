import type { IDataObject, INodeProperties, INodePropertyOptions, IPollFunctions } from 'n8n-workflow';
import type { ApiClient } from '../transport/client';

/** One event of the trigger: what the user sees and what it does, side by side. */
export interface TriggerEvent {
	/** Its entry in the Event field. */
	option: INodePropertyOptions & { value: string };
	/** Its fields, shown for this event only. */
	fields: INodeProperties[];
	/**
	 * What happened since the last poll. It changes the state only as its last step, so that a failed poll changes nothing.
	 *
	 * @param state n8n's static data of this node. n8n saves it only together with emitted items: after a poll without
	 * items, a change is lost when n8n restarts.
	 * @param hasTime whether there is time for more requests
	 * @returns the items to emit, none if nothing happened
	 */
	poll(
		context: IPollFunctions,
		client: ApiClient,
		state: IDataObject,
		hasTime: () => boolean,
	): Promise<IDataObject[]>;
	/** A real sample for the editor. */
	sample(context: IPollFunctions, client: ApiClient): Promise<IDataObject[]>;
}

/** The same fields, shown only for one event. */
export function shownForEvent(event: string, fields: INodeProperties[]): INodeProperties[] {
	return fields.map((field) => ({ ...field, displayOptions: { show: { event: [event] } } }));
}
