import { SluiceError } from '../../../base/errors.ts';
import { nearest } from '../../../base/suggest.ts';
import type { ConnectClient } from '../../../connect/client/api.ts';
import { guarded } from '../../../connect/client/errors.ts';
import type { StatementOf } from '../../../sql/ast/statement.ts';
import { formatName } from '../../../sql/printer/names.ts';
import type { Answer, Call } from '../call.ts';
import { requireConnect, resolveName } from './names.ts';
import { betweenRuns } from './stopped.ts';

type Offset = Readonly<Record<string, unknown>>;
type Statement = StatementOf<'SnapshotTables'>;

/** A table whose changes a source captures: its source partition, and the committed progress of its reading. */
interface Captured {
  readonly table: string;
  readonly partition: Offset;
  readonly offset: Offset | null;
}

/**
 * ALTER CONNECTOR name SNAPSHOT TABLES (…): reads tables of a change-capture source again, while the stream continues.
 * Rows that no longer exist are removed. PAUSE, RESUME and STOP control such readings.
 */
export async function snapshotTables(statement: Statement, call: Call): Promise<Answer> {
  const connect = requireConnect(call.services);
  const name = await resolveName(connect, statement.name);
  const prefix = 'Failed to change what is read: ';
  if (connect.embedded === undefined) throw await notHere(statement, name, connect);
  const known = await guarded(() => capturedTables(connect, name), prefix);
  if (known.length === 0)
    throw new SluiceError('STATEMENT', `${name} captures no changes: it has no tables that could be read beside them`, {
      span: statement.span,
      hint: `RESET CONNECTOR OFFSETS OF ${name}; lets a source begin anew.`,
    });
  const named =
    statement.tables.length === 0 ? known : statement.tables.map((table) => tableNamed(table, known, name, statement));
  const changed = named.filter((c) => isConcerned(c, statement.action));
  if (changed.length === 0)
    throw new SluiceError('STATEMENT', `${name} has no reading ${WANTED[statement.action]}`, {
      span: statement.span,
      hint: `DESCRIBE CONNECTOR ${name}; says how far each is.`,
    });
  // The connector continues until it has stopped, so the offsets of that moment are used.
  await betweenRuns(connect, name, call.services, prefix, async () => {
    const now = new Map((await capturedTables(connect, name)).map((c) => [c.table, c]));
    const offsets = changed
      .map((c) => now.get(c.table) ?? c)
      .filter((c) => isConcerned(c, statement.action))
      .map(({ partition, offset }) => ({ partition, offset: offsetAfter(offset, statement) }));
    if (offsets.length > 0) await connect.alterOffsets(name, offsets);
  });
  return {
    kind: 'connector_changed',
    connectorName: name,
    message: description(name, changed.map((c) => c.table).join(', '), statement),
  };
}

/** Java connectors are told by a signal, which each receives as its settings say. */
async function notHere(
  { action, tables, span }: Statement,
  name: string,
  connect: ConnectClient,
): Promise<SluiceError> {
  const { config } = await guarded(() => connect.info(name), 'Failed to describe connector: ');
  const shown = formatName(name);
  const signal = config['signal.data.collection'];
  const type = { READ: 'execute-snapshot', PAUSE: 'pause-snapshot', RESUME: 'resume-snapshot', STOP: 'stop-snapshot' }[
    action
  ];
  const data =
    action === 'READ' || action === 'STOP'
      ? `{"data-collections": [${tables.map((table) => JSON.stringify(table)).join(', ')}], "type": "incremental"}`
      : '{"type": "incremental"}';
  return new SluiceError(
    'STATEMENT',
    `${name} is a connector of a Connect cluster: no request of Connect's lets it read tables beside its changes`,
    {
      span,
      hint: !/debezium/i.test(config['connector.class'] ?? '')
        ? `RESET CONNECTOR OFFSETS OF ${shown}; lets a source begin anew.`
        : signal === undefined
          ? `Debezium takes a signal: a table (id, type, data) in the database, named by ALTER CONNECTOR ${shown} SET ('signal.data.collection'='public.debezium_signal'); or RESET CONNECTOR OFFSETS OF ${shown}; lets it begin anew.`
          : `Debezium takes a signal, in the database: INSERT INTO ${signal} (id, type, data) VALUES ('1', '${type}', '${data}'); or RESET CONNECTOR OFFSETS OF ${shown}; lets it begin anew.`,
    },
  );
}

