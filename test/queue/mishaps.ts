import { until } from '../until';
import { PATIENCE_MS, type Cluster } from './cluster';

/**
 * What n8n writes while a trigger hands over its items:
 * position = how far the trigger got (n8n's static data), execution = the items, start = that they are being worked on.
 */
export type Write = 'position' | 'execution' | 'start';

export interface Mishap {
	workflowId: string;
	write: Write;
	/** hold: the write is on its way for as long as n8n lives. drop: it never gets there. */
	effect: 'hold' | 'drop';
}

const WHERE: Record<Write, (workflowId: string) => string> = {
	position: (id) => `update of "staticData" on workflow_entity for each row when (new.id = '${id}')`,
	execution: (id) => `insert on execution_entity for each row when (new."workflowId" = '${id}')`,
	start: (id) =>
		`update on execution_entity for each row when (new."workflowId" = '${id}' and new.status = 'running')`,
};

/** Opens the moment between two writes, which lasts milliseconds, for long enough to kill n8n in it. */
export function prepareMishaps(cluster: Cluster, mishaps: Mishap[]): void {
	cluster.sql(`
		create function mishap_hold() returns trigger language plpgsql as
			$$ begin perform pg_sleep(600); return new; end $$;
		create function mishap_drop() returns trigger language plpgsql as
			$$ begin return null; end $$;
	`);
	for (const [place, { workflowId, write, effect }] of mishaps.entries()) {
		const where = WHERE[write](workflowId);
		cluster.sql(`create trigger mishap_${place} before ${where} execute function mishap_${effect}()`);
	}
}

/** Waits until so many writes are being held. */
export async function untilHeld(cluster: Cluster, count: number): Promise<void> {
	const held = () => cluster.sql(`select pid from pg_stat_activity where wait_event = 'PgSleep'`);
	await until(
		() => held().length >= count,
		() => `${held().length} writes are held instead of ${count}`,
		PATIENCE_MS,
	);
}

/** What was held when n8n was killed was never written. From now on everything is written as usual. */
export function endMishaps(cluster: Cluster): void {
	cluster.sql(`select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'PgSleep'`);
	cluster.sql('drop function mishap_hold cascade; drop function mishap_drop cascade');
}
