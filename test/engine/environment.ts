// n8n-core writes its settings below this folder, which it reads when it is loaded.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'n8n-engine-'));
process.env.N8N_USER_FOLDER = folder;
// n8n logs every failed run; the tests look at what it returns.
process.env.N8N_LOG_LEVEL = 'silent';
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
