import { cpus } from 'node:os';
import { bundles, startup } from './artifacts.ts';
import { requests, scaling } from './costs.ts';
import { scanning } from './scan.ts';
import { memory, throughput } from './throughput.ts';

console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}`);
await throughput();
await memory();
await scaling();
await requests();
await scanning();
await bundles();
await startup();
process.exit(0);
