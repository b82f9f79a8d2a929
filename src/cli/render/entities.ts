import { renderDifference, renderValidation } from './connector-validation.ts';
import type { Entity, SchemaInfo } from '../../wire/entities.ts';
import { renderConnector, renderFunction, renderQueryDescription, renderSource } from './descriptions.ts';
import { fieldsOf, listOf, oneLine, textOf, textsOf, type Fields } from './fields.ts';
import { schemaText } from './schema-text.ts';
import { renderFields, renderTable, type TableColumn } from './table.ts';
import { foldText, printableBelow, printableValue } from './width.ts';

type Renderer = (entity: Entity, width: number, session: SessionView) => string;

/** The parts of the console's session that affect rendering. */
export interface SessionView {
  /** The names of properties that were changed by SET. */
  readonly setProperties: ReadonlySet<string>;
}

/** The renderer of each kind of result. Other kinds are shown as JSON. */
const RENDERERS: Readonly<Record<string, Renderer>> = {
  currentStatus: (entity) => messageOf(fieldsOf(entity['commandStatus'])),
  streams: (entity, width) => renderSources(listOf(entity['streams']), 'Stream Name', width),
  tables: (entity, width) => renderSources(listOf(entity['tables']), 'Table Name', width),
  source_descriptions: (entity, width) =>
    listOf(entity['sourceDescriptions'])
      .map((d) => renderSource(d, width))
      .join('\n\n') || 'No sources.',
  sourceDescription: (entity, width) => renderSource(fieldsOf(entity['sourceDescription']), width),
  queries: (entity, width) => renderQueries(listOf(entity['queries']), width),
  query_descriptions: (entity, width) =>
    listOf(entity['queryDescriptions'])
      .map((d) => renderQueryDescription(d, width))
      .join('\n\n') || 'No queries.',
  queryDescription: (entity, width) => renderQueryDescription(fieldsOf(entity['queryDescription']), width),
  properties: renderProperties,
  kafka_topics: (entity, width) => renderTopics(listOf(entity['topics']), false, width),
  kafka_topics_extended: (entity, width) => renderTopics(listOf(entity['topics']), true, width),
  function_names: (entity, width) =>
    table(
      ['Function Name', 'Category'],
      listOf(entity['functions']).map((f) => [textOf(f['name']), textOf(f['category'])]),
      width,
      'No functions.',
    ),
  lineage: renderLineage,
  health: renderHealth,
  describe_function: (entity, width) => renderFunction(entity, width),
  type_list: (entity, width) =>
    table(
      ['Type Name', 'Schema'],
      Object.entries(fieldsOf(entity['types'])).map(([name, schema]) => [name, schemaText(schema as SchemaInfo)]),
      width,
      'No types.',
    ),
  variables: (entity, width) =>
    table(
      ['Variable Name', 'Value'],
      listOf(entity['variables']).map((v) => [textOf(v['name']), textOf(v['value'])]),
      width,
      'No variables.',
    ),
  terminate_query: (entity) =>
    entity['wasTerminated'] === true ? 'Query terminated.' : `Query ${textOf(entity['queryId'])} was not running.`,
  assert_topic: (entity) =>
    `Topic ${textOf(entity['topicName'])} ${entity['exists'] === true ? 'exists' : 'does not exist'}.`,
  assert_schema: (entity) => {
    const which = [
      ...(entity['subject'] === null || entity['subject'] === undefined
        ? []
        : [`subject name ${textOf(entity['subject'])}`]),
      ...(entity['id'] === null || entity['id'] === undefined ? [] : [`ID ${textOf(entity['id'])}`]),
    ];
    return `Schema with ${which.join(' and ')} ${entity['exists'] === true ? 'exists' : 'does not exist'}.`;
  },
  connector_info: renderCreated,
  drop_connector: (entity) => {
    const dropped = textsOf(entity['droppedSources']);
    return [
      `Dropped connector "${textOf(entity['connectorName'])}"`,
      ...(dropped.length === 0 ? [] : [`Dropped with it: ${dropped.join(', ')}`]),
    ].join('\n');
  },
  connector_difference: renderDifference,
  assert_connector: (entity) =>
    `Connector ${textOf(entity['connectorName'])} ${entity['exists'] !== true ? 'does not exist' : entity['state'] === null ? 'exists' : `is ${textOf(entity['state'])}`}.`,
  connector_statement: (entity) => textOf(entity['createStatement']),
  dead_letters: (entity, width) =>
    table(
      ['Offset', 'From', 'Stage', 'Cause', 'Key', 'Value'],
      listOf(entity['deadLetters']).map((letter) => [
        `${textOf(letter['partition'])}:${textOf(letter['offset'])}${letter['retried'] === true ? ' (sent again)' : ''}`,
        textOf(letter['originalTopic']) === ''
          ? ''
          : `${textOf(letter['originalTopic'])} ${textOf(letter['originalPartition'])}:${textOf(letter['originalOffset'])}`,
        textOf(letter['stage']),
        textOf(letter['error']),
        textOf(letter['key']),
        textOf(letter['value']),
      ]),
      width,
      `Connector ${textOf(entity['connectorName'])} has put no record aside in ${textOf(entity['topic'])}.`,
    ),
  connector_offsets: (entity, width) =>
    table(
      ['Partition', 'Offset'],
      listOf(entity['offsets']).map((o) => [JSON.stringify(o['partition']), JSON.stringify(o['offset'])]),
      width,
      `Connector ${textOf(entity['connectorName'])} has no offsets: it begins at the beginning.`,
    ),
  connector_changed: (e, width) => [messageOf(e), ...declaredParts(e, width)].join('\n'),
  connector_validation: renderValidation,
  connector_logs: (entity, width) =>
    table(
      ['Time', 'Event', 'Task', 'State', 'Detail'],
      listOf(entity['lines']).map((line) => [
        new Date(Number(line['at'])).toISOString(),
        textOf(line['event']),
        textOf(line['task']),
        textOf(line['previousState']) === '' || textOf(line['previousState']) === textOf(line['state'])
          ? textOf(line['state'])
          : `${textOf(line['previousState'])} → ${textOf(line['state'])}`,
        [textOf(line['topic']), textOf(line['detail'])].filter((text) => text !== '').join(': '),
      ]),
      width,
      `Nothing is known of connector ${textOf(entity['connectorName'])}.`,
    ),
  connect_cluster_changed: messageOf,
  connect_clusters: (entity, width) =>
    table(
      ['Cluster', 'URL', 'Connectors', 'Problem'],
      listOf(entity['clusters']).map((c) => [
        textOf(c['name']) || '(the server’s)',
        textOf(c['url']) || '(in the server)',
        textOf(c['connectors']),
        textOf(c['problem']),
      ]),
      width,
      'No clusters.',
    ),
  secret_changed: messageOf,
  secrets: (entity, width) =>
    table(
      ['Secret', 'Keys', 'Used by', 'Changed at'],
      listOf(entity['secrets']).map((s) => [
        textOf(s['name']),
        textsOf(s['keys']).join(', '),
        textsOf(s['usedBy']).join(', '),
        new Date(Number(s['changedAt'])).toISOString(),
      ]),
      width,
      "There are no secrets: CREATE SECRET name WITH (password='…');",
    ),
  topic_dropped: messageOf,
  warning_entity: messageOf,
  connector_list: (entity, width) => {
    const connectors = listOf(entity['connectors']);
    const shown = table(
      ['Connector Name', 'Type', 'Class', 'Topic or Prefix', 'Status'],
      connectors.map((c) => [
        textOf(c['name']),
        textOf(c['type']).toUpperCase(),
        textOf(c['className']),
        textOf(c['topicPrefix']),
        textOf(c['state']),
      ]),
      width,
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
    return [shown, ...causes, ...textsOf(entity['news'])].join('\n');
  },
  connector_plugins_list: (entity, width) =>
    table(
      ['Class', 'Type', 'Version'],
      listOf(entity['connectorsPlugins']).map((p) => [
        textOf(p['className']),
        textOf(p['type']).toUpperCase(),
        textOf(p['version']),
      ]),
      width,
      'No plugins.',
    ),
  connector_description: (entity, width) => renderConnector(entity, width),
  connector_plugin_description: (entity, width) =>
    `Class : ${textOf(entity['className'])}\n${shortFormText(fieldsOf(entity['shortForm']), width)}\n${table(
      ['Config', 'Type', 'Default', 'Importance', 'Description'],
      listOf(entity['configs']).map((c) => [
        textOf(c['name']),
        textOf(c['type']),
        c['required'] === true ? '(required)' : textOf(c['defaultValue']),
        textOf(c['importance']),
        textOf(c['documentation']),
      ]),
      width,
      'No configs.',
    )}`,
  error_entity: (entity) => printableBelow(textOf(entity['errorMessage'])),
};

/** The message of an entity; its further lines are indented, so that they pass for no other result. */
function messageOf(entity: Fields): string {
  return printableBelow(textOf(entity['message']));
}

const NO_SESSION: SessionView = { setProperties: new Set() };

/** The result of one statement as text, without a line break at the end. */
export function renderEntity(entity: Entity, width: number, session: SessionView = NO_SESSION): string {
  const shown = printableValue(entity);
  const render = RENDERERS[shown['@type']];
  const body = render ? foldText(render(shown, width, session), width) : JSON.stringify(shown, null, 2);
  const warnings = listOf(shown.warnings).map((w) => `WARNING: ${messageOf(w)}`);
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
  const isAlone = (id: string): boolean => !edges.some((entity) => entity['from'] === id || entity['to'] === id);
  const rows = [
    ...edges.map((entity) => [...kindAndName(entity['from']), ...kindAndName(entity['to']), textOf(entity['topic'])]),
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
    queries.map((query) => [
      textOf(query['id']),
      textOf(query['queryType']),
      textOf(query['state']),
      query['lag'] === undefined ? '' : textOf(query['lag']),
      textsOf(query['sinks']).join(', '),
      textsOf(query['sinkKafkaTopics']).join(', '),
      oneLine(textOf(query['queryString'])),
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
    topics.map((topic) => {
      const replicas = Array.isArray(topic['replicaInfo']) ? (topic['replicaInfo'] as number[]) : [];
      const same = new Set(replicas).size <= 1;
      return [
        textOf(topic['name']),
        String(replicas.length),
        same ? textOf(replicas[0] ?? '') : replicas.join(', '),
        ...(extended ? [textOf(topic['consumerCount']), textOf(topic['consumerGroupCount'])] : []),
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
