import { testRelay } from './relay.ts';

testRelay('courier');
