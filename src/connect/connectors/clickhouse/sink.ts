import { tlsProblem, topicsOf } from '../internal/probing.ts';
import { invalidSetting, type Config, type ConfigProblem } from '../../api/config-spec.ts';
import { isSluiceError, messageOf } from '../../../base/errors.ts';
import type { Choice, ChoiceContext, ProbeContext, SinkImplementation } from '../../api/connector.ts';
import { ConnectError } from '../../api/errors.ts';
import { AccessRefused } from '../internal/access-refused.ts';
import { OneConfigSinkConnector } from '../internal/one-config-sink.ts';
import { ClickHouse } from './server.ts';
import { SINK, tableNamer } from './sink-keys.ts';
import { ClickHouseSinkTask } from './sink-task.ts';
import { readTable } from './table.ts';

/**
 * Checks that the server is reachable, accepts our credentials and has the database, and that tables exist if they are
 * not to be created.
 */
async function probe(config: Config, { env, signal }: ProbeContext): Promise<readonly ConfigProblem[]> {
  let server: ClickHouse;
  try {
    server = new ClickHouse(config, env);
  } catch (error) {
    return [tlsProblem(error, SINK.url)];
  }
  try {
    const [[count] = []] = await server.rows(
      `SELECT count() FROM system.databases WHERE name = '${server.database.replaceAll(/[\\']/g, '\\$&')}'`,
      signal,
    );
    if (Number(count) === 0) return [invalidSetting(SINK.database.name, server.database, 'there is no such database')];
    if (config.get(SINK.autoCreate)) return [];
    const tableOf = tableNamer(config.raw);
    const problems: ConfigProblem[] = [];
    for (const topic of topicsOf(config)) {
      const name = tableOf(topic);
      if ((await readTable(server, name, signal)) === undefined)
        problems.push({
          key: SINK.autoCreate.name,
          message: `There is no table ${server.database}.${name} for topic ${topic}: make it, or let ${SINK.autoCreate.name}=true make it`,
        });
    }
    return problems;
  } catch (error) {
    return [
      error instanceof AccessRefused
        ? invalidSetting(SINK.password.name, '[hidden]', messageOf(error))
        : invalidSetting(SINK.url.name, server.url.name, messageOf(error)),
    ];
  } finally {
    server.close();
  }
}

/** Describes what would be created, for the response to CREATE. */
async function choose(config: Config, { env, signal }: ChoiceContext): Promise<Choice> {
  const notes: string[] = [];
  try {
    const server = new ClickHouse(config, env);
    try {
      const tableOf = tableNamer(config.raw);
      const upserts = config.get(SINK.upsertTopics);
      for (const topic of topicsOf(config)) {
        const name = `${server.database}.${tableOf(topic)}`;
        if ((await readTable(server, tableOf(topic), signal)) !== undefined)
          notes.push(`The records of topic ${topic} go to table ${name}, which is there`);
        else if (config.get(SINK.autoCreate))
          notes.push(
            `The first record of topic ${topic} makes table ${name}: ${upserts.includes(topic) ? 'SELECT ... FINAL WHERE _deleted = 0 shows its rows' : 'SELECT ... FINAL shows each record once'}`,
          );
      }
    } finally {
      server.close();
    }
  } catch (error) {
    // The probe reports it with the setting at fault.
    if (!(error instanceof ConnectError || isSluiceError(error))) throw error;
  }
  return { settings: {}, notes };
}

export const clickhouseSinkImplementation: SinkImplementation = {
  probe,
  choose,
  createConnector: () => new OneConfigSinkConnector(),
  createTask: () => new ClickHouseSinkTask(),
};
