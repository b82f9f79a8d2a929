import { execFile } from 'node:child_process';
import { ConnectError } from '../../api/errors.ts';

/**
 * Executes a query for the first time in a process of its own, because SQLite works in the thread that calls it and
 * cannot be interrupted there: one that does not end, or needs all memory, would stop the server.
 */

/** How long a trial may take, in ms. */
const LIMIT_MS = 10_000;
/** The most bytes of a row, and of SQLite's own memory. */
const ROW_BYTES = 64 * 2 ** 20;
export const SQLITE_HEAP_BYTES = 512 * 2 ** 20;
/** JavaScript's memory in the process, in MB: a few rows. */
const HEAP_MB = 256;

/** What a trial finds. */
export interface Trial {
  readonly rows: number;
  /** By column, the storage class of the first value that is not NULL; null if there is none. */
  readonly types: readonly (string | null)[];
}

/** A text, because it must run without what bundles or compiles the server. Reads its task, and answers in one line. */
const PROGRAM = `
const { file, module, sql, busyMs, rowBytes, heapBytes } = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
const isNode = module === 'node:sqlite';
const Database = isNode ? require(module).DatabaseSync : require(module);
const storage = (v) => typeof v === 'bigint' ? 'INTEGER' : typeof v === 'number' ? 'REAL' : typeof v === 'string' ? 'TEXT' : 'BLOB';
let answer;
try {
  const database = new Database(file, { timeout: busyMs });
  database.exec('PRAGMA trusted_schema = OFF; PRAGMA query_only = ON; PRAGMA hard_heap_limit = ' + heapBytes);
  const statement = database.prepare(sql);
  isNode ? statement.setReadBigInts(true) : statement.safeIntegers(true);
  isNode ? statement.setReturnArrays(true) : statement.raw(true);
  let rows = 0;
  const types = statement.columns().map(() => null);
  for (const row of statement.iterate()) {
    rows++;
    let bytes = 0;
    row.forEach((value, i) => {
      if (value !== null) types[i] ??= storage(value);
      bytes += value?.length ?? 8;
    });
    if (bytes > rowBytes) throw new Error('a row of ' + bytes + ' bytes is larger than ' + rowBytes);
  }
  answer = { rows, types };
} catch (error) {
  // What node:sqlite says of a step for which there is no memory.
  const isFull = error instanceof TypeError && error.message.startsWith('Iterator result');
  answer = { error: isFull ? 'out of memory' : error.message, code: error.code, errcode: error.errcode, rawCode: error.rawCode };
}
process.stdout.write(JSON.stringify(answer));
`;

/**
 * @param module `node:sqlite`, or the path of the package
 * @param sql a statement that may be executed (user-statement.ts)
 * @throws ConnectError when it takes too long or too much memory
 * @throws Error with SQLite's code, as the driver's errors
 */
export async function tryStatement(module: string, file: string, sql: string, busyMs: number): Promise<Trial> {
  const text = await run({ file, module, sql, busyMs, rowBytes: ROW_BYTES, heapBytes: SQLITE_HEAP_BYTES });
  const answer = JSON.parse(text) as Trial & { readonly error?: string };
  if (answer.error !== undefined) throw Object.assign(new Error(answer.error), { ...answer, error: undefined });
  return answer;
}

function run(task: object): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      process.execPath,
      [`--max-old-space-size=${HEAP_MB}`, '--no-warnings', '-e', PROGRAM],
      // Without the server's environment, which has secrets.
      { timeout: LIMIT_MS, killSignal: 'SIGKILL', env: {} },
      (error, out, err) => {
        if (error === null) return resolve(out);
        const isLate = error.killed === true;
        const why = isLate
          ? `The query has no first rows after ${LIMIT_MS / 1000} s, and was ended: does its recursion end, or is an index missing?`
          : `The query was ended, since it takes more memory than ${HEAP_MB} MB, or its process failed: ${err.trim().slice(-300) || error.message}`;
        reject(new ConnectError(why, { cause: error }));
      },
    );
    // A process that ends before it has read everything reports why by its end.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(JSON.stringify(task));
  });
}
