import { SluiceError } from '../../base/errors.ts';
import type { Statement, StatementOf } from '../../sql/ast/statement.ts';
import type { ResultBody } from '../results.ts';
import type { Services } from '../services.ts';
import type { Session } from '../session.ts';
import { assertSchema, assertTopic } from './assertions.ts';
import { alterConnector, pauseConnector, restartConnector, resumeConnector } from './change-connector.ts';
import { checkCreateConnector, createConnector, type CheckedConnector } from './create-connector.ts';
import { dropConnector } from './drop-connector.ts';
import { dropTopic } from './drop-topic.ts';
import { describeConnector, describePlugin, listConnectors, listPlugins } from './show-connectors.ts';
import { describeName, describeSources } from './describe.ts';
import { explain } from './explain.ts';
import { startInsertValues } from './insert-values.ts';
import { describeFunction, listFunctions, listProperties, listTypes, listVariables } from './show-catalog.ts';
import { listQueries } from './show-queries.ts';
import { listSources } from './show-sources.ts';
import { listTopics } from './show-topics.ts';

export interface Call {
  readonly services: Services;
  readonly session: Session;
}

type Answer = ResultBody & { readonly warnings: readonly string[] };

/** Executes a statement that does not go through the command log: on the server that received it. */
export async function executeImmediate(
  statement: Statement,
  text: string,
  call: Call,
  checked: CheckedConnector | undefined,
): Promise<Answer> {
  const { notes, ...body } = (await dispatch(statement, text, call, checked)) as ResultBody & {
    readonly notes?: readonly string[];
  };
  return { ...body, warnings: notes ?? [] };
}

async function dispatch(
  statement: Statement,
  text: string,
  call: Call,
  checked: CheckedConnector | undefined,
): Promise<ResultBody> {
  switch (statement.kind) {
    case 'CreateConnector':
      return await createConnector(statement, call, checked ?? (await checkCreateConnector(statement, call)));
    case 'AlterConnector':
      return await alterConnector(statement, call);
    case 'DropConnector':
      return await dropConnector(statement, call);
    case 'RestartConnector':
      return await restartConnector(statement, call);
    case 'PauseConnector':
      return await pauseConnector(statement, call);
    case 'ResumeConnector':
      return await resumeConnector(statement, call);
    case 'ListConnectors':
      return await listConnectors(statement, call);
    case 'ListConnectorPlugins':
      return await listPlugins(call);
    case 'DescribeConnector':
      return await describeConnector(statement.name, call);
    case 'DescribeConnectorPlugin':
      return await describePlugin(statement, call);
    case 'DropTopic':
      return await dropTopic(statement, call.services);
    case 'InsertValues':
      await (await startInsertValues(statement, call.services, call.session)).finished();
      return { kind: 'none' };
    case 'ListSources':
      return await listSources(statement, call.services);
    case 'ListTopics':
      return await listTopics(statement, call.services);
    case 'ListQueries':
      return listQueries(statement, call.services);
    case 'ListProperties':
      return listProperties(call.services, call.session);
    case 'ListFunctions':
      return listFunctions(call.services);
    case 'ListTypes':
      return listTypes(call.services);
    case 'ListVariables':
      return listVariables(call.session);
    case 'DescribeSource':
      return await describeName(statement, call);
    case 'DescribeSources':
      return await describeSources(statement, call.services);
    case 'DescribeFunction':
      return describeFunction(statement.name, call.services);
    case 'Explain':
      return await explain(statement, text, call);
    case 'AssertTopic':
      return await assertTopic(statement, call.services);
    case 'AssertSchema':
      return await assertSchema(statement, call.services);
    default:
      throw new SluiceError(
        'STATEMENT',
        `Statement type \`${statementType(statement)}' not supported for this resource`,
        { span: statement.span },
      );
  }
}

function statementType(statement: Statement): string {
  return (statement as StatementOf<Statement['kind']>).kind;
}
