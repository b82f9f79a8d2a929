import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { sinkSuite } from '../../../../test/support/sink-suite.ts';
import { eventually, Harness } from '../../worker/testing/harness.ts';
import { sourceSuite } from '../../../../test/support/source-suite.ts';

/** A path in a folder of its own. */
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
