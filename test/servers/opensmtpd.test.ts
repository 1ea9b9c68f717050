import { testRelay } from './relay.ts';

testRelay('opensmtpd');
