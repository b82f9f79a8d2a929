import { expect, test } from 'vitest';
import { LiveTable } from './live-table.ts';

const TYPES = ['STRING', 'BIGINT', 'BIGINT'];
const table = () => new LiveTable(['PAGE', 'W', 'N'], TYPES, [[0], [1]]);
/** The page and count of the rows that are drawn. */
const drawn = (lines: readonly string[]): string[] =>
  lines.flatMap((line) => /^ ?(\w+) *│ *(\d+) *│ *(\d+)/.exec(line)?.slice(1).join(' ') ?? []);

test('what fits stands in the order in which keys were first seen', () => {
  const live = table();
  live.add(['["a",1,1]', '["b",1,1]', '["a",2,1]', '["a",1,2]']);
  expect(drawn(live.lines(80, 10))).toEqual(['a 1 2', 'b 1 1', 'a 2 1']);
});

test('of more than fit, those that changed last are shown: the newest windows, and an old one that still changes', () => {
  const live = table();
  for (let window = 0; window < 1000; window++) live.add([`["a",${window},1]`]);
  live.add(['["a",3,2]']);
  const lines = live.lines(80, 6);
  expect(drawn(lines)).toEqual(['a 3 2', 'a 998 1', 'a 999 1']);
  expect(lines.at(-1)).toBe(' ... and 997 more rows, which changed earlier');
  live.add(['{"tombstone":["a",999,1]}']);
  expect(drawn(live.lines(80, 6))).toEqual(['a 3 2', 'a 997 1', 'a 998 1']);
});

test('keys beyond those that are kept are counted, the newest are shown still', () => {
  const live = table();
  live.add(Array.from({ length: 50_010 }, (_, i) => `["a",${i},1]`));
  expect(live.size).toBe(50_010);
  expect(drawn(live.lines(80, 5))).toEqual(['a 50008 1', 'a 50009 1']);
});

test('says how many changes came, which LIMIT counts, beside the rows that stand', () => {
  const live = table();
  live.add(['["a",1,1]', '["b",1,1]']);
  expect(live.summary()).toBe('2 rows');
  live.add(['["a",1,2]', '["a",1,3]']);
  expect(live.summary()).toBe('4 changes, 2 rows');
  live.add(['{"tombstone":["b",1,null]}']);
  expect(live.summary()).toBe('5 changes, 1 row');
});

test('what does not fit its column ends in a mark', () => {
  const live = new LiveTable(['ID', 'NOTE'], ['BIGINT', 'STRING'], [[0]]);
  live.add(['[123456789012,"a note that is longer than the window has room for"]']);
  const row = live.lines(40, 10).at(-1)!;
  expect(row).toContain('123456789012');
  expect(row).toMatch(/a note that.*…$/);
  live.add(['[1,"short"]']);
  expect(live.lines(40, 10).at(-1)).not.toContain('…');
});

test('more columns than the window is wide for are records of the rows that changed last', () => {
  const names = Array.from({ length: 18 }, (_, i) => `COLUMN_${i}`);
  const live = new LiveTable(
    names,
    names.map(() => 'DECIMAL(18, 9)'),
    [[0]],
  );
  for (const key of [1, 2, 3])
    live.add([
      `[${key},${names
        .slice(1)
        .map(() => '123456789.123456789')
        .join(',')}]`,
    ]);
  const lines = live.lines(160, 50);
  expect(lines.filter((line) => line.startsWith('── row'))).toEqual([
    expect.stringContaining('row 2'),
    expect.stringContaining('row 3'),
  ]);
  expect(lines).toContain('COLUMN_17 : 123456789.123456789');
  expect(lines.at(-1)).toBe(' ... and 1 more rows, which changed earlier');
  expect(live.lines(160, 80).filter((line) => line.startsWith('── row'))).toHaveLength(3);
  // Even in a low window, the table is no higher than the window.
  expect(live.lines(160, 10).length).toBeLessThanOrEqual(10);
});
