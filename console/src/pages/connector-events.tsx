import { live } from '../server/live.ts';
import { Grid2, Section } from '../ui/parts.tsx';

/** The last ones that are shown. */
const SHOWN = 20;

/** What happened to a connector, newest first: rows of CONNECTOR_EVENTS. */
export function ConnectorEvents({ name }: { readonly name: string }) {
  const events = live.connectorEvents.value?.events.filter((e) => e.connector === name) ?? [];
  if (events.length === 0) return null;
  return (
    <Section title="Events">
      <Grid2
        head={['When', 'Event', 'Task', 'State', 'Details']}
        rows={events
          .toReversed()
          .slice(0, SHOWN)
          .map((e) => [
            <span key="t" class="nowrap">
              {new Date(e.at).toLocaleTimeString()}
            </span>,
            e.event.toLowerCase().replaceAll('_', ' '),
            e.task ?? '',
            [e.previousState, e.state].filter((s) => s !== null).join(' → '),
            [e.topic, e.detail].filter((s) => s !== null).join(': '),
          ])}
      />
    </Section>
  );
}
