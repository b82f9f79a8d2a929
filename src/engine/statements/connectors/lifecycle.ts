import { guarded } from '../../../connect/client/errors.ts';
import type { StatementOf } from '../../../sql/ast/statement.ts';
import type { Answer, Call } from '../call.ts';
import { requireConnect, resolveName } from './names.ts';

export async function restartConnector(statement: StatementOf<'RestartConnector'>, call: Call): Promise<Answer> {
  const connect = requireConnect(call.services);
  const name = await resolveName(connect, statement.name);
  const { task } = statement;
  if (task === null) {
    await guarded(
      () => connect.restart(name, { includeTasks: true, onlyFailed: false }),
      'Failed to restart connector: ',
    );
    return { kind: 'connector_changed', connectorName: name, message: `Restarted connector ${name}` };
  }
  await guarded(() => connect.restartTask(name, task), 'Failed to restart connector: ');
  return { kind: 'connector_changed', connectorName: name, message: `Restarted task ${task} of connector ${name}` };
}

export async function pauseConnector(statement: StatementOf<'PauseConnector'>, call: Call): Promise<Answer> {
  const connect = requireConnect(call.services);
  const name = await resolveName(connect, statement.name);
  await guarded(() => connect.pause(name), 'Failed to pause connector: ');
  return { kind: 'connector_changed', connectorName: name, message: `Paused connector ${name}` };
}

export async function resumeConnector(statement: StatementOf<'ResumeConnector'>, call: Call): Promise<Answer> {
  const connect = requireConnect(call.services);
  const name = await resolveName(connect, statement.name);
  await guarded(() => connect.resume(name), 'Failed to resume connector: ');
  return { kind: 'connector_changed', connectorName: name, message: `Resumed connector ${name}` };
}
