import type { ConnectClient, ConnectorListing, EmbeddedConnect } from '../client/api.ts';
import type { Herder } from './herder.ts';
import { badRequest } from './request-error.ts';
import { expandChanges, expandShortForm } from './config/short-form.ts';
import { settingsForSources } from './config/sql-sources.ts';

/** The embedded worker, behind the same interface that the engine uses for a Connect cluster. */
export function inProcessClient(herder: Herder): ConnectClient {
  return {
    create: (name, config, initialState) => herder.create(name, config, initialState),
    validate: async (connectorClass, config) => {
      checkClass(connectorClass, config['connector.class']);
      return herder.settings.validate({ 'connector.class': connectorClass, ...config });
    },
    list: async () => {
      const all: Record<string, ConnectorListing> = {};
      for (const name of herder.names()) all[name] = { info: herder.info(name), status: herder.status(name) };
      return all;
    },
    info: async (name) => herder.info(name),
    status: async (name) => herder.status(name),
    config: async (name) => herder.config(name),
    putConfig: async (name, config) => (await herder.putConfig(name, config)).info,
    patchConfig: (name, changes) => herder.patchConfig(name, changes),
    pause: (name) => herder.setTarget(name, 'PAUSED'),
    resume: (name) => herder.setTarget(name, 'RUNNING'),
    stop: (name) => herder.setTarget(name, 'STOPPED'),
    restart: async (name, options) => {
      herder.restart(name, options?.includeTasks ?? false, options?.onlyFailed ?? false);
    },
    restartTask: async (name, task) => herder.restartTask(name, task),
    delete: (name) => herder.delete(name),
    offsets: (name) => herder.offsets(name),
    alterOffsets: (name, offsets) => herder.alterOffsets(name, offsets),
    deleteOffsets: (name) => herder.deleteOffsets(name),
    topics: async (name) => herder.topics(name),
    plugins: async (connectorsOnly = true) => herder.plugins(connectorsOnly),
    pluginConfig: async (connectorClass) => herder.settings.pluginConfig(connectorClass),
    embedded: embeddedConnect(herder),
  };
}

function embeddedConnect(herder: Herder): EmbeddedConnect {
  return {
    topicSchema: (topic) => herder.sql.topicSchema(topic),
    sourceDeclarations: (name, waitMs) => herder.sql.sourceDeclarations(name, waitMs),
    expandShortForm: (config, type) => expandShortForm(config, herder.catalog, type),
    expandChanges: (changes, current) => expandChanges(changes, current, herder.catalog),
    preview: (name, config) => herder.sql.preview(name, config),
    maskConfig: (config) => herder.settings.masked(config),
    sinkConfig: (config, sources) => settingsForSources(config, sources, herder.catalog),
    choose: (name, config) => herder.sql.choose(name, config),
    leftovers: () => herder.sql.leftovers(),
    forgetLeftovers: (name) => herder.sql.forgetLeftovers(name),
    progress: (name) => herder.sql.progress(name),
    readingOf: (topic) => herder.sql.readingOf(topic),
    remarks: (name) => herder.sql.remarks(name),
    gone: (name) => herder.sql.gone(name),
    endOf: (topic) => herder.sql.endOf(topic),
    usersOf: (topic) => herder.sql.usersOf(topic),
    circleBy: (planned) => herder.sql.circleBy(planned),
    writerOf: (topic) => herder.sql.writerOf(topic),
    classOf: (name) => herder.sql.classOf(name),
    remembered: (name) => herder.sql.remembered(name),
    totals: () =>
      herder.names().map((name) => {
        const tasks = herder.taskTotals(name);
        const sum = (of: 'records' | 'failures'): number => tasks.reduce((total, task) => total + task[of], 0);
        const lastFailure = tasks.findLast((task) => task.lastFailure !== undefined)?.lastFailure;
        return { name, records: sum('records'), failures: sum('failures'), lastFailure };
      }),
    taskTotals: (name) => herder.taskTotals(name),
    forgetTopic: (topic) => herder.sql.forgetTopic(topic),
    reload: (names) => herder.reload(names),
    onNews: (listener) => herder.onNews(listener),
    describePlugin: (connectorClass) => herder.catalog.describe(connectorClass),
    knownSettings: (connectorClass) => herder.settings.knownSettings(connectorClass),
    readersOf: (setting, type) => herder.settings.readersOf(setting, type),
  };
}

/**
 * Checks that the class in the path is the last part of the one in the config. As in aliases, a trailing `Connector` is
 * ignored.
 */
export function checkClass(inPath: string, inConfig: string | undefined): void {
  const alias = (name: string): string => name.replace(/(.)Connector$/, '$1');
  if (inConfig !== undefined && !alias(inConfig).endsWith(alias(inPath))) {
    throw badRequest(`Included connector type ${inConfig} does not match request type ${inPath}`);
  }
}
