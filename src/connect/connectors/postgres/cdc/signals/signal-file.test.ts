import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SourceTaskContext } from '../../../../api/connector.ts';
import type { OffsetMap } from '../../../../api/record.ts';
import { SignalFile } from './signal-file.ts';

let folder: string;
let file: string;
let remarks: string[];
let kept: OffsetMap | undefined;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-signal-file-'));
  file = path.join(folder, 'signals');
  remarks = [];
  kept = undefined;
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const channel = (): SignalFile =>
  new SignalFile(file, { remark: (text: string) => remarks.push(text) } as unknown as SourceTaskContext);
const line = (id: string): string => `{"id":"${id}","type":"log","data":{"message":"m"}}\n`;

/** Reads the channel and keeps its offset as the session does; `crash`: before the file is emptied. */
async function look(signals: SignalFile, crash = false): Promise<readonly string[]> {
  const found = await signals.read(kept);
  if (found === undefined) return [];
  kept = found.offset ?? undefined;
  if (!crash && (await signals.done())) kept = undefined;
  return found.signals.map(([id]) => String(id));
}

test('lines are signals, each once; the file is emptied, and the same line is another signal then', async () => {
  const signals = channel();
  expect(await look(signals)).toEqual([]);
  appendFileSync(file, line('1') + line('2'));
  expect(await look(signals)).toEqual(['1', '2']);
  expect(readFileSync(file, 'utf8')).toBe('');
  expect(kept).toBeUndefined();
  appendFileSync(file, line('1') + line('2'));
  expect(await look(signals)).toEqual(['1', '2']);
});

test('a crash before the file is emptied does nothing twice; what was written since is done', async () => {
  appendFileSync(file, line('1'));
  expect(await look(channel(), true)).toEqual(['1']);
  expect(await look(channel(), true)).toEqual([]);
  appendFileSync(file, line('1'));
  expect(await look(channel())).toEqual(['1']);
  expect(readFileSync(file, 'utf8')).toBe('');
  // Different contents are new from their beginning.
  appendFileSync(file, line('2'));
  expect(await look(channel(), true)).toEqual(['2']);
  writeFileSync(file, line('3') + line('4'));
  expect(await look(channel())).toEqual(['3', '4']);
});

test('a line without its end waits; one that is no signal is said, and left out', async () => {
  const signals = channel();
  appendFileSync(file, `nothing\n[]\n${line('1')}{"id":"2",`);
  expect(await look(signals)).toEqual(['1']);
  expect(remarks).toEqual([
    `A line of ${file} is no signal, and left out: nothing`,
    `A line of ${file} is no signal, and left out: []`,
  ]);
  appendFileSync(file, '"type":"log"}\n');
  expect(await look(signals)).toEqual(['2']);
  expect(readFileSync(file, 'utf8')).toBe('');
});

test('what is written while signals are done stays', async () => {
  const signals = channel();
  appendFileSync(file, line('1'));
  const found = await signals.read(kept);
  kept = found!.offset ?? undefined;
  appendFileSync(file, line('2'));
  expect(await signals.done()).toBe(false);
  expect(await look(signals)).toEqual(['2']);
  expect(readFileSync(file, 'utf8')).toBe('');
});
