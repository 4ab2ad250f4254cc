/** Where things lie; everything made or fetched is under one folder that git ignores. */
import { fileURLToPath } from 'node:url';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export const rootFolder = at('../../');
export const platformFolder = at('platform');
export const halFolder = at('../../hal');
export const cacheFolder = at('../../.cache/xs');