const WANTED = {
  READ: 'to begin',
  PAUSE: 'that is under way',
  RESUME: 'that is held',
  STOP: 'that is under way',
} as const;

function isConcerned({ offset }: Captured, action: Statement['action']): boolean {
  const isOver = offset?.['snapshot'] === 'done';
  const isPaused = offset?.['paused'] === true;
  switch (action) {
    case 'READ':
      return true;
    case 'PAUSE':
      return !isOver && !isPaused;
    case 'RESUME':
      return !isOver && isPaused;
    default:
      return !isOver;
  }
}

function offsetAfter(offset: Offset | null, { action, where }: Statement): Offset | null {
  const now = offset ?? { snapshot: 'waiting', rows: 0, estimate: 0 };
  switch (action) {
    case 'READ':
      return where === null ? null : { snapshot: 'waiting', rows: 0, estimate: 0, where };
    case 'PAUSE':
      return { ...now, paused: true };
    case 'RESUME':
      return Object.fromEntries(Object.entries(now).filter(([key]) => key !== 'paused'));
    default:
      return { snapshot: 'done', rows: now['rows'] ?? 0, estimate: now['estimate'] ?? 0 };
  }
}

function description(name: string, tables: string, { action, where }: Statement): string {
  switch (action) {
    case 'READ':
      return where === null
        ? `${name} reads ${tables} again: DESCRIBE CONNECTOR ${name}; says how far it is`
        : `${name} reads rows of ${tables} again where ${where}: no row is taken back. DESCRIBE CONNECTOR ${name}; says how far it is`;
    case 'PAUSE':
      return `${name} holds the reading of ${tables}, changes go on: ALTER CONNECTOR ${name} RESUME SNAPSHOT; goes on with it`;
    case 'RESUME':
      return `${name} goes on with the reading of ${tables}`;
    default:
      return `${name} ends the reading of ${tables}: rows that were not read are missing until they change. ALTER CONNECTOR ${name} SNAPSHOT TABLES (...); reads them`;
  }
}

async function capturedTables(connect: ConnectClient, name: string): Promise<readonly Captured[]> {
  const found = new Map<string, Captured>();
  for (const { partition, offset } of await connect.offsets(name)) {
    const { mode, table } = partition;
    if (mode === 'cdc' && typeof table === 'string') found.set(table, { table, partition, offset });
    // Tables whose turn has not come have no offset yet.
    else if (mode === 'cdc')
      for (const { name: waiting } of connect.embedded?.progress(name)?.readings ?? [])
        if (!found.has(waiting))
          found.set(waiting, { table: waiting, partition: { mode: 'cdc', table: waiting }, offset: null });
  }
  return [...found.values()];
}

function tableNamed(written: string, known: readonly Captured[], connector: string, { span }: Statement): Captured {
  const bare = (full: string): string => full.slice(full.indexOf('.') + 1);
  const wanted = written.toLowerCase();
  const found =
    known.find(({ table }) => table === written || bare(table) === written) ??
    known.find(({ table }) => table.toLowerCase() === wanted || bare(table).toLowerCase() === wanted);
  if (found !== undefined) return found;
  const names = known.map(({ table }) => table);
  const near = nearest(written, [...names, ...names.map(bare)]);
  throw new SluiceError('STATEMENT', `${connector} reads no table ${written}: it has ${names.join(', ')}`, {
    span,
    hint: near === undefined ? undefined : `Did you mean ${near}?`,
  });
}
