#!/usr/bin/env node
import { processIo } from '../cli/io.ts';
import { run } from '../cli/run.ts';

// The SDK warns of Node.js versions that its later releases do not support. The bundle holds a release that supports this one.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

process.exitCode = await run(process.argv.slice(2), processIo());
