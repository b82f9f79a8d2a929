import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { makeFolders } from '../host/make-folders.ts';
import { must } from '../base/assert.ts';
import { SluiceError } from '../base/errors.ts';

/** The folder in the data folder that connectors may use when nothing else is configured. */
const DEFAULT_FOLDER = 'files';

/** Always permitted: nothing can be read from it or stored in it. */
const NOTHING = '/dev/null';

/**
 * The files that connectors and `${file:…}`, `${dir:…}` may use: those below the folders of `connect.allowed.paths`, or
 * below `files` in the data folder. Symbolic links are resolved before the check, so a link cannot lead outside.
 */
export class AllowedFiles {
  readonly #setting: string;
  readonly #folders: readonly string[];
  readonly #made: string | undefined;

  /** @param setting the name of the setting, for errors */
  constructor(folders: readonly string[], dataFolder: string, setting: string) {
    this.#setting = setting;
    this.#made = folders.length === 0 ? path.resolve(dataFolder, DEFAULT_FOLDER) : undefined;
    this.#folders = this.#made === undefined ? folders.map((folder) => path.resolve(folder)) : [this.#made];
  }

  /**
   * The absolute path of a permitted file. A relative path is resolved against the working directory of the server, or
   * against the first of the folders.
   * @throws SluiceError FORBIDDEN
   */
  async check(file: string): Promise<string> {
    if (file === NOTHING) return file;
    if (this.#made !== undefined) makeFolders(this.#made, 0o700);
    const candidates = path.isAbsolute(file)
      ? [file]
      : [path.resolve(file), path.resolve(must(this.#folders[0], 'folder'), file)];
    for (const candidate of candidates) if (await this.#isBelow(candidate)) return path.resolve(candidate);
    throw new SluiceError(
      'FORBIDDEN',
      `${file} is not below the folders that connectors may use: ${this.#folders.join(', ')} (${this.#setting})`,
      { hint: this.#wayOut(candidates) },
    );
  }

  /** The folder where the file may be put, and the setting that permits the one where it is. */
  #wayOut(candidates: readonly string[]): string {
    const folder = must(this.#folders[0], 'folder');
    const file = must(candidates[0], 'candidate');
    // The default folder is given up where the setting names others.
    const others = this.#made === undefined ? this.#folders : [];
    const folders = [...others, path.dirname(file)].join(',');
    return `Copy it to ${path.join(folder, path.basename(file))} and name it so, or start the server with --set ${this.#setting}=${folders}.`;
  }

  async #isBelow(file: string): Promise<boolean> {
    const real = await realPath(path.resolve(file));
    for (const folder of this.#folders) {
      const inside = path.relative(await realPath(folder), real);
      if (inside !== '' && inside !== '..' && !inside.startsWith(`..${path.sep}`) && !path.isAbsolute(inside))
        return true;
    }
    return false;
  }
}

/** The path with symbolic links resolved, as far as it exists. */
async function realPath(file: string): Promise<string> {
  try {
    return await realpath(file);
  } catch {
    const parent = path.dirname(file);
    return parent === file ? file : path.join(await realPath(parent), path.basename(file));
  }
}
