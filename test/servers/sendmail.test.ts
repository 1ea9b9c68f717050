import { testRelay } from './relay.ts';

testRelay('sendmail');
