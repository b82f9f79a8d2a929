import { live } from '../server/live.ts';
import { Grid2, Section } from '../ui/detail.tsx';
import { Time } from '../ui/time.tsx';
import { sameEvents } from './same-events.ts';

/** The number of recent events that are shown. */
const SHOWN = 20;

/** The events of a connector, newest first: rows of CONNECTOR_EVENTS. */
export function ConnectorEvents({ name }: { readonly name: string }) {
  const events = live.connectorEvents.value?.events.filter((e) => e.connector === name) ?? [];
  if (events.length === 0) return null;
  return (
    <Section title="Events">
      <Grid2
        head={['Last', 'Times', 'Event', 'Task', 'State', 'Details']}
        rows={sameEvents(events)
          .slice(0, SHOWN)
          .map(({ last: event, times }) => [
            <span key="t" class="nowrap">
              <Time ms={event.at} />
            </span>,
            times,
            event.event.toLowerCase().replaceAll('_', ' '),
            event.task ?? '',
            [event.previousState, event.state].filter((s) => s !== null).join(' → '),
            [event.topic, event.detail].filter((s) => s !== null).join(': '),
          ])}
      />
    </Section>
  );
}
