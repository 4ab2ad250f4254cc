import { startEmbeddedBroker } from '../../../sim/host/embedded-broker.js';

/** The broker of `tapnote pos gateway`, alone in a process; it tells its parent where it is. */
const noDelay = process.argv[2] === 'true';
const { url, gatewayUrl } = await startEmbeddedBroker({ site: 'bench', host: '127.0.0.1', port: 0, noDelay });
process.send?.({ url, gatewayUrl });
// Not left behind when the parent is gone.
process.on('disconnect', () => process.exit());
