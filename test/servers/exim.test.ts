import { testRelay } from './relay.ts';

testRelay('exim', { saidOfCutMail: /SMTP connection lost after final dot/ });
