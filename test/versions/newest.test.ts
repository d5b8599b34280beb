import { testCore } from './core';
import { NEWEST } from './versions';

testCore(NEWEST);
