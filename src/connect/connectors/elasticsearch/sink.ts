import { tlsProblem, topicsOf } from '../internal/probing.ts';
import { invalidSetting, type Config, type ConfigProblem } from '../../api/config-spec.ts';
import type { Choice, ChoiceContext, ProbeContext, SinkImplementation } from '../../api/connector.ts';
import { ConnectError } from '../../api/errors.ts';
import { isSluiceError, messageOf } from '../../../base/errors.ts';
import { Cluster, reasonOf } from './cluster.ts';
import { CONNECTION } from './connection-keys.ts';
import { indexNamer, nameProblem } from './index-names.ts';
import { misfits } from './mapping.ts';
import { planRecords, recordSettings } from './record-plan.ts';
import { SINK } from './sink-keys.ts';
import { streamsIn } from './sink-rules.ts';
import { ElasticsearchSinkTask } from './sink-task.ts';
import { readTarget } from './target.ts';
import { OneConfigSinkConnector } from '../internal/one-config-sink.ts';

/**
 * The first version without mapping types and with `_bulk` as it is used here. OpenSearch has its own version numbers.
 */
const OLDEST_ELASTICSEARCH = 7;

async function withCluster<T>(
  config: Config,
  { env }: ProbeContext,
  work: (cluster: Cluster) => Promise<T>,
): Promise<T> {
  const cluster = new Cluster(config, env);
  try {
    return await work(cluster);
  } finally {
    cluster.close();
  }
}

async function probe(config: Config, context: ProbeContext): Promise<readonly ConfigProblem[]> {
  try {
    return await withCluster(config, context, async (cluster) => {
      const refusal = await greet(cluster, config, context.signal);
      return refusal === undefined ? await misfitting(cluster, config, context) : [refusal];
    });
  } catch (error) {
    if (isSluiceError(error, 'CONFIG')) return [tlsProblem(error, CONNECTION.connectionUrl)];
    return [invalidSetting(CONNECTION.connectionUrl.name, withoutLogins(config), messageOf(error))];
  }
}

/** The addresses without credentials, for messages. */
const withoutLogins = (config: Config): string =>
  config
    .get(CONNECTION.connectionUrl)
    .join(',')
    .replaceAll(/\/\/[^@/,]*@/g, '//');

/**
 * Requests the version of the cluster, which shows whether it is reachable, accepts our credentials, and is supported.
 * Undefined: no problem.
 */
async function greet(cluster: Cluster, config: Config, signal: AbortSignal): Promise<ConfigProblem | undefined> {
  const answer = await cluster.send('GET', '/', undefined, signal);
  if (answer.status === 401) {
    const usesKey = config.get(CONNECTION.apiKey) !== undefined;
    const key = usesKey ? CONNECTION.apiKey : CONNECTION.connectionPassword;
    return invalidSetting(key.name, '[hidden]', `the cluster refuses access: ${reasonOf(answer)}`);
  }
  // An API key for certain indices may have no permission to read cluster information.
  if (answer.status === 403) return undefined;
  const { number = '', distribution } = (answer.body?.version ?? {}) as { number?: string; distribution?: string };
  const url = withoutLogins(config);
  if (answer.status !== 200 || number === '')
    return invalidSetting(
      CONNECTION.connectionUrl.name,
      url,
      `that is neither Elasticsearch nor OpenSearch: ${reasonOf(answer)}`,
    );
  if (distribution === undefined && Number.parseInt(number, 10) < OLDEST_ELASTICSEARCH)
    return invalidSetting(
      CONNECTION.connectionUrl.name,
      url,
      `Elasticsearch ${number} is older than ${OLDEST_ELASTICSEARCH}, the first without types`,
    );
  return undefined;
}

/**
 * Indices whose mappings do not fit the records of their topics, when the schemas of these are known: reported before
 * the first record.
 */
async function misfitting(cluster: Cluster, config: Config, { schemas }: ProbeContext): Promise<ConfigProblem[]> {
  const nameOf = indexNamer(config.raw);
  const settings = recordSettings(config, streamsIn(config.raw));
  const problems: ConfigProblem[] = [];
  for (const topic of topicsOf(config)) {
    const name = nameOf(topic);
    const bad = nameProblem(name);
    if (bad !== undefined) {
      problems.push({ key: 'topics', message: `Topic ${topic} has no index: '${name}' is no name of one, ${bad}` });
      continue;
    }
    const known = schemas(topic);
    if (known?.value?.type !== 'STRUCT') continue;
    const { fields = {} } = planRecords(settings, known.key, known.value);
    const target = await readTarget(cluster, name);
    const faults = target === undefined ? [] : misfits(fields, target.fields);
    if (faults.length > 0)
      problems.push({
        key: 'topics',
        message: `The rows of topic ${topic} do not fit index ${name}: ${faults.join('; ')}`,
      });
  }
  return problems;
}

/** Describes what would be created, for the response to CREATE. */
async function choose(config: Config, context: ChoiceContext): Promise<Choice> {
  const nothing: Choice = { settings: {}, notes: [] };
  const creates = config.get(SINK.autoCreate) && config.get(SINK.resourceUsage).toUpperCase() === 'DISABLED';
  const isStream = streamsIn(config.raw);
  const nameOf = indexNamer(config.raw);
  const settings = recordSettings(config, isStream);
  try {
    return await withCluster(config, context, async (cluster) => {
      const notes: string[] = [];
      for (const topic of topicsOf(config)) {
        const name = nameOf(topic);
        if (nameProblem(name) !== undefined) continue;
        const target = await readTarget(cluster, name);
        if (target !== undefined) {
          notes.push(`The records of topic ${topic} go to ${target.kind} ${name}, which is there`);
          continue;
        }
        const known = config.get(SINK.schemaIgnore) ? undefined : context.schemas(topic);
        const fields =
          known?.value?.type === 'STRUCT' ? planRecords(settings, known.key, known.value).fields : undefined;
        const types = fields && Object.entries(fields).map(([field, { type = 'object' }]) => `${field} ${type}`);
        const what = `${isStream ? 'data stream' : 'index'} ${name}`;
        notes.push(
          creates
            ? `The first record of topic ${topic} makes ${what}${types === undefined ? '' : `: ${types.join(', ')}`}`
            : `The records of topic ${topic} go to ${what}, which is not there: make it before the first`,
        );
      }
      return { settings: {}, notes };
    });
  } catch (error) {
    // The probe reports it with the setting at fault.
    if (error instanceof ConnectError || isSluiceError(error)) return nothing;
    throw error;
  }
}

export const elasticsearchSinkImplementation: SinkImplementation = {
  probe,
  choose,
  createConnector: () => new OneConfigSinkConnector(),
  createTask: () => new ElasticsearchSinkTask(),
};
