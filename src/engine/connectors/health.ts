import type { ConnectorConfig, ConnectorStatus, StateInfo } from '../../connect/client/api.ts';
import { failureCause } from './failure-cause.ts';

export interface ConnectorHealth {
  /**
   * ksqlDB's text, `RUNNING (1/1 tasks RUNNING)`, except that a connector is not RUNNING if its tasks are not. A task
   * counts as running while nothing prevents its work: Connect's state remains RUNNING while it retries, with the
   * reason as its trace.
   */
  readonly state: string;
  /** What is wrong, in one line, and whether the task continues by itself; null when nothing is. */
  readonly cause: string | null;
  /** What to try when the cause is known; null otherwise, and when nothing is wrong. */
  readonly advice: string | null;
}

/**
 * What keeps all connectors of a worker from their work, whatever state each is told to be in: clients of Kafka wait
 * for brokers that are away, and Connect's states stay RUNNING meanwhile.
 */
export interface Standstill {
  readonly cause: string;
  readonly advice: string;
  /** The log does not answer: nothing that lies in it can be told. */
  readonly isLogUnavailable: boolean;
}

/** What is known of a connector beside its status. */
interface HealthSite {
  readonly config?: ConnectorConfig | undefined;
  /** Of its worker. */
  readonly standstill?: Standstill | undefined;
  /** It runs in a Connect cluster, whose tasks come a moment after their connector. */
  readonly isCluster?: boolean | undefined;
}

/** How a connector does, in the words of SHOW and DESCRIBE. */
export function connectorHealth(
  status: ConnectorStatus,
  { config, standstill, isCluster = false }: HealthSite = {},
): ConnectorHealth {
  const { connector, tasks } = status;
  const troubled = tasks.filter((t) => t.state === 'FAILED' || (t.state === 'RUNNING' && t.trace !== undefined));
  const explained = troubled.filter((t) => t.trace !== undefined);
  const trace = connector.trace ?? explained[0]?.trace;
  const { text: cause, advice } = trace === undefined ? NOTHING : failureCause(trace, status.name, config);
  if (connector.state !== 'RUNNING') {
    const isRetried = cause !== null && connector.restartsAtMs !== undefined;
    return {
      state: connector.state,
      cause: isRetried ? `${cause} (${outlookOf(connector, status.name)})` : cause,
      advice,
    };
  }
  const hasFailed = tasks.some((t) => t.state === 'FAILED');
  if (standstill !== undefined && !hasFailed) {
    const { cause: reason, advice: way } = standstill;
    return { state: `WARNING (0/${tasks.length} tasks RUNNING)`, cause: reason, advice: way };
  }
  if (tasks.length === 0 && cause === null)
    return {
      state: 'WARNING (0/0 tasks RUNNING)',
      ...(isCluster
        ? {
            cause: 'It has no tasks, which Kafka Connect makes a moment after their connector is made or resumed',
            advice: `Where none come, it has found nothing to work on: VALIDATE with the settings that SHOW CREATE CONNECTOR ${status.name}; shows tells why`,
          }
        : {
            cause: 'It has no tasks: it found nothing that it can work on',
            advice: `DESCRIBE CONNECTOR ${status.name}; says what is left out and why`,
          }),
    };
  const running = tasks.filter((t) => t.state === 'RUNNING' && !troubled.includes(t)).length;
  const isStarting = tasks.length > 0 && running === 0;
  const word = troubled.length > 0 || isStarting ? 'WARNING' : 'RUNNING';
  return {
    state: `${word} (${running}/${tasks.length} tasks RUNNING)`,
    cause: cause === null ? null : `${cause} (${outlookOf(explained[0] ?? connector, status.name)})`,
    advice,
  };
}

/** What happens next to a connector or task that has a problem. */
function outlookOf({ state, restartsAtMs }: StateInfo, name: string): string {
  if (state !== 'FAILED') return 'tried again by itself';
  if (restartsAtMs === undefined) return `stopped: RESTART CONNECTOR ${name}; when it is mended`;
  const at = new Date(restartsAtMs).toISOString().replace(/\.\d+Z$/, 'Z');
  return `stopped, and started again by itself at ${at}: RESTART CONNECTOR ${name}; does it at once`;
}

const NOTHING = { text: null, advice: null } as const;
