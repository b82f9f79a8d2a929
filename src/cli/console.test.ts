import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { SILENT_LOGGER, type Env } from '../base/env.ts';
import { SluiceClient } from '../client/sluice-client.ts';
import { Console, runScript, type ConsoleOptions } from './console.ts';
import { forTerminal } from './screen.ts';
import { FakeServer, type FakeAnswer } from './testing/fake-server.ts';
import { waitFor } from '../../test/support/wait-for.ts';

const ENV: Env = {
  clock: { nowMs: () => 0, monotonicMs: () => 0 },
  timers: { sleep: () => Promise.resolve(), after: () => () => undefined, turn: () => Promise.resolve() },
  random: { next: () => 0, uuid: () => '' },
  logger: SILENT_LOGGER,
};
const METADATA = '{"queryId":"q","columnNames":["A"],"columnTypes":["INTEGER"]}\n';

interface Stage {
  readonly server: FakeServer;
  readonly input: PassThrough;
  readonly console: Console;
  readonly ended: Promise<number>;
  readonly files: Map<string, string>;
  screen(): string;
  /** With the sequences that `screen` leaves out. */
  raw(): string;
  errors(): string;
  type(text: string): void;
  shows(text: string): Promise<void>;
}

function stage(
  answers: (text: string) => FakeAnswer | undefined,
  more: Partial<ConsoleOptions> & { readonly tty?: boolean; readonly stored?: string } = {},
): Stage {
  const server = new FakeServer(({ text }) => answers(text));
  const input = new PassThrough();
  const [output, errorOutput] = [new PassThrough(), new PassThrough()];
  const text = { out: '', err: '' };
  output.on('data', (chunk: Buffer) => (text.out += chunk.toString()));
  errorOutput.on('data', (chunk: Buffer) => (text.err += chunk.toString()));
  const files = new Map<string, string>();
  if (more.stored !== undefined) files.set('history', more.stored);
  const terminal = { isTTY: more.tty === true, colors: false, size: () => ({ columns: 80, rows: 24 }) };
  const console = new Console({
    client: new SluiceClient({ transport: server }),
    input,
    output,
    errorOutput,
    terminal,
    env: ENV,
    version: '9',
    history: { own: 'history' },
    files: {
      read: async (path) => files.get(path) ?? (await Promise.reject(new Error(`no file ${path}`))),
      append: async (path, more) => void files.set(path, (files.get(path) ?? '') + (await Promise.resolve(more))),
      replace: async (path, all) => void files.set(path, await Promise.resolve(all)),
    },
    ...more,
  });
  const screen = (): string => text.out.replaceAll(/\u001b\[[0-9;]*[A-Za-z]/g, '');
  return {
    server,
    input,
    console,
    ended: console.run(),
    files,
    screen,
    raw: () => text.out,
    errors: () => text.err,
    type: (keys) => void input.write(keys),
    shows: (wanted) => waitFor(() => expect(screen()).toContain(wanted)),
  };
}

const status = (message: string): FakeAnswer => ({
  body: [{ '@type': 'currentStatus', statementText: '', warnings: [], commandStatus: { status: 'SUCCESS', message } }],
});

describe('a script from a pipe', () => {
  test('statements over several lines, rows and commands mixed', async () => {
    const s = stage((text) =>
      text.startsWith('SELECT')
        ? { body: [METADATA, '[1]\n[2', ']\n'] }
        : status(`did ${text.replaceAll(/\s+/g, ' ')}`),
    );
    s.input.end("CREATE\n  STREAM ';' ; SELECT *\nFROM s;\nversio;");
    expect(await s.ended).toBe(0);
    expect(s.screen()).toContain("did CREATE STREAM ';' ;\n");
    expect(s.screen()).toContain('2 rows');
    expect(s.server.requests.map((r) => r.path)).toEqual(['/ksql', '/query-stream', '/ksql']);
  });

  test('an error is shown, what follows runs, the exit code says so', async () => {
    const s = stage((text) =>
      text.startsWith('BAD')
        ? { status: 400, body: { '@type': 'statement_error', error_code: 40001, message: 'no', hint: 'yes?' } }
        : status('fine'),
    );
    s.input.end('BAD;\nGOOD;\n');
    expect(await s.ended).toBe(1);
    expect(s.errors()).toBe('no\nHint: yes?\n');
    expect(s.screen()).toContain('fine');
  });

  test('an unfinished statement at the end is told, and not run', async () => {
    const s = stage(() => status('ran'));
    s.input.end("SELECT 'a;\n");
    expect(await s.ended).toBe(1);
    expect(s.errors()).toContain('a string is not closed');
    expect(s.server.requests).toEqual([]);
  });
});

describe('the session', () => {
  test('SET and DEFINE go along with later statements, refused ones do not', async () => {
    const s = stage((text) => (text.includes('wrong') ? { status: 400, body: { message: 'refused' } } : { body: [] }));
    s.input.end("SET 'a'='1'; SET 'wrong'='2';\nDEFINE x = 'y';\nUNSET 'a';\nSHOW X;\n");
    await s.ended;
    const [, , , unset, last] = s.server.requests;
    expect(unset).toMatchObject({ properties: { a: '1' }, variables: { X: 'y' } });
    expect(last).toMatchObject({ properties: {}, variables: { X: 'y' } });
    expect(s.screen()).toContain("Successfully changed local property 'a' to '1'.");
  });

  test('RUN SCRIPT reads a file, and stops at its first error', async () => {
    const s = stage((text) => (text.startsWith('BAD') ? { status: 400, body: { message: 'no' } } : status(text)));
    s.files.set('a.sql', 'ONE; -- x\nBAD; TWO;');
    s.input.end("RUN SCRIPT 'a.sql';\nRUN SCRIPT 'none';\n");
    expect(await s.ended).toBe(1);
    expect(s.server.requests.map((r) => r.text)).toEqual(['ONE;', 'BAD;']);
    expect(s.errors()).toContain('Failed to read script none');
  });

  test('a script that runs itself comes to an end', async () => {
    const s = stage(() => undefined);
    s.files.set('a.sql', "RUN SCRIPT 'a.sql';");
    s.input.end("RUN SCRIPT 'a.sql';\n");
    expect(await s.ended).toBe(1);
    expect(s.errors()).toContain('nested deeper');
  });
});

describe('at a terminal', () => {
  test('a window that changes its size keeps the prompt, and brings none into the rows', async () => {
    const output = new PassThrough();
    let seen = '';
    output.on('data', (chunk: Buffer) => (seen += chunk.toString()));
    const s = stage((text) => (text.startsWith('SELECT') ? { body: [METADATA, '[1]\n', '...'] } : status('ok')), {
      tty: true,
      output,
    });
    await waitFor(() => expect(seen).toContain('sluice>'));
    s.type('SELECT 1 EMIT CHANGES;\r');
    await waitFor(() => expect(seen).toContain(' 1\n'));
    seen = '';
    output.emit('resize');
    expect(seen).not.toContain('sluice>');
    s.type('\u0003');
    await waitFor(() => expect(seen).toContain('sluice>'));
    seen = '';
    output.emit('resize');
    expect(seen).toContain('sluice>');
    s.console.end();
    await s.ended;
  });

  test('a failing statement does not hold back what stands behind it on the line', async () => {
    const s = stage(
      (text) => (text.startsWith('BAD') ? { status: 400, body: { message: 'no' } } : status(`did ${text}`)),
      {
        tty: true,
      },
    );
    s.type('ONE; BAD; TWO;\r');
    await s.shows('did TWO;');
    expect(s.errors()).toBe('no\n');
    s.console.end();
    await s.ended;
  });

  test('help of a statement, psql’s short names, and words with a backslash that are none', async () => {
    const s = stage((text) => status(`did ${text}`), { tty: true });
    s.type('help create source connector;\r\\?\r\\d x\r\\dt\r\\nonsense\rSHOW X;\r');
    await s.shows('did SHOW X;');
    expect(s.screen()).toContain('CREATE [OR REPLACE] SOURCE CONNECTOR [IF NOT EXISTS] name');
    expect(s.screen()).toContain('Commands of the console:');
    expect(s.errors()).toContain('Unknown command \\nonsense');
    expect(s.server.requests.map((r) => r.text)).toEqual(['DESCRIBE x;', 'SHOW TABLES;', 'SHOW X;']);
    s.console.end();
    await s.ended;
  });

  test('the start file runs before the first prompt, and is no history', async () => {
    const s = stage((text) => status(`did ${text.replaceAll(/\s+/g, ' ')}`), {
      tty: true,
      startFile: 'history',
      stored: "output json\nSET 'a'\n = 'b';\n-- a remark\noutput table\n",
    });
    await s.shows('sluice>');
    expect(s.screen().indexOf('Output format: json')).toBeLessThan(s.screen().indexOf('sluice>'));
    s.type('SHOW X;\r');
    await s.shows('did SHOW X;');
    expect(s.server.requests.map((r) => r.text).filter((t) => t.startsWith('S') && !/QUERIES|SOURCE/.test(t))).toEqual([
      "SET 'a'\n = 'b';",
      'SHOW X;',
    ]);
    expect(s.server.requests.at(-1)!.properties).toEqual({ a: 'b' });
    s.console.end();
    await s.ended;
  });

  test('\\o sends results into a file, \\watch repeats until Ctrl-C', async () => {
    let sleeps = 0;
    let wake = (): void => undefined;
    const sleep = (_ms: number, signal?: AbortSignal): Promise<void> => {
      sleeps++;
      return new Promise((resolve) => {
        wake = resolve;
        signal?.addEventListener('abort', () => resolve(), { once: true });
      });
    };
    const s = stage((text) => status(`did ${text}`), { tty: true, env: { ...ENV, timers: { ...ENV.timers, sleep } } });
    s.type('\\o out.txt\rONE;\r\\o\rTWO;\r');
    await s.shows('did TWO;');
    expect(s.files.get('out.txt')).toBe('did ONE;\n');
    expect(s.screen()).not.toContain('did ONE;');
    s.type('\\watch 5\r');
    await waitFor(() => expect(sleeps).toBe(1));
    wake();
    await waitFor(() => expect(sleeps).toBe(2));
    s.type('\u0003');
    s.type('THREE;\r');
    await s.shows('did THREE;');
    expect(s.server.requests.map((r) => r.text)).toEqual(['ONE;', 'TWO;', 'TWO;', 'TWO;', 'THREE;']);
    expect(s.screen()).toContain('(every 5 s)');
    s.console.end();
    await s.ended;
  });

  test('\\watch ends when its statement fails', async () => {
    const sleeps: number[] = [];
    const sleep = (ms: number): Promise<void> => {
      sleeps.push(ms);
      return Promise.resolve();
    };
    let asked = 0;
    const answers = (text: string): FakeAnswer =>
      text === 'ONE;' && ++asked === 3
        ? { status: 400, body: { '@type': 'generic_error', error_code: 40001, message: 'it is gone' } }
        : status(`did ${text}`);
    const s = stage(answers, { tty: true, env: { ...ENV, timers: { ...ENV.timers, sleep } } });
    s.type('ONE;\r\\watch 5\rTWO;\r');
    await s.shows('did TWO;');
    expect(s.errors()).toContain('it is gone');
    expect(s.server.requests.map((r) => r.text)).toEqual(['ONE;', 'ONE;', 'ONE;', 'TWO;']);
    expect(sleeps).toEqual([5000]);
    s.console.end();
    await s.ended;
  });

  test('\\g and \\G end a statement, but not a text; commands of other consoles get what does the same', async () => {
    const s = stage((text) => status(`did ${text}`), { tty: true });
    s.type("ONE\rMORE\\g\rTWO\\G\rSAY 'c:\\g\rd';\r");
    await s.shows('did SAY');
    expect(s.server.requests.map((r) => r.text)).toEqual(['ONE\nMORE;', 'TWO;', "SAY 'c:\\g\nd';"]);
    for (const [typed, says] of [
      ['\\l', 'There is one database: \\d lists'],
      ['\\copy orders from x.csv', 'FileStreamSource'],
      ['\\dt orders_x', '\\d orders_x shows one'],
      ['.import x.csv t', 'FileStreamSource'],
      ['\\timng on', 'Did you mean \\timing?'],
      ['\\zz', '\\? lists the commands'],
    ] as const) {
      s.type(`${typed}\r`);
      await waitFor(() => expect(s.errors().replaceAll(/\s+/g, ' ')).toContain(says));
    }
    s.type('\\d+ orders\r');
    await s.shows('did DESCRIBE orders EXTENDED;');
    s.console.end();
    await s.ended;
  });

  test('a push query without rows says from where it reads, and how to see what is there', async () => {
    let fire = (): void => undefined;
    const env: Env = { ...ENV, timers: { ...ENV.timers, after: (_ms, f) => ((fire = f), () => undefined) } };
    const source = {
      name: 'S',
      type: 'STREAM',
      topicOffsets: [
        { partition: 0, logStartOffset: 10, logEndOffset: 1010 },
        { partition: 1, logStartOffset: 0, logEndOffset: 234 },
      ],
    };
    const answers = (text: string): FakeAnswer => {
      if (text.startsWith('SELECT')) return { body: [METADATA, '...'] };
      if (text.startsWith('DESCRIBE')) return { body: [{ '@type': 'x', sourceDescription: source }] };
      return { body: [] };
    };
    const s = stage(answers, { tty: true, env });
    s.type('SELECT * FROM s EMIT CHANGES;\r');
    await waitFor(() => expect(s.server.requests).toHaveLength(2));
    await new Promise((resolve) => setTimeout(resolve, 20));
    fire();
    await waitFor(() => expect(s.screen()).toContain('1,234 older rows of it'));
    expect(s.screen().replaceAll('\n', ' ')).toContain("then SET 'auto.offset.reset' = 'earliest';");
    expect(s.screen()).toContain(' A\n───\n');
    s.console.end();
    await s.ended;
  });

  test('PRINT of a topic without records says that it waits', async () => {
    let fire = (): void => undefined;
    const env: Env = { ...ENV, timers: { ...ENV.timers, after: (_ms, f) => ((fire = f), () => undefined) } };
    const s = stage(() => ({ body: ['...'] }), { tty: true, env });
    s.type("PRINT 'x' FROM BEGINNING;\r");
    await waitFor(() => expect(s.server.requests).toHaveLength(1));
    fire();
    await waitFor(() => expect(s.errors()).toContain("No record of 'x' so far: PRINT waits for the first one"));
    s.console.end();
    await s.ended;
  });

  test('Ctrl-C ends a running query and not the console', async () => {
    const s = stage(
      (text) => (text.startsWith('SELECT') ? { body: [METADATA, '[1]\n', '...'] } : status('still here')),
      {
        tty: true,
      },
    );
    s.type('SELECT * FROM s EMIT CHANGES;\r');
    await s.shows(' 1\n');
    s.type('\u0003');
    await s.shows('Query terminated');
    expect(s.server.aborted).toBe(1);
    s.type('SHOW X;\r');
    await s.shows('still here');
    s.type('\u0004');
    expect(await s.ended).toBe(0);
  });

  test('Ctrl-C at the prompt forgets what was typed', async () => {
    const s = stage((text) => status(`did ${text}`), { tty: true });
    s.type('SELECT\r');
    await s.shows('     -> ');
    s.type('more\u0003');
    await s.shows('^C');
    s.type('SHOW X;\r');
    await s.shows('did SHOW X;');
    expect(s.server.requests.map((r) => r.text)).toEqual(['SHOW X;']);
    s.type('exit\r');
    expect(await s.ended).toBe(0);
  });

  test('a paste of several statements is run in order', async () => {
    const s = stage((text) => status(`did ${text.replaceAll(/\s+/g, ' ')}`), { tty: true });
    s.type('ONE;\rTWO\r 2;\rTHREE;\r');
    await s.shows('did THREE;');
    expect(s.server.requests.map((r) => r.text)).toEqual(['ONE;', 'TWO\n 2;', 'THREE;']);
    s.console.end();
    await s.ended;
  });

  test('history: whole statements, across sessions, without secrets', async () => {
    const s = stage(() => undefined, { tty: true, stored: 'SHOW OLD;\n' });
    await s.shows('sluice>');
    s.type("CREATE SOURCE CONNECTOR c WITH (\r  password='x1y2',\r  url=a);\r");
    await waitFor(() => expect(s.server.requests).toHaveLength(3));
    expect(s.server.requests[0]!.text).toContain("password='x1y2'");
    expect(s.files.get('history')).toBe(
      "SHOW OLD;\nCREATE SOURCE CONNECTOR c WITH (\u0001  password='[hidden]',\u0001  url=a);\n",
    );
    await waitFor(() => expect(s.screen().trimEnd().endsWith('sluice>')).toBe(true));
    s.type('\u001b[A\u001b[A\r');
    await waitFor(() => expect(s.server.requests).toHaveLength(4));
    expect(s.server.requests[3]!.text).toBe('SHOW OLD;');
    s.console.end();
    await s.ended;
  });

  test('commands of the console are history too, without passwords in URLs', async () => {
    const s = stage(() => ({ body: { KsqlServerInfo: { version: '7', ksqlServiceId: 'z' } } }), { tty: true });
    s.type('server http://me:pa55@h:1\r\\timing on\r');
    await s.shows('Timing is on.');
    expect(s.files.get('history')).toBe('server http://me:[hidden]@h:1\n\\timing on\n');
    s.console.end();
    await s.ended;
  });

  test('switches take on and off, forms the names that DuckDB gives them; a line that begins with a dot is no statement', async () => {
    const s = stage(() => undefined, { tty: true });
    s.type('.timer on\r\\timing off\r.mode line\r\\x off\r\\x auto\r\\x\r.mode box\r.nonsense\r\\x maybe\rpager off\r');
    await s.shows('Pager is off.');
    const said = s.screen().matchAll(/^(?:Timing|Output format).*$/gm);
    expect([...said].map(([line]) => line.trim())).toEqual([
      'Timing is on.',
      'Timing is off.',
      'Output format: vertical',
      'Output format: table, however wide',
      'Output format: table, records where the window is too narrow',
      'Output format: vertical',
      'Output format: table',
    ]);
    expect(s.errors()).toContain('Unknown command .nonsense');
    expect(s.errors()).toContain('on or off; not maybe');
    s.console.end();
    await s.ended;
  });

  test('Tab completes', async () => {
    const s = stage((text) => (text.startsWith('SHOW') ? { body: [] } : status('described')), { tty: true });
    await s.shows('sluice>');
    s.type('DESCR\t');
    await s.shows('DESCRIBE');
    s.console.end();
    await s.ended;
  });

  test('commands of the console', async () => {
    const s = stage(() => ({ body: { KsqlServerInfo: { version: '7', ksqlServiceId: 'z' } } }), { tty: true });
    s.type('version\r');
    await s.shows('Console 9, server 7 (service id z)');
    s.type('output nonsense\r');
    await waitFor(() => expect(s.errors()).toContain('output takes table, json, jsonl, csv, markdown, vertical'));
    s.type('output JSON;\r');
    await s.shows('Output format: json');
    s.type('help\r');
    await s.shows('Ctrl-D leaves');
    s.type('exit\r');
    await s.ended;
  });
});

/** Everything that was written; a single read may return only a part of it. */
function textOf(stream: PassThrough): string {
  let text = '';
  for (let piece: Buffer | null; (piece = stream.read() as Buffer | null) !== null;) text += piece.toString();
  return text;
}

describe('-e and -f', () => {
  const run = async (
    script: { readonly text: string } | { readonly file: string },
    format: 'table' | 'json' = 'table',
  ) => {
    const s = stage((text) =>
      text.startsWith('BAD')
        ? { status: 400, body: { message: 'no', code: 'SYNTAX' } }
        : text.startsWith('WORSE')
          ? {
              status: 400,
              body: {
                message: "line 2:4: Syntax Error\nSyntax error at or near 'X' at line 2:4",
                code: 'SYNTAX',
                line: 2,
                column: 3,
              },
            }
          : status('ok'),
    );
    s.files.set('f.sql', 'ONE;\nTWO');
    const { output, errorOutput } = { output: new PassThrough(), errorOutput: new PassThrough() };
    const code = await runScript(
      {
        client: new SluiceClient({ transport: s.server }),
        output,
        errorOutput,
        terminal: { isTTY: false, colors: false, size: () => undefined },
        env: ENV,
        version: '9',
        format,
        files: {
          read: async (file) => s.files.get(file) ?? 'ONE;\n\nWORSE\n   X;',
          append: async () => {},
          replace: async () => {},
        },
      },
      script,
      new AbortController().signal,
    );
    s.console.end();
    return {
      code,
      texts: s.server.requests.map((r) => r.text),
      out: textOf(output),
      err: textOf(errorOutput),
    };
  };

  test.each(['', ' -- nothing\n', ';'])('%j is no success where no server answers', async (nothing) => {
    const client = new SluiceClient({ url: 'http://127.0.0.1:9' });
    const common = { client, env: ENV, version: '9', terminal: { isTTY: false, colors: false, size: () => undefined } };
    const files = {
      read: async () => await Promise.resolve(nothing),
      append: async () => {},
      replace: async () => {},
    };
    const typed = new PassThrough();
    typed.end(nothing);
    const ways = [
      async (output: PassThrough) => await new Console({ ...common, files, input: typed, output }).run(),
      async (output: PassThrough) =>
        await runScript({ ...common, files, output }, { file: 'f' }, new AbortController().signal),
    ];
    for (const way of ways) {
      const output = new PassThrough();
      expect(await way(output)).toBe(1);
      expect(textOf(output)).toContain('No answer from http://127.0.0.1:9');
    }
  });

  test.each([
    ['conect localhost\n', 'there is no conect.'],
    ['outptu json', 'there is no outptu. Did you mean output?'],
    ['SHOW STREAMS\n', "it does not end with ';'"],
    ['\\i\n', '\\i runs a file'],
    ['\\o /nowhere/x\n', 'Results cannot go to /nowhere/x: there is no such folder'],
  ])('%j at the end of piped input is told as what it is', async (text, told) => {
    const client = new SluiceClient({ url: 'http://127.0.0.1:9' });
    const [input, output] = [new PassThrough(), new PassThrough()];
    const replace = async (): Promise<void> => {
      await Promise.resolve();
      throw Object.assign(new Error('ENOENT: no such file'), { code: 'ENOENT' });
    };
    const files = { read: async () => await Promise.resolve(''), append: async () => {}, replace };
    const terminal = { isTTY: false, colors: false, size: () => undefined };
    input.end(text);
    expect(await new Console({ client, env: ENV, version: '9', terminal, files, input, output }).run()).toBe(1);
    expect(textOf(output)).toContain(told);
  });

  test('stop at the first error', async () => {
    expect(await run({ text: 'ONE; BAD; TWO;' })).toMatchObject({
      code: 1,
      texts: ['ONE;', 'BAD;'],
      out: 'ok\n',
      err: 'no\n',
    });
  });

  test('a mistake in a script has the line of the script, and the file', async () => {
    expect(await run({ text: 'ONE;\n-- a remark\nBAD; TWO;' })).toMatchObject({ code: 1, err: 'line 3: no\n' });
    const { err } = await run({ file: 'schema.sql' });
    expect(err).toBe("schema.sql:4:4: Syntax Error\n  Syntax error at or near 'X' at line 4:4\n   X;\n   ^\n");
  });

  test('the last semicolon may be missing', async () => {
    expect(await run({ file: 'f.sql' })).toMatchObject({ code: 0, texts: ['ONE;', 'TWO;'], out: 'ok\nok\n' });
  });

  test('json: one line each', async () => {
    const { out, err } = await run({ text: 'ONE; BAD;' }, 'json');
    expect(JSON.parse(out)).toMatchObject({ '@type': 'currentStatus' });
    expect(JSON.parse(err)).toMatchObject({ '@type': 'statement_error', message: 'no', code: 'SYNTAX' });
  });
});

/** What a hostile server or row may hold: commands to a terminal, and characters that turn or hide text. */
const HOSTILE = '\u001b[2J\u0007\u007f\u009b31m\u202e\u2066\u200f\u061c\ufeff\rx\nroot: forged';
const UNSEEN = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/;
const HOSTILE_ROWS = [
  `${JSON.stringify({ queryId: 'q', columnNames: [`C${HOSTILE}`], columnTypes: ['STRING'] })}\n`,
  `${JSON.stringify([HOSTILE])}\n`,
];
const hostileAnswer = (text: string): FakeAnswer => {
  const warnings = [{ message: HOSTILE }];
  if (text.startsWith('SELECT')) return { body: HOSTILE_ROWS };
  if (text.startsWith('BAD'))
    return { status: 400, body: { '@type': 'statement_error', error_code: 1, message: HOSTILE, hint: HOSTILE } };
  if (text.startsWith('SHOW'))
    return {
      body: [
        {
          '@type': 'streams',
          statementText: '',
          warnings,
          streams: [
            {
              type: 'STREAM',
              name: HOSTILE,
              topic: HOSTILE,
              keyFormat: HOSTILE,
              valueFormat: HOSTILE,
              isWindowed: false,
            },
          ],
        },
        { '@type': 'never_heard_of', statementText: '', warnings, [HOSTILE]: HOSTILE },
        { '@type': 'error_entity', statementText: '', warnings, errorMessage: HOSTILE },
      ],
    };
  const [done] = status(HOSTILE).body as object[];
  return { body: [{ ...done, warnings }] };
};

describe('what a server sends cannot command the terminal, nor hide or turn its text', () => {
  const STATEMENTS = 'SELECT * FROM s;\nSHOW STREAMS;\nCREATE x;\nBAD;\n';

  test.each(['table', 'json', 'csv', 'markdown', 'vertical'] as const)('%s', async (format) => {
    const s = stage(hostileAnswer, { format });
    s.input.end(STATEMENTS);
    await s.ended;
    for (const shown of [s.raw(), s.errors()]) {
      expect(shown).not.toMatch(UNSEEN);
      expect(shown).toContain('\\u009b31m');
      // No line begins with what the data want.
      expect(shown).not.toMatch(/^root: forged/m);
    }
  });

  test('JSON says the same to programs; CSV reaches a pipe or a file as it is', async () => {
    const json = stage(hostileAnswer, { format: 'json' });
    json.input.end('SELECT * FROM s;\n');
    await json.ended;
    expect(JSON.parse(json.raw())).toEqual({ [`C${HOSTILE}`]: HOSTILE });
    const pipe = stage(hostileAnswer, {
      format: 'csv',
      terminal: { isTTY: false, colors: false, size: () => undefined },
    });
    pipe.input.end('SELECT * FROM s;\n');
    await pipe.ended;
    expect(pipe.raw()).toBe(`"C${HOSTILE}"\n"${HOSTILE}"\n`);
    const file = stage(hostileAnswer, { format: 'csv' });
    file.input.end('\\o out.csv\nSELECT * FROM s;\n');
    await file.ended;
    expect(file.files.get('out.csv')).toBe(`"C${HOSTILE}"\n"${HOSTILE}"\n`);
  });

  test('the last door lets pass the sequences of the console alone', () => {
    const own = '\u001b[31mred\u001b[39m\u001b[3A\r\u001b[J\u001b[?25l';
    expect(forTerminal(`${own}\u001b[2J\u001b]0;x\u0007\u001b[5A`)).toBe(
      `${own}\\u001b[2J\\u001b]0;x\\u0007\\u001b[5A`,
    );
  });
});
