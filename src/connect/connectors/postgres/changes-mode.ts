import { must } from '../../../base/assert.ts';
import { ConnectError } from '../../api/errors.ts';
import type { OffsetMap } from '../../api/record.ts';
import { isCount, isMarks } from '../database/offset-check.ts';
import { position, select, suffixed, type Pass, type PassSpec } from '../database/passes.ts';
import type { AttachedMode, ModeMoment, OwnMode } from '../database/dialect.ts';
import type { SourceContext } from '../database/source-settings.ts';
import { fullName } from '../database/table-names.ts';
import { quoteIdentifier, type PostgresConnection } from './connection.ts';
import { identityOf, isIdentity, mismatchOf } from './server-identity.ts';
import { POSTGRES_SOURCE } from './source-keys.ts';

/** What to do with a position that belongs to another server. */
type ServerChange = 'restart' | 'fail' | 'continue';

/** Mode `changes`: finds rows by the transactions that wrote them. */
export const CHANGES_MODE: OwnMode = {
  name: 'changes',
  offsets: { required: 'xmin', keys: { xmin: isCount, until: isCount, after: isMarks, server: isIdentity } },
  problem: (table) =>
    table.kind === 'table' ? undefined : `${fullName(table)} is no plain table: its rows have no versions`,
  attach: async (connection: PostgresConnection, { config }: SourceContext, remark): Promise<AttachedMode> => {
    const identity = await identityOf(connection.client);
    const policy = config.get(POSTGRES_SOURCE.serverChangePolicy).toLowerCase() as ServerChange;
    return {
      begin: () => momentOf(connection, identity, policy, remark),
      // Adds to a position the server that it belongs to.
      placed: (offset) => ({ ...offset, server: identity }),
    };
  },
};

async function momentOf(
  { client }: PostgresConnection,
  identity: string,
  policy: ServerChange,
  remark: (text: string) => void,
): Promise<ModeMoment> {
  const found = await client.query<{ horizon: string; next: string }>(
    'SELECT pg_snapshot_xmin(s)::text AS horizon, pg_snapshot_xmax(s)::text AS next FROM pg_current_snapshot() s',
  );
  const { horizon, next } = must(found.rows[0], 'row');
  return {
    pass: (spec, offset) => changesPass(spec, offset, horizon),
    accept: (offset, what) => {
      const mismatch = policy === 'continue' ? undefined : mismatchOf(offset, identity, next);
      if (mismatch === undefined) return offset;
      if (policy === 'fail')
        throw new ConnectError(
          `${what} cannot be read on: ${mismatch}. 'server.change.policy'='restart' reads it from its beginning, 'continue' from there all the same`,
        );
      remark(`${what} is read from its beginning: ${mismatch} ('server.change.policy'='restart')`);
      return undefined;
    },
  };
}

/**
 * Selects rows by the transaction that wrote them: transactions from `xmin` (of the last pass) up to, but not
 * including, the oldest one that is still running (`horizon`). All of these have ended, so each change is read once and
 * none is lost, in whatever order they commit; no column of the table is needed. Rows are in the order of their key, so
 * that a pass can be split and resumed. undefined: there can be nothing new.
 */
export function changesPass(spec: PassSpec, offset: OffsetMap | undefined, horizon: string): Pass | undefined {
  const from = offset?.['xmin'] as string | undefined;
  const until = (offset?.['until'] as string | undefined) ?? horizon;
  const byPlace = spec.key.length === 0;
  const places = spec.spread ? ['t.tableoid', 't.ctid'] : ['t.ctid'];
  const marked = offset?.['after'] as readonly (string | null)[] | undefined;
  // A mark of another kind (the table has since gained partitions or a key) is unusable: the pass starts from the
  // beginning so that no rows are omitted.
  const after = marked?.length === (byPlace ? places : spec.key).length ? marked : undefined;
  if (from !== undefined && marked === undefined && BigInt(from) >= BigInt(until)) return undefined;
  const values: (string | null)[] = [until];
  // age() counts back from the present in 32 bits: it is negative for rows frozen so long ago that the transaction ids
  // have wrapped around.
  const conditions = ['(age(t.xmin) > age($1::xid8::xid) OR age(t.xmin) < 0)'];
  if (from !== undefined && from !== '0')
    conditions.push(`age(t.xmin) <= age($${values.push(from)}::xid8::xid) AND age(t.xmin) >= 0`);
  const keys = byPlace ? places : spec.key.map((c) => `t.${quoteIdentifier(c)}`);
  if (after !== undefined) {
    const marks = after.map(
      (text, i) => `$${values.push(text)}${byPlace ? (i === places.length - 1 ? '::tid' : '::oid') : ''}`,
    );
    conditions.push(`(${keys.join(', ')}) > (${marks.join(', ')})`);
  }
  let at: number[] = [];
  return {
    sql: suffixed(
      `${select(spec, byPlace ? `, ${places.join(', ')}` : '')} WHERE ${conditions.join(' AND ')} ORDER BY ${keys.join(', ')}`,
      spec,
    ),
    values,
    extraColumns: byPlace ? places.length : 0,
    begin: (fields) => {
      at = byPlace
        ? places.map((_, i) => fields.length - places.length + i)
        : spec.key.map((c) => position(spec, fields, c));
    },
    after: (row) => ({ xmin: from ?? '0', until, after: at.map((i) => row[i] ?? null) }),
    completed: { xmin: until },
  };
}
