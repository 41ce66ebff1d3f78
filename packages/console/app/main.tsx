import { render } from 'preact';
import { Console } from './shell/console.tsx';
import { applyTheme } from './shell/theme.ts';

applyTheme();
const root = document.getElementById('console');
if (root !== null) render(<Console />, root);
