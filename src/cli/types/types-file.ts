import type { SluiceClient } from '../../client/sluice-client.ts';
import type { SqlFile } from '../apply/wanted.ts';
import { sourceTypes } from './source-types.ts';
import { statementTypes } from './statement-types.ts';
import { Titles } from './typescript.ts';

export interface TypesWanted {
  /** Only these streams and tables, not case-sensitive; empty: all. */
  readonly names?: readonly string[];
  /** The statements that a program sends. */
  readonly files?: readonly SqlFile[];
  /** The values of variables that stand for names. */
  readonly defined?: Readonly<Record<string, string>>;
}

/**
 * A TypeScript file with types for the rows of a server's streams and tables, and for the rows and variables of
 * statements.
 * @throws ClientError; Error for a name that the server does not know, or a statement that it rejects
 */
export async function typesFile(client: SluiceClient, wanted: TypesWanted = {}): Promise<string> {
  const { names = [], files = [], defined = {} } = wanted;
  const titles = new Titles();
  const parts = await sourceTypes(client, names, titles);
  if (files.length > 0) parts.push(...(await statementTypes(client, files, defined, titles)));
  const body = parts.join('\n\n');
  const imports = /\bExactNumber\b/.test(body) ? `import type { ExactNumber } from 'sluice/client';\n\n` : '';
  return `// Written by "sluice types": write it anew rather than change it.\n${imports}${body}\n`;
}
