import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sinkSuite } from '../../../../test/support/sink-suite.ts';
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
