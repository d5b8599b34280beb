import { until } from '../until';
import { WAIT_LIMIT_MS, type Cluster } from './cluster';

/**
 * What n8n writes when a trigger emits items:
 * position = the state of the trigger (n8n's static data), execution = the execution with the items, start = that it runs.
 */
export type Write = 'position' | 'execution' | 'start';

export interface WriteFault {
	workflowId: string;
	write: Write;
	/** hold: the database blocks the write until n8n is killed. drop: the database ignores the write. */
	effect: 'hold' | 'drop';
}

const WHERE: Record<Write, (workflowId: string) => string> = {
	position: (id) => `update of "staticData" on workflow_entity for each row when (new.id = '${id}')`,
	execution: (id) => `insert on execution_entity for each row when (new."workflowId" = '${id}')`,
	start: (id) =>
		`update on execution_entity for each row when (new."workflowId" = '${id}' and new.status = 'running')`,
};

/** Makes the milliseconds between two writes long enough to kill n8n there. */
export function prepareWriteFaults(cluster: Cluster, faults: WriteFault[]): void {
	cluster.sql(`
		create function fault_hold() returns trigger language plpgsql as
			$$ begin perform pg_sleep(600); return new; end $$;
		create function fault_drop() returns trigger language plpgsql as
			$$ begin return null; end $$;
	`);
	for (const [index, { workflowId, write, effect }] of faults.entries()) {
		const where = WHERE[write](workflowId);
		cluster.sql(`create trigger fault_${index} before ${where} execute function fault_${effect}()`);
	}
}

/** Waits until this many writes are blocked. */
export async function untilHeld(cluster: Cluster, count: number): Promise<void> {
	const held = () => cluster.sql(`select pid from pg_stat_activity where wait_event = 'PgSleep'`);
	await until(
		() => held().length >= count,
		() => `${held().length} writes are blocked instead of ${count}`,
		WAIT_LIMIT_MS,
	);
}

/** Ends the blocked writes of the killed n8n without writing them. After that, everything is written as usual. */
export function endWriteFaults(cluster: Cluster): void {
	cluster.sql(`select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'PgSleep'`);
	cluster.sql('drop function fault_hold cascade; drop function fault_drop cascade');
}
