import { ConnectError, RetriableError } from '../../../../api/errors.ts';
import type { OffsetMap } from '../../../../api/record.ts';
import type { Client } from '../../connection.ts';
import type { CaptureContext } from '../capture-context.ts';
import { CAPTURE } from '../config-keys.ts';
import { formatLsn } from '../stream/lsn.ts';
import { rowsPartition, STREAM, streamOffset, tablePartition, type KeptStream } from '../offsets.ts';
import { publicationLoss, publicationsText, type PublishedMarks } from './published-marks.ts';
import { createSlot, dropSlot, isStandby, slotNamed } from './slot.ts';

const STANDBY_WAITS =
  'A slot on a standby is made when the primary next writes which transactions run: SELECT pg_log_standby_snapshot(); on an idle one does that';

type Offsets = ReadonlyMap<OffsetMap, OffsetMap | null>;

/**
 * Creates a slot that does not exist yet. Its name is committed before it is created, so that no slot is ever
 * forgotten. Performs one step; returns the offsets to be committed before the next step.
 * @param publish adds the tables to the publications
 */
export async function beginSlot(
  client: Client,
  { task, config, system }: CaptureContext,
  {
    server,
    version,
    kept,
  }: { readonly server: string; readonly version: number; readonly kept: KeptStream | undefined },
  publish: (slot: string) => Promise<PublishedMarks>,
): Promise<Offsets> {
  const slot = config.require(CAPTURE.slotName);
  const found = await slotNamed(client, slot);
  if (kept === undefined || kept.slot !== slot) {
    // Somebody else has created it for us.
    const given = found !== undefined;
    return new Map([[STREAM, streamOffset({ slot, made: !given, server, database: system, position: undefined })]]);
  }
  let position: bigint;
  let marks: PublishedMarks;
  if (kept.made) {
    if (found !== undefined) await dropSlot(client, slot);
    marks = await publish(slot);
    task.trouble((await isStandby(client)) ? new RetriableError(STANDBY_WAITS) : undefined);
    position = await createSlot(client, slot, version);
    task.trouble(undefined);
  } else {
    if (found === undefined) throw new ConnectError(`There is no replication slot ${slot} any more`);
    marks = await publish(slot);
    position = found.confirmed;
  }
  const publications = publicationsText(marks);
  const begun = {
    slot,
    made: kept.made,
    server,
    database: system,
    publications,
    position: { lsn: position, index: 0 },
  };
  return new Map([[STREAM, streamOffset(begun)]]);
}

/** What is needed to examine a slot. */
interface SlotSite {
  readonly kept: KeptStream;
  /** Identity of the server (server-identity.ts). */
  readonly server: string;
  /** The names of the publications that are read. */
  readonly names: readonly string[];
  readonly marks: PublishedMarks;
  readonly leftAt: LeftAt;
}

/**
 * The position where the server's timeline history leaves an earlier timeline for the current one; undefined: not
 * known.
 */
export type LeftAt = (earlier: number, now: number) => Promise<bigint | undefined>;

/**
 * Why the stream cannot continue at our position without losing changes; undefined: it can.
 * @param remark called with information for the user if it can continue
 * @throws RetriableError while another connection reads the slot
 */
export async function lossOf(
  client: Client,
  { kept, server, names, marks, leftAt }: SlotSite,
  remark: (text: string) => void,
): Promise<string | undefined> {
  const { slot } = kept;
  const position = kept.position!;
  const since = formatLsn(position.lsn);
  const found = await slotNamed(client, slot);
  const [cluster, timeline, database] = changedParts(kept.server, server);
  if (cluster !== undefined) return `Replication slot ${slot} is not the one that was read: this is another cluster`;
  if (database !== undefined) return `Replication slot ${slot} is not the one that was read: this is another database`;
  const left = timeline && (await leftAt(Number(timeline.before), Number(timeline.now)));
  if (timeline !== undefined) {
    const what = `This is timeline ${timeline.now} of the cluster, ${timeline.before} was read (a standby was promoted, or a backup restored)`;
    if (left === undefined) return `${what}: what it has of the changes is not known`;
    if (left < position.lsn || (left === position.lsn && position.index > 0))
      return `${what}. It went off at ${formatLsn(left)}, and the topics have changes up to ${since} that it has not`;
    if (found === undefined)
      return `${what}, and it has no replication slot ${slot}: changes since ${since} are lost. Slots are kept up on a standby by sync_replication_slots (Postgres 17)`;
  }
  if (found === undefined) return `Replication slot ${slot} is gone: changes since ${since} are lost`;
  if (found.invalidated !== undefined)
    return `Replication slot ${slot} is invalidated, ${found.invalidated}: changes since ${since} are lost`;
  if (found.confirmed > position.lsn)
    return `Replication slot ${slot} was read by somebody else up to ${formatLsn(found.confirmed)}: changes since ${since} are lost`;
  if (found.active)
    throw new RetriableError(
      `Replication slot ${slot} is being read by another connection (process ${found.pid} of the database)`,
    );
  const unpublished = publicationLoss(kept.publications, names, marks);
  if (unpublished === undefined && timeline !== undefined)
    remark(
      `The database is on timeline ${timeline.now} now (a standby was promoted): replication slot ${slot} was kept up there, and goes on at ${since} with nothing missing`,
    );
  return unpublished;
}

interface Changed {
  readonly before: string;
  readonly now: string;
}

/** Cluster, timeline and database: the parts that are known to differ. */
export function changedParts(kept: string, server: string): readonly (Changed | undefined)[] {
  const parts = server.split('/');
  return kept.split('/').map((before, i) => {
    const now = parts[i] ?? '?';
    return before === now || before === '?' || now === '?' ? undefined : { before, now };
  });
}

/** Drops the slot and resets all positions, so that everything starts from the beginning. */
export async function startOver(
  client: Client,
  { task, tables }: CaptureContext,
  { kept, server }: Pick<SlotSite, 'kept' | 'server'>,
  loss: string,
): Promise<Offsets> {
  task.remark(`${loss}. A slot is made anew and the tables are read again ('slot.lost.policy'='snapshot')`);
  const found = await slotNamed(client, kept.slot);
  if (found !== undefined && kept.made) await dropSlot(client, kept.slot);
  const offsets = new Map<OffsetMap, OffsetMap | null>([
    [STREAM, streamOffset({ ...kept, server, publications: undefined, position: undefined })],
  ]);
  for (const name of tables) {
    offsets.set(tablePartition(name), null);
    offsets.set(rowsPartition(name), null);
  }
  return offsets;
}
