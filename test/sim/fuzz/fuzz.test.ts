import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { seededRandom } from '../../support/random.ts';
import { problemOf } from './fuzzer.ts';
import { mutated } from './mutate.ts';
import { TARGETS } from './targets.ts';

const FOUND = path.join(import.meta.dirname, 'found');
/** `npm run fuzz` makes many more. */
const INPUTS = 100;

test.each(readdirSync(FOUND).filter((file) => file.endsWith('.json')))(
  'what was found once holds: %s',
  async (file) => {
    const { target: name, input } = JSON.parse(readFileSync(path.join(FOUND, file), 'utf8')) as Record<string, string>;
    const target = TARGETS.find((t) => t.name === name)!;
    await target.seeds();
    expect(await problemOf(target, Buffer.from(input!, 'base64'), seededRandom(1))).toBeUndefined();
  },
);

test.each(TARGETS.filter((t) => t.name !== 'statements'))(
  '$name takes its own inputs, and bad ones',
  async (target) => {
    const [seeds, random] = [await target.seeds(), seededRandom(1)];
    expect(seeds.length).toBeGreaterThan(0);
    for (const seed of seeds) expect(await problemOf(target, seed, random)).toBeUndefined();
    for (let i = 0; i < INPUTS; i++) {
      const input = mutated(seeds[i % seeds.length]!, seeds, target.words ?? [], random);
      expect(await problemOf(target, input, random)).toBeUndefined();
    }
  },
);
