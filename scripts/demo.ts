import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Console } from '../src/cli/console.ts';
import { SluiceClient } from '../src/client/index.ts';
import { startSluice } from '../src/main/compose.ts';
import { terminalOptions } from '../src/main/terminal.ts';
import { PostgresUnavailable } from '../test/support/postgres.ts';
import { Checks } from './demo/checks.ts';
import { openDatabase } from './demo/database.ts';
import { playSession } from './demo/session.ts';
import { Typist } from './demo/typist.ts';

/**
 * The demo: a Postgres as the user's database, Sluice in this process, and a session that is typed into its console.
 * Without a terminal it ends with a summary (exit code 1 if a check failed), otherwise it hands the console over to the
 * user.
 */
const { values } = parseArgs({
  options: {
    data: { type: 'string', default: fileURLToPath(new URL('../demo-data', import.meta.url)) },
    keep: { type: 'boolean', default: false },
    // Between two statements, in ms: similar to a person who types them.
    pause: { type: 'string', default: '0' },
  },
});

process.exitCode = await main();

async function main(): Promise<number> {
  const terminal = process.stdin.isTTY && process.stdout.isTTY;
  if (!values.keep) rmSync(values.data, { recursive: true, force: true });
  const started = performance.now();
  let database;
  try {
    database = await openDatabase(process.env['SLUICE_DEMO_POSTGRES_URL']);
  } catch (error) {
    if (!(error instanceof PostgresUnavailable)) throw error;
    process.stderr.write(
      `The demo needs a Postgres server, and cannot start one here.\n${error.message.trim()}\n` +
        'With a Postgres of your own: SLUICE_DEMO_POSTGRES_URL=postgres://user:password@host:port/database npm run demo\n' +
        '(the demo makes the tables users, orders and pageviews_by_region in it)\n',
    );
    return 1;
  }
  const opened = database;
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)
    process.once(signal, () => void opened.stop().finally(() => process.exit(code)));
  try {
    const sluice = await startSluice({
      properties: {
        'data.dir': path.resolve(values.data),
        listeners: `http://127.0.0.1:${await portNear(8088)}`,
        'connect.listeners': `http://127.0.0.1:${await portNear(8083)}`,
        'log.level': 'error',
      },
      environment: process.env,
    });
    try {
      process.stdout.write(
        `Sluice serves ${sluice.url}, Kafka Connect ${sluice.connectUrl}; beside it runs ${database.description} ` +
          `(${((performance.now() - started) / 1000).toFixed(1)} s)\n\n`,
      );
      const typist = new Typist(terminal, Number(values.pause));
      const client = new SluiceClient({ url: sluice.url });
      const options = terminalOptions();
      const console_ = new Console({
        ...options,
        client,
        input: typist.input,
        output: typist.output,
        terminal: {
          ...options.terminal,
          isTTY: terminal,
          size: () => options.terminal.size() ?? { columns: 120, rows: 0 },
        },
        echo: true,
        onIdle: typist.onIdle,
      });
      const ended = console_.run();
      const checks = new Checks();
      if (!values.keep) await playSession(typist, client, database, checks);
      process.stdout.write(`${terminal ? '\r\u001b[J' : ''}${checks.summary()}`);
      if (terminal) {
        process.stdout.write(
          `${sluice.consoleUrl === undefined ? '' : `In a browser: ${sluice.consoleUrl} shows what was typed here alive, and what flows where.\n`}` +
            'The console is yours now, connectors and queries go on: SELECT * FROM pageviews_by_region EMIT CHANGES; shows the counts grow\n' +
            '(Ctrl-C ends it), help shows what else there is, Ctrl-D leaves.\n',
        );
        await typist.type('');
        typist.handOver();
      } else {
        console_.end();
      }
      await ended;
      return checks.failed ? 1 : 0;
    } finally {
      if (terminal) {
        process.stdin.setRawMode(false);
        process.stdin.unref();
      }
      await sluice.close();
    }
  } finally {
    await database.stop();
  }
}

/** The usual port, or a free one if it is in use. */
async function portNear(usual: number): Promise<number> {
  const free = (port: number): Promise<number | undefined> =>
    new Promise((resolve) => {
      const probe = createServer();
      probe.once('error', () => resolve(undefined));
      probe.listen(port, '127.0.0.1', () => {
        const { port: bound } = probe.address() as { readonly port: number };
        probe.close(() => resolve(bound));
      });
    });
  return (await free(usual)) ?? (await free(0))!;
}
