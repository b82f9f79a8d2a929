import { fieldsOf, listOf, textOf, type Fields } from '../../../src/cli/render/fields.ts';
import { live, mood } from '../server/live.ts';
import { ask, server } from '../server/server.ts';
import { Facts, Grid2, Section } from '../ui/detail.tsx';
import { Listing } from '../ui/listing.tsx';
import { State } from '../ui/state.tsx';
import { useAnswer } from '../ui/use-answer.ts';
import { href } from '../ui/route.ts';
import { Time } from '../ui/time.tsx';

/** Common names of the parts; `/healthcheck` uses ksqlDB's names. */
const PARTS: Readonly<Record<string, string>> = {
  metastore: 'streams, tables and queries',
  kafka: 'the log',
  commandRunner: 'statements',
};

/** This server, the other servers of its cluster, and its settings. */
export function Servers() {
  const { value: info } = useAnswer(() => server().info(), []);
  const { value: health, problem: unknown } = useAnswer(() => server().health(), [live.queries.value]);
  const { value: properties, problem } = useAnswer(() => ask('SHOW PROPERTIES;'), []);
  const { value: hosts } = useAnswer(() => server().clusterStatus(), []);
  return (
    <div class="page two">
      <div class="page-top">
        <Facts
          facts={[
            ['Version', info?.version],
            ['Service', info?.ksqlServiceId],
            ['Cluster', info?.kafkaClusterId],
            ['Push queries here', live.queries.value?.pushQueries],
          ]}
        />
        <div class="columns">
          <Section title="Health">
            {unknown === '' ? null : <p class="problem">{unknown}</p>}
            {health === undefined && unknown === '' ? <p class="dim">Loading …</p> : null}
            {health === undefined ? null : (
              <Grid2
                head={['Part', 'State', '']}
                rows={[
                  ...Object.entries(fieldsOf(health.details)).map(([part, d]) => [
                    <span key="p" title={part}>
                      {PARTS[part] ?? part}
                    </span>,
                    <State key="s" state={stateOf(fieldsOf(d))} />,
                    textOf(fieldsOf(d)['message']),
                  ]),
                  ...(live.connectors.value?.connectors ?? [])
                    .filter((c) => mood(c.state) === 'bad' || mood(c.state) === 'warn')
                    .map((c) => [
                      <a key="c" href={href('connectors', c.name, ...(c.cluster === null ? [] : [c.cluster]))}>
                        connector {c.name}
                      </a>,
                      <State key="s" state={c.state} />,
                      c.cause ?? '',
                    ]),
                ]}
              />
            )}
          </Section>
          <Section title="Servers of the service">
            <Grid2
              head={['Address', 'Alive', 'Last heard from']}
              rows={Object.entries(hosts ?? {}).map(([host, status]) => [
                host,
                <State key="s" state={status.hostAlive ? 'alive' : 'dead'} />,
                <Time key="t" ms={status.lastStatusUpdateMs} />,
              ])}
            />
          </Section>
        </div>
      </div>
      <Listing
        title="Settings"
        rows={properties && listOf(properties['properties'])}
        columns={[
          { title: 'Setting', value: (p) => textOf(p['name']) },
          { title: 'Value', value: (p) => textOf(p['value']) },
          { title: 'Scope', value: (p) => textOf(p['scope']) },
          { title: 'Level', value: (p) => textOf(p['level']) },
        ]}
        rowKey={(p) => textOf(p['scope']) + textOf(p['name'])}
        empty="None."
        problem={problem === '' ? undefined : problem}
      />
    </div>
  );
}

/** A message of a healthy part is a warning. */
function stateOf(part: Fields): string {
  if (part['isHealthy'] !== true) return 'unhealthy';
  return textOf(part['message']) === '' ? 'healthy' : 'warning';
}
