import { renderDifference, renderValidation } from './connector-validation.ts';
import type { Entity, SchemaInfo } from '../../wire/entities.ts';
import { renderConnector, renderFunction, renderQueryDescription, renderSource } from './descriptions.ts';
import { fieldsOf, listOf, oneLine, textOf, textsOf, type Fields } from './fields.ts';
import { schemaText } from './schema-text.ts';
import { renderFields, renderTable, type TableColumn } from './table.ts';
import { foldText } from './width.ts';

type Renderer = (entity: Entity, width: number, session: SessionView) => string;

/** The parts of the console's session that affect rendering. */
export interface SessionView {
  /** The names of properties that were changed by SET. */
  readonly setProperties: ReadonlySet<string>;
}

/** The renderer of each kind of result. Other kinds are shown as JSON. */
const RENDERERS: Readonly<Record<string, Renderer>> = {
  currentStatus: (e) => textOf(fieldsOf(e['commandStatus'])['message']),
  streams: (e, w) => renderSources(listOf(e['streams']), 'Stream Name', w),
  tables: (e, w) => renderSources(listOf(e['tables']), 'Table Name', w),
  source_descriptions: (e, w) =>
    listOf(e['sourceDescriptions'])
      .map((d) => renderSource(d, w))
      .join('\n\n') || 'No sources.',
  sourceDescription: (e, w) => renderSource(fieldsOf(e['sourceDescription']), w),
  queries: (e, w) => renderQueries(listOf(e['queries']), w),
  query_descriptions: (e, w) =>
    listOf(e['queryDescriptions'])
      .map((d) => renderQueryDescription(d, w))
      .join('\n\n') || 'No queries.',
  queryDescription: (e, w) => renderQueryDescription(fieldsOf(e['queryDescription']), w),
  properties: renderProperties,
  kafka_topics: (e, w) => renderTopics(listOf(e['topics']), false, w),
  kafka_topics_extended: (e, w) => renderTopics(listOf(e['topics']), true, w),
  function_names: (e, w) =>
    table(
      ['Function Name', 'Category'],
      listOf(e['functions']).map((f) => [textOf(f['name']), textOf(f['category'])]),
      w,
      'No functions.',
    ),
  lineage: renderLineage,
  health: renderHealth,
  describe_function: (e, w) => renderFunction(e, w),
  type_list: (e, w) =>
    table(
      ['Type Name', 'Schema'],
      Object.entries(fieldsOf(e['types'])).map(([name, schema]) => [name, schemaText(schema as SchemaInfo)]),
      w,
      'No types.',
    ),
  variables: (e, w) =>
    table(
      ['Variable Name', 'Value'],
      listOf(e['variables']).map((v) => [textOf(v['name']), textOf(v['value'])]),
      w,
      'No variables.',
    ),
  terminate_query: (e) =>
    e['wasTerminated'] === true ? 'Query terminated.' : `Query ${textOf(e['queryId'])} was not running.`,
  assert_topic: (e) => `Topic ${textOf(e['topicName'])} ${e['exists'] === true ? 'exists' : 'does not exist'}.`,
  assert_schema: (e) => {
    const which = [
      ...(e['subject'] === null || e['subject'] === undefined ? [] : [`subject name ${textOf(e['subject'])}`]),
      ...(e['id'] === null || e['id'] === undefined ? [] : [`ID ${textOf(e['id'])}`]),
    ];
    return `Schema with ${which.join(' and ')} ${e['exists'] === true ? 'exists' : 'does not exist'}.`;
  },
  connector_info: renderCreated,
  drop_connector: (e) => {
    const dropped = textsOf(e['droppedSources']);
    return [
      `Dropped connector "${textOf(e['connectorName'])}"`,
      ...(dropped.length === 0 ? [] : [`Dropped with it: ${dropped.join(', ')}`]),
    ].join('\n');
  },
  connector_difference: renderDifference,
  assert_connector: (e) =>
    `Connector ${textOf(e['connectorName'])} ${e['exists'] !== true ? 'does not exist' : e['state'] === null ? 'exists' : `is ${textOf(e['state'])}`}.`,
  connector_statement: (e) => textOf(e['createStatement']),
  dead_letters: (e, w) =>
    table(
      ['Offset', 'From', 'Stage', 'Cause', 'Key', 'Value'],
      listOf(e['deadLetters']).map((l) => [
        `${textOf(l['partition'])}:${textOf(l['offset'])}${l['retried'] === true ? ' (sent again)' : ''}`,
        textOf(l['originalTopic']) === ''
          ? ''
          : `${textOf(l['originalTopic'])} ${textOf(l['originalPartition'])}:${textOf(l['originalOffset'])}`,
        textOf(l['stage']),
        textOf(l['error']),
        textOf(l['key']),
        textOf(l['value']),
      ]),
      w,
      `Connector ${textOf(e['connectorName'])} has put no record aside in ${textOf(e['topic'])}.`,
    ),
  connector_offsets: (e, w) =>
    table(
      ['Partition', 'Offset'],
      listOf(e['offsets']).map((o) => [JSON.stringify(o['partition']), JSON.stringify(o['offset'])]),
      w,
      `Connector ${textOf(e['connectorName'])} has no offsets: it begins at the beginning.`,
    ),
  connector_changed: (e, width) => [textOf(e['message']), ...declaredParts(e, width)].join('\n'),
  connector_validation: renderValidation,
  connector_logs: (e, w) =>
    table(
      ['Time', 'Event', 'Task', 'State', 'Detail'],
      listOf(e['lines']).map((l) => [
        new Date(Number(l['at'])).toISOString(),
        textOf(l['event']),
        textOf(l['task']),
        textOf(l['previousState']) === '' || textOf(l['previousState']) === textOf(l['state'])
          ? textOf(l['state'])
          : `${textOf(l['previousState'])} → ${textOf(l['state'])}`,
        [textOf(l['topic']), textOf(l['detail'])].filter((text) => text !== '').join(': '),
      ]),
      w,
      `Nothing is known of connector ${textOf(e['connectorName'])}.`,
    ),
  connect_cluster_changed: (e) => textOf(e['message']),
  connect_clusters: (e, w) =>
    table(
      ['Cluster', 'URL', 'Connectors', 'Problem'],
      listOf(e['clusters']).map((c) => [
        textOf(c['name']) || '(the server’s)',
        textOf(c['url']) || '(in the server)',
        textOf(c['connectors']),
        textOf(c['problem']),
      ]),
      w,
      'No clusters.',
    ),
  secret_changed: (e) => textOf(e['message']),
  secrets: (e, w) =>
    table(
      ['Secret', 'Keys', 'Used by', 'Changed at'],
      listOf(e['secrets']).map((s) => [
        textOf(s['name']),
        textsOf(s['keys']).join(', '),
        textsOf(s['usedBy']).join(', '),
        new Date(Number(s['changedAt'])).toISOString(),
      ]),
      w,
      "There are no secrets: CREATE SECRET name WITH (password='…');",
    ),
  topic_dropped: (e) => textOf(e['message']),
  warning_entity: (e) => textOf(e['message']),
  connector_list: (e, w) => {
    const connectors = listOf(e['connectors']);
    const shown = table(
      ['Connector Name', 'Type', 'Class', 'Topic or Prefix', 'Status'],
      connectors.map((c) => [
        textOf(c['name']),
        textOf(c['type']).toUpperCase(),
        textOf(c['className']),
        textOf(c['topicPrefix']),
        textOf(c['state']),
      ]),
      w,
      'No connectors.',
    );
    const causes = connectors.flatMap((c) =>
      textOf(c['cause']) === ''
        ? []
        : [
            `${textOf(c['name'])}: ${textOf(c['cause'])}`,
            ...(textOf(c['advice']) === '' ? [] : [`  ${textOf(c['advice'])}`]),
          ],
    );
    return [shown, ...causes, ...textsOf(e['news'])].join('\n');
  },
  connector_plugins_list: (e, w) =>
    table(
      ['Class', 'Type', 'Version'],
      listOf(e['connectorsPlugins']).map((p) => [
        textOf(p['className']),
        textOf(p['type']).toUpperCase(),
        textOf(p['version']),
      ]),
      w,
      'No plugins.',
    ),
  connector_description: (e, w) => renderConnector(e, w),
  connector_plugin_description: (e, w) =>
    `Class : ${textOf(e['className'])}\n${shortFormText(fieldsOf(e['shortForm']), w)}\n${table(
      ['Config', 'Type', 'Default', 'Importance', 'Description'],
      listOf(e['configs']).map((c) => [
        textOf(c['name']),
        textOf(c['type']),
        c['required'] === true ? '(required)' : textOf(c['defaultValue']),
        textOf(c['importance']),
        textOf(c['documentation']),
      ]),
      w,
      'No configs.',
    )}`,
  error_entity: (e) => textOf(e['errorMessage']),
};

