import type { ConnectorType, State } from '../../connect/client/api.ts';
import type { EventRow } from './sources.ts';

/** What is known of a connector at one moment, as its rows and events show it. */
export interface Picture {
  readonly name: string;
  readonly type: ConnectorType;
  readonly className: string | null;
  /** RUNNING only if all tasks are; WARNING if some are not. */
  readonly state: string;
  /** `RUNNING (1/1 tasks RUNNING)`, as in SHOW CONNECTORS. */
  readonly summary: string;
  readonly cause: string | null;
  readonly advice: string | null;
  readonly worker: string | null;
  readonly tasks: readonly TaskPicture[];
  readonly topics: readonly string[];
  /** Everything else; undefined when it is unknown, as for a connector that is known only from its rows. */
  readonly details: Details | undefined;
}

export interface TaskPicture {
  readonly id: number;
  readonly state: State;
  readonly cause: string | null;
  readonly advice: string | null;
  readonly worker: string | null;
}

export interface Details {
  /** With secrets masked. */
  readonly config: Readonly<Record<string, string>>;
  /** The columns of each topic that it writes, as text. */
  readonly schemas: ReadonlyMap<string, string>;
  /** The connector's remarks, and differences from what was declared, as sentences. */
  readonly remarks: readonly string[];
  readonly drift: readonly string[];
  readonly readings: readonly { readonly name: string; readonly topic: string; readonly state: string }[];
}

/** The kinds of events. */
export type EventKind =
  | 'CREATED'
  | 'DELETED'
  | 'CONFIG'
  | 'STATE'
  | 'TOPIC'
  | 'SCHEMA'
  | 'DRIFT'
  | 'SNAPSHOT'
  | 'REMARK'
  | 'LOG';

export interface ConnectorEvent extends Omit<EventRow, 'AT'> {
  readonly connector: string;
  readonly EVENT: EventKind;
}

/** What has happened between two pictures of one connector, in a readable order. */
export function eventsBetween(before: Picture | undefined, after: Picture | undefined): ConnectorEvent[] {
  const name = (after ?? before)?.name ?? '';
  const event = (kind: EventKind, of: Partial<ConnectorEvent> = {}): ConnectorEvent => ({
    ...NOTHING,
    connector: name,
    ...of,
    EVENT: kind,
  });
  if (after === undefined) return before === undefined ? [] : [event('DELETED', { PREVIOUS_STATE: before.state })];
  const found: ConnectorEvent[] = [];
  if (before === undefined) found.push(event('CREATED', { DETAIL: after.className }));
  else if (before.details !== undefined && after.details !== undefined) {
    const changed = changedSettings(before.details.config, after.details.config);
    if (changed.length > 0) found.push(event('CONFIG', { DETAIL: changed.join(', ') }));
  }
  for (const task of after.tasks) {
    const was = before?.tasks.find((t) => t.id === task.id);
    if (was?.state === task.state && was.cause === task.cause) continue;
    found.push(
      event('STATE', { TASK: task.id, STATE: task.state, PREVIOUS_STATE: was?.state ?? null, DETAIL: task.cause }),
    );
  }
  if (before?.state !== after.state || before.cause !== after.cause)
    found.push(event('STATE', { STATE: after.state, PREVIOUS_STATE: before?.state ?? null, DETAIL: after.cause }));
  for (const topic of after.topics)
    if (before?.topics.includes(topic) !== true) found.push(event('TOPIC', { TOPIC: topic }));
  if (after.details === undefined) return found;
  const was = before === undefined ? NO_DETAILS : before.details;
  if (was === undefined) return found;
  for (const [topic, schema] of after.details.schemas)
    if (was.schemas.get(topic) !== schema) found.push(event('SCHEMA', { TOPIC: topic, DETAIL: schema }));
  for (const { name: table, topic, state } of after.details.readings)
    if (was.readings.find((r) => r.topic === topic)?.state !== state)
      found.push(event('SNAPSHOT', { TOPIC: topic, STATE: state.toUpperCase(), DETAIL: table }));
  for (const text of after.details.drift) if (!was.drift.includes(text)) found.push(event('DRIFT', { DETAIL: text }));
  for (const text of after.details.remarks)
    if (!was.remarks.includes(text)) found.push(event('REMARK', { DETAIL: text }));
  return found;
}

/** The event for a line that a connector logged. */
export function logEvent(connector: string, level: 'WARN' | 'ERROR', text: string): ConnectorEvent {
  return { ...NOTHING, connector, EVENT: 'LOG', STATE: level, DETAIL: text };
}

const NOTHING = { TASK: null, STATE: null, PREVIOUS_STATE: null, TOPIC: null, DETAIL: null } as const;
const NO_DETAILS: Details = { config: {}, schemas: new Map(), remarks: [], drift: [], readings: [] };

function changedSettings(before: Details['config'], after: Details['config']): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((key) => before[key] !== after[key]);
}
