import { testRelay } from './relay.ts';

testRelay('postfix');
