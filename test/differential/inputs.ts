import { seededRandom } from '../support/random.ts';

/** A record of one of the sources; `time` in ms. A null value is a tombstone (only in tables). */
export interface Input {
  readonly source: SourceName;
  readonly time: number;
  readonly key: number;
  readonly value: Readonly<Record<string, number | string | null>> | null;
}

export type SourceName = keyof typeof SOURCES;

/** The sources that every query reads: their kind and value columns. Keys are INT. */
export const SOURCES = {
  s: { kind: 'STREAM', columns: { v: 'INT', g: 'STRING' } },
  r: { kind: 'STREAM', columns: { w: 'INT' } },
  t: { kind: 'TABLE', columns: { x: 'INT', f: 'INT' } },
  u: { kind: 'TABLE', columns: { y: 'INT' } },
  w: { kind: 'TABLE', columns: { z: 'INT' } },
} as const;

export const SOURCE_NAMES = Object.keys(SOURCES) as SourceName[];

/**
 * Later than every window and grace period: records with this timestamp close all earlier windows in each partition.
 */
export const END_MS = 100 * 3_600_000;
export const END_KEYS = Array.from({ length: 12 }, (_, i) => 9000 + i);

export interface InputOptions {
  readonly seed: number;
  readonly count: number;
  /**
   * Timestamps increase from record to record, so that live processing and processing from history have the same order.
   */
  readonly ordered: boolean;
  /** The sources that receive records; all by default. */
  readonly sources?: readonly SourceName[];
  /** Records with the same key are in the same partition. These keys cover all partitions. */
  readonly endKeys?: readonly number[];
}

/** Random records, followed by the records that close all windows. */
export function randomInputs({
  seed,
  count,
  ordered,
  sources = SOURCE_NAMES,
  endKeys = END_KEYS,
}: InputOptions): Input[] {
  const random = seededRandom(seed);
  const upTo = (n: number): number => Math.floor(random() * n);
  const orNull = <T>(value: T): T | null => (random() < 0.15 ? null : value);
  const key = (): number => upTo(5);
  const inputs: Input[] = [];
  for (let i = 0; i < count; i++) {
    const source = sources[upTo(sources.length)]!;
    const time = ordered ? 10_000 + i * 900 : Math.max(0, 10_000 + i * 900 + upTo(8000) - 4000);
    const isTombstone = SOURCES[source].kind === 'TABLE' && random() < 0.2;
    const value: Input['value'] = isTombstone
      ? null
      : source === 's'
        ? { v: orNull(upTo(10)), g: orNull(['a', 'b', 'c'][upTo(3)]!) }
        : source === 'r'
          ? { w: orNull(upTo(10)) }
          : source === 't'
            ? { x: orNull(upTo(10)), f: orNull(key()) }
            : source === 'u'
              ? { y: orNull(upTo(4)) }
              : { z: orNull(upTo(4)) };
    inputs.push({ source, time, key: key(), value });
  }
  for (const end of endKeys) {
    if (sources.includes('s')) inputs.push({ source: 's', time: END_MS, key: end, value: { v: -1, g: 'end' } });
    if (sources.includes('r')) inputs.push({ source: 'r', time: END_MS, key: end, value: { w: -1 } });
  }
  return inputs;
}

/**
 * The statement that writes a record. A tombstone is written as a NULL to a stream with a single unwrapped column over
 * the same topic.
 */
export function insertOf({ source, time, key, value }: Input): string {
  if (value === null) return `INSERT INTO ${source}_gone (ROWTIME, k, gone) VALUES (${time}, ${key}, NULL);`;
  const names = Object.keys(value);
  const literals = Object.values(value).map((v) => (v === null ? 'NULL' : typeof v === 'string' ? `'${v}'` : `${v}`));
  return `INSERT INTO ${source} (ROWTIME, k, ${names.join(', ')}) VALUES (${time}, ${key}, ${literals.join(', ')});`;
}

/** The statements that create the sources, and for each table the stream that writes its tombstones. */
export function declarations(partitions: number, sources: readonly SourceName[] = SOURCE_NAMES): string[] {
  return sources.flatMap((name) => {
    const { kind, columns } = SOURCES[name];
    const list = Object.entries(columns).map(([column, type]) => `${column} ${type}`);
    const key = kind === 'TABLE' ? 'PRIMARY KEY' : 'KEY';
    const declared = `CREATE ${kind} ${name} (k INT ${key}, ${list.join(', ')}) WITH (kafka_topic='${name}', value_format='JSON', partitions=${partitions});`;
    return kind === 'STREAM'
      ? [declared]
      : [
          declared,
          `CREATE STREAM ${name}_gone (k INT KEY, gone STRING) WITH (kafka_topic='${name}', value_format='KAFKA');`,
        ];
  });
}