const NO_SESSION: SessionView = { setProperties: new Set() };

/** The result of one statement as text, without a line break at the end. */
export function renderEntity(entity: Entity, width: number, session: SessionView = NO_SESSION): string {
  const render = RENDERERS[entity['@type']];
  const body = render ? foldText(render(entity, width, session), width) : JSON.stringify(entity, null, 2);
  const warnings = listOf(entity.warnings).map((w) => `WARNING: ${textOf(w['message'])}`);
  return [...warnings.map((w) => foldText(w, width)), ...(body === '' ? [] : [body])].join('\n');
}

/** One line per edge of the data flow, followed by the problems of its parts. */
function renderLineage(entity: Entity, width: number): string {
  const edges = listOf(entity['edges']);
  const nodes = new Map(listOf(entity['nodes']).map((n) => [textOf(n['id']), n]));
  const kindAndName = (id: unknown): string[] => {
    const node = nodes.get(textOf(id));
    return [textOf(node?.['kind']).toLowerCase(), textOf(node?.['name'])];
  };
  const isAlone = (id: string): boolean => !edges.some((e) => e['from'] === id || e['to'] === id);
  const rows = [
    ...edges.map((e) => [...kindAndName(e['from']), ...kindAndName(e['to']), textOf(e['topic'])]),
    ...[...nodes.keys()].filter(isAlone).map((id) => [...kindAndName(id), '', '', '']),
  ];
  const troubled = [...nodes.values()].filter((n) => textOf(n['cause']) !== '');
  return [
    table(['From', 'Name', 'To', 'Name', 'Topic'], rows, width, 'Nothing flows.'),
    ...troubled.map((n) => `${textOf(n['name'])}: ${textOf(n['state'])}, ${textOf(n['cause'])}`),
  ].join('\n');
}

