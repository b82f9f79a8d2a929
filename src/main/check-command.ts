import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { SluiceError } from '../base/errors.ts';
import { lockFolder } from './folder-lock.ts';
import { DAMAGED } from './supervisor.ts';
import { checkStore, isUsed, storesOf } from './store-check.ts';

const CHECK_USAGE = `sluice check [DIR]: looks for damage in a data folder (default .sluice) that no server has open

It walks the pages of each store and looks at the checksum of every record batch and row of state, and changes nothing. Folders of earlier versions
have rows of state without one.

Exit codes: 0 nothing is damaged; 1 it could not look; 2 the command is wrong; 3 something is damaged.
`;

/** Runs `sluice check`. Resolves to the exit code. @throws SluiceError CONFIG when a server has the folder open */
export async function checkCommand(args: readonly string[]): Promise<number> {
  let given;
  try {
    given = parseArgs({ args: [...args], allowPositionals: true, options: { help: { type: 'boolean', short: 'h' } } });
  } catch {
    process.stderr.write(CHECK_USAGE);
    return 2;
  }
  if (given.values.help || given.positionals.length > 1) {
    process.stdout.write(CHECK_USAGE);
    return given.values.help ? 0 : 2;
  }
  const folder = path.resolve(given.positionals[0] ?? '.sluice');
  if (!existsSync(folder) || !statSync(folder).isDirectory())
    throw new SluiceError('CONFIG', `There is no folder ${folder}`, {
      hint: 'sluice check DIR: DIR is what data.dir names.',
    });
  const lock = await lockFolder(folder, false);
  try {
    const log = path.join(folder, 'log');
    let isDamaged = isUsed(folder, log);
    if (isDamaged) process.stdout.write(`${log}: DAMAGED\n  the folder has been used, and there is no data\n`);
    const stores = storesOf(folder).filter((store) => !(isDamaged && store === log));
    if (stores.length === 0 && !isDamaged)
      throw new SluiceError('CONFIG', `${folder} holds no store: no server has used it as its data.dir`);
    for (const store of stores) {
      const { file, damage, bytes, batches, sealed } = checkStore(store);
      const examined = `${bytes} bytes, ${batches} record batches, ${sealed} other entries`;
      process.stdout.write(`${file}: ${damage.length === 0 ? 'sound' : 'DAMAGED'} (${examined})\n`);
      for (const line of damage) process.stdout.write(`  ${line}\n`);
      isDamaged ||= damage.length > 0;
    }
    return isDamaged ? DAMAGED : 0;
  } finally {
    await lock.release();
  }
}
