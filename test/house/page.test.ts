import { describe, expect, it } from 'vitest';
import { bundlePage } from '../../tools/page/bundle.js';

describe('the page', () => {
  it('is bundled for a browser: nothing that it imports needs Node, but where PGlite asks for it', async () => {
    // Another import of `node:` does not resolve, and the bundle fails.
    const { files, inputs } = await bundlePage();
    expect(inputs.length).toBeGreaterThan(300);
    const foreign = inputs.filter((file) =>
      /(^|\/)(pg|pino|commander|sodium-native|esbuild|tsx)\/|^sim\/host\/|^hal\/crypto\/(openssl|host)/.test(
        file,
      ),
    );
    expect(foreign).toEqual([]);
    expect([...files.keys()].sort()).toContain('worker.js');
  });

  it('has every file that its programs fetch from beside them', async () => {
    const { files } = await bundlePage();
    const worker = new TextDecoder().decode(files.get('worker.js'));
    const fetched = [...worker.matchAll(/new URL\("(?:\.\/)?([^"]+)",import\.meta\.url\)/g)].map(
      ([, name]) => name,
    );
    expect(fetched).toContain('pglite.wasm');
    expect(fetched.filter((name) => !files.has(name))).toEqual([]);
  });

  it('names no other host: what it loads lies beside it', async () => {
    const { files } = await bundlePage();
    const text = (name: string): string => new TextDecoder().decode(files.get(name));
    for (const name of ['index.html', 'page.css', 'main.js'])
      expect(text(name).replaceAll('http://www.w3.org/', ''), name).not.toMatch(/https?:|@import|url\(/);
  });
});
