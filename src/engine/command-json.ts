import { messageOf, SluiceError } from '../base/errors.ts';
import type { Ddl, QueryChange } from '../catalog/ddl.ts';
import { planFromJson, planToJson } from '../plan/steps/json.ts';
import type { QueryPlan } from '../plan/steps/steps.ts';
import { COMMAND_VERSION, type Command } from './command.ts';

/** The record's value: JSON. */
export function encodeCommand(command: Command): string {
  return JSON.stringify({
    ...command,
    changes: command.changes.map((change) =>
      change.kind === 'AddQuery'
        ? { ...change, query: { ...change.query, plan: planToJson(change.query.plan as QueryPlan) } }
        : change,
    ),
  });
}

/** @throws SluiceError LOG_CORRUPT for text that is not a command, NOT_READY for a command of a newer version */
export function decodeCommand(text: string, offset: number): Command {
  let command: Command;
  try {
    command = JSON.parse(text) as Command;
  } catch (error) {
    throw new SluiceError(
      'LOG_CORRUPT',
      `The command at offset ${offset} of the command topic is no JSON: ${messageOf(error)}`,
    );
  }
  if (command.version > COMMAND_VERSION) {
    throw new SluiceError(
      'NOT_READY',
      `The command at offset ${offset} has version ${command.version}; this server reads versions up to ${COMMAND_VERSION}`,
      {
        hint: 'Start the server version that wrote it, or a later one.',
      },
    );
  }
  return { ...command, changes: command.changes.map(decodeChange) };
}

function decodeChange(change: Ddl | QueryChange): Ddl | QueryChange {
  return change.kind === 'AddQuery'
    ? { ...change, query: { ...change.query, plan: planFromJson(change.query.plan) } }
    : change;
}
