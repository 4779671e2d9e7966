// The embedded CA for benchmarks with many orders in flight (Pebble can lock itself up under those), in a process of its
// own so that its work is not counted as the client's. Prints one line of JSON when it listens; ends with its input.
import { startCa } from '@certward/ca';

const httpPort = Number(process.argv[2]);
const ca = await startCa({ validation: { httpPort, hosts: { '*': ['127.0.0.1'] } }, reuse: { orders: false, authorizations: false } });
console.log(JSON.stringify({ directoryUrl: ca.directoryUrl, rootsPem: ca.rootsPem }));
process.stdin.resume();
process.stdin.once('end', () => void ca[Symbol.asyncDispose]());
