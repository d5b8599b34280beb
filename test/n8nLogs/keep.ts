// Runs before each test file that starts an n8n: all logs of its n8n are kept in a folder of its own.
import { rmSync } from 'node:fs';
import { logsOf } from './folder';

const folder = logsOf(expect.getState().testPath!);
rmSync(folder, { recursive: true, force: true });
// demo/n8n.mts reads it.
process.env.LLMGENERATOR_KEEP_LOGS_IN = folder;