/** One line per component, followed by its problem and the remedy. */
function renderHealth(entity: Entity, width: number): string {
  const parts = listOf(entity['parts']);
  const troubled = parts.filter((p) => textOf(p['reason']) !== '');
  return [
    table(
      ['Part', 'State'],
      parts.map((p) => [textOf(p['name']), textOf(p['state'])]),
      width,
      'Nothing is known.',
    ),
    ...troubled.map((p) => `${textOf(p['name'])}: ${textOf(p['reason'])}\n  ${textOf(p['hint'])}`),
  ].join('\n');
}

function table(titles: readonly string[], rows: readonly (readonly string[])[], width: number, none: string): string {
  if (rows.length === 0) return none;
  return renderTable(
    titles.map((title, i): TableColumn => ({ title, keep: i === 0 })),
    rows,
    width,
  );
}

/** The names that `connector='...'` accepts, with a reference to those of the other direction. */
function shortFormText(short: Fields, width: number): string {
  const name = textOf(short['name']);
  if (name === '') return '';
  const both = /^(.*)-(source|sink)$/.exec(name);
  const other = both && `${both[1]!}-${both[2] === 'source' ? 'sink' : 'source'}`;
  const keys = table(
    ['Short name', 'Required', 'Description'],
    listOf(short['keys']).map((k) => [textOf(k['name']), k['required'] === true ? 'yes' : '', textOf(k['doc'])]),
    width,
    'No short names.',
  );
  const lines = [
    `Short form : CREATE ${textOf(short['type']).toUpperCase()} CONNECTOR name WITH (connector='${both?.[1] ?? name}', ...);`,
    ...(other ? [`See also   : DESCRIBE CONNECTOR PLUGIN ${other};`] : []),
  ];
  return `${lines.join('\n')}\n\n${keys}\n\nSettings in full:\n`;
}

