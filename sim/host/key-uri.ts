/** A PKCS#11 URI (RFC 7512), as far as it takes to find a token. */
export interface KeyUri {
  /** Label of the token. */
  readonly token: string;
  /** Path of the module. */
  readonly module: string;
  /** File with the PIN in its first line. */
  readonly pinFile?: string;
}

/** A PKCS#11 URI that cannot be used, and why. */
export class KeyUriError extends Error {
  readonly code = 'keys-uri';
}

const EXPECTED = 'pkcs11:token=LABEL?module-path=FILE&pin-source=file:FILE';

/** Throws KeyUriError. What it says has no value of the URI in it: there might be a PIN. */
export function parseKeyUri(text: string): KeyUri {
  const [, path = '', query = ''] = /^pkcs11:([^?]*)(?:\?(.*))?$/.exec(text) ?? [];
  const given = new Map<string, string>();
  for (const each of [...path.split(';'), ...query.split('&')].filter((part) => part !== '')) {
    const [name, value] = [each.split('=', 1)[0], each.slice(each.indexOf('=') + 1)];
    if (name === 'pin-value')
      throw new KeyUriError('a PIN on the command line is read by everybody: put it into a file, pin-source');
    if (!['token', 'module-path', 'pin-source'].includes(name) || given.has(name))
      throw new KeyUriError(`expected ${EXPECTED}`);
    given.set(name, decoded(value));
  }
  const [token, module, pinSource] = ['token', 'module-path', 'pin-source'].map((name) => given.get(name));
  if (!token || !module) throw new KeyUriError(`expected ${EXPECTED}`);
  const pinFile = pinSource?.replace(/^file:(\/\/)?/, '');
  return { token, module, ...(pinFile && { pinFile }) };
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    throw new KeyUriError(`expected ${EXPECTED}`);
  }
}
