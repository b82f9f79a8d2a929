import { ConnectError, RetriableError } from '../../../../api/errors.ts';
import type { OffsetMap } from '../../../../api/record.ts';
import type { Client } from '../../connection.ts';
import { identityOf } from '../../server-identity.ts';
import type { CaptureContext } from '../capture-context.ts';
import { CAPTURE } from '../config-keys.ts';
import { formatLsn } from '../stream/lsn.ts';
import { STREAM, streamOffset, tablePartition, type KeptStream } from '../offsets.ts';
import { createSlot, dropSlot, slotNamed } from './slot.ts';

type Offsets = ReadonlyMap<OffsetMap, OffsetMap | null>;

/**
 * The slot does not exist yet: its name is kept before it is made, so that none is ever forgotten. One step of it; what
 * is to be kept before the next. `publish` makes the publications have the tables.
 */
export async function beginSlot(
  client: Client,
  { task, config, system }: CaptureContext,
  {
    server,
    version,
    kept,
  }: { readonly server: string; readonly version: number; readonly kept: KeptStream | undefined },
  publish: (slot: string) => Promise<void>,
): Promise<Offsets> {
  const slot = config.require(CAPTURE.slotName);
  const found = await slotNamed(client, slot);
  if (kept === undefined || kept.slot !== slot) {
    // Made by somebody before us, for us.
    const given = found !== undefined;
    return new Map([[STREAM, streamOffset({ slot, made: !given, server, database: system, position: undefined })]]);
  }
  let position: bigint;
  if (kept.made) {
    if (found !== undefined) await dropSlot(client, slot);
    await publish(slot);
    task.trouble(undefined);
    position = await createSlot(client, slot, version);
  } else {
    if (found === undefined) throw new ConnectError(`There is no replication slot ${slot} any more`);
    await publish(slot);
    position = found.confirmed;
  }
  return new Map([
    [STREAM, streamOffset({ slot, made: kept.made, server, database: system, position: { lsn: position, index: 0 } })],
  ]);
}

/** Why the slot does not go on where we stand; undefined: it does. @throws RetriableError while another reads it */
export async function lossOf(client: Client, kept: KeptStream, server: string): Promise<string | undefined> {
  const { slot } = kept;
  const since = formatLsn(kept.position!.lsn);
  const found = await slotNamed(client, slot);
  const differs = kept.server.split('/').findIndex((part, i) => {
    const now = server.split('/')[i];
    return part !== now && part !== '?' && now !== '?';
  });
  if (differs !== -1)
    return `Replication slot ${slot} is not the one that was read: this is another ${['cluster', 'timeline of the cluster (a standby was promoted, or a backup restored)', 'database'][differs]}`;
  if (found === undefined) return `Replication slot ${slot} is gone: changes since ${since} are lost`;
  if (found.walStatus === 'lost')
    return `Replication slot ${slot} is invalidated, the server has removed the log that it needs: changes since ${since} are lost`;
  if (found.confirmed > kept.position!.lsn)
    return `Replication slot ${slot} was read by somebody else up to ${formatLsn(found.confirmed)}: changes since ${since} are lost`;
  if (found.active)
    throw new RetriableError(
      `Replication slot ${slot} is being read by another connection (process ${found.pid} of the database)`,
    );
  return undefined;
}

/** Forgets the slot and what was read, so that all begins anew. */
export async function startOver(
  client: Client,
  { task, tables }: CaptureContext,
  kept: KeptStream,
  loss: string,
): Promise<Offsets> {
  task.remark(`${loss}. A slot is made anew and the tables are read again ('slot.lost.policy'='snapshot')`);
  const found = await slotNamed(client, kept.slot);
  if (found !== undefined && kept.made) await dropSlot(client, kept.slot);
  const offsets = new Map<OffsetMap, OffsetMap | null>([
    [STREAM, streamOffset({ ...kept, server: await identityOf(client), position: undefined })],
  ]);
  for (const name of tables) offsets.set(tablePartition(name), null);
  return offsets;
}
