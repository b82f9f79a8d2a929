import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { startSluice, type Sluice } from '../../src/main/compose.ts';
import { testEnv } from '../support/env.ts';
import { playTranscript, typedLines } from './run-transcript.ts';

/**
 * Console sessions: test/e2e/transcripts/*.txt contain prompts, statements and responses of a real server. The lines
 * after the prompts are typed again, and the complete screen is compared. UPDATE_TRANSCRIPTS=1 writes the actual screen
 * to the files: review the difference before you commit it.
 */
const FOLDER = path.join(import.meta.dirname, 'transcripts');

let sluice: Sluice;

beforeEach(async () => {
  sluice = await startSluice({
    properties: { listeners: 'http://127.0.0.1:0', 'connect.listeners': 'http://127.0.0.1:0' },
    store: new MemoryStore(),
    env: testEnv(),
  });
});
afterEach(async () => {
  await sluice.close();
});

describe('transcripts', () => {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.txt'));
  test('there are some', () => {
    expect(files.length).toBeGreaterThan(2);
  });

  test.each(files)('%s', async (name) => {
    const file = path.join(FOLDER, name);
    const expected = readFileSync(file, 'utf8');
    const seen = withoutChance(await playTranscript(sluice.url, typedLines(expected)));
    if (process.env['UPDATE_TRANSCRIPTS'] === '1') writeFileSync(file, seen);
    else expect(seen).toBe(expected);
  });
});

/** Replaces ports, times and names of push queries, which differ between runs. */
function withoutChance(text: string): string {
  return text
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')
    .replaceAll(/(transient_\w+?)_[0-9a-f]{16,}/g, '$1_ID')
    .replaceAll(/\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d\.\d{3} Z/g, 'TIME')
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, 'TIME');
}
