import { readFile, writeFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { formatSql } from '../sql/format/format.ts';
import { sqlFiles } from './sql-files.ts';
import { commandOptions } from './unknown-option.ts';
import path from 'node:path';

const FORMAT_USAGE = `sluice format [FILE|DIR ...] [options]: SQL in one form, each file in its place; without a file from input to output

  --check              change nothing; exit code 1 where a file is in another form
  --width CHARACTERS   of a line (default 80)
`;

const OPTIONS = {
  check: { type: 'boolean', default: false },
  width: { type: 'string', default: '80' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Runs `sluice format`. Resolves to the exit code. @param args the arguments after the command's name */
export async function formatCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = commandOptions('format', args, OPTIONS);
  if (values.help) {
    process.stdout.write(FORMAT_USAGE);
    return 0;
  }
  const width = Number(values.width);
  if (!Number.isSafeInteger(width) || width < 1)
    throw new Error(`--width is a number of characters, not ${values.width}`);
  if (positionals.length === 0) {
    const written = await text(process.stdin);
    const formatted = formatSql(written, { width });
    if (!values.check) process.stdout.write(formatted);
    return values.check && formatted !== written ? 1 : 0;
  }
  let others = 0;
  for (const file of await filesOf(positionals)) {
    const written = await readFile(file, 'utf8');
    const formatted = formatSql(written, { width });
    if (formatted === written) continue;
    others++;
    if (!values.check) await writeFile(file, formatted);
    process.stdout.write(`${file}\n`);
  }
  return values.check && others > 0 ? 1 : 0;
}

async function filesOf(places: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(
    places.map(async (where) =>
      (await sqlFiles(where)).map((f) => (f.name === where ? where : path.join(where, f.name))),
    ),
  );
  return found.flat();
}