function renderSources(sources: readonly Fields[], title: string, width: number): string {
  return table(
    [title, 'Kafka Topic', 'Key Format', 'Value Format', 'Windowed'],
    sources.map((s) => [
      textOf(s['name']),
      textOf(s['topic']),
      textOf(s['keyFormat']),
      textOf(s['valueFormat']),
      textOf(s['isWindowed']),
    ]),
    width,
    title === 'Stream Name' ? 'No streams.' : 'No tables.',
  );
}

function renderQueries(queries: readonly Fields[], width: number): string {
  return table(
    ['Query ID', 'Query Type', 'Status', 'Lag', 'Sink Name', 'Sink Kafka Topic', 'Query String'],
    queries.map((q) => [
      textOf(q['id']),
      textOf(q['queryType']),
      textOf(q['state']),
      q['lag'] === undefined ? '' : textOf(q['lag']),
      textsOf(q['sinks']).join(', '),
      textsOf(q['sinkKafkaTopics']).join(', '),
      oneLine(textOf(q['queryString'])),
    ]),
    width,
    'No queries.',
  );
}

function renderProperties(entity: Entity, width: number, session: SessionView): string {
  const overwritten = new Set(textsOf(entity['overwrittenProperties']));
  return table(
    ['Property', 'Scope', 'Default override', 'Effective Value'],
    listOf(entity['properties']).map((p) => {
      const name = textOf(p['name']);
      const from = session.setProperties.has(name) ? 'SESSION' : overwritten.has(name) ? 'SERVER' : '';
      return [name, textOf(p['scope']), from, p['value'] === null ? 'NULL' : textOf(p['value'])];
    }),
    width,
    'No properties.',
  );
}

function renderTopics(topics: readonly Fields[], extended: boolean, width: number): string {
  if (topics.length === 0) return 'No topics.';
  const titles = [
    'Kafka Topic',
    'Partitions',
    'Partition Replicas',
    ...(extended ? ['Consumers', 'ConsumerGroups'] : []),
  ];
  return renderTable(
    titles.map((title, i) => ({ title, align: i === 0 ? 'left' : 'right' }) as const),
    topics.map((t) => {
      const replicas = Array.isArray(t['replicaInfo']) ? (t['replicaInfo'] as number[]) : [];
      const same = new Set(replicas).size <= 1;
      return [
        textOf(t['name']),
        String(replicas.length),
        same ? textOf(replicas[0] ?? '') : replicas.join(', '),
        ...(extended ? [textOf(t['consumerCount']), textOf(t['consumerGroupCount'])] : []),
      ];
    }),
    width,
  );
}

/** The created connector, and the statements that were executed for its topics. */
function renderCreated(entity: Entity, width: number): string {
  const info = fieldsOf(entity['info']);
  return [`Created connector ${textOf(info['name'])}`, ...declaredParts(entity, width)].join('\n');
}

function declaredParts(entity: Entity, width: number): string[] {
  const parts: string[] = [];
  for (const source of listOf(entity['declaredSources'])) {
    const statement = textOf(source['statement']);
    const note = textOf(source['note']);
    if (statement !== '') parts.push(`Topic ${textOf(source['topic'])}:\n    ${statement}`);
    if (note !== '') parts.push(renderFields([[`Topic ${textOf(source['topic'])}`, note]], width));
  }
  return parts;
}
