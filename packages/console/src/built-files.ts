/** Where the image's build puts the bundled console. In a checkout there is no such directory. */
import path from 'node:path';

export const builtDirectory = path.join(import.meta.dirname, '..', 'dist');

export const builtNames = {
  page: path.join(builtDirectory, 'page.html'),
  script: path.join(builtDirectory, 'console.js'),
  style: path.join(builtDirectory, 'console.css'),
} as const;
