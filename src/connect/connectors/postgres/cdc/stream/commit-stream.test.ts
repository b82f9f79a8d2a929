import { expect, test } from 'vitest';
import type { SourceRecord } from '../../../../api/record.ts';
import { OP, type Change, type Counted, type RecordForm, type TableForm } from '../form/record-form.ts';
import type { StreamPosition } from './changes.ts';
import { CommitStream } from './commit-stream.ts';

/** A message of the plugin preceded by the fields of XLogData: its WAL position, twice, and a timestamp. */
function message(lsn: number, ...parts: (string | readonly [bytes: number, value: number])[]): Buffer {
  const body = parts.map((part) => {
    if (typeof part === 'string') return Buffer.from(part);
    const [bytes, value] = part;
    const number = Buffer.alloc(bytes);
    number.writeUIntBE(value, Math.max(0, bytes - 6), Math.min(6, bytes));
    return number;
  });
  const head = Buffer.alloc(24);
  head.writeBigUInt64BE(BigInt(lsn));
  return Buffer.concat([head, ...body]);
}

const TABLE = 7;
const begin = (lsn: number, commit: number, xid: number): Buffer => message(lsn, 'B', [8, commit], [8, 0], [4, xid]);
const commit = (at: number, end: number): Buffer => message(end, 'C', [1, 0], [8, at], [8, end], [8, 0]);
const insert = (lsn: number, text: string): Buffer =>
  message(lsn, 'I', [4, TABLE], 'N', [2, 1], 't', [4, text.length], text);
const rekey = (lsn: number, from: string, to: string): Buffer =>
  message(lsn, 'U', [4, TABLE], 'K', [2, 1], 't', [4, from.length], from, 'N', [2, 1], 't', [4, to.length], to);
const emitted = (lsn: number, flags: number, prefix: string): Buffer =>
  message(lsn, 'M', [1, flags], [8, lsn], `${prefix}\0`, [4, 2], 'hi');

/** A record with the text as its topic. */
const said = (text: string): SourceRecord => ({ topic: text }) as SourceRecord;

const table = {
  info: { schema: 'app', name: 't' },
  keyAt: [0],
  count: ({ op }: Counted) => (op === OP.rekey ? 3 : 1),
  counted: ({ op }: Counted) => (op === OP.rekey ? 2 : 1),
  record: ({ op, order, lsn }: Change, part: number) =>
    said(`${op}.${part} ${lsn} #${order?.total} of its table #${order?.ofTable}`),
} satisfies Partial<Record<keyof TableForm, unknown>> as unknown as TableForm;

const form: Pick<RecordForm, 'transactions' | 'messages'> = {
  transactions: {
    begin: ({ xid }, lsn) => said(`BEGIN ${xid}:${lsn}`),
    end: ({ xid }, lsn, counts) => said(`END ${xid}:${lsn} ${JSON.stringify([...counts])}`),
  },
  messages: {
    countedAs: 'message',
    record: ({ prefix, content }, { xid }, order) =>
      prefix.startsWith('no') ? undefined : said(`${prefix} ${content.toString()} ${xid} #${order()?.total}`),
  },
};

/** The messages of a stream from the beginning, as sent by a server; `rows`: the limit of a piece. */
function run(messages: readonly Buffer[], known: StreamPosition, rows: number, pieces = Infinity) {
  const stream = new CommitStream(known, { rows, bytes: 1e9 }, form, () => {});
  const watching = new Set<never>();
  stream.listen(TABLE, {
    form: table,
    completes: false,
    takesKeysBack: false,
    rowKey: [0],
    partition: {},
    watching,
  });
  const found: string[] = [];
  let position = known;
  let taken = 0;
  const take = (): void => {
    const piece = stream.take();
    for (let i = 0; i < piece.count; i++) found.push(piece.record(i).topic);
    position = piece.position ?? position;
    taken++;
  };
  for (const bytes of messages) {
    if (taken === pieces) return { found, position };
    if (!stream.message(bytes, 24, bytes.length)) take();
  }
  take();
  return { found, position };
}

const MESSAGES = [
  begin(100, 200, 5),
  insert(110, 'a'),
  rekey(120, 'a', 'b'),
  emitted(130, 1, 'yes'),
  emitted(135, 1, 'not'),
  insert(140, 'c'),
  commit(200, 210),
  emitted(220, 0, 'at once'),
  begin(230, 250, 6),
  emitted(230, 1, 'sluice'),
  commit(250, 260),
  begin(270, 300, 7),
  insert(270, 'd'),
  commit(300, 310),
];
const START = { lsn: 1n, index: 0 };

test('a transaction is told of as it begins and ends, and each record has its place in it', () => {
  expect(run(MESSAGES, START, 100).found).toEqual([
    'BEGIN 5:100',
    '0.0 110 #1 of its table #1',
    '3.0 120 #2 of its table #2',
    '3.1 120 #2 of its table #2',
    '3.2 120 #2 of its table #2',
    'yes hi 5 #4',
    '0.0 140 #5 of its table #4',
    'END 5:210 [["app.t",4],["message",1]]',
    'at once hi 5 #undefined',
    'BEGIN 7:270',
    '0.0 270 #1 of its table #1',
    'END 7:310 [["app.t",1]]',
  ]);
});

test('stopped behind any piece it goes on with the same records, none twice and none missing', () => {
  const whole = run(MESSAGES, START, 100).found;
  for (const rows of [1, 2, 3, 4, 5])
    for (let pieces = 1; pieces < 12; pieces++) {
      const first = run(MESSAGES, START, rows, pieces);
      const second = run(MESSAGES, first.position, rows);
      expect([...first.found, ...second.found], `${rows} rows a piece, stopped behind ${pieces}`).toEqual(whole);
    }
});
