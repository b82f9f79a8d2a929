import { must } from '../../../base/assert.ts';
import { ConnectError } from '../../api/errors.ts';
import type { OffsetMap } from '../../api/record.ts';
import { isKeysMark } from './fine-keys.ts';
import type { SourceContext } from './source-settings.ts';

export const isCount = (value: unknown): boolean =>
  typeof value === 'number'
    ? Number.isSafeInteger(value) && value >= 0
    : typeof value === 'string' && /^\d+$/.test(value);
const isInteger = (value: unknown): boolean =>
  typeof value === 'number' ? Number.isSafeInteger(value) : typeof value === 'string' && /^-?\d+$/.test(value);
export const isMarks = (value: unknown): boolean =>
  Array.isArray(value) && value.every((mark) => mark === null || typeof mark === 'string');

/** The keys that an offset may contain, including one that is required. */
export interface OffsetShape {
  readonly required: string;
  readonly keys: Readonly<Record<string, (value: unknown) => boolean>>;
}

const SHAPES: Readonly<Record<string, OffsetShape>> = {
  bulk: { required: '', keys: {} },
  incrementing: { required: 'incrementing', keys: { incrementing: isInteger } },
  timestamp: { required: 'timestamp', keys: { timestamp: isInteger, timestamp_nanos: isCount, after: isMarks } },
  'timestamp+incrementing': {
    required: 'timestamp',
    keys: { timestamp: isInteger, timestamp_nanos: isCount, incrementing: isInteger },
  },
};

/** Whether a source's mode can continue where mode `from` stood: the offsets contain what this mode starts from. */
export function continuesOffsets({ settings, capture, ownMode }: SourceContext, from: string): boolean {
  const shape = capture === undefined ? (ownMode?.offsets ?? SHAPES[settings.mode]) : undefined;
  return shape !== undefined && shape.required !== '' && shape.required in (SHAPES[from]?.keys ?? {});
}

/**
 * Checks that offsets which a user sets could have been written by this source. @throws ConnectError naming the problem
 */
export function checkOffsets(
  context: SourceContext,
  offsets: readonly { readonly partition: OffsetMap; readonly offset: OffsetMap | null }[],
): void {
  const { mode } = context.settings;
  if (context.capture !== undefined) {
    context.capture.checkOffsets(offsets);
    return;
  }
  const { required, keys } = context.ownMode?.offsets ?? must(SHAPES[mode], 'shape');
  for (const { partition, offset } of offsets) {
    checkPartition(context, partition);
    if (offset === null) continue;
    const text = JSON.stringify(offset);
    if (required === '')
      throw new ConnectError(`Mode bulk reads everything each time: it has no offset to set, and ${text} is one`);
    if (!(required in offset))
      throw new ConnectError(`An offset of mode ${mode} has the key '${required}', and ${text} has not`);
    for (const [name, value] of Object.entries(offset)) {
      const fits = name === 'keys' && required !== '' ? isKeysMark : keys[name];
      if (fits === undefined)
        throw new ConnectError(
          `An offset of mode ${mode} has the keys ${Object.keys(keys).join(', ')}, and not '${name}'`,
        );
      if (!fits(value)) throw new ConnectError(`${JSON.stringify(value)} is no value for '${name}' of an offset`);
    }
  }
}

function checkPartition({ settings, dialect }: SourceContext, partition: OffsetMap): void {
  const text = JSON.stringify(partition);
  if (settings.query !== '') {
    if (partition['query'] !== 'query' || Object.keys(partition).length !== 1)
      throw new ConnectError(`The only partition of a query is {"query":"query"}, and not ${text}`);
    return;
  }
  const { protocol, table, ...more } = partition;
  const hasSchemas = dialect.defaultSchema !== undefined;
  const isTable = typeof table === 'string' && (hasSchemas ? /^.+\..+$/ : /./).test(table);
  if (protocol !== '1' || !isTable || Object.keys(more).length > 0) {
    const name = hasSchemas ? 'schema.table' : 'table';
    throw new ConnectError(`A partition of this source is {"protocol":"1","table":"${name}"}, and not ${text}`);
  }
}
