import { testCore } from './core';
import { OLDEST } from './versions';

testCore(OLDEST);
