import { ConnectError } from '../../api/errors.ts';
import type { OffsetMap } from '../../api/record.ts';
import type { SourceSettings } from './source-settings.ts';

const isCount = (value: unknown): boolean =>
  typeof value === 'number'
    ? Number.isSafeInteger(value) && value >= 0
    : typeof value === 'string' && /^\d+$/.test(value);
const isInteger = (value: unknown): boolean =>
  typeof value === 'number' ? Number.isSafeInteger(value) : typeof value === 'string' && /^-?\d+$/.test(value);
const isMarks = (value: unknown): boolean =>
  Array.isArray(value) && value.every((mark) => mark === null || typeof mark === 'string');

const isIdentity = (value: unknown): boolean => typeof value === 'string' && /^(\d+|\?)(\/(\d+|\?)){2}$/.test(value);

/** What an offset may hold, by its keys; with a key that must be there. */
const SHAPES: Readonly<
  Record<
    SourceSettings['mode'],
    { readonly required: string; readonly keys: Readonly<Record<string, (value: unknown) => boolean>> }
  >
> = {
  bulk: { required: '', keys: {} },
  incrementing: { required: 'incrementing', keys: { incrementing: isInteger } },
  timestamp: { required: 'timestamp', keys: { timestamp: isInteger, timestamp_nanos: isCount, after: isMarks } },
  'timestamp+incrementing': {
    required: 'timestamp',
    keys: { timestamp: isInteger, timestamp_nanos: isCount, incrementing: isInteger },
  },
  changes: { required: 'xmin', keys: { xmin: isCount, until: isCount, after: isMarks, server: isIdentity } },
};

/** Offsets that a user sets are such as this source writes. @throws ConnectError naming what is wrong */
export function checkOffsets(
  settings: SourceSettings,
  offsets: readonly { readonly partition: OffsetMap; readonly offset: OffsetMap | null }[],
): void {
  const { mode } = settings;
  for (const { partition, offset } of offsets) {
    checkPartition(settings, partition);
    if (offset === null) continue;
    const { required, keys } = SHAPES[mode];
    const text = JSON.stringify(offset);
    if (required === '')
      throw new ConnectError(`Mode bulk reads everything each time: it has no offset to set, and ${text} is one`);
    if (!(required in offset))
      throw new ConnectError(`An offset of mode ${mode} has the key '${required}', and ${text} has not`);
    for (const [name, value] of Object.entries(offset)) {
      const fits = keys[name];
      if (fits === undefined)
        throw new ConnectError(
          `An offset of mode ${mode} has the keys ${Object.keys(keys).join(', ')}, and not '${name}'`,
        );
      if (!fits(value)) throw new ConnectError(`${JSON.stringify(value)} is no value for '${name}' of an offset`);
    }
  }
}

function checkPartition(settings: SourceSettings, partition: OffsetMap): void {
  const text = JSON.stringify(partition);
  if (settings.query !== '') {
    if (partition['query'] !== 'query' || Object.keys(partition).length !== 1)
      throw new ConnectError(`The only partition of a query is {"query":"query"}, and not ${text}`);
    return;
  }
  const { protocol, table, ...more } = partition;
  if (protocol !== '1' || typeof table !== 'string' || !/^.+\..+$/.test(table) || Object.keys(more).length > 0)
    throw new ConnectError(`A partition of this source is {"protocol":"1","table":"schema.table"}, and not ${text}`);
}
