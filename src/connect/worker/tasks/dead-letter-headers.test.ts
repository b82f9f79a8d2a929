import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, Harness } from '../testing/harness.ts';

/*
 * The headers that a worker of Apache Kafka 4.3.1 writes for the same dead letters: Java consumers decide by stage and
 * class what to do with them.
 */
interface Case {
  readonly name: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly key: string | null;
  readonly value: string;
  readonly recorded: { readonly stage: string; readonly class: string; readonly exception: string };
}
const cases = JSON.parse(
  readFileSync(new URL('../../../../test/data/dead-letters/cases.json', import.meta.url), 'utf8'),
) as readonly Case[];

const folder = mkdtempSync(path.join(tmpdir(), 'dead-letters-'));
let harness: Harness;
beforeAll(async () => {
  harness = await new Harness().start();
});
afterAll(async () => {
  await harness.close();
  rmSync(folder, { recursive: true, force: true });
});

test.each(cases)('$name: stage and classes as Java has them', async ({ name, settings, key, value, recorded }) => {
  await harness.write(`in-${name}`, [[key, value]]);
  await harness.herder.create(name, {
    'connector.class': 'FileStreamSink',
    file: path.join(folder, name),
    topics: `in-${name}`,
    'errors.tolerance': 'all',
    'errors.deadletterqueue.topic.name': `dead-${name}`,
    'errors.deadletterqueue.context.headers.enable': 'true',
    ...settings,
  });
  const [letter] = await eventually(async () => {
    const read = await harness.read(`dead-${name}`);
    return read.length > 0 && read;
  });
  const header = (of: string): string | undefined => letter!.headers[`__connect.errors.${of}`];
  expect({
    stage: header('stage'),
    class: header('class.name'),
    exception: header('exception.class.name'),
  }).toEqual({ stage: recorded.stage, class: recorded.class, exception: recorded.exception });
  expect(header('exception.stacktrace')).toMatch(new RegExp(`^${recorded.exception.replaceAll('.', '\\.')}: `));
});
