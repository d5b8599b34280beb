import { testAssistant } from './assistant';
import { testDiscover } from './discover';
import { testFileGenerated } from './fileGenerated';
import { testKeys } from './keys';
import { testLinks } from './links';
import { testOperations } from './operations';
import type { RunningVersion } from './runningVersion';
import { testSavedWorkflows } from './savedWorkflows';
import { testSites } from './sites';
import { testTools } from './tools';

/** Every operation and the trigger for finished files, as the contract with saved workflows names them, in a real n8n. */
export function testEverything(running: () => RunningVersion): void {
	testOperations(running);
	testSites(running);
	testDiscover(running);
	testLinks(running);
	testKeys(running);
	testTools(running);
	testAssistant(running);
	testSavedWorkflows(running);
	testFileGenerated(running);
}
