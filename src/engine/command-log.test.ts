import { afterEach, beforeEach, expect, test } from 'vitest';
import { testEnv } from '../../test/support/env.ts';
import { EmbeddedLog } from '../log/embedded/embedded-log.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { BatchBuilder } from '../log/record-batch/builder.ts';
import { COMMAND_VERSION, type Command } from './command.ts';
import { CommandLog } from './command-log.ts';

let log: EmbeddedLog;
let commands: CommandLog;
let applied: string[];

beforeEach(async () => {
  log = new EmbeddedLog({ store: new MemoryStore(), env: testEnv() });
  applied = [];
  commands = await CommandLog.open(log, testEnv(), 's', 1, 'tx');
  await commands.replay(apply);
  commands.follow(apply);
});

afterEach(async () => {
  await commands.close();
  await log.close();
});

function apply(command: Command): undefined {
  applied.push(command.id);
}

function command(id: string, version = COMMAND_VERSION): Command {
  return { version, id, statement: '', changes: [], properties: {}, message: '' };
}

/** Writes commands as another server does. */
async function writeElsewhere(...written: readonly Command[]): Promise<void> {
  const batch = new BatchBuilder();
  for (const one of written) batch.add(1, Buffer.from(one.id), Buffer.from(JSON.stringify(one)));
  const writer = await log.createWriter();
  writer.append(commands.topic, 0, batch.finish());
  await writer.commit();
  await writer.close();
}

test('a command of a newer version is not passed over, nor is what follows it applied', async () => {
  await writeElsewhere(command('a'), command('newer', COMMAND_VERSION + 1), command('b'));
  await expect.poll(() => applied).toEqual(['a']);
  await writeElsewhere(command('c'));
  await expect(commands.catchUp(1200)).rejects.toThrow('Timed out while waiting for a previous command');
  expect(applied).toEqual(['a']);
  expect(commands.position).toBe(1);
});

test('a writer whose transaction timed out is replaced', async () => {
  await log.createWriter({ transactionalId: 'tx' });
  expect(await commands.append(command('a'), -1)).toEqual({ kind: 'APPLIED', sequenceNumber: 0 });
  expect(await commands.append(command('b'), 0)).toEqual({ kind: 'APPLIED', sequenceNumber: 1 });
  expect(applied).toEqual(['a', 'b']);
});

test('a command that was planned before the one ahead of it was known is void', async () => {
  await writeElsewhere(command('a'));
  expect(await commands.append(command('b'), -1)).toEqual({ kind: 'SUPERSEDED' });
  expect(await commands.append(command('b'), 0)).toEqual({ kind: 'APPLIED', sequenceNumber: 2 });
  expect(applied).toEqual(['a', 'b']);
});
