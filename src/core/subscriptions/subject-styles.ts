/**
 * How much a mail reveals to others who see it. `neutral`: how many trials changed. `plain`: names the most
 * important one. `discreet`: only that there is an update, with a sender name and links that reveal nothing.
 */
export const subjectStyles = ['neutral', 'plain', 'discreet'] as const;
/** A style of subjects. */
export type SubjectStyle = (typeof subjectStyles)[number];
