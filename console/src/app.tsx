import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Workspace } from './editor/workspace.tsx';
import { Flow } from './flow/flow.tsx';
import { NewConnector } from './connect/new-connector.tsx';
import { Connectors } from './pages/connectors.tsx';
import { Functions } from './pages/functions.tsx';
import { Queries } from './pages/queries.tsx';
import { Schemas } from './pages/schemas.tsx';
import { Servers } from './pages/servers.tsx';
import { Streams, Tables } from './pages/sources.tsx';
import { Topics } from './pages/topics.tsx';
import { disconnected, listen, live, mood } from './server/live.ts';
import { askRights, logout, needsLogin, server, SERVER_URL, user } from './server/server.ts';
import { Icon, type IconName } from './ui/icon.tsx';
import { Login } from './ui/login.tsx';
import { href, route } from './ui/route.ts';
import { theme, THEMES, type Theme } from './ui/theme.ts';

interface Page {
  readonly path: string;
  readonly title: string;
  readonly icon: IconName;
  readonly view: ComponentType<{ readonly name: string | undefined }>;
  /** The number of items on the page. */
  readonly tally?: () => number | undefined;
  /** The names of items that have a problem. */
  readonly bad?: () => readonly string[];
}

/** All pages of the navigation. To add one: a line here. */
const PAGES: readonly Page[] = [
  { path: '', title: 'Editor', icon: 'editor', view: () => null },
  { path: 'flow', title: 'Flow', icon: 'flow', view: Flow },
  { path: 'streams', title: 'Streams', icon: 'stream', view: Streams, tally: () => sources('STREAM') },
  { path: 'tables', title: 'Tables', icon: 'table', view: Tables, tally: () => sources('TABLE') },
  {
    path: 'queries',
    title: 'Queries',
    icon: 'query',
    view: Queries,
    tally: () => live.queries.value?.queries.length,
    bad: () => (live.queries.value?.queries ?? []).filter((q) => mood(q.state) === 'bad').map((q) => q.id),
  },
  { path: 'topics', title: 'Topics', icon: 'topic', view: Topics, tally: () => live.topics.value?.topics.length },
  {
    path: 'connectors',
    title: 'Connectors',
    icon: 'connector',
    view: Connectors,
    tally: () => live.connectors.value?.connectors.length,
    bad: () => (live.connectors.value?.connectors ?? []).filter((c) => c.cause !== null).map((c) => c.name),
  },
  {
    path: 'schemas',
    title: 'Schemas',
    icon: 'schema',
    view: Schemas,
    tally: () => live.schemas.value?.subjects.length,
  },
  { path: 'functions', title: 'Functions', icon: 'function', view: Functions },
  { path: 'servers', title: 'Servers', icon: 'server', view: Servers },
];

/** Pages that are reached from others. */
const MORE: readonly Page[] = [
  { path: 'new-connector', title: 'New connector', icon: 'connector', view: NewConnector },
];

function sources(type: string): number | undefined {
  return live.sources.value?.sources.filter((s) => s.type === type).length;
}

export function App() {
  const path = route.value[0] ?? '';
  const page = [...PAGES, ...MORE].find((p) => p.path === path) ?? PAGES[0]!;
  useEffect(() => {
    document.title = page.path === '' ? 'Sluice' : `${route.value[1] ?? page.title} – Sluice`;
  });
  useEffect(() => {
    if (needsLogin.value) return;
    listen();
    askRights();
  }, [needsLogin.value]);
  if (needsLogin.value) return <Login />;
  // The editor stays mounted, with its growing results, while another page is shown.
  const View = page.view;
  return (
    <div class="shell">
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        Skip to the page
      </button>
      <Navigation page={page} />
      <main class="main" id="main" tabIndex={-1} aria-label={page.title}>
        <div class="keep" hidden={page.path !== ''}>
          <Workspace />
        </div>
        {page.path === '' ? null : <View key={path} name={route.value[1]} />}
      </main>
    </div>
  );
}

function Navigation({ page }: { readonly page: Page }) {
  return (
    <nav class="nav" aria-label="Pages">
      <a class="brand" href="#/" aria-label="Sluice">
        <Icon name="brand" /> <span>Sluice</span>
      </a>
      {PAGES.map((p) => (
        <a key={p.path} href={href(p.path)} class="nav-item" aria-current={p === page ? 'page' : undefined}>
          <Icon name={p.icon} /> <span>{p.title}</span>
          <Tally page={p} />
        </a>
      ))}
      <div class="nav-end">
        <ServerLine />
        <label class="nav-item">
          <Icon name="theme" /> <span>Theme</span>
          <select value={theme.value} onChange={(e) => (theme.value = e.currentTarget.value as Theme)}>
            {THEMES.map((t) => (
              <option key={t}>{t}</option>
            ))}
          </select>
        </label>
        {user.value === undefined ? null : (
          <>
            <div class="nav-note">Logged in as {user.value}</div>
            <button type="button" class="nav-item" onClick={logout}>
              <Icon name="user" /> <span>Log out</span>
            </button>
          </>
        )}
      </div>
    </nav>
  );
}

function Tally({ page }: { readonly page: Page }) {
  const bad = page.bad?.() ?? [];
  const all = page.tally?.();
  if (all === undefined) return null;
  if (bad.length === 0) return <small class="tally">{all}</small>;
  const named = bad.slice(0, NAMED_MAX).join(', ') + (bad.length > NAMED_MAX ? ' and others' : '');
  return (
    <small class="tally bad" title={`${bad.length} of ${all} in trouble: ${named}`}>
      <span aria-hidden="true">
        {bad.length}/{all}
      </span>
      <span class="sr-only">
        {bad.length} of {all} in trouble: {named}
      </span>
    </small>
  );
}

/** The most names in a tooltip. */
const NAMED_MAX = 5;

function ServerLine() {
  const [version, setVersion] = useState('');
  useEffect(() => {
    server()
      .info()
      .then(
        (info) => setVersion(info.version),
        () => undefined,
      );
  }, []);
  if (disconnected.value !== '')
    return (
      <div class="nav-note bad-text" role="alert">
        {disconnected.value}
      </div>
    );
  return <div class="nav-note">{version === '' ? '' : `${SERVER_URL.replace(/^https?:\/\//, '')} · ${version}`}</div>;
}
