import { compile } from './compiled.ts';

/** Once, before the tests of a run: what processes and threads of theirs are started from. */
export default async function setup(): Promise<void> {
  await compile();
}
