/** How long a stopped subscription can be resumed, in days; then its row is deleted. */
export const undoDays = 28;

/** How long a sign-up waits for its confirmation, in days; then its rows are deleted. */
export const confirmWithinDays = 7;
