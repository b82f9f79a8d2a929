/**
 * node share.js FROM COUNT STRIDE FOLDER [regressions]: one process's share of the seeds. Its last line is the result
 * as JSON: a Tally, and how many of the regressions fail.
 */
import { runRegressions, runSeeds, type Tally } from './seeds.ts';

/** The last line of a share. */
export interface Share extends Tally {
  readonly broken: number;
}

const [from, count, stride, folder = '', regressions] = process.argv.slice(2);
const broken = regressions === undefined ? 0 : await runRegressions(folder);
const tally = await runSeeds({ from: Number(from), count: Number(count), stride: Number(stride) }, folder);
const share: Share = { ...tally, broken };
console.log(JSON.stringify(share));
