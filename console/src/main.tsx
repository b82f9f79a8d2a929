import { render } from 'preact';
import { App } from './app.tsx';
import { applyTheme } from './ui/theme.ts';
import './style/base.css';

applyTheme();
render(<App />, document.getElementById('app')!);
