/**
 * How much a mail says to whoever sees it from outside. `neutral`: how many trials changed. `plain`: it names the weightiest one.
 * `discreet`: that there is an update, from a sender whose name says nothing either, and with links that
 * name no trial.
 */
export const subjectStyles = ['neutral', 'plain', 'discreet'] as const;
export type SubjectStyle = (typeof subjectStyles)[number];
