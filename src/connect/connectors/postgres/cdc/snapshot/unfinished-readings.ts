import { writtenText, type RawConfig } from '../../../../api/config-spec.ts';
import { SOURCE } from '../../../database/source-keys.ts';
import type { Reading } from '../../../../api/connector.ts';
import type { OffsetMap } from '../../../../api/record.ts';
import { progressOf } from '../offsets.ts';

/** The snapshots that have started but not finished, from their offsets. */
export function unfinishedReadings(
  config: RawConfig,
  offsets: readonly { readonly partition: OffsetMap; readonly offset: OffsetMap | null }[],
): readonly Reading[] {
  return offsets.flatMap(({ partition, offset }) => {
    const name = partition['table'];
    const progress = progressOf(offset ?? undefined);
    if (partition['mode'] !== 'cdc' || typeof name !== 'string' || progress === undefined) return [];
    if (progress.state === 'done') return [];
    const topic = writtenText(config, SOURCE.topicPrefix) + name.slice(name.indexOf('.') + 1);
    const { rows, estimate, isPaused } = progress;
    return [
      { name, topic, state: isPaused === true ? 'paused' : 'reading', rows, estimate, rowsPerSecond: 0 } as const,
    ];
  });
}
