import type { Env } from '../../../base/env.ts';
import { isSluiceError } from '../../../base/errors.ts';
import type { Log } from '../../../log/api.ts';
import { Fenced } from '../../../log/api.ts';
import type { Config, RawConfig } from '../../api/config-spec.ts';
import type { PlannedTopic, SourceProgress, TopicDeclaration, TopicRefusal } from '../../api/connector.ts';
import { RetriableError } from '../../api/errors.ts';
import type { ConnectorNews } from '../../client/api.ts';
import type { ConnectSchema } from '../../api/schema.ts';
import type { FrameworkSettings } from '../config/framework-settings.ts';
import type { Deliveries } from '../deliveries.ts';
import type { PluginCatalog } from '../plugins/plugin-catalog.ts';
import type { WorkerStore } from '../store/worker-store.ts';
import type { Startups } from './startups.ts';
import type { TaskMeter } from './task-meter.ts';

/** What every task gets from its worker. */
export interface TaskHost {
  readonly env: Env;
  readonly log: Log;
  readonly store: WorkerStore;
  readonly catalog: PluginCatalog;
  /** `key.converter`, `value.converter` and their settings, for connectors that name none. */
  readonly workerDefaults: RawConfig;
  readonly deliveries: Deliveries;
  readonly startups: { readonly connectors: Startups; readonly tasks: Startups };
  /** `group.id` of the worker; prefix of its transactional ids. */
  readonly groupId: string;
  /** Makes sure that the topic exists; its number of partitions. */
  ensureTopic(connector: string, topic: string): Promise<number>;
  declareTopic(connector: string, declaration: TopicDeclaration): Promise<void>;
  /** Where the connector's transforms put the records of a topic; undefined when that cannot be foreseen. */
  topicBehindTransforms(connector: string, topic: string): string | undefined;
  /** Why the connector is not to write the topic; undefined: it may. */
  refusal(connector: string, planned: PlannedTopic): TopicRefusal | undefined;
  /** Tells whoever listens what happens to connectors. */
  tell(news: ConnectorNews): void;
  /** Schemas of records that were in fact written, after transforms. */
  sawSchemas(connector: string, topic: string, key: ConnectSchema | null, value: ConnectSchema | null): void;
}

/** What a task has done since the worker has it, over its restarts. */
export interface TaskTotals {
  /** Records that a source has written, or that a sink has taken. */
  records: number;
  /** Records that could not be handled: skipped, or the end of the task. */
  failures: number;
  /** Why the last of them could not, without secrets. */
  lastFailure?: string | undefined;
  /** Calls to the task or the log that were made again. */
  retries: number;
}

export interface TaskSpec {
  readonly connector: string;
  readonly taskId: number;
  readonly totals: TaskTotals;
  readonly meter: TaskMeter;
  /** The task's settings, secrets resolved. */
  readonly raw: RawConfig;
  readonly config: Config;
  readonly framework: FrameworkSettings;
  /** Called with a note to show beside the connector's state; `instead` is an earlier note that it replaces. */
  readonly onRemark: (text: string, instead?: string) => void;
  /** Called with the progress of a source. */
  readonly onProgress: (progress: SourceProgress) => void;
  /** Takes the connector's secrets out of a text that leaves the worker. */
  readonly hide: (text: string) => string;
  /** Called on every change that the status shows. An error beside RUNNING means that the task is retrying. */
  readonly onState: (state: 'RUNNING' | 'PAUSED' | 'FAILED', error?: unknown) => void;
}

/** Whether the same call may succeed later: the log is away or full, or the plugin said so. */
export function isRetriable(error: unknown): boolean {
  if (error instanceof Fenced) return false;
  if (error instanceof RetriableError) return true;
  return isSluiceError(error) && (error.retriable || error.code === 'LOG_UNAVAILABLE' || error.code === 'LOG_FULL');
}

/** As isRetriable, looking at the causes too: what makes the worker restart a failed task by itself. */
export function mayRecover(error: unknown): boolean {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 10; at = at.cause, depth++) {
    if (isRetriable(at)) return true;
  }
  return false;
}
