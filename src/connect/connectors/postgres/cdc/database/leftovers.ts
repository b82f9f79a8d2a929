import type { RawConfig } from '../../../../api/config-spec.ts';
import type { OffsetMap } from '../../../../api/record.ts';
import { keptStream, STREAM, type KeptStream } from '../offsets.ts';
import { publicationsOf } from './publication-names.ts';

/**
 * What a deleted connector leaves in its database, except what somebody else created. For a stopped connector: what is
 * not read in the meantime.
 */
export function leftovers(
  connector: string,
  offsets: readonly { readonly partition: OffsetMap; readonly offset: OffsetMap | null }[],
  config: RawConfig | undefined,
  isStopped = false,
): readonly string[] {
  const isCapture = config?.['mode'] === 'cdc';
  if (isCapture && !isStopped) return [];
  const kept = offsets
    .filter(({ partition }) => JSON.stringify(partition) === JSON.stringify(STREAM))
    .map(({ offset }) => keptStream(offset ?? undefined))
    .find((stream) => stream?.made === true || isCapture);
  if (kept === undefined) return [];
  if (isCapture)
    return [
      `Replication slot ${kept.slot} is read by nobody while connector ${connector} is stopped: ${kept.database} keeps its log for it. RESUME CONNECTOR ${connector}; goes on`,
    ];
  return [
    `Replication slot ${kept.slot} of connector ${connector} stays in ${kept.database} and is read by nobody: the database keeps its log for it. ` +
      `The connector made again goes on where it was. To take it away: ${removalOf(kept)}`,
  ];
}

/** The statements that drop the slot and the publications. */
export function removalOf({ slot }: Pick<KeptStream, 'slot'>): string {
  const names = publicationsOf(slot);
  return `SELECT pg_drop_replication_slot('${slot}'); DROP PUBLICATION IF EXISTS ${names.rows}, ${names.inserts};`;
}
