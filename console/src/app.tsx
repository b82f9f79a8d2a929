import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Workspace } from './editor/workspace.tsx';
import { logout, needsLogin, server, user } from './server/server.ts';
import { Icon, type IconName } from './ui/icon.tsx';
import { Login } from './ui/login.tsx';
import { href, route } from './ui/route.ts';
import { nextTheme, theme } from './ui/theme.ts';

interface Page {
  readonly path: string;
  readonly title: string;
  readonly icon: IconName;
  readonly view: ComponentType<{ readonly name: string | undefined }>;
}

/** Every page. To add one: a line here. */
const PAGES: readonly Page[] = [{ path: '', title: 'Editor', icon: 'editor', view: () => null }];

export function App() {
  const path = route.value[0] ?? '';
  const page = PAGES.find((p) => p.path === path) ?? PAGES[0]!;
  useEffect(() => {
    document.title = page.path === '' ? 'Sluice' : `${route.value[1] ?? page.title} – Sluice`;
  });
  if (needsLogin.value) return <Login />;
  // The editor stays, with its results that grow, while another page is looked at.
  const View = page.view;
  return (
    <div class="shell">
      <Navigation page={page} />
      <main class="main" aria-label={page.title}>
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
        </a>
      ))}
      <div class="nav-end">
        <ServerLine />
        <button type="button" class="nav-item" onClick={nextTheme} title="Light, dark or as the system has it">
          <Icon name="theme" /> <span>Theme: {theme.value}</span>
        </button>
        {user.value === undefined ? null : (
          <button type="button" class="nav-item" onClick={logout}>
            <Icon name="user" /> <span>Log out {user.value}</span>
          </button>
        )}
      </div>
    </nav>
  );
}

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
  return <div class="nav-note">{version === '' ? '' : `${location.host} · ${version}`}</div>;
}
