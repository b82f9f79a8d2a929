import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import { complete } from '../../../src/cli/completion.ts';
import { LOCAL_COMMANDS } from '../../../src/cli/local-commands.ts';
import { ServerNames } from '../../../src/cli/server-names.ts';
import { KEYWORDS, TYPE_NAMES } from '../../../src/sql/keywords.ts';
import { splitStatements } from '../../../src/sql/split.ts';
import { ask, server } from '../server/server.ts';

const names = new ServerNames(server, { nowMs: () => Date.now(), monotonicMs: () => performance.now() });
const TERMINAL_ONLY: ReadonlySet<string> = new Set([...LOCAL_COMMANDS.flatMap((c) => c.names), 'RUN SCRIPT']);

/** Completion as in the terminal console, with the documentation of functions. */
export async function completeSql(context: CompletionContext): Promise<CompletionResult | null> {
  const text = context.state.doc.toString();
  const { statements, restStart } = splitStatements(text);
  const own = statements.find((s) => s.start <= context.pos && context.pos < s.end);
  const start = own?.start ?? restStart;
  const before = text.slice(start, context.pos);
  if (!context.explicit && !/[\w.`'(]$/.test(before)) return null;
  const behind = text.slice(context.pos, own?.end ?? text.length);
  const { candidates, word } = await complete(before, names, behind);
  const functions = new Set(/\bSELECT\b/i.test(before) ? await names.of('functions') : []);
  const options = candidates
    .filter((c) => !TERMINAL_ONLY.has(c) && !TERMINAL_ONLY.has(c.toUpperCase()))
    .map((label) => option(label, functions));
  if (options.length === 0 || (options.length === 1 && options[0]!.label === word)) return null;
  return { from: context.pos - word.length, options, filter: false };
}

function option(label: string, functions: ReadonlySet<string>): Completion {
  const upper = label.toUpperCase();
  if (functions.has(upper))
    return { label, type: 'function', apply: `${label}(`, detail: 'function', info: () => documentation(upper) };
  if ((TYPE_NAMES as readonly string[]).includes(upper)) return { label, type: 'type' };
  if (Object.hasOwn(KEYWORDS, upper.split(' ')[0]!)) return { label, type: 'keyword', boost: -1 };
  return { label, type: 'variable' };
}

async function documentation(name: string): Promise<Node | null> {
  const found = await ask(`DESCRIBE FUNCTION ${name};`).catch(() => undefined);
  if (found === undefined) return null;
  const box = document.createElement('div');
  box.className = 'function-doc';
  const fail = (tag: string, text: string): void => {
    const line = document.createElement(tag);
    line.textContent = text;
    box.append(line);
  };
  const variants = found['functions'] as readonly {
    readonly arguments: readonly { readonly name: string; readonly type: string }[];
    readonly returnType: string;
  }[];
  fail('p', String(found['description'] ?? ''));
  for (const v of variants.slice(0, 4))
    fail('code', `${name}(${v.arguments.map((a) => `${a.name} ${a.type}`).join(', ')}) → ${v.returnType}`);
  return box;
}
