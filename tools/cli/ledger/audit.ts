import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import { superviseMirrors } from '../../../sim/bank/ledger/supervision.js';
import { CliError } from '../cli-error.js';
import { hexKey } from '../files/public-key.js';
import { Exit } from '../output/exit.js';
import { table } from '../output/table.js';
import { copiesIn } from './folders.js';
import { type Told, typeName } from './told.js';

/** Opens the copies in a folder with the supervisor's key, and adds up. */
export async function audit(folder: string, keyFile: string): Promise<Told & { exit: Exit }> {
  const key = hexKey(keyFile);
  if (!key)
    throw new CliError(
      Exit.usage,
      'supervisor-key',
      `--supervisor ${keyFile}: expected a file with 64 hex digits`,
    );
  const shelves = copiesIn(folder).map(({ shelf }) => shelf);
  const { leaves, forgotten, net, opened, faults } = await superviseMirrors(opensslCrypto, key, shelves);
  const lines = [`${leaves} leaves, ${opened.length} opened, ${forgotten} whose ciphertexts are deleted`];
  for (const [currency, byOperator] of Object.entries(net)) {
    const rows = Object.entries(byOperator).map(([operator, sum]) => [`  operator ${operator}`, `${sum}`]);
    lines.push(`${currency}, received less paid, minor units`, ...table(rows));
  }
  for (const fault of faults) lines.push(`fault: ${fault}`);
  lines.push(faults.length === 0 ? 'the logs agree with each other' : 'the logs have faults');
  const payments = opened.map(({ operator, type, record }) => ({
    operator,
    type: typeName(type),
    ...record,
  }));
  return {
    value: { leaves, forgotten, net, payments, faults },
    lines,
    exit: faults.length === 0 ? Exit.fine : Exit.violated,
  };
}
