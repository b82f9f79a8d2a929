import { appendFileSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { sinkSuite } from '../../../../test/support/sink-suite.ts';
import { eventually, Harness } from '../../worker/testing/harness.ts';
import { sourceSuite } from '../../../../test/support/source-suite.ts';

/** A path in a separate folder. */
function freshFile(): { readonly file: string; close(): Promise<void> } {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-file-'));
  return {
    file: path.join(folder, 'lines.txt'),
    close: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

sourceSuite('file', async () => {
  const { file, close } = freshFile();
  return {
    config: { 'connector.class': 'FileStreamSource', file, topic: 'lines' },
    topic: 'lines',
    write: async (texts) => appendFileSync(file, texts.map((text) => `${text}\n`).join('')),
    textOf: (value) => JSON.parse(value) as string,
    wrong: [
      { change: { topic: '' }, names: 'topic' },
      { change: { 'batch.size': '0' }, names: 'batch.size' },
    ],
    offsets: { partition: { filename: file }, good: { position: 0 }, bad: { position: -1 } },
    close,
  };
});

sinkSuite('file', async () => {
  const { file, close } = freshFile();
  return {
    config: { 'connector.class': 'FileStreamSink', file },
    record: (id, text) => [String(id), text === null ? null : JSON.stringify(text)],
    keeps: 'every record',
    poison: ['9', '{'],
    read: async () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : []),
    wrong: [{ change: { topics: '' }, names: 'topics' }],
    close,
  };
});

test('bytes that are no text are told once, with their place; the lines go on', async () => {
  const { file, close } = freshFile();
  const harness = await new Harness().start();
  try {
    const latin = Buffer.from('caf\u00e9\n', 'latin1');
    appendFileSync(file, Buffer.concat([Buffer.from('caf\u00e9\n'), latin, latin, Buffer.from('end\n')]));
    await harness.herder.create('c', { 'connector.class': 'FileStreamSource', file, topic: 'lines' });
    const values = await eventually(async () => {
      const all = (await harness.read('lines')).map((r) => JSON.parse(r.value!) as string);
      return all.length === 4 && all;
    });
    expect(values).toEqual(['caf\u00e9', 'caf\ufffd', 'caf\ufffd', 'end']);
    const remarks = await eventually(() => {
      const said = harness.herder.sql.remarks('c');
      return said.length > 0 && said;
    });
    expect(remarks).toEqual([expect.stringContaining('bytes of the line at position 6,')]);
  } finally {
    await harness.close();
    await close();
  }
});

/** Runs steps with a source of a file of three lines that have been read. */
async function following(steps: (at: Following) => Promise<void>): Promise<void> {
  const { file, close } = freshFile();
  // Pauses between checks are short, so that a renamed file is soon recognized as no longer written to.
  const harness = await new Harness({}, undefined, 20).start();
  const lines = async (count: number): Promise<string[]> => {
    const read = async () => (await harness.read('lines')).map((r) => JSON.parse(r.value!) as string);
    await eventually(async () => (await read()).length >= count);
    return await read();
  };
  const remarked = () =>
    eventually(() => {
      const said = harness.herder.sql.remarks('c');
      return said.length > 0 && said;
    });
  try {
    writeFileSync(file, 'a1\na2\na3\n');
    await harness.herder.create('c', { 'connector.class': 'FileStreamSource', file, topic: 'lines' });
    expect(await lines(3)).toEqual(['a1', 'a2', 'a3']);
    await steps({ file, harness, lines, remarked });
  } finally {
    await harness.close();
    await close();
  }
}

interface Following {
  readonly file: string;
  readonly harness: Harness;
  lines(count: number): Promise<string[]>;
  remarked(): Promise<readonly string[]>;
}

test('a file that is removed is said to be gone, one that takes its name is read whole', async () => {
  await following(async ({ file, harness, lines }) => {
    rmSync(file);
    const trace = () => harness.herder.status('c').tasks[0]?.trace;
    expect(await eventually(trace)).toContain(`File ${file} is gone, after position 9`);
    writeFileSync(file, 'n1\nn2\nn3\nn4\nn5\n');
    expect(await lines(8)).toEqual(['a1', 'a2', 'a3', 'n1', 'n2', 'n3', 'n4', 'n5']);
    await eventually(() => trace() === undefined);
  });
});

test('a file that is rotated is read to its end, also what comes to it under its new name, then the next one', async () => {
  await following(async ({ file, harness, lines }) => {
    renameSync(file, `${file}.1`);
    writeFileSync(file, 'b1\n');
    appendFileSync(`${file}.1`, 'a4\n');
    expect(await lines(5)).toEqual(['a1', 'a2', 'a3', 'a4', 'b1']);
    // All of it was read, so there is no warning.
    expect(harness.herder.sql.remarks('c')).toEqual([]);
  });
});

test('the last line of a file that is over is a record though it has no end, and is said', async () => {
  await following(async ({ file, lines, remarked }) => {
    appendFileSync(file, 'a4 without end');
    renameSync(file, `${file}.1`);
    writeFileSync(file, 'b1\n');
    expect(await lines(5)).toEqual(['a1', 'a2', 'a3', 'a4 without end', 'b1']);
    expect(await remarked()).toEqual([expect.stringContaining('its 14 bytes are a record as they are')]);
  });
});

test.each([
  ['shorter than before', 'w', ['b1'], /was cut to \d bytes \(position was 9\): read from its beginning/],
  // A single write, so that the file is never shorter in between.
  ['longer than before', 'r+', ['b1', 'b2', 'b3', 'b4'], /has other bytes before position 9 than were read/],
])('a file that is written anew, %s, is read from its beginning, and that is said', async (_, flag, written, said) => {
  await following(async ({ file, lines, remarked }) => {
    writeFileSync(file, written.map((line) => `${line}\n`).join(''), { flag });
    expect(await lines(3 + written.length)).toEqual(['a1', 'a2', 'a3', ...written]);
    expect((await remarked()).join('\n')).toMatch(said);
  });
});

test.each([
  ['renamed: what came to it is read first', true, ['a4', 'b1', 'b2', 'b3', 'b4'], undefined],
  ['removed: that is said', false, ['b1', 'b2', 'b3', 'b4'], /read from its beginning/],
])('a file that was replaced while nobody read it, %s', async (_, isKept, later, said) => {
  await following(async ({ file, harness, lines, remarked }) => {
    await eventually(async () => (await harness.herder.offsets('c'))[0]?.offset?.['position'] === 9);
    await harness.herder.close();
    appendFileSync(file, 'a4\n');
    if (isKept) renameSync(file, `${file}.1`);
    else rmSync(file);
    writeFileSync(file, 'b1\nb2\nb3\nb4\n');
    await harness.start();
    expect(await lines(3 + later.length)).toEqual(['a1', 'a2', 'a3', ...later]);
    if (said !== undefined) expect((await remarked()).join('\n')).toMatch(said);
  });
});

test('a position that a user sets is that of the file as it is, whatever the offset says beside it', async () => {
  await following(async ({ file, harness, lines }) => {
    await eventually(async () => (await harness.herder.offsets('c'))[0]?.offset?.['position'] === 9);
    await harness.herder.setTarget('c', 'STOPPED');
    const partition = { filename: file };
    const [kept] = await harness.herder.offsets('c');
    await harness.herder.alterOffsets('c', [{ partition, offset: { ...kept!.offset, position: 3 } }]);
    await harness.herder.setTarget('c', 'RUNNING');
    expect(await lines(5)).toEqual(['a1', 'a2', 'a3', 'a2', 'a3']);
    expect(harness.herder.sql.remarks('c')).toEqual([]);
  });
});
